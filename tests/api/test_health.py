"""Health: alive, and ready only with a migrated database in reach. And the app's life: what it starts, it stops."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy import text

import api
from kequn.registry import Registry
from kequn.settings import Settings
from tests.api.conftest import House

pytestmark = pytest.mark.anyio


async def status(house: House, path: str) -> int:
    async with house.browser() as browser:
        return (await browser.get(path)).status_code


async def test_alive_and_ready(house: House) -> None:
    assert await status(house, "/healthz") == 200
    assert await status(house, "/readyz") == 200
    assert await status(house, "/readyz") == 200


async def test_not_ready_before_the_database_is_migrated(house: House) -> None:
    async with house.database.writing() as session:
        await session.execute(text("ALTER TABLE hint RENAME COLUMN cause TO reason"))
    assert await status(house, "/readyz") == 503
    assert await status(house, "/healthz") == 200
    async with house.database.writing() as session:
        await session.execute(text("ALTER TABLE hint RENAME COLUMN reason TO cause"))
    assert await status(house, "/readyz") == 200


async def test_the_work_beside_lives_as_long_as_the_app(house: House) -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def worker() -> AsyncIterator[None]:
        seen.append("started")
        yield
        seen.append("stopped")

    app = api.build(Settings(), Registry(), database=house.database, keyring=house.keyring, background=[worker()])
    async with app.router.lifespan_context(app):
        assert seen == ["started"]
    assert seen == ["started", "stopped"]
    assert await status(house, "/readyz") == 200  # a database that was handed in stays open


async def test_a_worker_tells_how_it_is_and_nothing_else(house: House) -> None:
    app = api.build(Settings(), house.registry, database=house.database, keyring=house.keyring, only_health=True)
    alone = replace(house, app=app)
    assert [await status(alone, path) for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 200]
    assert [await status(alone, path) for path in ("/graphql", "/s/x", "/webhooks/x/y")] == [404, 404, 404]
