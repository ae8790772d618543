"""P4: deleted on one side, edited on another: the record lives on everywhere and a conflict says so; never half
deleted."""

from collections.abc import Sequence

import pytest

from kequn.contracts.crm import Cursor, Page
from kequn.contracts.errors import BrokenReply
from kequn.contracts.records import Gone, Kind, Record, Roster
from kequn.testing.memory import Options
from tests.kequn.sync.world import EVERYTHING, World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"


async def test_deleted_there_edited_here(world: World) -> None:
    crm, other = await world.add("crm"), await world.add("other")
    id = crm.person("Lemona", phone=PHONE)
    await world.calm(2)
    row = (await world.the_row()).id
    await world.edit(Kind.CUSTOMER, row, city="here")
    crm.people.delete("people", id)
    await world.calm(3)
    assert (await world.the_row()).facts["city"] == "here"
    for site in (crm, other):
        assert [one["city"] for one in site.people.read("people").values()] == ["here"]
    [conflict] = await world.conflicts()
    assert (conflict.type, conflict.ours) == ("delete", {"city": "here"})


async def test_deleted_here_edited_there(world: World) -> None:
    crm, other = await world.add("crm"), await world.add("other")
    id = crm.person("Lemona", phone=PHONE)
    await world.calm(2)
    await world.delete(Kind.CUSTOMER, (await world.the_row()).id)
    crm.people.edit("people", id, {"city": "there"})
    await world.calm(3)
    assert (await world.the_row()).facts["city"] == "there"
    for site in (crm, other):
        assert [one["city"] for one in site.people.read("people").values()] == ["there"]
    [conflict] = await world.conflicts()
    assert (conflict.type, conflict.theirs) == ("delete", {"city": "there"})


async def test_deleted_there_while_a_reference_is_on_its_way(small: World) -> None:
    """Whom it is about here does not stand in the CRM yet, so that nobody there could see it."""
    crm = await small.add("crm")
    id = crm.people.create("feedback", {"subject": "Parcel"})
    await small.calm(1)
    customer = await small.create(Kind.CUSTOMER, name="Lemona", phone=PHONE)
    await small.edit(Kind.FEEDBACK, (await small.the_row(Kind.FEEDBACK)).id, customer=customer)
    crm.people.delete("feedback", id)
    await small.calm(3)
    assert (await small.the_row(Kind.FEEDBACK)).facts["customer"] == customer
    [person] = crm.people.read("people")
    assert [one["customer"] for one in crm.people.read("feedback").values()] == [crm.ref("people", person)]
    assert [one.type for one in await small.conflicts()] == ["delete"]


@pytest.mark.parametrize("delete_feed", [True, False], ids=["said", "missed"])
@pytest.mark.parametrize("rung", [True, False], ids=["rung", "pulled"])
async def test_what_is_about_somebody_who_lives_on_stays_about_them(
    small: World, delete_feed: bool, rung: bool
) -> None:
    """The CRM has let go of the deleted customer, which is nobody's edit; whichever of the two is read first."""
    crm, other = await small.add("crm", Options(delete_feed=delete_feed)), await small.add("other")
    id = crm.person("Lemona", phone=PHONE)
    feedback = crm.people.create("feedback", {"subject": "Parcel", "customer": crm.ref("people", id)})
    await small.calm(2)
    row = (await small.the_row()).id
    await small.edit(Kind.CUSTOMER, row, city="here")
    crm.people.delete("people", id)
    if rung:
        await small.hint(crm, "feedback", feedback, Kind.FEEDBACK)
    await small.calm(4)
    assert (await small.the_row(Kind.FEEDBACK)).facts["customer"] == row
    for site in (crm, other):
        [person] = [one for one, fields in site.people.read("people").items() if fields["city"] == "here"]
        assert [one["customer"] for one in site.people.read("feedback").values()] == [site.ref("people", person)]
    assert [one.type for one in await small.conflicts()] == ["delete"]


async def test_what_is_emptied_just_before_it_is_written_is_nobodys_edit(small: World) -> None:
    """The person is deleted when the feedback is about to be written, and read first."""
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE)
    feedback = crm.people.create("feedback", {"subject": "Parcel", "customer": crm.ref("people", id)})
    await small.calm(1)
    row, fetch = (await small.the_row()).id, crm.crm.fetch

    async def delete_first(object: str, ids: Sequence[str]) -> Sequence[Record | Gone | Roster]:
        if object == "feedback" and id in crm.people.read("people"):
            crm.people.delete("people", id)
        return await fetch(object, ids)

    crm.crm.fetch = delete_first  # type: ignore[method-assign]
    await small.edit(Kind.FEEDBACK, (await small.the_row(Kind.FEEDBACK)).id, content="late")
    await small.calm(1)
    assert crm.people.read("people") == {}
    assert (await small.the_row(Kind.FEEDBACK)).facts["customer"] == row
    assert crm.shows(feedback, "feedback")["content"] == "late"


async def test_nothing_is_said_of_what_was_emptied_until_the_feeds_are_read_on(small: World) -> None:
    """Whoever is gone may have been merged into another, which a broken feed does not tell."""
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE)
    crm.people.create("feedback", {"subject": "Parcel", "customer": crm.ref("people", id)})
    await small.calm(1)
    row, pull = (await small.the_row()).id, crm.crm.pull

    async def broken(feed: str, cursor: Cursor | None) -> Page:
        if feed == "people":
            raise BrokenReply("half of an answer")
        return await pull(feed, cursor)

    await small.edit(Kind.CUSTOMER, row, city="here")
    crm.people.delete("people", id)
    crm.crm.pull = broken  # type: ignore[method-assign]
    await small.sync(crm)
    assert (await small.the_row(Kind.FEEDBACK)).facts["customer"] == row
    crm.crm.pull = pull  # type: ignore[method-assign]
    await small.calm(4)
    [person] = crm.people.read("people")
    assert [one["customer"] for one in crm.people.read("feedback").values()] == [crm.ref("people", person)]


async def test_whoever_is_taken_out_of_a_record_is_out_everywhere(small: World) -> None:
    """The customer is still there: a person has done that."""
    crm, other = await small.add("crm"), await small.add("other")
    id = crm.person("Lemona", phone=PHONE)
    feedback = crm.people.create("feedback", {"subject": "Parcel", "customer": crm.ref("people", id)})
    await small.calm(2)
    crm.people.edit("feedback", feedback, {"customer": None})
    await small.calm(2)
    assert (await small.the_row(Kind.FEEDBACK)).facts["customer"] is None
    assert [one["customer"] for one in other.people.read("feedback").values()] == [None]
    assert (await small.conflicts(), await small.hints()) == ([], [])


async def test_deleted_in_one_crm_edited_in_the_other(small: World) -> None:
    first, second = await small.add("first"), await small.add("second")
    id = first.person("Lemona", phone=PHONE)
    await small.calm(2)
    [twin] = second.people.read("people")
    first.people.delete("people", id)
    second.people.edit("people", twin, {"city": "second"})
    await small.calm(3)
    assert (await small.the_row()).facts["city"] == "second"
    for site in (first, second):
        assert [one["city"] for one in site.people.read("people").values()] == ["second"]
    assert [conflict.type for conflict in await small.conflicts()] == ["delete"]


@pytest.mark.parametrize("rosters", [True, False], ids=["roster", "object"])
async def test_whoever_lives_on_is_the_same_everywhere(small: World, rosters: bool) -> None:
    """Memberships that stood on the record go where the record goes."""
    crm, other = await small.add("crm", Options(rosters=rosters)), await small.add("other")
    id, group = crm.person("Lemona", phone=PHONE), crm.people.create("groups", {"name": "VIP"})
    crm.people.create("memberships", {"customer": crm.ref("people", id), "group": crm.ref("groups", group)})
    await small.calm(2)
    await small.edit(Kind.CUSTOMER, (await small.the_row()).id, city="here")
    crm.people.delete("people", id)
    await small.calm(4)
    assert len(await small.rows(Kind.CUSTOMER)) == 1
    members = len(await small.rows(Kind.MEMBERSHIP))
    assert [len(site.people.read("memberships")) for site in (crm, other)] == [members, members]


@pytest.mark.parametrize("choice", ["keep", "delete"])
async def test_a_person_decides_about_a_delete(world: World, choice: str) -> None:
    policy = {**EVERYTHING, "customer": {"delete": "ask", "create": "always"}}
    crm, other = await world.add("crm", Options(rosters=True), policy), await world.add("other", policy=policy)
    id, group = crm.person("Lemona", phone=PHONE), crm.people.create("groups", {"name": "VIP"})
    crm.people.create("memberships", {"customer": crm.ref("people", id), "group": crm.ref("groups", group)})
    await world.calm(2)
    crm.people.delete("people", id)
    await world.calm(2)
    for _ in range(2):  # the other CRM asks, too, when the row is to be deleted
        for conflict in await world.conflicts():
            await world.settle(conflict.id, choice)
        await world.calm(2)
    there = {"keep": 1, "delete": 0}[choice]
    assert len(await world.rows(Kind.CUSTOMER)) == len(await world.rows(Kind.MEMBERSHIP)) == there
    for site in (crm, other):
        assert (len(site.people.read("people")), len(site.people.read("memberships"))) == (there, there)


@pytest.mark.parametrize("rosters", [True, False], ids=["roster", "object"])
async def test_whoever_is_deleted_here_joins_no_group(small: World, rosters: bool) -> None:
    """Unless it turns out that they live on: then they join it, everywhere."""
    crm, other = await small.add("crm", Options(rosters=rosters)), await small.add("other")
    id, group = crm.person("Lemona", phone=PHONE), crm.people.create("groups", {"name": "VIP"})
    await small.calm(2)
    await small.delete(Kind.CUSTOMER, (await small.the_row()).id)
    crm.people.create("memberships", {"customer": crm.ref("people", id), "group": crm.ref("groups", group)})
    await small.sync(crm)
    assert await small.rows(Kind.MEMBERSHIP) == {}
    [twin] = other.people.read("people")
    other.people.edit("people", twin, {"city": "there"})
    await small.calm(4)
    members = len(await small.rows(Kind.MEMBERSHIP))
    assert [len(site.people.read("people")) for site in (crm, other)] == [1, 1]
    assert [len(site.people.read("memberships")) for site in (crm, other)] == [members, members]
