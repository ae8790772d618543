"""Apply and push: rows, bases, log, conflicts, outbox and cursor stand or fall together; a receipt becomes the base."""

from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from kequn.contracts.records import Kind
from kequn.store.tables import Cursor
from kequn.testing.memory import Options
from tests.kequn.sync.world import Crash, World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"


async def cursors(world: World) -> dict[object, object]:
    async with world.database.reading() as session:
        return {
            (one.connection_id, one.feed): one.position for one in (await session.execute(select(Cursor))).scalars()
        }


@pytest.mark.parametrize("table", ["customer", "link", "change", "cursor", "conflict", "outbox", "run"])
async def test_a_page_is_applied_with_its_cursor_or_not_at_all(world: World, table: str) -> None:
    """A crash at the write to any of these tables leaves all of them as they were."""
    crm, other = await world.add("crm"), await world.add("other")
    id = crm.person("Lemona", phone=PHONE, city="base")
    await world.calm(2)
    await world.edit(Kind.CUSTOMER, (await world.the_row()).id, city="here")
    crm.people.edit("people", id, {"city": "there", "notes": "new"})
    before = await world.the_row(), await cursors(world), len(await world.history((await world.the_row()).id))

    def strike(*given: Any) -> None:
        if given[2].replace('"', "").startswith((f"INSERT INTO {table} ", f"UPDATE {table} ")) and "people" in str(
            asked
        ):
            raise Crash

    asked: list[str] = []

    async def note(request: str, object: str) -> None:
        asked.append(object)

    crm.crm.faults.after(note)
    engine = world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", strike)
    try:
        with pytest.raises(Crash):
            await world.sync(crm)
    finally:
        event.remove(engine, "before_cursor_execute", strike)
    await world.crash()
    assert before == (await world.the_row(), await cursors(world), len(await world.history(before[0].id)))
    assert await world.conflicts() == []
    await world.calm(2)
    assert [conflict.field for conflict in await world.conflicts()] == ["city"]
    assert next(iter(other.people.read("people").values()))["notes"] == "new"


async def test_provenance_is_in_the_log(small: World) -> None:
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE)
    await small.sync(crm)
    crm.people.edit("people", id, {"city": "there"})
    await small.sync(crm)
    row = (await small.the_row()).id
    await small.edit(Kind.CUSTOMER, row, city="here")
    entries = await small.history(row)
    assert [(entry.cause.source, entry.cause.actor) for entry in entries] == [
        ("sync", "crm"),
        ("sync", "crm"),
        ("person", "somebody"),
    ]
    assert entries[1].cause.rule == "merge: only crm moved"
    assert entries[1].cause.run is not None
    assert entries[2].moved == {"city": ("there", "here")}


async def test_a_receipt_is_the_base_so_that_the_echo_is_quiet(small: World) -> None:
    crm = await small.add("crm")
    crm.person("Lemona", phone=PHONE)
    await small.sync(crm)
    row = (await small.the_row()).id
    await small.edit(Kind.CUSTOMER, row, city="here")
    await small.sync(crm)
    [link] = await small.links(crm)
    assert link.base["city"] == "here"
    await small.calm(2)
    assert [entry.cause.source for entry in await small.history(row)] == ["sync", "person"]


async def test_a_conflict_that_is_settled_while_a_write_is_under_way_stays_settled(small: World) -> None:
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE, city="base", notes="base")
    await small.sync(crm)
    row = (await small.the_row()).id
    crm.people.edit("people", id, {"city": "there"})
    await small.edit(Kind.CUSTOMER, row, city="here")
    await small.sync(crm)
    [conflict] = await small.conflicts()
    await small.edit(Kind.CUSTOMER, row, notes="to be written")

    async def meanwhile(request: str, object: str) -> None:
        if request == "push":
            crm.crm.faults.after(None)
            await small.settle(conflict.id, "ours")

    crm.crm.faults.after(meanwhile)
    await small.calm(2)
    assert await small.conflicts() == []
    assert (crm.shows(id)["city"], crm.shows(id)["notes"]) == ("here", "to be written")


async def test_an_edit_while_a_write_is_under_way_goes_out_too(small: World) -> None:
    crm = await small.add("crm", Options(longest={(Kind.CUSTOMER, "city"): 8}))
    id = crm.person("Lemona", phone=PHONE)
    await small.sync(crm)
    row = (await small.the_row()).id
    await small.edit(Kind.CUSTOMER, row, notes="first", city="much too long")

    async def meanwhile(request: str, object: str) -> None:
        if request == "push":
            crm.crm.faults.before(None)
            await small.edit(Kind.CUSTOMER, row, notes="second", city="short")

    crm.crm.faults.before(meanwhile)
    await small.sync(crm)
    await small.sync(crm)
    assert (crm.shows(id)["notes"], crm.shows(id)["city"]) == ("second", "short")


async def test_what_refers_to_others_goes_after_them(small: World) -> None:
    crm = await small.add("crm", Options(batch=2))
    customer, group = await small.create(Kind.CUSTOMER, name="Lemona"), await small.create(Kind.GROUP, name="VIP")
    await small.create(Kind.MEMBERSHIP, customer=customer, group=group)
    await small.create(Kind.PURCHASE, name="No. 1", customer=customer)
    await small.sync(crm)
    assert [write.object for write in crm.writes] == ["groups", "people", "purchases", "memberships"]
    assert await small.outbox() == []
