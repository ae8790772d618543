"""Tells those who listen that something was written, by whichever process. This bell looks itself, every second, for
the tenants that somebody listens for; a database that tells by itself could ring in its place."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from kequn.clock import Clock
from kequn.contracts.host import Log
from kequn.store import news, trouble
from kequn.store.database import Database
from kequn.store.scope import Scope

LOOK_SECONDS = 1.0


class Bell(Protocol):
    def rings(self, scope: Scope) -> AsyncGenerator[None, None]:
        """Once at the beginning, then each time after something was written. Rings that nobody waited for are one."""

    def missed(self, scope: Scope) -> None:
        """Whoever went to look could not: it rings once more when the database answers."""


class Silent:
    """Rings once: for those who do not listen for long."""

    async def rings(self, scope: Scope) -> AsyncGenerator[None, None]:
        yield

    def missed(self, scope: Scope) -> None:
        pass


class PollingBell:
    """`async with bell.looking()`: it looks while the block lasts."""

    def __init__(self, database: Database, clock: Clock, log: Log) -> None:
        self._database = database
        self._clock = clock
        self._log = log
        self._listeners: dict[UUID, set[asyncio.Event]] = {}
        self._marks: dict[UUID, tuple[Any, ...]] = {}

    async def rings(self, scope: Scope) -> AsyncGenerator[None, None]:
        ring = asyncio.Event()
        ring.set()
        self._listeners.setdefault(scope.tenant, set()).add(ring)
        try:
            while True:
                await ring.wait()
                ring.clear()
                yield
        finally:
            self._listeners[scope.tenant].discard(ring)

    def missed(self, scope: Scope) -> None:
        self._marks.pop(scope.tenant, None)

    async def look(self) -> None:
        """Ring for every tenant where something was written since the last look."""
        self._listeners = {tenant: rings for tenant, rings in self._listeners.items() if rings}
        marks = dict[UUID, tuple[Any, ...]]()
        if self._listeners:
            async with self._database.reading() as session:
                for tenant in list(self._listeners):
                    marks[tenant] = await news.mark(session, Scope(tenant), self._clock.now())
        for tenant, mark in marks.items():
            if mark != self._marks.get(tenant):
                for ring in self._listeners[tenant]:
                    ring.set()
        self._marks = marks

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._look_for_ever())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _look_for_ever(self) -> None:
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:  # the database may be away for a while
                self._log.warning("bell cannot look", type=trouble.name(error))
