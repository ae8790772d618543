"""A session that can go on while the database is at work: what it has sent is carried out before anything else is, and
its error comes out there. Decides nothing about what is sent."""

import asyncio
from contextlib import suppress
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession


class Session(AsyncSession):
    """`hurried`: nobody waits for what is sent (loads.py)."""

    hurried = False
    _sent: "asyncio.Task[None] | None" = None

    async def send(self, statement: Any, values: Any) -> None:
        """Carry out a statement that has no result, once those before it are."""
        if not self.hurried:
            await self.execute(statement, values)
            return
        self._sent = asyncio.create_task(self._follow(self._sent, statement, values))
        await asyncio.wait([self._sent], timeout=0)  # so that it is on its way

    async def _follow(self, before: "asyncio.Task[None] | None", statement: Any, values: Any) -> None:
        if before is not None:
            await before
        await super().execute(statement, values)

    async def arrived(self) -> None:
        """Wait for what was sent. Raises its error."""
        sent, self._sent = self._sent, None
        if sent is not None:
            await sent

    async def at_rest(self) -> None:
        """Wait for what was sent, whatever comes of it."""
        with suppress(Exception):
            await self.arrived()

    async def execute(self, *given: Any, **named: Any) -> Any:
        await self.arrived()
        return await super().execute(*given, **named)

    async def connection(self, *given: Any, **named: Any) -> AsyncConnection:
        await self.arrived()
        return await super().connection(*given, **named)
