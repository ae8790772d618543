"""A database of each kind with something of everything in it, filled once for all tests that only read."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.secrets import Keyring
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Role
from kequn.store.tables import Tenant
from kequn.store.vault import Vault
from tests.databases import PostgreSQL
from tests.schema.compiler.sowing import Rows, sow
from tests.schema.conftest import Client


async def client_of(database: Database) -> Client:
    chance = SeededRandom(11)
    async with database.reading() as session:
        tenant = (await session.execute(select(Tenant.id).where(col(Tenant.slug) == "default"))).scalar_one()
    ledger = Ledger(Vault(Keyring([b"k" * 32], chance)), ManualClock(), chance)
    return Client(database, ledger, Actor(tenant, Role.ADMIN, "tester"))


async def _sown(url: str) -> Rows:
    database = Database(url)
    try:
        return await sow(await client_of(database))
    finally:
        await database.close()


@pytest.fixture(scope="session")
def sown_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Rows]:
    path = tmp_path_factory.mktemp("sown") / "kequn.db"
    shutil.copyfile(sqlite_template, path)
    url = f"sqlite+aiosqlite:///{path}"
    return url, asyncio.run(_sown(url))


@pytest.fixture(scope="session")
def sown_postgresql(postgresql: PostgreSQL) -> Iterator[tuple[str, Rows]]:
    url = postgresql.create()
    yield url, asyncio.run(_sown(url))
    postgresql.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def sown(request: pytest.FixtureRequest) -> tuple[str, Rows]:
    """The URL, and the rows of the tenant that asks. The test runs once on each kind."""
    found: tuple[str, Rows] = request.getfixturevalue(f"sown_{request.param}")
    return found


@pytest.fixture
async def reader(sown: tuple[str, Rows]) -> AsyncIterator[Client]:
    """An administrator of the tenant, who writes nothing."""
    database = Database(sown[0])
    yield await client_of(database)
    await database.close()
