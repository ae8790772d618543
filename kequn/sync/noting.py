"""Hints of webhooks that come at once, written down at once: who finds the database busy waits for the next transaction
and shares it with everybody else who waits. Each is told when its own are durable. One that was taken before leaves
nothing: what the first one left is durable already."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from kequn.clock import Clock
from kequn.store import heard, hints
from kequn.store.database import Database
from kequn.store.heard import Mark
from kequn.store.hints import Look
from kequn.store.scope import Scope


@dataclass(frozen=True)
class _Rung:
    """What one webhook leaves. Without a mark its repeats cannot be told from news."""

    looks: Sequence[Look]
    mark: Mark | None


@dataclass
class _Waiting:
    """What the next transaction writes."""

    rung: dict[tuple[Scope, UUID], list[_Rung]] = field(default_factory=dict)
    written: bool = False
    failure: Exception | None = None


class Noting:
    """Of one process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._turn = asyncio.Lock()
        self._next = _Waiting()

    async def note(self, scope: Scope, connection: UUID, looks: Sequence[Look], mark: Mark | None = None) -> None:
        """Durable when this returns. Raises what the database did."""
        mine = self._next
        mine.rung.setdefault((scope, connection), []).append(_Rung(looks, mark))
        async with self._turn:
            if not mine.written:
                self._next = _Waiting()
                await asyncio.shield(self._write(mine))  # one that gives up must not fail the others
        if mine.failure:
            raise mine.failure

    async def _write(self, waiting: _Waiting) -> None:
        try:
            async with self._database.writing() as session:
                for (scope, connection), rung in sorted(waiting.rung.items(), key=lambda one: one[0][1]):
                    looks = await _news(session, scope, connection, rung)
                    await hints.note(session, scope, connection, looks, self._clock.now())
        except Exception as error:
            waiting.failure = error
        waiting.written = True


async def _news(session: AsyncSession, scope: Scope, connection: UUID, rung: Sequence[_Rung]) -> list[Look]:
    """What the webhooks say that were not taken before. They are marked in the transaction that notes it."""
    first = await heard.keep(session, scope, connection, [one.mark for one in rung if one.mark and one.looks])
    return [look for one in rung if one.mark is None or one.mark.digest in first for look in one.looks]
