"""The walk of one record through all phases, on both databases: in, out, back, gone."""

import pytest

from kequn.contracts.records import Kind
from kequn.testing.memory import Options
from tests.kequn.sync.world import World

pytestmark = pytest.mark.anyio


async def test_a_record_comes_in_and_an_edit_goes_out_and_back(world: World) -> None:
    crm = await world.add("crm")
    id = crm.person("Lemona", phone="+86 19900000001")
    outcome = await world.sync(crm)
    assert (outcome.state, outcome.message) == ("done", None)
    row = await world.the_row()
    assert row.facts["name"] == "Lemona"
    await world.edit(Kind.CUSTOMER, row.id, city="Hangzhou")
    await world.sync(crm)
    assert crm.shows(id)["city"] == "Hangzhou"
    crm.people.edit("people", id, {"notes": "tall"})
    await world.sync(crm)
    assert (await world.the_row()).facts["notes"] == "tall"
    assert len(crm.crm.writes) == 1


async def test_a_record_goes_from_one_crm_to_another(world: World) -> None:
    first, second = await world.add("first"), await world.add("second", Options(rosters=True))
    group = first.people.create("groups", {"name": "VIP"})
    id = first.person("Lemona", phone="+86 19900000001")
    first.people.create("memberships", {"customer": first.ref("people", id), "group": first.ref("groups", group)})
    await world.calm(2)
    [twin] = second.people.read("people").values()
    assert twin["name"] == "Lemona"
    assert len(second.people.read("memberships")) == 1
