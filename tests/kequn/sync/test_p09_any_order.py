"""P9: any page, webhook or job may come several times, in any order, days late. A webhook says where to look, never
what is true."""

from dataclasses import replace

import pytest

from kequn.contracts.crm import Cursor, Page
from kequn.contracts.errors import Rejected
from kequn.contracts.records import Kind
from kequn.store.runs import Busy
from kequn.testing.memory import Options, webhook
from tests.kequn.sync.world import World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"


async def test_pages_come_twice_and_backwards(world: World) -> None:
    crm = await world.add("crm", Options(page=2))
    ids = [crm.person(f"No. {number}", phone=f"+86 1990000000{number}") for number in range(6)]
    pages: dict[tuple[str, int], Page] = {}
    answer = crm.crm.pull

    async def record(feed: str, cursor: Cursor | None) -> Page:
        page = await answer(feed, cursor)
        pages[feed, len(pages)] = page
        return page

    crm.crm.pull = record  # type: ignore[method-assign]
    await world.calm(1)
    crm.people.edit("people", ids[0], {"city": "new"})
    await world.calm(1)
    old = [page for (feed, _), page in pages.items() if feed == "people"]

    async def again(feed: str, cursor: Cursor | None) -> Page:
        page = await answer(feed, cursor)
        every = [record for one in reversed(old) for record in one.records]
        return replace(page, records=[*page.records, *every, *every]) if feed == "people" else page

    crm.crm.pull = again  # type: ignore[method-assign]
    await world.calm(2)
    rows = await world.rows(Kind.CUSTOMER)
    assert sorted(str(row.facts["city"]) for row in rows.values()) == ["None"] * 5 + ["new"]
    assert crm.writes == []


async def test_webhooks_come_often_and_late(world: World) -> None:
    crm = await world.add("crm")
    id = crm.person("Lemona", phone=PHONE)
    await world.calm(1)
    crm.people.edit("people", id, {"city": "new"})
    for _ in range(3):
        await world.hint(crm, "people", id)
        await world.calm(1)
    row = (await world.the_row()).id
    assert [entry.op for entry in await world.history(row)] == ["create", "update"]
    assert await world.hints() == []


async def test_a_webhook_about_nothing_does_nothing(small: World) -> None:
    crm = await small.add("crm")
    await small.hint(crm, "people", "never heard of")
    await small.calm(1)
    assert await small.rows(Kind.CUSTOMER, dead=True) == {}
    assert await small.hints() == []


async def test_a_forged_webhook_changes_nothing(small: World) -> None:
    crm = await small.add("crm")
    subscription = await crm.crm.subscribe("https://kequn.example.com/webhooks", None)
    request = webhook(subscription, [("people", "1")])
    assert (await crm.crm.read_webhook(request)).refs == [("people", "1")]
    with pytest.raises(Rejected):
        await crm.crm.read_webhook(replace(request, body=b'[["people", "2"]]'))


async def test_two_workers_do_not_run_the_same_connection(world: World) -> None:
    crm = await world.add("crm")
    other = replace(world.engine, worker="somebody else", is_dead=lambda worker: False)

    async def meanwhile(request: str, object: str) -> None:
        crm.crm.faults.before(None)
        with pytest.raises(Busy):
            await other.sync(world.remote(crm))

    crm.crm.faults.before(meanwhile)
    assert (await world.sync(crm)).state == "done"


async def test_an_old_record_that_a_lagging_read_shows_is_not_believed(small: World) -> None:
    """Reads show our own write only after a while: what they show meanwhile is no edit."""
    crm = await small.add("crm", Options(settle_seconds=120))
    id = crm.person("Lemona", phone=PHONE)
    small.clock.move(200)
    await small.sync(crm)
    row = (await small.the_row()).id
    await small.edit(Kind.CUSTOMER, row, city="ours")
    await small.sync(crm)
    for _ in range(3):
        await small.hint(crm, "people", id)
        await small.sync(crm)
    assert (await small.the_row()).facts["city"] == crm.shows(id)["city"] == "ours"
    assert len(crm.writes) == 1


@pytest.mark.parametrize("feed", [True, False], ids=["delete feed", "scan"])
async def test_what_we_created_and_reads_do_not_show_yet_is_not_deleted(small: World, feed: bool) -> None:
    crm = await small.add("crm", Options(settle_seconds=120, delete_feed=feed))
    await small.create(Kind.CUSTOMER, name="Lemona", phone=PHONE)
    for _ in range(4):
        await small.sync(crm)
    assert len(await small.rows(Kind.CUSTOMER)) == 1
    await small.calm(2)
    assert len(await small.rows(Kind.CUSTOMER)) == len(crm.people.read("people")) == 1
