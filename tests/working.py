"""What a database is doing: a statement that nobody waits for any more must not go on; one that must wait for another
does."""

import asyncio
from typing import Any

from sqlalchemy import text

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
