"""P1: a value that nobody knowingly replaced is current, or stands in an open or settled conflict. Per field."""

import pytest

from kequn.contracts.crm import Conditional
from kequn.contracts.records import Kind
from kequn.sync.policy import read as read_policy
from kequn.testing.memory import Fault, Options
from kequn.testing.memory.sheet import USUAL
from tests.kequn.sync.world import EVERYTHING, World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"


async def test_different_fields_merge(world: World) -> None:
    crm = await world.add("crm")
    id = crm.person("Lemona", phone=PHONE)
    await world.sync(crm)
    row = await world.the_row()
    crm.people.edit("people", id, {"city": "there"})
    await world.edit(Kind.CUSTOMER, row.id, notes="here")
    await world.calm(1)
    for side in (crm.shows(id), (await world.the_row()).facts):
        assert (side["city"], side["notes"]) == ("there", "here")
    assert await world.conflicts() == []


async def test_the_same_field_is_a_conflict_with_both_values(world: World) -> None:
    crm = await world.add("crm")
    id = crm.person("Lemona", phone=PHONE, city="base")
    await world.sync(crm)
    row = await world.the_row()
    crm.people.edit("people", id, {"city": "there"})
    await world.edit(Kind.CUSTOMER, row.id, city="here")
    await world.calm(2)
    [conflict] = await world.conflicts()
    assert (conflict.base, conflict.ours, conflict.theirs) == ({"city": "base"}, {"city": "here"}, {"city": "there"})
    assert (await world.the_row()).facts["city"] == "here"
    assert crm.shows(id)["city"] == "there"


@pytest.mark.parametrize(("winner", "choice", "shown"), [("remote", "theirs", "there"), ("local", "ours", "here")])
async def test_a_policy_keeps_the_losing_value_in_the_conflict(
    small: World, winner: str, choice: str, shown: str
) -> None:
    policy = {**EVERYTHING, "customer": {"winner": winner, "create": "always"}}
    crm = await small.add("crm", policy=policy)
    id = crm.person("Lemona", phone=PHONE, city="base")
    await small.sync(crm)
    row = await small.the_row()
    crm.people.edit("people", id, {"city": "there"})
    await small.edit(Kind.CUSTOMER, row.id, city="here")
    await small.calm(2)
    [conflict] = await small.conflicts(open_only=False)
    assert (conflict.state, conflict.choice) == ("settled", choice)
    assert (conflict.ours, conflict.theirs) == ({"city": "here"}, {"city": "there"})
    assert ((await small.the_row()).facts["city"], crm.shows(id)["city"]) == (shown, shown)


async def test_set_elements_merge_one_by_one(small: World) -> None:
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE, interests=frozenset({"tea", "golf"}))
    await small.sync(crm)
    row = await small.the_row()
    crm.people.edit("people", id, {"interests": frozenset({"tea", "art"})})
    await small.edit(Kind.CUSTOMER, row.id, interests=frozenset({"golf", "go"}))
    await small.calm(2)
    assert (await small.the_row()).facts["interests"] == crm.shows(id)["interests"] == frozenset({"art", "go"})


async def test_two_records_of_one_row_edited_at_once(small: World) -> None:
    """A lead and a person are the same customer; both are edited before the next sync."""
    crm = await small.add("crm", Options(objects=USUAL | {"leads"}))
    person = crm.person("Lemona", phone=PHONE)
    lead = crm.people.create("leads", {"name": "Lemona", "phone": PHONE})
    await small.calm(2)
    assert len(await small.rows(Kind.CUSTOMER)) == 1
    await small.hint(crm, "people", person)
    await small.hint(crm, "leads", lead)
    crm.people.edit("people", person, {"city": "from the person"})
    crm.people.edit("leads", lead, {"notes": "from the lead"})
    await small.calm(3)
    for side in (crm.shows(person), crm.shows(lead, "leads"), (await small.the_row()).facts):
        assert (side["city"], side["notes"]) == ("from the person", "from the lead")


async def test_an_edit_between_read_and_write_is_not_overwritten(small: World) -> None:
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE, city="base")
    await small.sync(crm)
    await small.edit(Kind.CUSTOMER, (await small.the_row()).id, city="here")

    async def meanwhile(request: str, object: str) -> None:
        if request == "push":
            crm.crm.faults.before(None)
            crm.people.edit("people", id, {"city": "there"})

    crm.crm.faults.before(meanwhile)
    await small.calm(2)
    [conflict] = await small.conflicts()
    assert (conflict.ours, conflict.theirs) == ({"city": "here"}, {"city": "there"})
    assert crm.shows(id)["city"] == "there"


async def test_with_an_unanswered_write_out_there_both_values_are_shown(small: World) -> None:
    crm = await small.add("crm", Options(conditional=Conditional.NONE))
    id = crm.person("Lemona", phone=PHONE, city="base")
    await small.sync(crm)
    await small.edit(Kind.CUSTOMER, (await small.the_row()).id, city="here")
    crm.crm.faults.script(Fault.LOST_AFTER)
    await small.sync(crm)
    crm.people.edit("people", id, {"city": "there"})
    await small.calm(2)
    [conflict] = await small.conflicts(open_only=False)
    assert (conflict.ours, conflict.theirs) == ({"city": "here"}, {"city": "there"})
    assert (await small.the_row()).facts["city"] == crm.shows(id)["city"] == "there"


async def test_a_write_that_was_surely_not_made_is_an_ordinary_conflict(small: World) -> None:
    """Throttled: nothing is out there, so nobody can have replaced it."""
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE, city="base")
    await small.sync(crm)
    await small.edit(Kind.CUSTOMER, (await small.the_row()).id, city="here")
    crm.crm.faults.script(Fault.THROTTLED)
    await small.sync(crm)
    assert await small.intents() == []
    crm.people.edit("people", id, {"city": "there"})
    await small.calm(1)
    [conflict] = await small.conflicts()
    assert (await small.the_row()).facts["city"] == "here"
    assert conflict.theirs == {"city": "there"}


async def test_what_an_old_backup_brings_back_is_no_edit(small: World) -> None:
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE, city="first")
    await small.sync(crm)
    await small.edit(Kind.CUSTOMER, (await small.the_row()).id, city="second")
    await small.sync(crm)
    await small.forget_cursors(crm)
    await small.calm(2)
    assert (await small.the_row()).facts["city"] == crm.shows(id)["city"] == "second"
    assert await small.conflicts(open_only=False) == []


async def test_a_field_that_cannot_be_empty_comes_back(small: World) -> None:
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE)
    await small.sync(crm)
    crm.people.edit("people", id, {"name": None})
    await small.calm(2)
    assert (await small.the_row()).facts["name"] == crm.shows(id)["name"] == "Lemona"


async def test_a_settled_conflict_keeps_what_was_edited_since_it_arose(small: World) -> None:
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE, city="base")
    await small.sync(crm)
    row = (await small.the_row()).id
    crm.people.edit("people", id, {"city": "there"})
    await small.edit(Kind.CUSTOMER, row, city="here")
    await small.calm(1)
    await small.edit(Kind.CUSTOMER, row, city="here again")
    [conflict] = await small.conflicts()
    await small.settle(conflict.id, "theirs")
    await small.calm(2)
    [settled] = await small.conflicts(open_only=False)
    assert (settled.ours, settled.theirs) == ({"city": "here again"}, {"city": "there"})
    assert (await small.the_row()).facts["city"] == crm.shows(id)["city"] == "there"


def test_the_default_is_to_ask() -> None:
    assert read_policy({}).of(Kind.CUSTOMER).of("city") == "ask"
