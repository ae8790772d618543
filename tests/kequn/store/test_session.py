"""A session that goes on while PostgreSQL is at work: nothing overtakes what it has sent, and no error is lost."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.clock import ManualClock, SeededRandom, uuid7
from kequn.store import loads
from kequn.store.database import Database
from kequn.store.tables import Outbox
from kequn.store.upsert import FEW, insert_many, insert_plain

pytestmark = pytest.mark.anyio
MANY = 3 * FEW
Rows = Sequence[Mapping[str, Any]]
_outbox: Table = Outbox.__table__  # type: ignore[attr-defined]


@pytest.fixture
async def database(postgresql_url: str) -> AsyncIterator[Database]:
    database = Database(postgresql_url)
    yield database
    await database.close()


@pytest.fixture
def noted(tenant: UUID, connection: UUID) -> Callable[[], Rows]:
    clock, chance = ManualClock(), SeededRandom(5)
    of_all = {"tenant_id": tenant, "connection_id": connection, "kind": "customer", "generation": 1, "attempts": 0,
              "queued_at": clock.now(), "next_try_at": clock.now()}  # fmt: skip
    return lambda: [{**of_all, "row_id": uuid7(clock, chance)} for _ in range(MANY)]


async def _write(session: AsyncSession, rows: Rows) -> None:
    await insert_many(session, insert_plain(session, _outbox), rows)


async def _count(session: AsyncSession) -> int:
    return int((await session.execute(select(func.count()).select_from(_outbox))).scalar_one())


async def _load(database: Database, *pages: Rows, gives_up: bool = False) -> None:
    async with database.writing() as session:
        await loads.hurry(session)
        for page in pages:
            await _write(session, page)
        if gives_up:
            raise ZeroDivisionError


async def _kept(database: Database) -> int:
    async with database.reading() as session:
        return await _count(session)


async def test_what_was_sent_is_there_for_what_comes_next(database: Database, noted: Callable[[], Rows]) -> None:
    async with database.writing() as session:
        await loads.hurry(session)
        await _write(session, noted())
        await _write(session, noted())
        assert await _count(session) == 2 * MANY
        await _write(session, noted())
    assert await _kept(database) == 3 * MANY


async def test_what_is_refused_last_is_refused_all_the_same(database: Database, noted: Callable[[], Rows]) -> None:
    rows = noted()
    with pytest.raises(IntegrityError):
        await _load(database, rows, rows)
    assert await _kept(database) == 0


async def test_who_gives_up_waits_for_what_was_sent(database: Database, noted: Callable[[], Rows]) -> None:
    rows = noted()
    with pytest.raises(ZeroDivisionError):
        await _load(database, [*rows, *rows], gives_up=True)  # it would be refused, too
    await _load(database, rows)
    assert await _kept(database) == MANY
