"""Hints of webhooks that come at once, written down at once: who finds the database busy waits for the next transaction
and shares it with everybody else who waits. Each is told when its own are durable."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from kequn.clock import Clock
from kequn.store import hints
from kequn.store.database import Database
from kequn.store.hints import Look
from kequn.store.scope import Scope


@dataclass
class _Waiting:
    """What the next transaction writes."""

    looks: dict[tuple[Scope, UUID], list[Look]] = field(default_factory=dict)
    written: bool = False
    failure: Exception | None = None


class Noting:
    """Of one process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._turn = asyncio.Lock()
        self._next = _Waiting()

    async def note(self, scope: Scope, connection: UUID, looks: list[Look]) -> None:
        """Durable when this returns. Raises what the database did."""
        mine = self._next
        mine.looks.setdefault((scope, connection), []).extend(looks)
        async with self._turn:
            if not mine.written:
                self._next = _Waiting()
                await asyncio.shield(self._write(mine))  # one that gives up must not fail the others
        if mine.failure:
            raise mine.failure

    async def _write(self, waiting: _Waiting) -> None:
        try:
            async with self._database.writing() as session:
                for (scope, connection), looks in sorted(waiting.looks.items(), key=lambda one: one[0][1]):
                    await hints.note(session, scope, connection, looks, self._clock.now())
        except Exception as error:
            waiting.failure = error
        waiting.written = True
