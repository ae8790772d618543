"""How long a worker waits for its driver, whose own database another program may keep locked: the engine then waits
itself, for as long as that takes, and says nothing. Decides when that is said; what was asked goes on meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable

from kequn.store.trouble import NoAnswer

PATIENCE_SECONDS = 10.0


class Patience:
    """Of one that asks one thing after the other."""

    def __init__(self, seconds: float = PATIENCE_SECONDS) -> None:
        self._seconds = seconds
        self._open: tuple[Hashable, asyncio.Future[None]] | None = None

    async def ask(self, what: Hashable, question: Callable[[], Awaitable[None]]) -> None:
        """Raises NoAnswer when there is none in time. Asked again, it waits for the same answer: a question behind a
        lock is not put twice, and no other is put behind it."""
        last = self._open
        if last:
            await self._answered(*last)
        if last is None or last[0] != what:
            await self._answered(what, asyncio.ensure_future(question()))

    async def end(self) -> None:
        """Nobody waits any more."""
        if self._open:
            self._open[1].cancel()
            await asyncio.wait([self._open[1]])

    async def _answered(self, what: Hashable, answer: "asyncio.Future[None]") -> None:
        self._open = what, answer
        await asyncio.wait([answer], timeout=self._seconds)
        if not answer.done():
            raise NoAnswer
        self._open = None
        await answer
