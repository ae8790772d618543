"""A person who was erased, as a CRM sees it: their record goes by the rule for deletes; where it stays, whatever is
written in it later reaches nothing here."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from kequn.contracts.identity import format_id
from kequn.store import tables
from kequn.store.scope import Actor, Role
from tests.flows.world import ALWAYS, World
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
MARK = "Quillonmarsh"
ERASE = "mutation($id: ID!) { eraseCustomer(customer: $id, ground: REQUEST) { problems { code } } }"
CONTACT = {"Last_Name": MARK, "Email": f"{MARK.lower()}@example.org", "Description": f"{MARK} likes tea"}


@pytest.fixture
async def world(sqlite_url: str, anyio_backend: str) -> AsyncIterator[World]:
    world = World()
    yield world
    await world.close()


def client(world: World) -> Client:
    return Client(world.database, world.ledger, Actor(world.scope.tenant, Role.ADMIN, "ops"))


async def erase_all(world: World) -> None:
    for id in await world.customers():
        assert (await client(world).ask(ERASE, id=format_id("customer", id)))["eraseCustomer"]["problems"] == []


async def left(world: World) -> set[str]:
    """The tables in which the mark stands."""
    async with world.database.reading() as session:
        every = {table.name: (await session.execute(select(table))).all() for table in tables.metadata.sorted_tables}
    return {name for name, rows in every.items() if MARK.lower() in str(rows).lower()}


async def rounds(world: World, count: int = 3) -> None:
    for _ in range(count):
        world.clock.move(120)
        outcome = await world.sync()
        assert outcome.state == "done", outcome.message


def contact(world: World) -> str:
    """With a call and an order, as the CRM's people would enter them."""
    id = world.zoho.people.create("Contacts", CONTACT)
    order = {"Deal_Name": f"tea for {MARK}", "Stage": "Closed Won", "Amount": 10.0, "Closing_Date": "2025-12-01"}
    world.zoho.people.create("Deals", {**order, "Contact_Name": {"id": id}})
    return id


@pytest.mark.requirement("X07")
async def test_the_record_goes_too_and_does_not_come_back(world: World, sqlite_url: str) -> None:
    await world.open(sqlite_url)
    contact(world)
    await rounds(world, 1)
    assert "customer" in await left(world)
    await erase_all(world)
    await rounds(world)
    assert (world.zoho.people.read("Contacts"), await world.customers(), await left(world)) == ({}, {}, set())
    writes = world.writes
    await rounds(world, 2)
    assert world.writes == writes


@pytest.mark.requirement("X07")
@pytest.mark.parametrize("rule", ["ignore", "ask"])
async def test_where_the_record_stays_nothing_of_it_comes_back(world: World, sqlite_url: str, rule: str) -> None:
    policy: dict[str, Any] = {**ALWAYS, "customer": {"create": "always", "delete": rule}}
    await world.open(sqlite_url, policy)
    id = contact(world)
    await rounds(world, 1)
    await erase_all(world)
    await rounds(world, 1)
    world.zoho.people.edit("Contacts", id, {"Description": f"{MARK} called again"})
    [deal] = world.zoho.people.read("Deals")
    world.zoho.people.edit("Deals", deal, {"Deal_Name": f"more tea for {MARK}"})
    await rounds(world)
    assert (await left(world), await world.customers()) == (set(), {})
    assert world.zoho.people.read("Deals")[deal]["Deal_Name"] == f"more tea for {MARK}"
    asked = await client(world).ask("{ conflicts(where: {state: {eq: OPEN}}) { edges { node { type } } } }")
    assert [edge["node"]["type"] for edge in asked["conflicts"]["edges"]] == ([] if rule == "ignore" else ["DELETE"])
