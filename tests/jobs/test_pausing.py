"""A connection that is paused while a run of it is under way: nothing more is asked of its CRM, what was done is noted,
and when it is resumed the rest is done, once."""

from collections.abc import Awaitable, Callable

import pytest
from sqlmodel import select

from jobs.runner import Said
from kequn.domain.schedules import cron
from kequn.store import connections
from kequn.store.tables import Connection, Intent, Outbox, Run
from tests.jobs.shop import Shop
from tests.jobs.test_runner import asked, finish

pytestmark = pytest.mark.anyio
OURS = ["东0", "东1", "东2"]


async def pause(shop: Shop) -> None:
    async with shop.database.writing() as session:
        await connections.pause(session, shop.scope, "zoho")


async def resume(shop: Shop) -> None:
    async with shop.database.writing() as session:
        await connections.resume(session, shop.scope, "zoho")


async def ended(shop: Shop) -> Run:
    return (await shop.runs())[-1]


async def resumed(shop: Shop) -> None:
    """Its time has come still: the next run does what is left."""
    await resume(shop)
    shop.clock.move(60)
    last = (await shop.look())[-1]
    assert (last.state, last.code) == ("done", None)
    assert theirs(shop) == OURS


def theirs(shop: Shop) -> list[str]:
    names = [str(entry["Last_Name"]) for entry in shop.zoho.people.read("Contacts").values()]
    return sorted(name for name in names if name.startswith("东"))


def writes(shop: Shop) -> int:
    """Of records; the fields that kequn needs are made before."""
    return sum(one.write and "/settings/" not in one.path for one in shop.zoho.requests)


@pytest.mark.parametrize("steps", [1, 2, 5, 9])
async def test_a_run_ends_at_its_next_step(shop: Shop, steps: int) -> None:
    order = await asked(shop, await shop.add())
    runner = shop.runner("alpha", lambda worker: False)
    assert [await runner.advance(order) for _ in range(steps)] == [Said.MORE] * steps
    before = len(shop.zoho.requests)
    await pause(shop)
    assert await runner.advance(order) is Said.OVER
    assert len(shop.zoho.requests) - before <= 1  # the page after was asked for already
    assert writes(shop) == 0
    run = await ended(shop)
    assert (run.state, run.code, run.counts["problems"]) == ("stopped", "PAUSED", [])
    assert str(run.message).startswith("zoho was paused")
    async with shop.database.reading() as session:
        found = (await session.execute(select(Connection.failures, Connection.rests_until))).one()
        assert tuple(found) == (0, None)  # nothing has failed
    await resumed(shop)


async def test_one_that_was_paused_before_it_began_asks_nothing(shop: Shop) -> None:
    order = await asked(shop, await shop.add())
    await pause(shop)
    assert await finish(shop.runner("alpha", lambda worker: False), order) == 1
    assert (len(shop.zoho.requests), (await ended(shop)).code) == (0, "PAUSED")
    await resumed(shop)


async def test_what_was_not_sent_yet_stays_in_the_outbox(shop: Shop) -> None:
    """It is paused while the records are read that are about to be written."""
    order = await asked(shop, await shop.add())
    runner = shop.runner("alpha", lambda worker: False)
    shop.zoho.faults.before(once(shop, lambda method, path: path.endswith("/coql")))
    await finish(runner, order)
    assert (writes(shop), (await ended(shop)).code) == (0, "PAUSED")
    async with shop.database.reading() as session:
        assert (await session.execute(select(Intent.id))).all() == []
        assert len((await session.execute(select(Outbox.row_id))).all()) == len(OURS)
    await resumed(shop)


@pytest.mark.parametrize("fault", [None, "timeout_after_commit"])
async def test_a_write_under_way_is_settled(shop: Shop, fault: str | None) -> None:
    """Its answer is noted; where none was seen, the next run reads first."""
    order = await asked(shop, await shop.add())
    runner = shop.runner("alpha", lambda worker: False)
    shop.zoho.faults.before(once(shop, lambda method, path: path.endswith("/Contacts/upsert"), fault))
    await finish(runner, order)
    run = await ended(shop)
    assert (writes(shop), run.code, run.counts["pushed"]) == (1, "PAUSED", 0 if fault else 3)
    async with shop.database.reading() as session:
        assert len((await session.execute(select(Intent.id))).all()) == (3 if fault else 0)
    await resumed(shop)


async def test_a_removed_connection_ends_its_run_as_well(shop: Shop) -> None:
    order = await asked(shop, await shop.add())
    runner = shop.runner("alpha", lambda worker: False)
    await runner.advance(order)
    async with shop.database.writing() as session:
        await connections.remove(session, shop.scope, "zoho")
    assert await runner.advance(order) is Said.OVER
    run = await ended(shop)
    assert (run.state, run.code, run.message) == ("stopped", "PAUSED", "zoho was removed")


async def test_a_nightly_run_that_was_paused_is_made_when_it_is_resumed(shop: Shop) -> None:
    await shop.add()
    async with shop.database.writing() as session:
        await connections.schedule(session, shop.scope, "zoho", cron("0 3 * * *"))
    shop.zoho.faults.before(once(shop, lambda method, path: path.endswith("/Contacts")))
    assert [run.code for run in await shop.look()] == ["PAUSED"]
    assert len(await shop.look()) == 1
    await resume(shop)
    shop.clock.move(1)
    assert [(run.state, run.code) for run in await shop.look()][1:] == [("done", None)]
    assert len(await shop.look()) == 2


def once(
    shop: Shop, when: Callable[[str, str], bool], fault: str | None = None
) -> Callable[[str, str], Awaitable[None]]:
    """Somebody pauses the connection while such a request is on its way; the fault strikes it."""

    async def hook(method: str, path: str) -> None:
        if when(method, path):
            shop.zoho.faults.before(None)
            if fault:
                shop.zoho.faults.script(fault)
            await pause(shop)

    return hook
