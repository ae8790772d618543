"""How ordinary execution loads rows: a constant number of statements, deleted and merged rows, tenants apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from kequn.clock import SeededRandom
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store import rows, tenants
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.rows import Row
from kequn.store.scope import Actor, Role
from tests.schema.conftest import Client
from tests.schema.world import World, fill

pytestmark = pytest.mark.anyio


@pytest.fixture
def client(client: Client) -> Client:
    return replace(client, compiler=False)


WIDE = """query($first: Int!) { customers(first: $first) { totalCount edges { node {
    name tier { name customers(first: 2) { edges { node { id } } } } parent { name } owner { name }
    groups(first: 5) { totalCount edges { node { name owner { name }
        customers(first: 3) { edges { node { name } } } } } }
    memberships(first: 5) { edges { node { role group { name } } } }
    purchases(first: 5) { edges { node { amount { amount currency } lines { product } customer { name } } } }
    feedbacks(first: 5) { edges { node { subject } } }
    interactions(first: 5) { edges { node { subject } } }
    conflicts(first: 5) { edges { node { type } } } mergedFrom { id }
    identities { type value } links { object connection { name } }
    history(first: 5) { edges { node { op actor fields { field old new } } } } } } } }"""


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Every SELECT that is sent meanwhile."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().startswith("SELECT"):
            sent.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_more_rows_take_no_more_statements(client: Client) -> None:
    world = await fill(client, 30)
    counts = []
    for first in (15, 30):
        with statements(client.database) as sent:
            await world.client.ask(WIDE, first=first)
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 26


async def test_the_total_is_counted_only_when_asked_for(client: Client) -> None:
    await fill(client, 5)
    with statements(client.database) as sent:
        await client.ask("{ customers { edges { node { name } } } }")
    assert len(sent) == 1
    with statements(client.database) as sent:
        await client.ask("{ customers { totalCount } }")
    assert len(sent) == 1
    assert "count(*)" in sent[0]


async def test_deleted_rows_are_hidden_until_asked_for(client: Client, ledger: Ledger) -> None:
    [customer, _] = await client.add(Kind.CUSTOMER, {"name": "gone"}, {"name": "here"})
    await client.add(Kind.PURCHASE, {"name": "tea", "customer": customer})
    await client.edit(Kind.CUSTOMER, customer, deleted_at=ledger.clock.now())
    names = "{ edges { node { name } } }"
    data = await client.ask(
        f"""query($id: ID!) {{ customers {names}
        all: customers(includeDeleted: true, orderBy: [{{field: NAME}}]) {names}
        customer(id: $id) {{ name }} kept: customer(id: $id, includeDeleted: true) {{ name deletedAt }}
        node(id: $id) {{ id }} purchases {{ edges {{ node {{ customer {{ name }} }} }} }}
        some: purchases(where: {{customer: {{}}}}) {{ totalCount }} }}""",
        id=format_id("customer", customer),
    )
    assert [edge["node"]["name"] for edge in data["customers"]["edges"]] == ["here"]
    assert [edge["node"]["name"] for edge in data["all"]["edges"]] == ["gone", "here"]
    assert data["customer"] is None
    assert data["node"] is None
    assert data["kept"] == {"name": "gone", "deletedAt": "2026-01-05T09:00:00+00:00"}
    assert data["purchases"]["edges"][0]["node"]["customer"] is None
    assert data["some"]["totalCount"] == 0


async def test_a_merged_row_is_the_one_it_went_into(client: Client) -> None:
    [first, second, third] = await client.add(Kind.CUSTOMER, {"name": "a"}, {"name": "b"}, {"name": "c"})
    await client.add(Kind.FEEDBACK, {"subject": "late", "customer": first})
    await client.edit(Kind.CUSTOMER, first, merged_into=second)
    await client.edit(Kind.CUSTOMER, second, merged_into=third)
    data = await client.ask(
        """query($id: ID!) { customer(id: $id) { name } node(id: $id) { id } customers { totalCount }
        feedbacks { edges { node { customer { name } } } } }""",
        id=format_id("customer", first),
    )
    assert data["customer"]["name"] == "c"
    assert data["node"]["id"] == format_id("customer", third)
    assert data["customers"]["totalCount"] == 1
    assert data["feedbacks"]["edges"][0]["node"]["customer"]["name"] == "c"


async def other_tenant(client: Client) -> Client:
    async with client.database.writing() as session:
        tenant = await tenants.create(session, "other", clock=client.ledger.clock, chance=SeededRandom(3))
        return Client(client.database, client.ledger, Actor(tenant.id, Role.ADMIN, "stranger"))


async def test_tenants_do_not_see_each_other(client: Client) -> None:
    stranger = await other_tenant(client)
    world = await fill(client, 5)
    theirs = await fill(stranger, 3)
    seen = {
        edge["node"]["name"] for edge in (await stranger.ask("{ tiers { edges { node { name } } } }"))["tiers"]["edges"]
    }
    assert seen == {"A", "B", "C"}
    ids = [world.customers[0]["id"], theirs.customers[0]["id"], world.tiers[0]["id"], world.groups[0]["id"]]
    query = "query($ids: [ID!]!, $id: ID!) { nodes(ids: $ids) { id } node(id: $id) { id } customer(id: $id) { id } }"
    data = await stranger.ask(query, ids=ids, id=ids[0])
    assert data == {"nodes": [None, {"id": ids[1]}, None, None], "node": None, "customer": None}
    assert (await stranger.ask("{ customers { totalCount } }"))["customers"]["totalCount"] == 3


async def test_filters_do_not_look_into_another_tenant(client: Client) -> None:
    """Even where rows of two tenants have the same id."""
    stranger = await other_tenant(client)
    world = await fill(client, 4)
    async with client.database.writing() as session:
        same: UUID = world.customers[0]["uuid"]
        row = Row(Kind.CUSTOMER, same, {"type": "person", "name": "twin"})
        await rows.add(session, stranger.actor.scope, [row], client.ledger.clock.now())
    query = """{ customers(where: {purchases: {some: {}}}) { totalCount }
        all: customers { edges { node { purchases { totalCount } groups { totalCount } } } } }"""
    data = await stranger.ask(query)
    assert data["customers"]["totalCount"] == 0
    assert data["all"]["edges"] == [{"node": {"purchases": {"totalCount": 0}, "groups": {"totalCount": 0}}}]


@pytest.mark.parametrize("mutation", ['updateCustomer(id: $id, input: {name: "x"})', "deleteCustomer(id: $id)"])
async def test_nobody_edits_what_is_of_another_tenant(client: Client, mutation: str) -> None:
    stranger = await other_tenant(client)
    [id] = await client.add(Kind.CUSTOMER, {"name": "ours"})
    answer = await stranger.ask(
        f"mutation($id: ID!) {{ it: {mutation} {{ customer {{ name }} problems {{ code path }} }} }}",
        id=format_id("customer", id),
    )
    assert answer["it"] == {"customer": None, "problems": [{"code": "NOT_FOUND", "path": ["id"]}]}
    assert await world_names(client) == ["ours"]


async def world_names(client: Client) -> list[str]:
    page = (await client.ask("{ customers { edges { node { name } } } }"))["customers"]
    return [edge["node"]["name"] for edge in page["edges"]]


async def test_a_stranger_cannot_refer_to_our_rows(client: Client) -> None:
    stranger = await other_tenant(client)
    [tier] = await client.add(Kind.TIER, {"name": "ours"})
    answer = await stranger.ask(
        'mutation($t: ID) { createCustomer(input: {name: "x", tierId: $t}) { problems { code path } } }',
        t=format_id("tier", tier),
    )
    assert answer["createCustomer"]["problems"] == [{"code": "UNKNOWN_TIER", "path": ["input", "tierId"]}]


async def test_nodes_know_their_types(client: Client) -> None:
    world: World = await fill(client, 2)
    ids = [world.customers[0]["id"], world.tiers[0]["id"], world.groups[0]["id"], world.purchases[0]["id"]]
    data = await client.ask("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids)
    assert [node["__typename"] for node in data["nodes"]] == ["Customer", "Tier", "Group", "Purchase"]
    assert [node["id"] for node in data["nodes"]] == ids


@pytest.mark.parametrize("id", ["", "x", "cus_1", "tok_00000000000000000000000000000000", "CUS_" + "0" * 32])
async def test_ids_that_are_none(client: Client, id: str) -> None:
    assert await client.code("query($id: ID!) { node(id: $id) { id } }", id=id) == "BAD_ID"
