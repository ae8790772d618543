"""Doing something once, however often it is sent: who sends a request again under the same key gets what came of it
the first time. What was refused as a whole is not remembered, since nothing was done."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from kequn.domain.batches import Done, Outcome
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem, refuse
from kequn.store import replays

LONGEST = 200
Work = Callable[[], Awaitable[Sequence[Outcome]]]
Telling = Callable[[], Awaitable[Mapping[str, Any]]]
"""Work of which plain JSON tells."""


@dataclass(frozen=True)
class Request:
    """`key`: under which it was sent, if under any. `digest`: what is asked."""

    key: str | None
    digest: str

    def check(self) -> str | None:
        """The key. Raises Refused when it is none."""
        if self.key is not None and not 0 < len(self.key) <= LONGEST:
            raise refuse(Code.TOO_LONG if self.key else Code.REQUIRED, "idempotency_key", limit=LONGEST)
        if self.key is not None and any(letter < " " for letter in self.key):
            raise refuse(Code.BAD_TEXT, "idempotency_key")
        return self.key


async def once(desk: Desk, request: Request, work: Work) -> Sequence[Outcome]:
    """Do the work, unless it was done under this key before."""

    async def packed() -> list[Any]:
        return [_packed(outcome) for outcome in await work()]

    return [_unpacked(plain) for plain in await _remembered(desk, request, packed)]


async def told(desk: Desk, request: Request, work: Telling) -> Mapping[str, Any]:
    """The same of work that tells something else than outcomes."""

    async def packed() -> list[Any]:
        return [await work()]

    [facts] = await _remembered(desk, request, packed)
    return facts  # type: ignore[no-any-return]


async def _remembered(desk: Desk, request: Request, work: Callable[[], Awaitable[list[Any]]]) -> Sequence[Any]:
    key = request.check()
    if key is None:
        return await work()
    before = await replays.claim(desk.session, desk.actor, key, request.digest, desk.ledger.clock.now())
    if before is None:
        outcomes = await work()
        await replays.keep(desk.session, desk.actor, key, outcomes)
        return outcomes
    return _same(before, request)


def _same(before: Mapping[Any, Any], request: Request) -> Sequence[Any]:
    if before["digest"] != request.digest:
        raise refuse(Code.KEY_REUSED, "idempotency_key")
    outcomes: Sequence[Any] = before["outcomes"]
    return outcomes


class UnderWay(Exception):
    """The same was sent a moment ago, and is not done yet."""


async def begin(desk: Desk, request: Request, within: timedelta) -> Mapping[str, Any] | None:
    """For work that has transactions of its own: what was told of it before. None: it is to be done now, `within` this
    time; whoever sends the same meanwhile is refused. What was broken off may be begun anew afterwards, and must bear
    that. Raises Refused, UnderWay."""
    key = request.check()
    if key is None:
        return None
    now = desk.ledger.clock.now()
    before = await replays.claim(desk.session, desk.actor, key, request.digest, now)
    if before is None:
        return None
    if told := _same(before, request):
        return told[0]  # type: ignore[no-any-return]
    if not await replays.renew(desk.session, desk.actor, key, now, now - within):
        raise UnderWay
    return None


async def end(desk: Desk, request: Request, facts: Mapping[str, Any] | None) -> None:
    """Note what came of such work. None: it was refused as a whole, and may be sent again."""
    if (key := request.check()) is None:
        return
    if facts is None:
        await replays.forget(desk.session, desk.actor, key)
    else:
        await replays.keep(desk.session, desk.actor, key, [facts])


def _packed(outcome: Outcome) -> list[Any]:
    problems = [pack(problem) for problem in outcome.problems]
    return [outcome.done.value, outcome.id.hex if outcome.id else None, problems]


def _unpacked(plain: list[Any]) -> Outcome:
    done, id, problems = plain
    return Outcome(Done(done), UUID(id) if id else None, tuple(unpack(problem) for problem in problems))


def pack(problem: Problem) -> list[Any]:
    """A problem as plain JSON."""
    return [problem.code.value, list(problem.path), dict(problem.facts)]


def unpack(plain: list[Any]) -> Problem:
    code, path, facts = plain
    return Problem(Code(code), tuple(path), facts)
