"""A field has a direction of its own: pulled and never written, written and never pulled, or left alone. What yields to
it stands in a conflict."""

import pytest

from kequn.contracts.records import Kind
from kequn.sync.conflicts import NotSettled
from tests.kequn.sync.world import Site, World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"


async def met(world: World, direction: str, city: str | None = "base") -> tuple[Site, str]:
    """A CRM whose `city` goes this way, and a customer who is linked there."""
    policy = {"customer": {"create": "always", "fields": {"city": {"direction": direction}}}}
    crm = await world.add("crm", policy=policy)
    id = crm.person("Lemona", phone=PHONE, city=city)
    await world.calm(1)
    return crm, id


async def city(world: World) -> object:
    return (await world.the_row()).facts["city"]


async def move(world: World, crm: Site, id: str, *, ours: str | None = None, theirs: str | None = None) -> None:
    """One side, or both, edit the field; then all is quiet again."""
    if ours:
        await world.edit(Kind.CUSTOMER, (await world.the_row()).id, city=ours)
    if theirs:
        crm.people.edit("people", id, {"city": theirs})
    await world.calm(2)


async def test_in_is_pulled_and_never_written(small: World) -> None:
    crm, id = await met(small, "in")
    await move(small, crm, id, ours="ours")
    assert (await city(small), crm.shows(id)["city"], crm.writes) == ("ours", "base", [])
    await move(small, crm, id, theirs="theirs")
    assert (await city(small), crm.writes) == ("theirs", [])
    [conflict] = await small.conflicts(open_only=False)
    assert (conflict.ours, conflict.settled_by) == ({"city": "ours"}, "policy remote")


async def test_in_keeps_ours_where_the_policy_says_so(small: World) -> None:
    fields = {"city": {"direction": "in", "winner": "local"}}
    crm = await small.add("crm", policy={"customer": {"fields": fields}})
    id = crm.person("Lemona", city="base")
    await small.calm(1)
    await move(small, crm, id, ours="ours", theirs="theirs")
    assert (await city(small), crm.writes) == ("ours", [])


async def test_in_is_not_written_when_a_record_is_created(small: World) -> None:
    crm, _ = await met(small, "in")
    await small.create(Kind.CUSTOMER, name="Pifi", city="ours")
    await small.calm(1)
    assert [one.get("city") for one in crm.people.read("people").values()] == ["base", None]


async def test_out_takes_nothing_and_blanks_nothing(small: World) -> None:
    crm, id = await met(small, "out")
    assert (await city(small), crm.shows(id)["city"], crm.writes) == (None, "base", [])


async def test_out_is_written_over_what_was_never_taken(small: World) -> None:
    crm, id = await met(small, "out")
    await move(small, crm, id, ours="ours")
    assert (await city(small), crm.shows(id)["city"]) == ("ours", "ours")
    [conflict] = await small.conflicts(open_only=False)
    assert (conflict.theirs, conflict.choice, conflict.settled_by) == ({"city": "base"}, "ours", "policy out")


@pytest.mark.parametrize("ours", [None, "newer"])
async def test_out_restores_ours_and_shows_what_it_replaced(small: World, ours: str | None) -> None:
    crm, id = await met(small, "out")
    await move(small, crm, id, ours="ours")
    await move(small, crm, id, ours=ours, theirs="theirs")
    assert (await city(small), crm.shows(id)["city"]) == (ours or "ours", ours or "ours")
    assert [one.theirs["city"] for one in await small.conflicts(open_only=False)] == ["base", "theirs"]


async def test_out_sends_an_empty_value_that_a_person_meant(small: World) -> None:
    crm, id = await met(small, "out")
    await move(small, crm, id, ours="ours")
    await small.edit(Kind.CUSTOMER, (await small.the_row()).id, city=None)
    await small.calm(2)
    assert crm.shows(id)["city"] is None


async def test_off_is_left_alone_on_both_sides(small: World) -> None:
    crm, id = await met(small, "off")
    await move(small, crm, id, ours="ours", theirs="theirs")
    assert (await city(small), crm.shows(id)["city"]) == ("ours", "theirs")
    assert (crm.writes, await small.conflicts(open_only=False)) == ([], [])


async def test_a_field_that_is_switched_on_is_met_as_at_the_first_sync(small: World) -> None:
    crm, id = await met(small, "off")
    await move(small, crm, id, ours="ours", theirs="theirs")
    await small.revise(crm, {"customer": {}})
    await small.calm(1)
    [conflict] = await small.conflicts()
    assert (conflict.ours, conflict.theirs) == ({"city": "ours"}, {"city": "theirs"})
    with pytest.raises(NotSettled, match="takes ours, theirs, value"):
        await small.settle(conflict.id, "keep")
    await small.settle(conflict.id, "ours")
    await small.calm(1)
    assert crm.shows(id)["city"] == "ours"


async def test_a_field_that_is_written_from_now_on_is_told(small: World) -> None:
    crm, id = await met(small, "in")
    await move(small, crm, id, ours="ours")
    await small.revise(crm, {"customer": {}})
    await small.calm(1)
    assert crm.shows(id)["city"] == "ours"
