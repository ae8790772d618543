"""The compiled road: one statement, plans that are used for their own shape alone, and what it leaves to ordinary
execution."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import GraphQLObjectType, get_named_type
from sqlalchemy import update

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store.tables import Customer
from schema.compiler.road import PLANS, TREES
from schema.context import Context
from schema.declared import declared
from schema.execution import SCHEMA, Request, _road, respond
from tests.schema.compiler.sowing import Rows
from tests.schema.conftest import Client
from tests.schema.test_loading import statements

pytestmark = pytest.mark.anyio

LEFT = Path(__file__).parents[3] / "schema" / "fallback.txt"
SHAPES = """query($where: CustomerWhere, $first: Int, $last: Int, $after: String, $orderBy: [CustomerOrder!],
    $deep: Boolean = false) { customers(where: $where, first: $first, last: $last, after: $after, orderBy: $orderBy) {
    totalCount edges { node { name tier @include(if: $deep) { name } } } } }"""


async def send(client: Client, query: str, **variables: Any) -> tuple[Any, Context]:
    context = Context(
        client.database, client.ledger, client.actor, limits=client.limits, compiler=client.compiler, dev=True
    )
    answer = await respond(Request(query, variables), context)
    return (orjson.loads(answer) if isinstance(answer, bytes) else answer), context


async def test_one_statement(reader: Client) -> None:
    query = """{ customers(first: 3) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { name
        tier { name } groups(first: 2) { totalCount edges { node { name owner { name } } } }
        purchases(first: 2) { edges { node { amount { amount } lines { product } } } } } } }
        staff { edges { node { name } } } }"""
    await send(reader, query)
    before = reader.database.straight.asked
    with statements(reader.database) as sent:
        answer, _ = await send(reader, query)
    assert answer["extensions"] == {"compiled": True}
    assert (reader.database.straight.asked - before, sent) == (1, [])


async def test_a_plan_is_used_for_its_own_shape_alone(reader: Client) -> None:
    shapes: list[dict[str, Any]] = [
        {},
        {"first": 2},
        {"first": 1},
        {"last": 2},
        {"first": None},
        {"where": {"name": {"eq": "li"}}},
        {"where": {"name": {"eq": "Li"}}},
        {"where": {"name": {"in": ["li", "Li"]}}},
        {"where": {"name": {"in": []}}},
        {"where": {"city": {"isNull": True}}},
        {"where": {"city": {"isNull": False}}},
        {"where": {"name": {"eq": "li"}, "city": {"isNull": True}}},
        {"where": {"not": {"name": {"eq": "li"}}}},
        {"where": {"tier": {"name": {"contains": "l"}}}},
        {"orderBy": [{"field": "CITY"}]},
        {"orderBy": [{"field": "CITY", "direction": "DESC"}]},
        {"orderBy": {"field": "NAME"}, "deep": True},
        {"deep": True},
    ]
    ordinary = replace(reader, compiler=False)
    for variables in [*shapes, *reversed(shapes)]:
        one, other = [await send(client, SHAPES, **variables) for client in (reader, ordinary)]
        assert one[0]["extensions"] == {"compiled": True}
        assert one[0]["data"] == other[0]["data"], variables


async def test_a_cursor_at_nothing_is_another_shape(reader: Client) -> None:
    query = """query($after: String) { customers(first: 2, after: $after, orderBy: [{field: CITY}]) {
        edges { cursor node { id city } } } }"""
    found: list[Any] = []
    after = None
    while True:
        edges = (await reader.ask(query, after=after))["customers"]["edges"]
        if not edges:
            break
        found += [edge["node"]["city"] for edge in edges]
        after = edges[-1]["cursor"]
    assert found == sorted(found, key=lambda city: (city is None, city or ""))
    assert None in found


async def test_the_number_of_plans_is_bounded(reader: Client) -> None:
    query = "query($where: CustomerWhere) { customers(where: $where) { totalCount } }"
    where: dict[str, Any] = {"name": {"eq": "li"}}
    for _ in range(PLANS + 8):
        await send(reader, query, where={"and": [where] * (_ % 40 + 1), "or": [where] * (_ // 40 + 1)})
    memories = [memory for known in _road._memories.values() for memory in known.values()]
    assert max(len(memory.plans) for memory in memories) == PLANS
    assert all(len(memory.trees) <= TREES for memory in memories)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (
            "{ customers { edges { node { conflicts { edges { node { candidates { id } } } } } } } }",
            "Conflict.candidates",
        ),
        ("{ __schema { queryType { name } } }", "Query.__schema"),
        ('{ customer(id: "nothing") { name } }', "arguments that cannot be meant"),
        ("{ customers(first: 1, last: 1) { totalCount } }", "arguments that cannot be meant"),
    ],
)
async def test_what_is_left_to_ordinary_execution(reader: Client, query: str, reason: str) -> None:
    _, context = await send(reader, query)
    assert context.not_compiled == reason


async def test_the_compiler_can_be_turned_off(reader: Client) -> None:
    answer, _ = await send(replace(reader, compiler=False), "{ customers { totalCount } }")
    assert answer["extensions"]["compiled"] is False


async def test_a_value_that_is_no_name_of_an_enum_is_told_as_ever(client: Client) -> None:
    [id] = await client.add(Kind.CUSTOMER, {"name": "a"})
    async with client.database.writing() as session:
        await session.execute(update(Customer).values(type="robot"))
    query = f'{{ customer(id: "{format_id("customer", id)}") {{ name type }} }}'
    one, context = await send(client, query)
    other, _ = await send(replace(client, compiler=False), query)
    assert context.not_compiled == "the database failed"
    assert (one["data"], len(one["errors"])) == (other["data"], len(other["errors"])) == ({"customer": None}, 1)


async def test_three_lists_in_one_another_are_one_statement_everywhere(reader: Client) -> None:
    inner = "{ totalCount edges { node { name customers(first: 2) { edges { node { name tier { name } } } } } } }"
    query = f"{{ customers(first: 3) {{ edges {{ node {{ name owner {{ name }} groups(first: 2) {inner} }} }} }} }}"
    answer, _ = await send(reader, query)
    assert answer["extensions"] == {"compiled": True}


async def test_what_is_nested_too_deeply_for_the_database_is_answered_all_the_same(reader: Client) -> None:
    query = "{ name }"
    for _ in range(5):
        query = f"{{ customers(first: 1) {{ edges {{ node {query} }} }} }}"
        query = f"{{ name groups(first: 1) {{ edges {{ node {query} }} }} }}"
    limits = replace(reader.limits, depth=99)
    asked = f"{{ customers(first: 2) {{ edges {{ node {query} }} }} }}"
    one, context = await send(replace(reader, limits=limits), asked)
    other, _ = await send(replace(reader, limits=limits, compiler=False), asked)
    assert one["data"] == other["data"]
    deep = reader.database.dialect == "sqlite"
    assert context.not_compiled == ("the database takes no such statement" if deep else None)


async def test_names_and_numbers_of_keys_that_databases_limit(reader: Client, sown: tuple[str, Rows]) -> None:
    many = " ".join(f"k{number}: name" for number in range(130))
    for fields in (f"{'a' * 70}: name id", many, f"tier {{ {many} }}"):
        query = f"{{ customers(first: 2) {{ pageInfo {{ hasNextPage }} edges {{ cursor node {{ {fields} }} }} }} }}"
        limits = replace(reader.limits, aliases=999, tokens=9999)
        one, _ = await send(replace(reader, limits=limits), query)
        other, _ = await send(replace(reader, limits=limits, compiler=False), query)
        assert one["data"] == other["data"]


def reachable() -> dict[str, GraphQLObjectType]:
    """Every type of object that a query may meet."""
    schema = SCHEMA._schema
    found: dict[str, GraphQLObjectType] = {}
    waiting: list[Any] = [schema.query_type]
    while waiting:
        type = waiting.pop()
        kinds = [type] if isinstance(type, GraphQLObjectType) else getattr(schema, "get_possible_types", list)(type)
        for kind in kinds:
            if kind.name not in found:
                found[kind.name] = kind
                waiting += [
                    get_named_type(one.type)
                    for one in kind.fields.values()
                    if hasattr(get_named_type(one.type), "fields")
                ]
    return found


def test_the_fields_that_no_statement_answers_are_listed() -> None:
    """Each of them makes the whole operation fall back."""
    kinds = reachable()
    left = sorted(
        f"{name}.{field}" for name, kind in kinds.items() for field, one in kind.fields.items() if declared(one) is None
    )
    print(*left, sep="\n")
    assert LEFT.read_text().split() == left
