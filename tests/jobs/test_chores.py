"""What is done for every tenant now and then: once in each slot of time, and whatever the others do."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from jobs.census import Census
from jobs.chores import CHORES, DAY, HOUR, MINUTE, Chore, errands
from jobs.errands import Errands
from jobs.light import Light
from jobs.worker import Worker
from kequn.log import EventLog
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Role
from tests.jobs.shop import Shop

pytestmark = pytest.mark.anyio


class Noted:
    """A chore that notes for whom it was done."""

    def __init__(self) -> None:
        self.done: list[UUID] = []

    async def work(self, database: Database, ledger: Ledger, actor: Actor) -> None:
        self.done.append(actor.tenant)


class Slow:
    """A chore that lasts until it is let go; how often it was done, and how many of it at once."""

    def __init__(self) -> None:
        self.go, self.done, self.now, self.most = asyncio.Event(), 0, 0, 0

    async def work(self, database: Database, ledger: Ledger, actor: Actor) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        await self.go.wait()
        self.now, self.done = self.now - 1, self.done + 1


async def fail(database: Database, ledger: Ledger, actor: Actor) -> None:
    raise RuntimeError("private words")


def worker(shop: Shop, *chores: Chore) -> tuple[Worker, Light]:
    runner = shop.runner("here:1", lambda worker: False)
    light = Light(runner, Errands(shop.database, shop.ledger, EventLog(), chores))
    return Worker(runner, light, Census(shop.database, shop.clock, "here:1", silence=30.0), chores), light


async def test_a_chore_is_done_once_in_each_slot(shop: Shop) -> None:
    noted = Noted()
    busy, light = worker(shop, Chore("broken", HOUR, fail), Chore("noted", HOUR, noted.work))
    for minutes in (0, 10, 20, 60, 61):
        shop.clock.move(minutes * 60 - shop.clock.monotonic())
        await busy.look()
        await light.settle()
    assert noted.done == [shop.scope.tenant] * 2


async def test_a_chore_that_outlasts_its_slot_meets_no_other_of_its_tenant(shop: Shop) -> None:
    slow = Slow()
    busy, light = worker(shop, Chore("often", MINUTE, slow.work), Chore("seldom", HOUR, slow.work))
    for _ in range(3):
        await busy.look()
        shop.clock.move(MINUTE.total_seconds())
    slow.go.set()
    await light.settle()
    assert (slow.done, slow.most) == (4, 1)


def test_an_errand_has_one_name_on_all_machines(shop: Shop) -> None:
    chores = [Chore("a", HOUR, fail), Chore("b", DAY, fail), Chore("c", HOUR, fail)]
    tenants, now = [UUID(int=1), UUID(int=2)], shop.clock.now()
    here, there = list(errands(chores, tenants, now)), list(errands(chores, tenants, now + timedelta(minutes=59)))
    assert len({one.id for one in here}) == 4
    assert {one.id for one in there} == {one.id for one in here}
    later = errands(chores, tenants, now + timedelta(hours=1))
    assert len({one.id for one in later} - {one.id for one in here}) == 2


async def test_every_chore_can_be_done(shop: Shop) -> None:
    await shop.add()
    await shop.look()
    actor = Actor(shop.scope.tenant, Role.OPERATOR, "system")
    for chore in CHORES:
        await chore.work(shop.database, shop.ledger, actor)
    assert len({chore.name for chore in CHORES}) == len(CHORES)
