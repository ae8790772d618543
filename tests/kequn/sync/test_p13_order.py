"""P13: events of one record apply in the CRM's version order. A reference to a record that is not here yet waits and is
retried, never dropped."""

from dataclasses import replace

import pytest

from kequn.contracts.crm import Cursor, Page
from kequn.contracts.records import Kind
from kequn.testing.memory import Options
from tests.kequn.sync.world import World

pytestmark = pytest.mark.anyio
PHONE, COMPANY_PHONE = "+86 19900000001", "+86 19900000002"


async def test_an_older_state_after_a_newer_one_does_nothing(small: World) -> None:
    crm = await small.add("crm")
    id = crm.person("Lemona", city="old")
    old = await crm.crm.pull("people", None)
    crm.people.edit("people", id, {"city": "new"})
    await small.calm(1)
    answer = crm.crm.pull

    async def late(feed: str, cursor: Cursor | None) -> Page:
        page = await answer(feed, cursor)
        return replace(page, records=old.records) if feed == "people" else page

    crm.crm.pull = late  # type: ignore[method-assign]
    await small.calm(2)
    assert (await small.the_row()).facts["city"] == "new"
    assert crm.shows(id)["city"] == "new"


async def test_of_two_states_in_one_page_the_newer_counts(small: World) -> None:
    crm = await small.add("crm")
    id = crm.person("Lemona", city="old")
    old = await crm.crm.pull("people", None)
    crm.people.edit("people", id, {"city": "new"})
    answer = crm.crm.pull

    async def both(feed: str, cursor: Cursor | None) -> Page:
        page = await answer(feed, cursor)
        return replace(page, records=[*old.records, *page.records, *old.records]) if feed == "people" else page

    crm.crm.pull = both  # type: ignore[method-assign]
    await small.calm(1)
    assert (await small.the_row()).facts["city"] == "new"


async def test_a_reference_waits_for_its_record(world: World) -> None:
    """The customer of a purchase cannot be read for a while."""
    crm = await world.add("crm")
    person = crm.person("Lemona", phone=PHONE)
    crm.people.create("purchases", {"name": "No. 1", "customer": crm.ref("people", person)})
    answer = crm.crm.pull

    async def without_people(feed: str, cursor: Cursor | None) -> Page:
        return Page(next_cursor=cursor) if feed == "people" else await answer(feed, cursor)

    crm.crm.pull = without_people  # type: ignore[method-assign]
    await world.calm(1)
    assert (await world.the_row(Kind.PURCHASE)).facts["customer"] is None
    assert [hint.code for hint in await world.hints()] == ["WAITS"]
    crm.crm.pull = answer  # type: ignore[method-assign]
    await world.calm(2)
    assert (await world.the_row(Kind.PURCHASE)).facts["customer"] == (await world.the_row()).id
    assert await world.hints() == []


async def test_a_membership_waits_for_its_group(small: World) -> None:
    crm = await small.add("crm", Options(rosters=True))
    person, group = crm.person("Lemona", phone=PHONE), crm.people.create("groups", {"name": "VIP"})
    pair = {"customer": crm.ref("people", person), "group": crm.ref("groups", group)}
    crm.people.create("memberships", pair)
    answer = crm.crm.pull

    async def without_groups(feed: str, cursor: Cursor | None) -> Page:
        return Page(next_cursor=cursor) if feed == "groups" else await answer(feed, cursor)

    crm.crm.pull = without_groups  # type: ignore[method-assign]
    await small.calm(1)
    assert await small.rows(Kind.MEMBERSHIP) == {}
    crm.crm.pull = answer  # type: ignore[method-assign]
    await small.calm(2)
    assert len(await small.rows(Kind.MEMBERSHIP)) == 1


async def test_a_new_company_and_its_people_in_one_page(world: World) -> None:
    crm = await world.add("crm")
    boss = crm.person("Boss", phone=COMPANY_PHONE)
    crm.person("Lemona", phone=PHONE, parent=crm.ref("people", boss))
    await world.calm(2)
    rows = {str(row.facts["name"]): row for row in (await world.rows(Kind.CUSTOMER)).values()}
    assert rows["Lemona"].facts["parent"] == rows["Boss"].id


async def test_a_reference_to_a_record_that_turns_out_to_be_a_known_row(world: World) -> None:
    """The same page brings a person whom another CRM has already brought, and somebody who refers to them."""
    first, second = await world.add("first"), await world.add("second")
    first.person("Boss", phone=COMPANY_PHONE)
    await world.sync(first)
    boss = second.person("Boss", phone=COMPANY_PHONE)
    second.person("Lemona", phone=PHONE, parent=second.ref("people", boss))
    await world.calm(2)
    rows = {str(row.facts["name"]): row for row in (await world.rows(Kind.CUSTOMER)).values()}
    assert len(rows) == 2
    assert rows["Lemona"].facts["parent"] == rows["Boss"].id


async def test_a_reference_to_a_record_that_nobody_can_place(small: World) -> None:
    """Two rows could be the boss: a person is asked, and whoever refers to the boss comes in meanwhile."""
    first, second = await small.add("first"), await small.add("second")
    first.person("Boss", phone=COMPANY_PHONE)
    first.person("Other", phone=COMPANY_PHONE)
    await small.sync(first)
    boss = second.person("Boss", phone=COMPANY_PHONE)
    second.person("Lemona", phone=PHONE, parent=second.ref("people", boss))
    await small.calm(1)
    assert [conflict.type for conflict in await small.conflicts()] == ["match"]
    names = {str(row.facts["name"]) for row in (await small.rows(Kind.CUSTOMER)).values()}
    assert names == {"Boss", "Other", "Lemona"}


async def test_what_waits_for_a_row_goes_out_once_that_row_stands_there(world: World) -> None:
    """The parent of a customer may not be created there for hours; when it may, nobody waits for the next try."""
    crm = await world.add("crm", policy={"customer": {"create": {"where": {"city": {"eq": "here"}}}}})
    parent = await world.create(Kind.CUSTOMER, name="Example Ltd", type="organisation", city="elsewhere")
    await world.create(Kind.CUSTOMER, name="Lemona", city="here", parent=parent)
    await world.calm(8)
    assert [(one.code, one.field) for one in await world.outbox()] == [("WAITS", "parent")]
    await world.edit(Kind.CUSTOMER, parent, city="here")
    await world.sync(crm)
    assert await world.outbox() == []
    assert len([link for link in await world.links(crm) if link.base.get("parent") == parent]) == 1


async def test_what_waits_for_a_row_goes_out_once_that_row_is_met_there(world: World) -> None:
    crm = await world.add("crm", policy={"customer": {"create": {"where": {"city": {"eq": "here"}}}}})
    parent = await world.create(Kind.CUSTOMER, name="Example Ltd", type="organisation", phone=COMPANY_PHONE)
    await world.create(Kind.CUSTOMER, name="Lemona", city="here", parent=parent)
    await world.calm(8)
    crm.people.create("companies", {"name": "Example Ltd", "phone": COMPANY_PHONE})
    await world.sync(crm)
    assert await world.outbox() == []
    assert len([link for link in await world.links(crm) if link.base.get("parent") == parent]) == 1
