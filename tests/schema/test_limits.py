"""What an operation may cost; and who may see the schema."""

from dataclasses import replace
from typing import Any

import pytest
from graphql import build_schema, get_introspection_query, parse

from kequn.store.scope import Role
from schema.cost import Cost, Meter
from schema.execution import sdl
from schema.limits import Limits
from tests.schema.conftest import Client

SCHEMA = build_schema(sdl())
ROWS = "TOO_MANY_ROWS"


def cost(document: str, **variables: Any) -> Cost:
    return Meter(SCHEMA, parse(document), variables).cost()


@pytest.mark.parametrize(
    ("document", "rows"),
    [
        ("{ customers { totalCount } }", 50),
        ("{ customers(first: 10) { edges { node { name } } } }", 10),
        ("{ customers(last: 10) { edges { node { groups(first: 3) { totalCount } } } } }", 10 * (1 + 3)),
        ("{ a: customers(first: 2) { totalCount } b: customers(first: 3) { totalCount } }", 5),
        ("query($n: Int) { customers(first: $n) { totalCount } }", 7),
        ("query($m: Int) { customers(first: $m) { totalCount } }", 50),
        ("{ customers(first: null) { totalCount } }", 50),
        ("{ nodes(ids: [1, 2, 3]) { ... on Tier { customers(first: 5) { totalCount } } } }", 3 * (1 + 5)),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", 2),
        ("{ ...f ...f } fragment f on Query { customers(first: 4) { totalCount } }", 8),
        ("{ customers(first: 0) { edges { node { groups(first: 3) { totalCount } } } } }", 1 * (1 + 3)),
        ("{ customers(first: 9) { aggregate { count key { value } totals { sum } } } }", 9 + 1),
        ("{ customers(first: 0) { aggregate(groupBy: [{field: CITY}]) { count } } }", 1 + 100),
        ("query($n: Int) { customers(first: 9) { aggregate(groupBy: [{field: CITY}], atMost: $n) { count } } }", 9 + 7),
        (
            "query($g: [X!]!) { customers(first: 9) { ...f } } fragment f on CustomerConnection { ...g } fragment g on "
            "CustomerConnection { aggregate(groupBy: $g, atMost: 400) { count } }",
            9 + 400,
        ),
        ("query($no: [X!]!) { customers(first: 9) { aggregate(groupBy: $no, atMost: 400) { count } } }", 9 + 1),
        ("{ tiers(first: 2) { edges { node { customers(first: 0) { aggregate { count } } } } } }", 2 * (1 + 1 + 1)),
        ("{ tiers(first: 9) { edges { ...f } } } fragment f on TierEdge { node { customers { totalCount } } }", 9 * 51),
    ],
)
def test_rows_are_products_of_page_sizes(document: str, rows: int) -> None:
    assert cost(document, n=7, ids=["a", "b"], g=[{"field": "CITY"}], no=[]).rows == rows


@pytest.mark.parametrize(
    ("document", "rows"),
    [
        ("mutation($i: [X!]!) { createCustomers(input: $i) { problems { code } results { problems { code } } } }", 40),
        ("mutation($i: [X!]!) { addMembers(input: $i) { results { row { history(first: 9) { totalCount } } } } }", 400),
        ('mutation { deleteTiers(input: [{id: "a"}, {id: "b"}]) { results { row { links { id } } } } }', 2 * (1 + 10)),
        ("mutation($i: [X!]!) { a: updateTiers(input: $i) { ...f } b: updateTiers(input: []) { ...f } } "
         "fragment f on TierBatch { results { index } }", 40 + 1),
        ('mutation { addMembers(input: {customerId: "a", groupId: "b"}) { results { index } } }', 1),
    ],
)  # fmt: skip
def test_a_batch_gives_back_as_many_rows_as_it_has_items(document: str, rows: int) -> None:
    assert cost(document, i=[{}] * 40).rows == rows


def test_depth_aliases_and_directives() -> None:
    assert cost("{ customers { edges { node { name } } } }").depth == 4
    assert cost("{ a: tiers { totalCount } ... { b: tiers @skip(if: false) { totalCount } } }").aliases == 2
    assert cost("query @x { tiers @y { totalCount } ...f @z } fragment f on Query @w { __typename }").directives == 4


def test_each_fragment_is_measured_once() -> None:
    """Spreads that double at every step would take for ever if they were walked."""
    steps = [f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(200)]
    document = " ".join(["{ ...f0 }", *steps, "fragment f200 on Query { a: __typename }"])
    assert cost(document).aliases == 2**200


def test_fragments_in_a_circle_end() -> None:
    assert cost("{ ...f } fragment f on Query { ...g } fragment g on Query { ...f a: __typename }").aliases == 1


pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("limits", "document", "code"),
    [
        (Limits(depth=3), "{ customers { edges { node { name } } } }", "TOO_DEEP"),
        (Limits(aliases=1), "{ a: __typename b: __typename }", "TOO_MANY_ALIASES"),
        (Limits(directives=1), "{ __typename @skip(if: false) @include(if: true) }", "TOO_MANY_DIRECTIVES"),
        (Limits(tokens=5), "{ customers { totalCount } }", "TOO_MANY_TOKENS"),
        (Limits(rows=49), "{ customers { totalCount } }", "TOO_MANY_ROWS"),
        (
            Limits(rows=21),
            "mutation { deleteTiers(input: [{id: 1}, {id: 2}]) { results { row { links { id } } } } }",
            ROWS,
        ),
        (Limits(rows=9), "{ customers(first: 0) { edges { node { groups(first: 9) { totalCount } } } } }", ROWS),
        (Limits(rows=400), "{ tiers(first: 0) { aggregate(groupBy: {field: NAME}, atMost: 400) { count } } }", ROWS),
        (Limits(tokens=20_000, characters=30_000), "{ a " * 5000, "TOO_DEEP"),
        (Limits(), "{" + "a " * 5000 + "}", "TOO_MANY_TOKENS"),
        (Limits(), "{ customers { totalCount }", "INVALID"),
        (Limits(), "query A { __typename } query B { __typename }", "INVALID"),
        (Limits(), "", "INVALID"),
    ],
)
async def test_what_is_too_much_is_refused(client: Client, limits: Limits, document: str, code: str) -> None:
    answer = await replace(client, limits=limits).send(document)
    assert answer.keys() == {"errors"}
    assert answer["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize("role", list(Role))
async def test_the_schema_is_shown_to_developers(client: Client, role: Role) -> None:
    answer = await client.who(role).send("{ __schema { queryType { name } } }")
    if role >= Role.DEVELOPER:
        assert answer["data"] == {"__schema": {"queryType": {"name": "Query"}}}
    else:
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await client.who(role).ask("{ __typename }")) == {"__typename": "Query"}


async def test_graphiql_can_read_the_whole_schema(client: Client) -> None:

    assert "__schema" in await client.ask(get_introspection_query(descriptions=True, input_value_deprecation=True))
