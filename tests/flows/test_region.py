"""A company that dials elsewhere: a phone number without country code is known as one of its own country."""

from collections.abc import AsyncIterator

import pytest

from kequn.contracts.identity import Key
from kequn.contracts.records import Kind
from kequn.store import tenants
from kequn.store.identities import rows_with
from tests.flows.world import World

pytestmark = pytest.mark.anyio
NUMBER = Key("phone", "+14155552671")


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[World]:
    world = await World(0, 0).open(database_url)
    async with world.database.writing() as session:
        await tenants.edit(session, tenants.DEFAULT, region="US")
    yield world
    await world.close()


async def test_a_contact_and_a_customer_are_the_same(world: World) -> None:
    here = await world.create(name="Alice", phone="+1 415-555-2671")
    world.zoho.people.create("Contacts", {"Last_Name": "Alice", "Phone": "(415) 555-2671"})
    assert (await world.sync()).state == "done"
    async with world.database.reading() as session:
        assert await rows_with(session, world.scope, Kind.CUSTOMER, [NUMBER]) == {NUMBER: [here.id]}


async def test_what_people_enter_is_read_so_too(world: World) -> None:
    here = await world.create(name="Alice", phone="(415) 555-2671")
    async with world.database.reading() as session:
        assert await rows_with(session, world.scope, Kind.CUSTOMER, [NUMBER]) == {NUMBER: [here.id]}
