"""What the tests of the engine start from: a world, on each database."""

from collections.abc import AsyncIterator

import pytest

from kequn.testing.simulation.direct import open_database
from tests.kequn.sync.world import World, build


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[World]:
    """A world without CRMs."""
    async with build(database_url) as world:
        yield world


@pytest.fixture
async def small(sqlite_url: str, anyio_backend: str) -> AsyncIterator[World]:
    """A world without CRMs, on SQLite alone: for what does not depend on the database. No two tasks of it may write at
    once."""
    async with build(sqlite_url, opened=open_database(sqlite_url)) as world:
        yield world
