"""What the tests of the engine start from: a world, on each database."""

from collections.abc import AsyncIterator

import pytest

from tests.kequn.sync.world import World, build


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[World]:
    """A world without CRMs."""
    async with build(database_url) as world:
        yield world


@pytest.fixture
async def small(sqlite_url: str, anyio_backend: str) -> AsyncIterator[World]:
    """A world without CRMs, on SQLite alone: for what does not depend on the database."""
    async with build(sqlite_url) as world:
        yield world
