"""P15: at the first sync equal fields link silently by the declared identity key; unequal fields are conflicts; nothing
is deleted or blanked; two candidates are asked about. The same holds when bases have become stale."""

import pytest
from sqlalchemy import update
from sqlmodel import col

from kequn.contracts.records import Kind
from kequn.store.tables import Link
from tests.kequn.sync.world import Site, World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"


async def doubt(world: World, site: Site) -> None:
    """As when a mapping has changed."""
    async with world.writing() as session:
        await session.execute(update(Link).where(col(Link.connection_id) == site.id).values(stale=True))
    await world.forget_cursors(site)


async def test_equal_records_link_silently(world: World) -> None:
    first, second = await world.add("first"), await world.add("second")
    for site in (first, second):
        site.person("Lemona", phone=PHONE, city="same")
    await world.calm(2)
    assert len(await world.rows(Kind.CUSTOMER)) == 1
    assert await world.conflicts(open_only=False) == []
    assert first.writes + second.writes == []


async def test_unequal_fields_are_conflicts_and_gaps_are_filled(world: World) -> None:
    first, second = await world.add("first"), await world.add("second")
    one = first.person("Lemona", phone=PHONE, city="first", notes="only there", interests=frozenset({"tea"}))
    two = second.person("Lemona", phone=PHONE, city="second", occupation="only here", interests=frozenset({"golf"}))
    await world.calm(3)
    [conflict] = await world.conflicts()
    assert (conflict.field, conflict.ours, conflict.theirs) == ("city", {"city": "first"}, {"city": "second"})
    for site, id in ((first, one), (second, two)):
        assert (site.shows(id)["notes"], site.shows(id)["occupation"]) == ("only there", "only here")
        assert site.shows(id)["interests"] == frozenset({"tea", "golf"})
    assert (first.shows(one)["city"], second.shows(two)["city"]) == ("first", "second")


@pytest.mark.parametrize(("choice", "wins"), [("ours", "first"), ("theirs", "second")])
async def test_a_settled_conflict_ends_the_difference(world: World, choice: str, wins: str) -> None:
    first, second = await world.add("first"), await world.add("second")
    ids = [site.person("Lemona", phone=PHONE, city=site.name) for site in (first, second)]
    await world.calm(2)
    [conflict] = await world.conflicts()
    await world.settle(conflict.id, choice)
    await world.calm(3)
    assert [site.shows(id)["city"] for site, id in zip((first, second), ids, strict=True)] == [wins, wins]
    assert await world.conflicts() == []


async def test_two_candidates_are_asked_about(world: World) -> None:
    first, second = await world.add("first"), await world.add("second")
    first.person("Lemona", phone=PHONE)
    first.person("Pifi", phone=PHONE)
    await world.sync(first)
    id = second.person("Lemona", phone=PHONE)
    await world.sync(second)
    [conflict] = await world.conflicts()
    assert (conflict.type, conflict.external_id, len(conflict.candidates)) == ("match", id, 2)
    assert len(await world.rows(Kind.CUSTOMER)) == 2


async def test_records_here_that_a_crm_does_not_have_are_not_deleted(small: World) -> None:
    row = await small.create(Kind.CUSTOMER, name="Only here")
    await small.add("crm", policy={})
    await small.calm(2)
    assert list(await small.rows(Kind.CUSTOMER)) == [row]


async def test_stale_bases_blank_nothing_and_ask(world: World) -> None:
    crm = await world.add("crm")
    same, other, blank = (crm.person(name, phone=f"+86 1990000000{n}", city="base") for n, name in enumerate("ABC"))
    await world.calm(1)
    await doubt(world, crm)
    crm.people.edit("people", other, {"city": "there"})
    crm.people.edit("people", blank, {"city": None})
    await world.calm(2)
    cities = {str(row.facts["name"]): row.facts["city"] for row in (await world.rows(Kind.CUSTOMER)).values()}
    assert cities == dict.fromkeys("ABC", "base")
    found = {(one.external_id, str(one.theirs["city"])) for one in await world.conflicts()}
    assert found == {(other, "there"), (blank, "None")}
    assert crm.shows(same)["city"] == "base"
    assert crm.writes == []


async def test_an_open_question_about_an_emptied_field_stays_open(small: World) -> None:
    """Until a person has answered; another edit of the record is no answer."""
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE, city="base")
    await small.calm(1)
    await small.edit(Kind.CUSTOMER, (await small.the_row()).id, city=None)
    await doubt(small, crm)
    await small.calm(1)
    assert [one.field for one in await small.conflicts()] == ["city"]
    crm.people.edit("people", id, {"notes": "another edit"})
    await small.calm(2)
    assert (await small.the_row()).facts["city"] is None
    assert [one.field for one in await small.conflicts()] == ["city"]


async def test_what_is_deleted_before_its_base_was_renewed_is_asked_about(small: World) -> None:
    """Whatever the delete policy says: it stays in kequn, and does not come back where it was deleted."""
    crm = await small.add("crm")
    id = crm.person("Lemona", phone=PHONE, city="base")
    await small.calm(1)
    await doubt(small, crm)
    crm.people.delete("people", id)
    await small.calm(2)
    assert [one.type for one in await small.conflicts()] == ["delete"]
    assert (await small.the_row()).live
    assert (crm.people.read("people"), crm.writes) == ({}, [])
