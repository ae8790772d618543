"""What a database is doing: a statement that nobody waits for any more must not go on; one that must wait for another
does; what it is sent; and what stands there when a worker is killed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from kequn.store.database import Database

PATIENCE = 60.0  # seconds; what goes on for longer was not broken off
OTHERS = text(
    "SELECT query FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'"
)
LOCKED = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


async def at_rest(database: Database) -> None:
    """Until nothing is under way but this question; the server takes a moment to end a statement. Raises TimeoutError.
    SQLite is asked by nobody else: who waits for its one writer or for a connection of a few has waited for that."""
    if database.dialect == "postgresql":
        async with asyncio.timeout(PATIENCE):
            while await _under_way(database):
                pass


async def _under_way(database: Database) -> list[str]:
    async with database.reading() as session:
        return list((await session.execute(OTHERS)).scalars())


async def held_up(database: Database, *tasks: asyncio.Future[Any]) -> None:
    """Until each of these waits for what somebody else has locked, or is done. Of PostgreSQL alone. Raises
    TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while await _locked(database) < sum(not task.done() for task in tasks):
            pass


async def _locked(database: Database) -> int:
    async with database.reading() as session:
        return int((await session.execute(LOCKED)).scalar_one())


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is sent meanwhile."""
    sent: list[str] = []

    def noted(*given: Any) -> None:
        sent.append(given[2])

    event.listen(database.engine.sync_engine, "before_cursor_execute", noted)
    try:
        yield sent
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", noted)


class Killed(Exception):
    """The worker is gone."""


@contextmanager
def killed_at_commit(number: int, database: Database) -> Iterator[None]:
    left = iter(range(number - 1))

    def struck(_: Any) -> None:
        if next(left, None) is None:
            raise Killed

    event.listen(database.engine.sync_engine, "commit", struck)
    try:
        yield
    finally:
        event.remove(database.engine.sync_engine, "commit", struck)
