"""Straight to the driver: one statement that answers with one JSON text, which is handed on unread. For questions that
are asked a thousand times a second; each is prepared once per connection. Everything else goes through `Database`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

import aiosqlite
from sqlalchemy import URL

from kequn.store import sqlite

T = TypeVar("T")
PREPARED = 512
"""Statements that a connection is shown before another takes its place."""
GONE = "-c client_connection_check_interval=1s"
"""PostgreSQL ends a statement when its connection is closed: one that is broken off before it begins would go on."""
WAIT_SECONDS = 30
CONNECTIONS = {"sqlite": 4, "postgresql": 16}


class Failed(Exception):
    """The database gave no answer. Carries the name of its error only: messages hold values."""


class Line(Protocol):
    """One connection."""

    async def ask(self, text: str, values: Sequence[Any]) -> bytes:
        """The only value of the only row."""

    async def prepare(self, text: str, values: Sequence[Any]) -> None:
        """Raises when the database would not take the text."""

    async def close(self) -> None: ...

    @property
    def usable(self) -> bool:
        """Whether another question may be asked."""


class SQLite:
    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: URL) -> "SQLite":
        connection = await sqlite.connect(url.database or ":memory:", cached_statements=PREPARED)
        await connection.execute_fetchall("PRAGMA query_only=ON")
        await connection.execute_fetchall(f"PRAGMA busy_timeout={WAIT_SECONDS * 1000}")
        return cls(connection)

    async def ask(self, text: str, values: Sequence[Any]) -> bytes:
        [row] = await self._connection.execute_fetchall(text, values)
        answer: str = row[0]
        return answer.encode()

    async def prepare(self, text: str, values: Sequence[Any]) -> None:
        await self._connection.execute_fetchall(f"EXPLAIN {text}", values)

    async def close(self) -> None:
        await self._connection.close()

    @property
    def usable(self) -> bool:
        return True


def _driver(dialect: str) -> tuple[Callable[[URL], Awaitable[Line]], type[Exception]]:
    """How a line is opened, and what goes wrong on it. psycopg, which takes 10 MB, is loaded for PostgreSQL alone."""
    if dialect == "sqlite":
        return SQLite.open, aiosqlite.Error
    import psycopg

    from kequn.store.wire import PostgreSQL

    return PostgreSQL.open, psycopg.Error


class Straight:
    """The connections to one database: opened when they are needed, kept until it is closed. `asked`: how often."""

    def __init__(self, url: URL) -> None:
        self._url = url
        dialect = url.get_backend_name()
        self._open, self._error = _driver(dialect)
        self._idle: list[Line] = []
        self.asked = 0
        self._free = asyncio.Semaphore(CONNECTIONS[dialect])

    async def ask(self, text: str, values: Sequence[Any]) -> bytes:
        """The JSON that the statement makes. Raises Failed."""
        self.asked += 1
        return await self._over_a_line(lambda line: line.ask(text, values))

    async def prepare(self, text: str, values: Sequence[Any]) -> None:
        """Raises Failed when the database would not take the text."""
        await self._over_a_line(lambda line: line.prepare(text, values))

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def _over_a_line(self, work: Callable[[Line], Awaitable[T]]) -> T:
        async with self._free:
            try:
                line = await self._take()
                try:
                    return await work(line)
                finally:
                    await self._put_back(line)
            except self._error as error:
                raise Failed(type(error).__name__) from error

    async def _take(self) -> Line:
        while self._idle:
            line = self._idle.pop()
            if line.usable:
                return line
            await line.close()  # the database ended it meanwhile
        return await self._open(self._url)

    async def _put_back(self, line: Line) -> None:
        if line.usable:
            self._idle.append(line)
        else:
            await line.close()
