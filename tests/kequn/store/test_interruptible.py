"""A statement that nobody waits for any more ends, on both databases; the connection is free for others."""

import asyncio
import time

import pytest
from sqlalchemy import text

from kequn.store.database import Database
from tests.working import at_rest

pytestmark = pytest.mark.anyio
FOREVER = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT max(i) FROM n"
)


@pytest.mark.parametrize("way", ["reading", "writing"])
async def test_a_statement_ends_with_its_task(database: Database, way: str) -> None:
    async def ask() -> None:
        async with getattr(database, way)() as session:
            await session.execute(FOREVER)

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await ask()
    await at_rest(database)
    async with database.writing() as session:  # on SQLite: the lock was given back
        assert (await session.execute(text("SELECT 1"))).scalar_one() == 1
    assert time.monotonic() - began < 20  # it would be minutes
