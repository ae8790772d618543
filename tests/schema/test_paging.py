"""Pages against a plain sort: both directions, any order, empty values, equal values; broken cursors; nested pages."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.contracts.records import Kind
from kequn.domain.catalogue import CATALOGUE
from kequn.domain.problems import Refused
from schema.paging import Key, decode
from tests.schema.conftest import Client
from tests.schema.world import Plain, World, examples, fill

pytestmark = pytest.mark.anyio

PAGE = """query($first: Int, $after: String, $last: Int, $before: String, $orderBy: [CustomerOrder!]) {
  customers(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { id name } } } }"""

COLUMNS = {"NAME": "name", "CITY": "city", "BIRTHDAY": "birthday", "TYPE": "type", "ID": "id"}
orders = st.lists(
    st.tuples(st.sampled_from(sorted(COLUMNS)), st.sampled_from(["ASC", "DESC"])),
    max_size=3,
    unique_by=lambda key: key[0],
)


@pytest.fixture
async def world(client: Client) -> World:
    return await fill(client)


def in_order(rows: list[Plain], order: list[tuple[str, str]]) -> list[str]:
    """Sorted from the last key to the first, as a stable sort allows; empty is the greatest."""
    last = order[-1][1] if order else "ASC"
    ranked = sorted(rows, key=lambda row: str(row["id"]), reverse=last == "DESC")
    for name, direction in reversed(order):
        column = COLUMNS[name]
        ranked.sort(
            key=lambda row: (row[column] is None, row[column] if row[column] is not None else ""),
            reverse=direction == "DESC",
        )
    return [row["id"] for row in ranked]


def asked(order: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"field": name, "direction": direction} for name, direction in order]


async def walk(client: Client, size: int, order: list[tuple[str, str]], backward: bool) -> list[str]:
    """Every id, page by page."""
    found: list[str] = []
    cursor = None
    while True:
        here = {"last": size, "before": cursor} if backward else {"first": size, "after": cursor}
        page = (await client.ask(PAGE, orderBy=asked(order), **here))["customers"]
        ids = [edge["node"]["id"] for edge in page["edges"]]
        found = ids + found if backward else found + ids
        if not page["pageInfo"]["hasPreviousPage" if backward else "hasNextPage"]:
            return found
        cursor = page["pageInfo"]["startCursor" if backward else "endCursor"]


async def test_pages_join_to_the_sorted_whole(world: World) -> None:
    for order, size, backward in examples(st.tuples(orders, st.integers(1, 50), st.booleans()), 25):
        assert await walk(world.client, size, order, backward) == in_order(world.customers, order)


async def test_a_page_between_two_cursors(world: World) -> None:
    everyone = (await world.client.ask(PAGE, first=1000))["customers"]["edges"]
    after, before = everyone[4]["cursor"], everyone[9]["cursor"]
    page = (await world.client.ask(PAGE, first=100, after=after, before=before))["customers"]
    assert [edge["node"]["id"] for edge in page["edges"]] == [edge["node"]["id"] for edge in everyone[5:9]]


async def test_a_cursor_outlives_its_row(world: World) -> None:
    """The page begins where the row was, though it is gone."""
    edges = (await world.client.ask(PAGE, first=3, orderBy=asked([("NAME", "ASC")])))["customers"]["edges"]
    await world.client.ask(
        "mutation($id: ID!) { deleteCustomer(id: $id) { problems { code } } }", id=edges[1]["node"]["id"]
    )
    page = await world.client.ask(PAGE, first=1, after=edges[1]["cursor"], orderBy=asked([("NAME", "ASC")]))
    assert page["customers"]["edges"][0]["node"] == edges[2]["node"]


async def test_an_empty_page(client: Client) -> None:
    page = (await client.ask(PAGE))["customers"]
    assert page == {
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
        "edges": [],
    }


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"first": 1, "last": 1}, "BAD_PAGE"),
        ({"first": -1}, "BAD_PAGE"),
        ({"last": -1}, "BAD_PAGE"),
        ({"first": 1001}, "PAGE_TOO_BIG"),
        ({"after": "?"}, "BAD_CURSOR"),
        ({"after": "e30"}, "BAD_CURSOR"),
        ({"before": "W10"}, "BAD_CURSOR"),
        ({"after": "é"}, "BAD_CURSOR"),
    ],
)
async def test_pages_that_cannot_be(client: Client, arguments: dict[str, Any], code: str) -> None:
    assert await client.code(PAGE, **arguments) == code


async def test_a_cursor_of_another_order(client: Client) -> None:
    await client.add(Kind.CUSTOMER, {"name": "a"})
    [edge] = (await client.ask(PAGE, orderBy=asked([("NAME", "ASC")])))["customers"]["edges"]
    assert await client.code(PAGE, after=edge["cursor"], orderBy=asked([("NAME", "DESC")])) == "WRONG_CURSOR"


@given(st.text())
def test_no_text_breaks_the_reading_of_cursors(cursor: str) -> None:
    with pytest.raises(Refused):
        decode(cursor, (Key("name"), Key("id")), CATALOGUE["customer"].source, "after")


NESTED = """query($size: Int!) { tiers { edges { node { id
    customers(first: $size, orderBy: [{field: NAME, direction: DESC}]) {
      totalCount pageInfo { hasNextPage } edges { cursor node { id } } } } } } }"""


async def test_nested_pages_are_cut_per_parent(world: World) -> None:
    tiers = (await world.client.ask(NESTED, size=4))["tiers"]["edges"]
    for tier in tiers:
        inside = [one for one in world.customers if one["tier"] and one["tier"]["id"] == tier["node"]["id"]]
        want = in_order(inside, [("NAME", "DESC")])
        got = tier["node"]["customers"]
        assert [edge["node"]["id"] for edge in got["edges"]] == want[:4]
        assert got["totalCount"] == len(want)
        assert got["pageInfo"]["hasNextPage"] == (len(want) > 4)


async def test_many_to_many_pages(world: World) -> None:
    query = """query($id: ID!, $after: String) { group(id: $id) {
        customers(last: 3, before: $after, orderBy: [{field: CITY}]) { edges { cursor node { id } } } } }"""
    for group in world.groups:
        inside = in_order([one for one in world.customers if group in one["groups"]], [("CITY", "ASC")])
        page = (await world.client.ask(query, id=group["id"]))["group"]["customers"]["edges"]
        assert [edge["node"]["id"] for edge in page] == inside[-3:]
        page = (await world.client.ask(query, id=group["id"], after=page[0]["cursor"]))["group"]["customers"]["edges"]
        assert [edge["node"]["id"] for edge in page] == inside[-6:-3]
