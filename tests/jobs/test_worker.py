"""The worker: what makes a run due, how a failing connection rests, how it stops. Time stands still unless moved."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from jobs.census import Census
from jobs.errands import Errands
from jobs.light import Light
from jobs.worker import Worker
from kequn.contracts.records import Kind
from kequn.domain import customers, runs
from kequn.registry import Registry
from kequn.store import connections, hints
from kequn.store.hints import Look
from kequn.store.runs import claim
from kequn.store.tables import Connection
from tests.jobs.shift import Said
from tests.jobs.shop import INTERVAL, Shop
from tests.jobs.test_suggesting import Notes
from tests.working import held_up

pytestmark = pytest.mark.anyio
Ask = Callable[[Shop, UUID], Awaitable[Any]]


async def test_a_new_connection_is_synced_at_once_and_then_on_its_interval(shop: Shop) -> None:
    await shop.add()
    (first,) = await shop.look()
    assert (first.state, first.starter) == ("done", "schedule")
    assert len(await shop.look()) == 1
    shop.clock.move(INTERVAL)
    assert len(await shop.look()) == 2


async def test_an_edit_goes_out_without_waiting_for_the_interval(shop: Shop) -> None:
    await shop.add()
    await shop.look()
    async with shop.database.writing() as session:
        await customers.create(shop.desk(session), {"type": "person", "name": "东一", "last_name": "东一"})
    before = len(shop.zoho.people.read("Contacts"))
    shop.clock.move(1)
    assert len(await shop.look()) == 2
    assert len(shop.zoho.people.read("Contacts")) == before + 1


async def test_a_run_that_was_asked_for_is_taken_up(shop: Shop) -> None:
    connection = await shop.add()
    await shop.look()
    shop.clock.move(1)
    async with shop.database.writing() as session:
        asked = await runs.start(shop.desk(session), connection.id)
    _, second = await shop.look()
    assert (second.id, second.state, second.starter) == (asked, "done", "api")


async def ask(shop: Shop, connection: UUID) -> UUID:
    async with shop.database.writing() as session:
        return await runs.start(shop.desk(session), connection)


@pytest.mark.parametrize("other", [ask, lambda shop, _: shop.look()], ids=["a person", "a worker"])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_ask_for_a_run_at_the_same_time_get_one(shop: Shop, other: Ask) -> None:
    connection = await shop.add()
    async with shop.database.writing() as session:
        asked = await runs.start(shop.desk(session), connection.id)
        second = asyncio.ensure_future(other(shop, connection.id))
        await held_up(shop.database, second)
    await second
    assert [run.id for run in await shop.look()] == [asked]


async def test_a_paused_connection_is_left_alone(shop: Shop) -> None:
    await shop.add()
    async with shop.database.writing() as session:
        await connections.pause(session, shop.scope, "zoho")
    assert await shop.look() == []


@pytest.mark.parametrize("schedule", [{"every": 1e12}, {"cron": "0 0 30 2 *"}, {"cron": "0 3 * * *", "zone": "Mars"}])
async def test_a_schedule_that_cannot_be_read_stops_its_own_connection_alone(
    shop: Shop, schedule: dict[str, Any]
) -> None:
    """As an older release may have taken it. It is told once, and what somebody asks for is done."""
    bad = await shop.add()
    good = await shop.add(name="other")
    async with shop.database.writing() as session:
        await connections.schedule(session, shop.scope, "zoho", schedule)
    log = Notes()
    shop.worker = shop.make(log=log)
    assert [run.connection_id for run in await shop.look()] == [good.id]
    shop.clock.move(INTERVAL)
    assert [run.connection_id for run in await shop.look()].count(good.id) == 2
    async with shop.database.writing() as session:
        asked = await runs.start(shop.desk(session), bad.id)
    assert [run.id for run in await shop.look() if run.starter == "api"] == [asked]
    assert log.warnings == ["schedule cannot be read"]


async def test_a_failing_connection_rests_longer_each_time(shop: Shop) -> None:
    await shop.add(client_secret="wrong")
    (first,) = await shop.look()
    assert (first.state, first.code) == ("failed", "NEEDS_LOGIN")
    async with shop.database.writing() as session:
        await customers.create(shop.desk(session), {"type": "person", "name": "东一", "last_name": "东一"})
    tried: list[int] = []
    for second in range(60):
        shop.clock.move(1)
        if len(await shop.look()) > len(tried) + 1:
            tried.append(second)
    gaps = [later - earlier for earlier, later in pairwise(tried)]
    assert 3 <= len(tried) <= 6
    assert gaps == sorted(gaps)


async def test_a_person_who_asks_is_answered_though_the_connection_rests(shop: Shop) -> None:
    connection = await shop.add(client_secret="wrong")
    await shop.look()
    shop.clock.move(1)  # runs of one moment have no order
    async with shop.database.writing() as session:
        await runs.start(shop.desk(session), connection.id)
    assert [run.starter for run in await shop.look()] == ["schedule", "api"]


async def test_a_connection_that_cannot_be_made_fails_its_run(shop: Shop) -> None:
    connection = await shop.add()
    shop.registry = Registry.load([], entry_points=False)
    shop.worker = shop.make()
    async with shop.database.writing() as session:
        await runs.start(shop.desk(session), connection.id)
    (run,) = await shop.look()
    assert (run.state, run.code) == ("failed", "BAD_SETTINGS")
    assert "there is no plugin 'zoho'" in str(run.message)


async def test_a_run_that_a_predecessor_left_goes_on(shop: Shop) -> None:
    connection = await shop.add()
    async with shop.database.writing() as session:
        await claim(session, shop.scope, connection.id, shop.ledger.new_id(), "here:1", shop.clock.now())
    shop.clock.move(INTERVAL)
    assert [(run.state, run.code, run.generation) for run in await shop.look()] == [("done", None, 2)]


async def test_it_is_said_whose_runs_are_taken_over(shop: Shop) -> None:
    said = Said()
    runner = shop.runner("here:1", lambda worker: False)
    runner.log = said
    mine, other = (Census(shop.database, shop.clock, name, silence=30.0) for name in ("here:1", "there:1"))
    worker = Worker(runner, Light(runner, Errands(shop.database, shop.ledger, said, ())), mine)
    await other.beat()
    for _ in range(8):
        await worker.beat()
        shop.clock.move(mine.every)
    assert said.lines == [("worker is dead, its runs are taken over", {"worker": "there:1"})]


async def test_it_works_while_the_block_lasts_and_stops_at_its_end(shop: Shop) -> None:
    await shop.add()
    done = asyncio.Event()

    async def watch() -> None:
        while not any(run.state == "done" for run in await shop.runs()):
            await shop.clock.sleep(0)
        done.set()

    async with shop.worker:
        await asyncio.wait_for(watch(), 30)
    count = len(await shop.runs())
    await shop.clock.sleep(INTERVAL * 5)
    assert done.is_set()
    assert len(await shop.runs()) == count


async def test_a_run_under_way_is_broken_off_when_it_stops_and_the_next_one_completes_it(shop: Shop) -> None:
    await shop.add()
    reached, never = asyncio.Event(), asyncio.Event()

    async def wait(method: str, path: str) -> None:
        if path.endswith("/Contacts"):
            reached.set()
            await never.wait()

    shop.zoho.faults.before(wait)
    async with shop.worker:
        await asyncio.wait_for(reached.wait(), 30)
    shop.zoho.faults.before(None)
    shop.worker = shop.make()
    shop.clock.move(INTERVAL)
    assert (await shop.look())[-1].state == "done"


async def test_what_came_during_a_run_is_followed_at_once(shop: Shop) -> None:
    """A burst of webhooks is no failure: the connection does not rest with half of it unread."""
    connection = await shop.add()
    await shop.look()
    contacts = sorted(shop.zoho.people.read("Contacts"))

    async def ring(method: str, path: str) -> None:
        shop.zoho.faults.before(None)
        async with shop.database.writing() as session:
            looks = [Look("Contacts", id, Kind.CUSTOMER, "WEBHOOK") for id in contacts]
            shop.clock.move(5)
            await hints.note(session, shop.scope, connection.id, looks, shop.clock.now())

    shop.clock.move(INTERVAL)
    shop.zoho.faults.before(ring)
    runs_before = len(await shop.look())
    shop.clock.move(1)
    assert len(await shop.look()) <= runs_before + 1
    async with shop.database.reading() as session:
        failures = (await session.execute(select(Connection.failures))).scalar_one()
        assert (failures, await hints.due(session, shop.scope, connection.id, shop.clock.now(), 9)) == (0, [])
