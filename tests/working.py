"""What a database is doing: a statement that nobody waits for any more must not go on, and who waits for a lock is seen
to wait."""

import asyncio
from typing import Any

from sqlalchemy import text

from kequn.store.database import Database

PATIENCE = 60.0  # seconds; what goes on for longer was not broken off
OTHERS = text(
    "SELECT query FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'"
)
WAITING = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


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


async def held_up(database: Database, task: asyncio.Future[Any], waiting: int = 1) -> None:
    """Until the task waits for a lock that somebody else holds, or is over; on PostgreSQL. `waiting`: how many do so by
    then. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while not task.done() and len(await _waiting(database)) < waiting:
            pass


async def _waiting(database: Database) -> list[int]:
    async with database.reading() as session:
        return list((await session.execute(WAITING)).scalars())
