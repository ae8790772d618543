"""A case of the kit: what it is called, at which level it counts, how it fails and when it may be skipped. Decides
nothing about CRMs; the cases themselves stand in the files named by group."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kequn.contracts.errors import CrmError

if TYPE_CHECKING:
    from kequn.testing.conformance.subject import Subject


class Level(StrEnum):
    """What a plugin is certified for. Each level holds the ones before it."""

    READ = "read"
    WRITE = "write"
    REALTIME = "realtime"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


class Failed(AssertionError):
    """The plugin breaks the contract. The message says how, in one line."""


class Skipped(Exception):
    """The CRM does not have what the case needs, as its capabilities say and the case has just seen."""

    def __init__(self, capability: str) -> None:
        super().__init__(capability)
        self.capability = capability


@dataclass(frozen=True)
class Case:
    """`skips`: the capabilities whose absence excuses this case; no other does."""

    id: str
    title: str
    level: Level
    run: Callable[["Subject"], Awaitable[None]] = field(repr=False)
    skips: frozenset[str] = frozenset()


class Group:
    """The cases of one part of the contract, in order."""

    def __init__(self, level: Level) -> None:
        self.cases: list[Case] = []
        self._level = level

    def case(
        self, id: str, title: str, *, level: Level | None = None, skips: Iterable[str] = ()
    ) -> Callable[[Callable[["Subject"], Awaitable[None]]], Callable[["Subject"], Awaitable[None]]]:
        def keep(run: Callable[["Subject"], Awaitable[None]]) -> Callable[["Subject"], Awaitable[None]]:
            self.cases.append(Case(id, title, level or self._level, run, frozenset(skips)))
            return run

        return keep


def expect(true: object, otherwise: str) -> None:
    """Raise Failed unless `true`. No `assert`: the kit must fail under `python -O` too."""
    if not true:
        raise Failed(otherwise)


async def refused(attempt: Awaitable[Any], what: str, *wanted: type[CrmError]) -> CrmError:
    """The error that the attempt ends in. Fails when it succeeds, or ends in another error than the `wanted` ones."""
    names = " or ".join(one.__name__ for one in wanted) or "an error of the contract"
    try:
        await attempt
    except CrmError as error:
        expect(not wanted or isinstance(error, wanted), f"{what}: {type(error).__name__} in place of {names}")
        return error
    raise Failed(f"{what}: it passes; {names} is due")
