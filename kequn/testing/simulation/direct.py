"""SQLite without a thread between: in a simulation one task works at a time, so that nobody would wait meanwhile. And
statements that are compiled once for all databases of this process. Decides nothing about what is stored."""

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Sequence
from typing import Any

from sqlalchemy import event
from sqlalchemy.util import LRUCache

from kequn.store.database import Database


class Statements(LRUCache[Any, Any]):
    """Compiled statements by what they say. SQLAlchemy's key begins with the dialect, which each engine makes anew,
    and which is the same in all of them here."""

    def __init__(self, most: int = 300) -> None:
        super().__init__(most)

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


STATEMENTS = Statements()


def open_database(url: str) -> Database:
    """The database of the store, with these two changes. Nothing waits for the disk: a process that is killed loses
    nothing that it handed to the system."""
    database = Database(url)
    database.engine = database.engine.execution_options(compiled_cache=STATEMENTS)

    @event.listens_for(database.engine.sync_engine, "do_connect")
    def connect(dialect: Any, record: Any, given: Any, named: dict[str, Any]) -> None:
        named["async_creator_fn"] = Direct

    @event.listens_for(database.engine.sync_engine, "connect")
    def hurry(connection: Any, _: Any) -> None:
        connection.cursor().execute("PRAGMA synchronous=OFF")

    return database


class Direct:
    """What SQLAlchemy asks of an aiosqlite connection, done at once."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self._connection: sqlite3.Connection | None = sqlite3.connect(*given, **named)
        self._tx = self

    def __await__(self) -> Generator[Any, None, "Direct"]:
        return self._ready().__await__()

    async def _ready(self) -> "Direct":
        return self

    @property
    def _conn(self) -> sqlite3.Connection:
        if self._connection is None:
            raise ValueError("no active connection")
        return self._connection

    def put_nowait(self, work: tuple[asyncio.Future[Any], Callable[[], Any]]) -> None:
        """Where a thread would find its work."""
        future, do = work
        future.set_result(do())

    @property
    def isolation_level(self) -> str | None:
        return self._conn.isolation_level

    def cursor(self, **_: Any) -> "Cursor":
        return Cursor(self._conn.cursor())

    async def create_function(self, *given: Any, **named: Any) -> None:
        self._conn.create_function(*given, **named)

    async def commit(self) -> None:
        self._conn.commit()

    async def rollback(self) -> None:
        self._conn.rollback()

    async def close(self) -> None:
        self.stop()

    def stop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Cursor:
    """A cursor of it."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    async def __aenter__(self) -> "Cursor":
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    async def execute(self, statement: str, values: Sequence[Any] = ()) -> "Cursor":
        self._cursor.execute(statement, values)
        return self

    async def executemany(self, statement: str, values: Sequence[Sequence[Any]]) -> "Cursor":
        self._cursor.executemany(statement, values)
        return self

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()
