"""SQLite connections, each with a thread that its statements run in. A statement and its rows are one trip there; and
it ends when nobody waits for it any more, as psycopg's do by themselves. Decides nothing about what is asked."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, cast

import aiosqlite

ROWS = 1_000
"""As many come with the statement; the others are fetched when they are asked for."""


class Cursor:
    """What SQLAlchemy asks of a cursor of aiosqlite, which goes to the thread for each of them."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self._rest: sqlite3.Cursor | None = None
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> "Cursor":
        return self

    async def execute(self, statement: str, values: Sequence[Any] = ()) -> "Cursor":
        return await self._run(lambda connection: connection.execute(statement, values))

    async def executemany(self, statement: str, values: Sequence[Sequence[Any]]) -> "Cursor":
        return await self._run(lambda connection: connection.executemany(statement, values))

    async def _run(self, statement: Callable[[sqlite3.Connection], sqlite3.Cursor]) -> "Cursor":
        await self._connection._execute(self._take, statement)
        return self

    def _take(self, statement: Callable[[sqlite3.Connection], sqlite3.Cursor]) -> None:
        """In the thread, where a cursor must also end."""
        cursor = statement(self._connection._conn)
        self._rows = cursor.fetchmany(ROWS) if cursor.description else []
        self._rest = cursor if len(self._rows) == ROWS else None
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid

    async def fetchone(self) -> Any:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        wanted = size or self.arraysize
        if self._rest is not None and len(self._rows) < wanted:
            self._rows += await self._connection._execute(self._rest.fetchmany, max(wanted, ROWS))
        taken, self._rows = self._rows[:wanted], self._rows[wanted:]
        return taken

    async def fetchall(self) -> list[Any]:
        if self._rest is not None:
            self._rows += await self._connection._execute(self._rest.fetchall)
        taken, self._rows = self._rows, []
        return taken

    async def close(self) -> None:
        if self._rest is not None:
            await self._connection._execute(self._rest.close)
            self._rest = None


class Answer:
    """What the thread sees of a future. The loop may have ended by the time that it is answered: nobody waits then."""

    def __init__(self, future: asyncio.Future[Any]) -> None:
        self._future = future

    def get_loop(self) -> "Answer":
        return self

    def call_soon_threadsafe(
        self, settle: Callable[[asyncio.Future[Any], Any], None], _: "Answer", answer: Any
    ) -> None:
        with suppress(RuntimeError):
            self._future.get_loop().call_soon_threadsafe(settle, self._future, answer)


class Questions:
    """The way into the thread: whatever is asked, an opening and a stop too, is answered so."""

    def __init__(self, thread: Any) -> None:
        self._thread = thread

    def put_nowait(self, question: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        future, work = question
        self._thread.put_nowait((None if future is None else Answer(future), work))


class Connection(aiosqlite.Connection):
    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, ROWS)
        self._tx = cast(Any, Questions(self._tx))
        self._thread.daemon = True  # a process that ends does not wait for it

    def cursor(self) -> Cursor:  # type: ignore[override]  # nothing is opened before there is a statement
        return Cursor(self)

    async def _execute(self, fn: Callable[..., Any], *args: Any, **options: Any) -> Any:
        if not self._running or self._connection is None:
            raise ValueError("the connection is closed")
        given_up = False

        def work() -> Any:
            if given_up:
                raise sqlite3.OperationalError("given up before it began")
            return fn(*args, **options)

        future = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((future, work))
        try:
            return await future
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


def connect(path: str, **options: Any) -> Connection:
    """To be awaited."""
    return Connection(partial(sqlite3.connect, path, **options))
