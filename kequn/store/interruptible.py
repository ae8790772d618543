"""SQLite connections whose statement ends when nobody waits for it any more, as psycopg's do by themselves. Without it
a statement that was given up would run to its end in its thread, and whoever cleans up would wait for it."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

import aiosqlite

CHUNK = 64  # rows that an iteration fetches at a time


class Interruptible(aiosqlite.Connection):
    async def _execute(self, fn: Callable[..., Any], *args: Any, **options: Any) -> Any:
        given_up = False

        def work() -> Any:
            if given_up:
                raise sqlite3.OperationalError("given up before it began")
            return fn(*args, **options)

        try:
            return await super()._execute(work)  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            given_up = True
            if self._connection is not None:
                self._connection.interrupt()
            raise

    async def close(self) -> None:
        """A statement that was broken off keeps the lock of its transaction, even after its connection was closed, for
        as long as anything refers to it (an exception does)."""
        if self._connection is not None:
            await self._execute(self._conn.rollback)
        await super().close()


def connect(path: str, **options: Any) -> Interruptible:
    """To be awaited."""
    connection = Interruptible(partial(sqlite3.connect, path, **options), CHUNK)
    connection._thread.daemon = True  # a process that ends does not wait for it
    return connection
