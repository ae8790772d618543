"""Running cases and writing down what came of them. Decides what is certified: a level without a failed case."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kequn.contracts.emulator import Pushing
from kequn.contracts.errors import CrmError
from kequn.testing.conformance.case import Case, Failed, Level, Skipped
from kequn.testing.conformance.cases import cases_of
from kequn.testing.conformance.subject import Subject

HANG_SECONDS = 300
"""Real time: only to find a case that hangs. Everything else is measured on the stage's clock."""


class Result(StrEnum):
    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Outcome:
    """What came of a case. `note`: why it failed, or the capability whose absence excuses it."""

    case: Case
    result: Result
    note: str = ""


@dataclass
class Verdict:
    """What came of all cases of a level."""

    plugin: str
    level: Level
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def certified(self) -> bool:
        return bool(self.outcomes) and not self.of(Result.FAILED)

    def of(self, result: Result) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.result is result]

    def as_json(self) -> dict[str, Any]:
        return {
            "plugin": self.plugin,
            "level": self.level.value,
            "ok": len(self.of(Result.OK)),
            "failed": [{"case": one.case.id, "message": one.note} for one in self.of(Result.FAILED)],
            "skipped": [{"case": one.case.id, "capability": one.note} for one in self.of(Result.SKIPPED)],
        }


async def try_case(case: Case, subject: Subject, patience: float = HANG_SECONDS) -> Outcome:
    """Run one case."""
    try:
        async with asyncio.timeout(patience):
            await case.run(subject)
    except Skipped as skip:
        if skip.capability in case.skips:
            return Outcome(case, Result.SKIPPED, skip.capability)
        return Outcome(case, Result.FAILED, f"a lack of {skip.capability} does not excuse this case")
    except Failed as failed:
        return Outcome(case, Result.FAILED, str(failed))
    except TimeoutError:
        return Outcome(case, Result.FAILED, f"hangs for more than {patience:.0f} seconds")
    except CrmError as error:
        return Outcome(case, Result.FAILED, f"ends in {type(error).__name__}: {error.message}")
    except Exception as error:  # the plugin or its emulator raises what the contract does not know
        return Outcome(case, Result.FAILED, f"ends in {type(error).__name__}: {_where(error)}")
    return Outcome(case, Result.OK)


def _where(error: Exception) -> str:
    """The message and the line that raised it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})" if trace else ""
    return " ".join(str(error).split())[:200] + place


async def check(
    subject: Subject,
    level: Level,
    *,
    only: Iterable[str] = (),
    patience: float = HANG_SECONDS,
    report: Callable[[Outcome], None] = lambda outcome: None,
) -> Verdict:
    """Run the cases of the level (`only`: some of them) and report each. `patience`: real seconds, for each."""
    verdict, wanted = Verdict(subject.name, level), frozenset(only)
    for case in cases_of(level):
        if not wanted or case.id in wanted:
            outcome = await try_case(case, subject, patience)
            verdict.outcomes.append(outcome)
            report(outcome)
    return verdict


async def claimed(subject: Subject) -> Level:
    """The highest level that the plugin claims, by its capability sheet and its emulator."""
    async with subject.stage() as stage:
        sheet = stage.line.crm.capabilities
        if not any(object.create for object in sheet.objects.values()):
            return Level.READ
        rings = sheet.webhooks or isinstance(stage.crowd.people, Pushing)
        return Level.REALTIME if rings else Level.WRITE
