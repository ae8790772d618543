"""Lists that people go through, far into them: the database walks an index from where the cursor stands and sorts
nothing, on both databases."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import insert, text

from kequn.clock import uuid7
from kequn.store.tables import Customer, CustomerGroup, Membership, Purchase
from schema.admission import Request, admit
from schema.context import Context
from schema.execution import SCHEMA, _road
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio

ROWS = 2000
LISTS = [*(("customers", order) for order in ("ID", "NAME", "CREATED_AT", "UPDATED_AT")), ("groups", "NAME")]
DEAR = ("Sort", "Seq Scan", "B-TREE")
"""Words for what takes the longer the more rows there are."""


@pytest.fixture
async def many(client: Client) -> Client:
    """Rows enough for a sort to be dearer than a walk: customers, most of which belong to another, and groups."""
    customers = [_row(client, number) for number in range(ROWS)]
    groups = [_row(client, number) for number in range(ROWS)]
    for number, row in enumerate(customers):
        row["parent_id"] = customers[number % 100]["id"] if number >= 100 else None
    members = [
        _row(client, number) | {"customer_id": row["id"], "group_id": groups[number % 5]["id"]}
        for number, row in enumerate(customers)
    ]
    purchases = [_row(client, number) for number in range(ROWS)]
    for number, row in enumerate(purchases):
        row["paid_at"] = row["created_at"] if number % 4 else None
    tables = {Customer: customers, CustomerGroup: groups, Membership: members, Purchase: purchases}
    for table, rows in tables.items():
        async with client.database.writing() as session:
            await session.execute(insert(table), rows)
    async with client.database.writing() as session:
        await session.execute(text("ANALYZE"))
    return client


def _row(client: Client, number: int) -> dict[str, Any]:
    ledger = client.ledger
    at = ledger.clock.now() + timedelta(seconds=number // 3)  # some stand beside each other
    row = {"tenant_id": client.actor.tenant, "id": uuid7(ledger.clock, ledger.random), "name": f"客户{number % 1500}"}
    return row | {"created_at": at, "updated_at": at}


async def explained(client: Client, query: str, **variables: Any) -> str:
    """What the database says that it would do."""
    context = Context(client.database, client.ledger, client.actor, limits=client.limits)
    plan, values = await _road._plan(admit(SCHEMA._schema, Request(query, variables), context), context)
    bound = plan.bound(client.actor.scope, values)
    if client.database.dialect == "postgresql":
        return (await client.database.straight.ask(f"EXPLAIN (FORMAT JSON) {plan.text}", bound)).decode()
    async with client.database.engine.connect() as connection:
        told = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {plan.text}", tuple(bound))
        return "\n".join(str(tuple(row)) for row in told)


async def test_far_pages_are_walked_to_by_an_index(many: Client) -> None:
    for (noun, order), direction in product(LISTS, ("ASC", "DESC")):
        query = f"""query($after: String) {{ {noun}(first: 10, after: $after,
            orderBy: [{{field: {order}, direction: {direction}}}]) {{ edges {{ cursor node {{ name }} }} }} }}"""
        cursor = (await many.ask(query))[noun]["edges"][-1]["cursor"]
        for where in ({}, {"after": cursor}):
            told = await explained(many, query, **where)
            assert not {word for word in DEAR if word in told}, (noun, order, where)


@pytest.mark.parametrize("empty", [False, True], ids=["from_a_filled_one", "from_an_empty_one"])
async def test_pages_by_what_may_be_empty_are_walked_to(many: Client, empty: bool) -> None:
    """On to the empty ones, or from them: two walks at most, each through the index by the time of payment."""
    query = """query($after: String, $first: Int!, $order: Direction!, $where: PurchaseWhere) {
        purchases(first: $first, after: $after, where: $where, orderBy: [{field: PAID_AT, direction: $order}]) {
        edges { cursor node { name } } } }"""
    for direction in ("ASC", "DESC"):
        here = {"order": direction, "first": 10}
        page = await many.ask(query, **here, where={"paidAt": {"isNull": empty}})
        told = await explained(many, query, **here, after=page["purchases"]["edges"][-1]["cursor"])
        walks = [
            line.partition("(")[2] for line in told.splitlines() if "SEARCH purchase" in line or "Index Cond" in line
        ]
        assert walks
        assert [walk for walk in walks if "paid_at" not in walk] == []
        assert "Seq Scan" not in told


async def test_what_is_asked_of_a_reference_is_found_by_its_index(many: Client) -> None:
    query = "query($id: ID!) { customers(where: {parent: {id: {eq: $id}}}) { totalCount edges { node { name } } } }"
    [edge] = (await many.ask("{ customers(first: 1) { edges { node { id } } } }"))["customers"]["edges"]
    told = await explained(many, query, id=edge["node"]["id"])
    assert told.count("ix_customer_tenant_id_parent_id") == 2
    assert "Seq Scan" not in told


async def test_members_are_walked_to_by_what_stands_between(many: Client) -> None:
    query = """query($after: String) { groups(first: 5) { edges { node {
        customers(first: 10, after: $after) { edges { cursor node { name } } } } } } }"""
    [someone, *_] = (await many.ask("{ customers(first: 1) { edges { cursor } } }"))["customers"]["edges"]
    for where in ({}, {"after": someone["cursor"]}):
        told = await explained(many, query, **where)
        assert not {word for word in DEAR if word in told}, where
