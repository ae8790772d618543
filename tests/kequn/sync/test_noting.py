"""Webhooks that come at once are written down together, and each is told of its own."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from kequn.clock import ManualClock
from kequn.contracts.records import Kind
from kequn.store.database import Database
from kequn.store.heard import Mark
from kequn.store.hints import Look
from kequn.store.scope import Scope
from kequn.store.tables import Hint
from kequn.sync.noting import Noting
from tests.kequn.sync.tripwire import Tripwire
from tests.kequn.sync.world import Crash, World

pytestmark = pytest.mark.anyio


def look(id: int) -> list[Look]:
    return [Look("people", str(id), Kind.CUSTOMER, "WEBHOOK")]


async def stored(database: Database) -> list[str]:
    async with database.reading() as session:
        return sorted((await session.execute(select(col(Hint.external_id)))).scalars())


async def test_a_burst_is_durable_when_each_is_told(world: World) -> None:
    noting, connection = Noting(world.database, ManualClock()), (await world.add("crm")).id

    async def one(id: int) -> bool:
        await noting.note(world.scope, connection, look(id % 20))
        return str(id % 20) in await stored(world.database)

    assert all(await asyncio.gather(*(one(id) for id in range(60))))
    assert await stored(world.database) == sorted(map(str, range(20)))


async def test_one_that_gives_up_does_not_fail_the_others(world: World) -> None:
    noting, connection = Noting(world.database, ManualClock()), (await world.add("crm")).id
    tasks = [asyncio.create_task(noting.note(world.scope, connection, look(id))) for id in range(5)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    tasks[3].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await noting.note(world.scope, connection, look(9))
    assert {"1", "2", "4", "9"} <= set(await stored(world.database))


async def test_a_failure_is_told_to_whom_it_concerns_and_the_next_go_on(world: World) -> None:
    noting, connection = Noting(world.database, ManualClock()), (await world.add("crm")).id
    nobody = UUID(int=1)
    with pytest.raises(DBAPIError):
        await noting.note(Scope(nobody), nobody, look(1))
    await noting.note(world.scope, connection, look(2))
    assert await stored(world.database) == ["2"]


async def test_one_that_comes_again_leaves_nothing(world: World) -> None:
    connection, until = (await world.add("crm")).id, ManualClock().now() + timedelta(hours=1)
    noting, other = (Noting(world.database, ManualClock()) for _ in range(2))
    await noting.note(world.scope, connection, look(1), Mark(b"one", until))
    async with world.database.writing() as session:
        await session.execute(delete(Hint))
    marks = [(1, b"one"), (2, b"two"), (2, b"two"), (1, b"one"), (3, b"three")]
    await asyncio.gather(
        *(
            each.note(world.scope, connection, look(id), Mark(mark, until))
            for each in (noting, other)
            for id, mark in marks
        )
    )
    assert await stored(world.database) == ["2", "3"]


async def test_a_kill_anywhere_loses_nothing_and_doubles_nothing(world: World) -> None:
    """Between the mark and the hint, too: the CRM that got no answer comes again."""
    connection, until = (await world.add("crm")).id, world.clock.now() + timedelta(hours=1)
    tripwire = Tripwire()
    for at in range(1, 10):
        tripwire = Tripwire(at)
        with tripwire.across(world), suppress(Crash):
            await Noting(world.database, world.clock).note(world.scope, connection, look(at), Mark(bytes([at]), until))
        if tripwire.passed < at:
            break
        await world.crash()
        await Noting(world.database, world.clock).note(world.scope, connection, look(at), Mark(bytes([at]), until))
        assert str(at) in await stored(world.database)
    assert tripwire.passed == 3 + (world.database.dialect == "sqlite")
