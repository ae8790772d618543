"""`kequn plugin check`: the conformance kit from the command line. Finds the plugin and shows what came of each case;
what is checked stands in kequn/testing/conformance."""

import asyncio
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from kequn.registry import GROUP, Registry
from kequn.terminal import Failure, say, say_json
from kequn.testing.conformance import CASES, Level, Outcome, Result, Subject, Verdict, check, claimed
from kequn.testing.conformance.check import HANG_SECONDS

FULL = 100_000
FULL_SECONDS = 3600.0


@dataclass(frozen=True)
class Wish:
    """What the command line asks for. Without a level: the highest that the plugin claims. `cases`: none means all."""

    level: Level | None = None
    cases: frozenset[str] = frozenset()
    json: bool = False


def certify(subject: Subject, wish: Wish) -> Verdict:
    """Run the cases and show them."""

    async def run() -> Verdict:
        level = wish.level or await claimed(subject)
        _require_some(wish, level)
        patience = FULL_SECONDS if subject.scanned >= FULL else HANG_SECONDS
        return await check(subject, level, only=wish.cases, patience=patience, report=quiet if wish.json else show)

    verdict = asyncio.run(run())
    conclude(verdict, wish)
    return verdict


def _require_some(wish: Wish, level: Level) -> None:
    """Raises Failure when none of the cases asked for is of this level."""
    beyond = [case for case in CASES if case.id in wish.cases and case.level.rank > level.rank]
    if beyond and len(beyond) == len(wish.cases):
        wanted = beyond[0].level.value
        raise Failure(f"{beyond[0].id} is of the level {wanted}; --level {wanted} runs it")


def read_wish(level: str | None, cases: Sequence[str], json: bool) -> Wish:
    """Raises Failure."""
    unknown = sorted(set(cases) - {case.id for case in CASES})
    if unknown:
        raise Failure(f"there is no case {unknown[0]!r}; there are: {CASES[0].id} to {CASES[-1].id}")
    try:
        return Wish(None if level is None else Level(level), frozenset(cases), json)
    except ValueError:
        raise Failure(f"there is no level {level!r}; there are: {', '.join(Level)}") from None


def find(name: str, installed: Callable[[], Registry], *, full: bool) -> Subject:
    """The plugin of this name, or the one in this folder. Raises BadSettings and Failure that say why there is none."""
    numbers: dict[str, Any] = {"scanned": FULL} if full else {}
    folder = Path(name)
    if (folder / "pyproject.toml").is_file():
        return Subject.of(_module_in(folder), **numbers)
    known = installed()
    if folder.is_dir() and name not in known.crms:
        raise Failure(f"the folder {name} holds no pyproject.toml, and no plugin is called so")
    return Subject.named(known, name, **numbers)


def _module_in(folder: Path) -> object:
    """The module that the package in this folder would register, were it installed."""
    try:
        settings = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except ValueError as error:
        raise Failure(f"{folder / 'pyproject.toml'}: this is not TOML in UTF-8: {error}") from None
    points: dict[str, str] = settings.get("project", {}).get("entry-points", {}).get(GROUP, {})
    if not points:
        raise Failure(f"{folder / 'pyproject.toml'} names no entry point of the group {GROUP!r}")
    sys.path.insert(0, str(folder.resolve()))
    name = next(iter(points.values())).partition(":")[0]
    try:
        return import_module(name)
    except Exception as error:
        raise Failure(f"{name} cannot be imported: {type(error).__name__}: {error}") from error


def quiet(outcome: Outcome) -> None:
    """For machines, who read the end."""


def show(outcome: Outcome) -> None:
    case, result = outcome.case, outcome.result
    say(f"{case.id}  {result.value:7}  {case.title}")
    if result is Result.FAILED:
        say(f"              {outcome.note}")
    if result is Result.SKIPPED:
        say(f"              this CRM lacks: {outcome.note}")


def conclude(verdict: Verdict, wish: Wish) -> None:
    if wish.json:
        say_json(verdict.as_json())
        return
    ok, failed, skipped = (len(verdict.of(result)) for result in Result)
    state = "is certified for" if verdict.certified else "is not certified for"
    whole = f"{verdict.plugin}, some cases of" if wish.cases else f"{verdict.plugin} {state}"
    say(f"{whole} {verdict.level.value}: {ok} ok, {failed} failed, {skipped} skipped")
