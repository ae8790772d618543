"""Leftovers (P3, P8): a create whose answer was not seen, in a CRM whose records take no kequn id. What was sent tells
whose the record is, also when the row was deleted or renamed before kequn looked again."""

from dataclasses import replace

import pytest

from kequn.contracts.records import Kind
from kequn.testing.memory import Fault, Options
from tests.kequn.sync.world import EVERYTHING, Site, World

pytestmark = pytest.mark.anyio
UNMARKED = Options(unmarked=frozenset({"groups", "feedback"}))
PHONE = "+86 19900000001"


async def _lost(world: World, crm: Site, kind: Kind, fault: Fault = Fault.LOST_AFTER) -> None:
    """Everything of this kind goes out, and no answer comes back."""
    enter = crm.crm.faults.enter

    async def strike(request: str, object: str) -> Fault | None:
        told = request == "push" and world.remote(crm).can(object).kind is kind
        return fault if told else await enter(request, object)

    crm.crm.faults.enter = strike  # type: ignore[method-assign]
    await world.sync(crm)
    crm.crm.faults.enter = enter  # type: ignore[method-assign]


async def _lost_group(world: World, fault: Fault = Fault.LOST_AFTER, options: Options = UNMARKED) -> Site:
    crm = await world.add("crm", options)
    await world.create(Kind.GROUP, name="VIP", description="sent")
    await _lost(world, crm, Kind.GROUP, fault)
    return crm


@pytest.mark.parametrize("feed", [True, False], ids=["changes", "scan"])
async def test_a_group_deleted_before_its_create_was_answered_stays_deleted(world: World, feed: bool) -> None:
    crm, other = await _lost_group(world, options=replace(UNMARKED, delete_feed=feed)), await world.add("other")
    await world.delete(Kind.GROUP, (await world.the_row(Kind.GROUP)).id)
    assert len(crm.people.read("groups")) == 1
    await world.calm(3)
    assert (crm.people.read("groups"), other.people.read("groups")) == ({}, {})
    assert await world.rows(Kind.GROUP) == {}
    assert (await world.outbox(), await world.intents()) == ([], [])


async def test_what_somebody_added_to_it_meanwhile_lives_on_and_is_asked_about(small: World) -> None:
    crm = await _lost_group(small)
    [id] = crm.people.read("groups")
    crm.people.edit("groups", id, {"description": "theirs"})
    await small.delete(Kind.GROUP, (await small.the_row(Kind.GROUP)).id)
    await small.calm(3)
    assert crm.shows(id, "groups")["description"] == "theirs"
    assert (await small.the_row(Kind.GROUP)).facts["description"] == "theirs"
    assert [one.type for one in await small.conflicts()] == ["delete"]


async def test_where_deletes_are_asked_about_people_are_asked(small: World) -> None:
    crm = await small.add("crm", UNMARKED, {**EVERYTHING, "group": {"create": "always", "delete": "ask"}})
    row = await small.create(Kind.GROUP, name="VIP")
    await _lost(small, crm, Kind.GROUP)
    await small.delete(Kind.GROUP, row)
    await small.calm(3)
    assert (await small.rows(Kind.GROUP), len(crm.people.read("groups"))) == ({}, 1)
    [question] = await small.conflicts()
    await small.settle(question.id, "delete")
    await small.calm(2)
    assert crm.people.read("groups") == {}


async def test_what_never_arrived_is_waited_for_until_a_listing_would_show_it(small: World) -> None:
    crm = await _lost_group(small, Fault.LOST_BEFORE)
    await small.delete(Kind.GROUP, (await small.the_row(Kind.GROUP)).id)
    await small.sync(crm)
    assert [one.code for one in await small.outbox()] == ["UNANSWERED"]
    await small.calm(1)
    assert (await small.outbox(), await small.intents()) == ([], [])
    crm.people.create("groups", {"name": "VIP"})
    await small.calm(2)
    assert len(await small.rows(Kind.GROUP)) == len(crm.people.read("groups")) == 1


async def test_a_row_renamed_before_its_create_was_answered_makes_no_double(small: World) -> None:
    crm = await _lost_group(small)
    await small.edit(Kind.GROUP, (await small.the_row(Kind.GROUP)).id, name="Gold")
    await small.calm(3)
    assert [one["name"] for one in crm.people.read("groups").values()] == ["Gold"]
    assert (await small.the_row(Kind.GROUP)).facts["name"] == "Gold"
    assert await small.conflicts(open_only=False) == []


async def test_of_two_alike_one_is_what_the_create_left(small: World) -> None:
    crm = await _lost_group(small)
    crm.people.create("groups", {"name": "VIP", "description": "another"})
    await small.delete(Kind.GROUP, (await small.the_row(Kind.GROUP)).id)
    await small.calm(3)
    assert [one["description"] for one in crm.people.read("groups").values()] == ["another"]
    assert (await small.the_row(Kind.GROUP)).facts["description"] == "another"


async def test_a_record_without_a_name_is_known_by_all_that_was_sent(small: World) -> None:
    crm = await small.add("crm", UNMARKED)
    row = await small.create(Kind.FEEDBACK, subject="Parcel", content="late")
    await _lost(small, crm, Kind.FEEDBACK)
    crm.people.create("feedback", {"subject": "Parcel", "content": "lost"})
    await small.delete(Kind.FEEDBACK, row)
    await small.calm(3)
    assert [one["content"] for one in crm.people.read("feedback").values()] == ["lost"]
    assert (await small.the_row(Kind.FEEDBACK)).facts["content"] == "lost"


@pytest.mark.parametrize("rosters", [True, False], ids=["roster", "object"])
async def test_a_membership_that_ended_before_its_create_was_answered(small: World, rosters: bool) -> None:
    crm = await small.add("crm", Options(rosters=rosters, unmarked=frozenset({"memberships"})))
    crm.person("Lemona", phone=PHONE)
    crm.people.create("groups", {"name": "VIP"})
    await small.calm(1)
    ends = {"customer": (await small.the_row()).id, "group": (await small.the_row(Kind.GROUP)).id}
    row = await small.create(Kind.MEMBERSHIP, **ends)
    await _lost(small, crm, Kind.MEMBERSHIP)
    await small.delete(Kind.MEMBERSHIP, row)
    assert len(crm.people.read("memberships")) == 1
    await small.calm(3)
    assert (crm.people.read("memberships"), await small.rows(Kind.MEMBERSHIP)) == ({}, {})
    assert (await small.outbox(), await small.intents()) == ([], [])
