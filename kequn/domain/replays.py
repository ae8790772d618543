"""Doing something once, however often it is sent: who sends a request again under the same key gets what came of it
the first time. What was refused as a whole is not remembered, since nothing was done."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from kequn.domain.batches import Done, Outcome
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem, refuse
from kequn.store import replays

LONGEST = 200
Work = Callable[[], Awaitable[Sequence[Outcome]]]


async def once(desk: Desk, key: str | None, digest: str, work: Work) -> Sequence[Outcome]:
    """Do the work, unless it was done under this key before. `digest`: what is asked."""
    if key is None:
        return await work()
    if not 0 < len(key) <= LONGEST:
        raise refuse(Code.TOO_LONG if key else Code.REQUIRED, "idempotency_key", limit=LONGEST)
    if any(letter < " " for letter in key):
        raise refuse(Code.BAD_TEXT, "idempotency_key")
    before = await replays.claim(desk.session, desk.actor, key, digest, desk.ledger.clock.now())
    if before is None:
        outcomes = await work()
        await replays.keep(desk.session, desk.actor, key, [_packed(outcome) for outcome in outcomes])
        return outcomes
    if before["digest"] != digest:
        raise refuse(Code.KEY_REUSED, "idempotency_key")
    return [_unpacked(plain) for plain in before["outcomes"]]


def _packed(outcome: Outcome) -> list[Any]:
    problems = [[problem.code.value, list(problem.path), dict(problem.facts)] for problem in outcome.problems]
    return [outcome.done.value, outcome.id.hex if outcome.id else None, problems]


def _unpacked(plain: list[Any]) -> Outcome:
    done, id, problems = plain
    told = (Problem(Code(code), tuple(path), facts) for code, path, facts in problems)
    return Outcome(Done(done), UUID(id) if id else None, tuple(told))
