"""Tiers are carried out by several at once, and a person may decide meanwhile. On PostgreSQL: SQLite has one writer."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.contracts.records import Kind
from kequn.domain import pins, tiering
from kequn.domain.editing import Desk
from kequn.domain.tiering import Moves
from kequn.store import rows, tables
from kequn.store.database import Database
from tests.kequn.domain.market import AS_OF
from tests.kequn.domain.test_tiering import House
from tests.working import held_up

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
_tiers: Table = tables.Tier.__table__  # type: ignore[attr-defined]


@pytest.fixture
def house(database: Database, tenant: UUID) -> House:
    return House(database, tenant)


async def named(house: House, name: str) -> UUID:
    async with house.database.reading() as session:
        return (await session.execute(select(_tiers.c.id).where(_tiers.c.name == name))).scalar_one()  # type: ignore[no-any-return]


async def judge(house: House, *days: int) -> None:
    for day in days:
        house.clock.move(60)
        await house.evaluate(as_of=AS_OF + timedelta(days=day))


def carrying_out(house: House) -> asyncio.Task[Moves]:
    return asyncio.create_task(tiering.apply(house.database, house.ledger, house.actor))


async def test_rules_leave_alone_whom_somebody_pins_meanwhile_to_the_tier_they_have(house: House) -> None:
    ids = await house.found()
    house.buy(ids[9], AS_OF, 500_000_000)
    await house.live()
    await judge(house, 1)
    regular = await named(house, "普通")
    async with house.database.writing() as session:
        await pins.pin(Desk(session, house.actor, house.ledger), ids[9], regular, "she wishes so")
        task = carrying_out(house)
        await held_up(house.database, task)
    assert await task == Moves()
    assert (await house.tiers())[ids[9]] == "普通"


async def test_what_one_pins_the_other_leaves_alone(house: House) -> None:
    ids = await house.found()
    await house.edit(Kind.CUSTOMER, ids[9], {"tier": await named(house, "VIP")})
    await judge(house, 1, 31)
    async with house.database.writing() as session:
        await rows.load(session, house.actor.scope, Kind.CUSTOMER, [ids[9]], lock=True)
        tasks = carrying_out(house), carrying_out(house)
        await held_up(house.database, *tasks)
    assert {await task for task in tasks} == {Moves(pinned=1), Moves()}
    assert (await house.tiers())[ids[9]] == "VIP"
