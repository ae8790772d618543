"""P3: a delete that had seen everything removes the record everywhere its policy says, once; late news about it do
nothing; a record that is alive again after its tombstone was restored by a person, and is the same row again."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import delete, update

from kequn.contracts.records import Kind, Record
from kequn.store.tables import Link, Tombstone
from kequn.testing.memory import Fault, Options
from tests.kequn.sync.world import EVERYTHING, World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"


@pytest.mark.parametrize("feed", [True, False], ids=["delete feed", "scan"])
async def test_a_delete_travels(world: World, feed: bool) -> None:
    first, second = await world.add("first", Options(delete_feed=feed)), await world.add("second")
    id = first.person("Lemona", phone=PHONE)
    await world.calm(2)
    assert len(second.people.read("people")) == 1
    first.people.delete("people", id)
    await world.calm(3)
    assert await world.rows(Kind.CUSTOMER) == {}
    assert second.people.read("people") == {}


async def test_a_delete_in_kequn_travels(small: World) -> None:
    first, second = await small.add("first"), await small.add("second")
    first.person("Lemona", phone=PHONE)
    await small.calm(2)
    await small.delete(Kind.CUSTOMER, (await small.the_row()).id)
    await small.calm(3)
    assert (first.people.read("people"), second.people.read("people")) == ({}, {})
    assert await small.rows(Kind.CUSTOMER) == {}


async def test_late_news_about_a_deleted_record_do_nothing(small: World) -> None:
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE)
    await small.calm(1)
    crm.people.delete("people", id)
    await small.calm(1)
    await small.hint(crm, "people", id)
    await small.forget_cursors(crm)
    await small.calm(2)
    assert await small.rows(Kind.CUSTOMER) == {}


async def test_an_old_page_about_a_deleted_record_does_nothing(small: World) -> None:
    """A page that was read before the delete and arrives after it."""
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE)
    await small.calm(1)
    old = await crm.crm.pull("people", None)
    crm.people.delete("people", id)
    await small.calm(1)
    answer = crm.crm.pull

    async def late(feed: str, cursor: object) -> object:
        page = await answer(feed, None)
        return replace(page, records=old.records, gone=()) if feed == "people" else page

    crm.crm.pull = late  # type: ignore[method-assign, assignment]
    await small.calm(1)
    assert await small.rows(Kind.CUSTOMER) == {}


async def test_a_restored_record_is_the_same_row_again(world: World) -> None:
    first, second = await world.add("first"), await world.add("second")
    id = first.person("Lemona", phone=PHONE)
    await world.calm(2)
    row = (await world.the_row()).id
    first.people.delete("people", id)
    await world.calm(2)
    first.people.restore("people", id)
    await world.calm(3)
    assert (await world.the_row()).id == row
    assert [link.external_id for link in await world.links(first)] == [id]
    assert len(second.people.read("people")) == 1


@pytest.mark.parametrize("policy", ["ask", "ignore"])
async def test_where_deletes_do_not_travel_the_row_stays(small: World, policy: str) -> None:
    plain = {**EVERYTHING, "customer": {"delete": policy, "create": "always"}}
    first, second = await small.add("first", policy=plain), await small.add("second", policy=plain)
    id = first.person("Lemona", phone=PHONE)
    await small.calm(2)
    first.people.delete("people", id)
    await small.calm(3)
    assert len(await small.rows(Kind.CUSTOMER)) == 1
    assert (len(first.people.read("people")), len(second.people.read("people"))) == (0, 1)
    assert len(await small.conflicts()) == (1 if policy == "ask" else 0)


@pytest.mark.parametrize("policy", ["ask", "ignore"])
async def test_a_delete_in_kequn_that_does_not_travel(small: World, policy: str) -> None:
    crm = await small.add("crm", policy={**EVERYTHING, "customer": {"delete": policy, "create": "always"}})
    id = crm.person("Lemona", phone=PHONE)
    await small.calm(1)
    row = (await small.the_row()).id
    await small.delete(Kind.CUSTOMER, row)
    await small.calm(3)
    assert list(crm.people.read("people")) == [id]
    assert await small.rows(Kind.CUSTOMER) == {}
    assert [conflict.type for conflict in await small.conflicts()] == (["delete"] if policy == "ask" else [])


async def test_what_was_created_anew_can_be_deleted_again(small: World) -> None:
    """Edited here, deleted there: created anew. Deleted once more: now it stays deleted."""
    crm = await small.add("crm")
    first = crm.person("Lemona", phone=PHONE)
    await small.calm(1)
    await small.edit(Kind.CUSTOMER, (await small.the_row()).id, city="here")
    crm.people.delete("people", first)
    await small.calm(2)
    [second] = crm.people.read("people")
    assert second != first
    crm.site_policy = None  # type: ignore[attr-defined]
    crm.policy = {**EVERYTHING, "customer": {"delete": "ask", "create": "always"}}
    crm.people.delete("people", second)
    await small.calm(3)
    assert crm.people.read("people") == {}


async def test_a_row_deleted_after_its_create_was_lost_goes_there_too(small: World) -> None:
    crm = await small.add("crm", Options(unique_reference=False))
    row = await small.create(Kind.CUSTOMER, name="Lemona", phone=PHONE)
    crm.crm.faults.script(Fault.LOST_AFTER)
    await small.sync(crm)
    assert len(crm.people.read("people")) == 1
    await small.delete(Kind.CUSTOMER, row)
    await small.calm(3)
    assert crm.people.read("people") == {}
    assert await small.rows(Kind.CUSTOMER) == {}


@pytest.mark.parametrize(("city", "alive"), [("there", True), (None, False)], ids=["edited", "as it was"])
async def test_a_row_deleted_after_an_old_backup_forgot_its_record(small: World, city: str | None, alive: bool) -> None:
    """Nobody knows any more what was agreed: what the record says otherwise, whoever deleted the row has not seen."""
    crm = await small.add("crm")
    row = await small.create(Kind.CUSTOMER, name="Lemona", phone=PHONE)
    await small.calm(1)
    [id] = crm.people.read("people")
    async with small.writing() as session:
        await session.execute(delete(Link))
    crm.people.edit("people", id, {"city": city})
    await small.delete(Kind.CUSTOMER, row)
    await small.calm(2)
    assert (list(crm.people.read("people")) == [id], list(await small.rows(Kind.CUSTOMER)) == [row]) == (alive, alive)
    assert [one.type for one in await small.conflicts()] == (["delete"] if alive else [])


@pytest.mark.parametrize("rosters", [True, False], ids=["roster", "object"])
async def test_a_membership_that_ended_and_began_again(world: World, rosters: bool) -> None:
    crm = await world.add("crm", Options(rosters=rosters))
    person, group = crm.person("Lemona", phone=PHONE), crm.people.create("groups", {"name": "VIP"})
    pair = {"customer": crm.ref("people", person), "group": crm.ref("groups", group)}
    crm.people.create("memberships", pair)
    await world.calm(1)
    [membership] = await world.rows(Kind.MEMBERSHIP)
    await world.delete(Kind.MEMBERSHIP, membership)
    await world.calm(2)
    assert crm.people.read("memberships") == {}
    facts = {"customer": (await world.the_row()).id, "group": (await world.the_row(Kind.GROUP)).id}
    await world.create(Kind.MEMBERSHIP, **facts)
    await world.calm(2)
    assert len(crm.people.read("memberships")) == 1
    [member] = crm.people.read("memberships")
    crm.people.delete("memberships", member)
    await world.calm(2)
    assert await world.rows(Kind.MEMBERSHIP) == {}
    crm.people.create("memberships", pair)
    await world.calm(2)
    assert len(await world.rows(Kind.MEMBERSHIP)) == 1


async def test_a_delete_happens_once(small: World) -> None:
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE)
    await small.calm(1)
    row = (await small.the_row()).id
    crm.people.delete("people", id)
    for _ in range(3):
        await small.hint(crm, "people", id)
        await small.calm(1)
    assert [entry.op for entry in await small.history(row)] == ["create", "delete"]


@pytest.mark.parametrize("rosters", [True, False], ids=["roster", "object"])
@pytest.mark.parametrize("object", ["people", "groups"])
async def test_memberships_end_with_their_customer_and_their_group(small: World, rosters: bool, object: str) -> None:
    crm, other = await small.add("crm"), await small.add("other", Options(rosters=rosters))
    ends = {"people": crm.person("Lemona", phone=PHONE), "groups": crm.people.create("groups", {"name": "VIP"})}
    pair = {"customer": crm.ref("people", ends["people"]), "group": crm.ref("groups", ends["groups"])}
    crm.people.create("memberships", pair)
    await small.calm(2)
    crm.people.delete(object, ends[object])
    await small.calm(3)
    assert await small.rows(Kind.MEMBERSHIP) == {}
    assert (crm.people.read("memberships"), other.people.read("memberships")) == ({}, {})
    assert (crm.people.read(object), other.people.read(object)) == ({}, {})
    assert await small.outbox() == []


async def test_what_is_to_be_created_anew_is_not_kept_away_by_its_own_grave(small: World) -> None:
    """A CRM that looks into its bin, too, when it is asked who carries an id: it tells what it finds as it was."""
    crm = await small.add("crm", Options(unique_reference=False))
    row = await small.create(Kind.CUSTOMER, name="Lemona", phone=PHONE)
    await small.calm(1)
    [first] = crm.people.read("people")
    [binned] = await crm.crm.fetch("people", [first])
    assert isinstance(binned, Record)
    find = crm.crm.find

    async def find_in_bin_too(object: str, references: Sequence[str]) -> Sequence[Record]:
        return await find(object, references) or [replace(binned, version=1)]

    crm.crm.find = find_in_bin_too  # type: ignore[method-assign]
    await small.edit(Kind.CUSTOMER, row, city="here")
    crm.people.delete("people", first)
    await small.calm(3)
    [second] = crm.people.read("people")
    assert second != first
    assert await small.outbox() == []


@pytest.mark.parametrize("marked", [True, False], ids=["made by kequn", "their own"])
async def test_who_comes_back_in_the_second_of_their_grave_is_not_written_over(small: World, marked: bool) -> None:
    """A CRM whose versions are seconds: somebody takes the record out of the bin right after kequn has met it there."""
    crm = await small.add("crm")
    if marked:
        row = await small.create(Kind.CUSTOMER, name="Lemona", phone=PHONE)
        await small.calm(1)
    else:
        crm.person("Lemona", phone=PHONE)
        await small.calm(1)
        row = (await small.the_row()).id
    [id] = crm.people.read("people")

    async def come_back(request: str, object: str) -> None:
        if request == "fetch" and await small.stones(crm):
            crm.crm.faults.before(None)
            crm.people.restore("people", id)
            crm.people.edit("people", id, {"notes": "there"})
            now = crm.book.now("people", id)
            async with small.writing() as session:
                await session.execute(update(Tombstone).values(version=now.version if now else 0))

    await small.edit(Kind.CUSTOMER, row, city="here")
    crm.people.delete("people", id)
    crm.crm.faults.before(come_back)
    await small.calm(3)
    assert list(crm.people.read("people")) == [id]
    assert (crm.shows(id)["city"], crm.shows(id)["notes"]) == ("here", "there")
    assert (await small.the_row()).facts["notes"] == "there"


async def test_who_comes_back_beside_their_successor_is_a_double_and_their_edit_is_taken(world: World) -> None:
    crm = await world.add("crm")
    first = crm.person("Lemona", phone=PHONE)
    await world.calm(1)
    await world.edit(Kind.CUSTOMER, (await world.the_row()).id, city="here")
    crm.people.delete("people", first)
    await world.calm(2)
    [second] = crm.people.read("people")
    crm.people.restore("people", first)
    crm.people.edit("people", first, {"notes": "there"})
    await world.calm(2)
    assert {link.external_id: link.primary for link in await world.links(crm)} == {first: False, second: True}
    assert (crm.shows(second)["city"], crm.shows(second)["notes"]) == ("here", "there")
    assert [conflict.type for conflict in await world.conflicts()] == ["double"]
