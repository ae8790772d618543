"""Merging two customers as their CRMs see it: the winner's values arrive, a second record is left alone, and a merge
taken back leaves every record as its people had it, also after later edits."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import pytest

from kequn.contracts.records import Kind
from kequn.domain import merging
from kequn.domain.editing import Desk
from kequn.store.scope import Actor, Role
from schema.settling import settle
from tests.kequn.sync.world import Site, World, build

pytestmark = pytest.mark.anyio
LINKED = {kind.value: {"create": "never", "delete": "ask"} for kind in Kind if kind is not Kind.STAFF}


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[World]:
    async with build(database_url) as world:
        yield world


async def do(world: World, work: Any, *given: Any) -> Any:
    async with world.writing() as session:
        return await work(Desk(session, Actor(world.scope.tenant, Role.OPERATOR, "ops"), world.ledger), *given)


async def rows_of(world: World, site: Site, ids: Sequence[str]) -> list[UUID]:
    linked = {link.external_id: link.row_id for link in await world.links(site)}
    return [linked[id] for id in ids]


async def quiet(world: World) -> bool:
    """Whether two more rounds write nothing anywhere."""
    before = [len(site.writes) for site in world.sites.values()]
    await world.calm(2)
    return [len(site.writes) for site in world.sites.values()] == before


async def test_the_records_of_two_crms_become_equal_and_are_two_again(world: World) -> None:
    first, second = await world.add("first", policy=LINKED), await world.add("second", policy=LINKED)
    one, other = first.person("Mira Tolan", city="Wuxi"), second.person("M. Tolan", phone="+86 19900000001")
    await world.calm(1)
    [winner], [loser] = await rows_of(world, first, [one]), await rows_of(world, second, [other])
    await do(world, merging.merge, winner, loser)
    await world.calm(2)
    for site, id in ((first, one), (second, other)):
        shown = site.shows(id)
        assert (shown["name"], shown["city"], shown["phone"]) == ("Mira Tolan", "Wuxi", "+86 19900000001")
    assert await quiet(world)
    second.people.edit("people", other, {"notes": "written on the one customer"})
    await world.calm(2)
    back = await do(world, merging.unmerge, loser)
    await world.calm(2)
    assert first.shows(one).get("phone") is None
    assert (second.shows(other)["name"], second.shows(other).get("city")) == ("M. Tolan", None)
    assert (back.winner.facts["notes"], back.kept) == ("written on the one customer", ())
    assert await quiet(world)
    assert await world.conflicts() == []


async def test_a_second_record_is_left_alone_and_what_it_said_meanwhile_is_not_lost(world: World) -> None:
    crm = await world.add("crm", policy=LINKED)
    one, other = crm.person("Mira Tolan", phone="+86 19900000001"), crm.person("M. Tolan", city="Wuxi")
    await world.calm(1)
    winner, loser = await rows_of(world, crm, [one, other])
    await do(world, merging.merge, winner, loser)
    await world.calm(2)
    assert (crm.shows(one)["city"], crm.shows(other)["name"]) == ("Wuxi", "M. Tolan")
    crm.people.edit("people", other, {"city": "Suzhou"})
    await world.calm(2)
    [double] = await world.conflicts()
    assert (double.type, double.theirs["city"]) == ("double", "Suzhou")
    await do(world, merging.unmerge, loser)
    await world.calm(2)
    customers = await world.rows(Kind.CUSTOMER)
    assert (customers[loser].facts["city"], customers[winner].facts["city"]) == ("Suzhou", None)
    assert (crm.shows(other)["city"], crm.shows(one).get("city")) == ("Suzhou", None)
    assert await quiet(world)
    assert await world.conflicts() == []


async def test_a_merge_made_in_a_crm_is_one_here_and_can_be_taken_back(world: World) -> None:
    crm = await world.add("crm", policy=LINKED)
    one, other = crm.person("Mira Tolan", city="Wuxi"), crm.person("M. Tolan", phone="+86 19900000001")
    await world.calm(1)
    heir, lost = await rows_of(world, crm, [one, other])
    crm.people.merge("people", one, other)
    await world.calm(2)
    [conflict] = await world.conflicts()
    assert (conflict.type, conflict.row_id) == ("merge", lost)
    await do(world, settle, conflict.id, "merge", None)
    await world.calm(2)
    assert set(await world.rows(Kind.CUSTOMER)) == {heir}
    assert (crm.shows(one)["name"], crm.shows(one)["phone"]) == ("Mira Tolan", "+86 19900000001")
    assert await quiet(world)
    await do(world, merging.unmerge, lost)
    await world.calm(2)
    assert set(await world.rows(Kind.CUSTOMER)) == {heir, lost}
    assert [one.id for one in await world.conflicts()] == [conflict.id]
    assert await quiet(world)
