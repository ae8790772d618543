"""Webhooks: asked for, and anew before they end, however seldom a connection is synced."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from jobs.census import Census
from jobs.chores import bells
from jobs.doorbell import keep_all_subscribed
from jobs.errands import Errands
from jobs.light import Light
from jobs.worker import Worker
from kequn.domain.schedules import cron
from kequn.log import EventLog
from kequn.store import connections, subscriptions
from kequn.store.tables import Connection
from tests.jobs.shop import INTERVAL, Shop
from tests.jobs.test_suggesting import Notes

pytestmark = pytest.mark.anyio
ADDRESS = "https://kequn.example.com"


async def test_webhooks_are_asked_for_and_renewed_in_time(shop: Shop) -> None:
    await shop.add()
    shop.worker = shop.make(public_url=ADDRESS)
    await shop.look()
    until = [await subscribed_until(shop)]
    for _ in range(2):
        shop.clock.move(INTERVAL)
        await shop.look()
        until.append(await subscribed_until(shop))
    assert until[0] is not None
    assert until[0] == until[1] == until[2]
    shop.clock.move((until[0] - shop.clock.now()).total_seconds() - INTERVAL)
    await shop.look()
    assert await subscribed_until(shop) > until[0]


@pytest.mark.parametrize("line", ["0 3 * * *", "0 3 * * 1"])
async def test_a_connection_that_is_synced_seldom_is_never_without(shop: Shop, line: str) -> None:
    await seldom(shop, line)
    look = worker(shop, ADDRESS, log := Notes())
    await look()
    for _ in range(8 * 12):
        shop.clock.move(7200)
        await look()
        assert await subscribed_until(shop) > shop.clock.now() + timedelta(hours=21)
    assert (asked_for(shop), log.warnings) == (2, [])  # it lasts six and a half days


async def test_they_are_asked_for_before_the_first_run_and_for_another_address(shop: Shop) -> None:
    await seldom(shop)
    await worker(shop, "")()
    assert asked_for(shop) == 0
    for address, asked in ((ADDRESS, 1), (f"{ADDRESS}/", 1), ("https://other.example.com", 2), (ADDRESS, 3)):
        shop.clock.move(3600)
        await worker(shop, address)()
        assert asked_for(shop) == asked


async def test_who_ask_at_the_same_time_ask_once(shop: Shop) -> None:
    """A run's end, and the chore of that hour, on whatever machines: each channel but one would ring for nobody."""
    await shop.add()
    boards = [shop.runner(f"here:{number}", lambda _: False).board for number in range(4)]
    await gather(*(keep_all_subscribed(board, shop.scope, ADDRESS, EventLog()) for board in boards))
    assert asked_for(shop) == 1
    shop.clock.move((await subscribed_until(shop) - shop.clock.now()).total_seconds() - 3600)
    await gather(*(keep_all_subscribed(board, shop.scope, ADDRESS, EventLog()) for board in boards))
    assert asked_for(shop) == 2


async def test_who_died_while_asking_is_waited_for_five_minutes(shop: Shop) -> None:
    connection = await shop.add()
    board, log = shop.runner("here:1", lambda _: False).board, Notes()
    async with shop.database.writing() as session:
        assert await subscriptions.take(session, shop.scope, connection.id, shop.clock.now())
    await keep_all_subscribed(board, shop.scope, ADDRESS, log)
    assert asked_for(shop) == 0
    shop.clock.move(subscriptions.LEASE.total_seconds())
    await keep_all_subscribed(board, shop.scope, ADDRESS, log)
    assert (asked_for(shop), log.warnings) == (1, [])


async def test_a_lease_from_before_the_clock_was_set_back_holds_up_nobody(shop: Shop) -> None:
    connection = await shop.add()
    async with shop.database.writing() as session:
        assert await subscriptions.take(session, shop.scope, connection.id, shop.clock.now() + timedelta(days=1))
    await keep_all_subscribed(shop.runner("here:1", lambda _: False).board, shop.scope, ADDRESS, EventLog())
    assert asked_for(shop) == 1


async def test_a_paused_connection_asks_for_nothing_and_one_that_fails_stops_no_other(shop: Shop) -> None:
    await shop.add(client_secret="wrong")
    await shop.add("paused")
    await shop.add("well")
    async with shop.database.writing() as session:
        await connections.pause(session, shop.scope, "paused")
    await worker(shop, ADDRESS, log := Notes())()
    async with shop.database.reading() as session:
        found = await session.execute(select(Connection.name, Connection.subscription_until))
        assert [name for name, until in found if until] == ["well"]
    assert "webhooks could not be looked after" in log.warnings


async def seldom(shop: Shop, line: str = "0 3 * * 1") -> None:
    await shop.add()
    async with shop.database.writing() as session:
        await connections.schedule(session, shop.scope, "zoho", cron(line))


def worker(shop: Shop, address: str, log: Notes | None = None) -> Callable[[], Awaitable[None]]:
    """The look of one that has just begun, and all that follows from it."""
    said = log or Notes()
    runner = shop.runner("here:1", lambda worker: worker == "here:1", log=said, public_url=address or None)
    chores = (bells(runner.board, address, said),) if address else ()
    light = Light(runner, Errands(shop.database, shop.ledger, said, chores))
    worker = Worker(runner, light, Census(shop.database, shop.clock, "here:1", silence=30.0), chores)

    async def look() -> None:
        await worker.look()
        await light.settle()

    return look


def asked_for(shop: Shop) -> int:
    """How often the CRM was asked to ring."""
    return sum(one.method != "GET" and "/actions/watch" in one.path for one in shop.zoho.requests)


async def subscribed_until(shop: Shop) -> datetime:
    async with shop.database.reading() as session:
        until = (await session.execute(select(Connection.subscription_until))).scalar_one()
    assert isinstance(until, datetime)
    return until
