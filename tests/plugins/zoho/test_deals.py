"""Deals that leave the won stages: kequn learns of it with the next round, and asks once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from kequn.contracts.records import Kind
from kequn.store import rows
from tests.flows.world import World
from tests.plugins.zoho.rig import opened

pytestmark = pytest.mark.anyio

WON = {"Deal_Name": "Mill", "Stage": "Closed Won", "Closing_Date": "2026-01-02", "Amount": 10}


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[World]:
    world = await World().open(database_url)
    yield world
    await world.close()


async def purchases(world: World) -> list[dict[str, Any]]:
    async with world.database.reading() as session:
        ids = (await session.execute(select(rows.table(Kind.PURCHASE).c.id))).scalars().all()
        found = await rows.load(session, world.scope, Kind.PURCHASE, ids)
    return [dict(row.facts) for row in found.values()]


async def test_a_deal_that_is_lost_again_is_no_longer_paid(world: World) -> None:
    deal = world.zoho.people.create("Deals", WON)
    await world.sync()
    (before,) = await purchases(world)
    assert before["paid_at"] is not None
    world.clock.move(600)
    world.zoho.people.edit("Deals", deal, {"Stage": "Closed Lost"})
    await world.sync()
    (after,) = await purchases(world)
    assert (after["status"], after.get("paid_at")) == ("Closed Lost", None)


async def test_it_is_asked_for_once(world: World) -> None:
    deal = world.zoho.people.create("Deals", WON)
    await world.sync()
    world.clock.move(600)
    world.zoho.people.edit("Deals", deal, {"Stage": "Closed Lost"})
    asked = []
    for _ in range(4):
        before = len(world.zoho.requests)
        await world.sync()
        asked.append(sum(one.path == "/crm/v8/Deals" for one in world.zoho.requests[before:]))
        world.clock.move(600)
    assert asked == [2, 1, 1, 1]


async def test_deals_that_never_were_won_are_left_alone(world: World) -> None:
    await world.sync()
    world.zoho.people.create("Deals", {**WON, "Stage": "Qualification"})
    world.clock.move(600)
    await world.sync()
    assert await purchases(world) == []


async def test_a_first_load_tells_of_none() -> None:
    rig = await opened()
    rig.people.create("Deals", {**WON, "Stage": "Qualification"})
    page = await rig.crm.pull("deals", None)
    assert (page.records, page.left) == ([], ())
    following = await rig.crm.pull("deals", page.next_cursor)
    assert [(one.kind, one.object) for one in following.left] == [(Kind.PURCHASE, "Deals")]
