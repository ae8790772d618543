"""Every mutation with the least that it takes, and with days far off: a clear answer, never INTERNAL."""

from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    build_schema,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from tests.schema.conftest import Client
from tests.schema.test_sdl import COMMITTED

pytestmark = pytest.mark.anyio

SCHEMA = build_schema(COMMITTED.read_text("utf-8"))
ROOT: Any = SCHEMA.mutation_type
PLAIN = {"Int": "1", "Float": "1", "Boolean": "true", "Decimal": '"1"', "JSON": "{}", "ID": '"none"', "String": '"a"'}
NEAR = {"Date": '"2026-01-05"', "DateTime": '"2026-01-05T09:00:00Z"'}
FAR = [
    {"Date": '"0001-01-01"', "DateTime": '"0001-01-01T00:00:00Z"'},
    {"Date": '"9999-12-31"', "DateTime": '"9999-12-31T23:59:59Z"'},
]


def literal(type: Any, words: dict[str, str]) -> str:
    """The least that is of this type."""
    match type:
        case GraphQLNonNull():
            return literal(type.of_type, words)
        case GraphQLList():
            return f"[{literal(type.of_type, words)}]"
        case GraphQLEnumType():
            return str(next(iter(type.values)))
        case GraphQLInputObjectType():
            return "{" + said(type.fields, words) + "}"
    return words[type.name]


def said(parts: dict[str, Any], words: dict[str, str]) -> str:
    """What must be said, and every day and moment when those of `words` are far off."""
    return " ".join(f"{name}: {literal(one.type, words)}" for name, one in parts.items() if is_said(one, words))


def is_said(one: GraphQLArgument | GraphQLInputField, words: dict[str, str]) -> bool:
    must = is_required_argument(one) if isinstance(one, GraphQLArgument) else is_required_input_field(one)
    return must or (not NEAR.items() <= words.items() and get_named_type(one.type).name in NEAR)


def mutation(name: str, field: GraphQLField, words: dict[str, str]) -> str:
    given = said(field.args, words)
    return f"mutation {{ {name}{f'({given})' if given else ''} {{ __typename }} }}"


@pytest.mark.parametrize("days", [NEAR, *FAR], ids=["least", "first", "last"])
async def test_no_mutation_answers_internal(client: Client, days: dict[str, str]) -> None:
    wrong = {}
    for name, field in ROOT.fields.items():
        answer = await client.send(mutation(name, field, PLAIN | days))
        if any(error.get("extensions", {}).get("code") == "INTERNAL" for error in answer.get("errors", [])):
            wrong[name] = answer["errors"]
    assert wrong == {}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("name", ["evaluateCustomers", "planCare"])
async def test_a_moment_far_off_is_refused_at_its_path(client: Client, name: str, moment: str) -> None:
    data = await client.ask(f'mutation {{ it: {name}(asOf: "{moment}") {{ problems {{ code path }} }} }}')
    assert data["it"]["problems"] == [{"code": "BAD_DATE", "path": ["asOf"]}]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "soon"])
async def test_a_notice_far_off_is_refused(client: Client, moment: str) -> None:
    [id] = await client.add(Kind.CUSTOMER, {"name": "x"})
    tell = """mutation($c: ID!, $d: DateTime) { it: tellCustomer(customerId: $c, occasion: "o", subject: "s", body: "b",
        dueAt: $d) { problems { code path } } }"""
    data = await client.ask(tell, c=format_id("customer", id), d=moment)
    assert data["it"]["problems"] == [{"code": "BAD_DATE", "path": ["dueAt"]}]


@pytest.mark.parametrize("moment", ["1849-12-31T00:00:00Z", "2201-01-01T00:00:00Z"])
async def test_a_purchase_far_off_is_refused(client: Client, moment: str) -> None:
    make = "mutation($i: PurchaseInput!) { it: createPurchase(input: $i) { problems { code path } } }"
    problems = (await client.ask(make, i={"name": "x", "paidAt": moment}))["it"]["problems"]
    assert {"code": "BAD_DATE", "path": ["input", "paidAt"]} in problems
