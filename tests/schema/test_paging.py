"""Pages against a plain sort: both directions, any order, empty values, equal values; broken cursors; nested pages."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.contracts.records import Kind
from kequn.domain.catalogue import CATALOGUE
from kequn.domain.problems import Refused
from kequn.store.tables import Link
from schema.paging import Key, decode
from tests.schema.conftest import Client, connected
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


@pytest.mark.parametrize("compiler", [True, False], ids=["compiled", "ordinary"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_rows_that_come_meanwhile_push_none_aside(client: Client, direction: str, compiler: bool) -> None:
    """In an order by what may be empty: whatever comes, before the cursor and behind it, filled or empty."""
    facts: list[dict[str, Any]] = [{"name": str(n), "birthday": date(1980, 1, 1 + n // 2)} for n in range(8)]
    await client.add(Kind.CUSTOMER, *facts, *({"name": str(n)} for n in range(8, 12)))
    reader, order = replace(client, compiler=compiler), asked([("BIRTHDAY", direction)])
    whole = (await reader.ask(PAGE, first=100, orderBy=order))["customers"]["edges"]
    found: list[str] = []
    after = None
    for _ in range(9):
        page = await reader.ask(PAGE, first=3, after=after, orderBy=order)
        found += [edge["node"]["name"] for edge in page["customers"]["edges"]]
        after = page["customers"]["pageInfo"]["endCursor"]
        come: list[dict[str, Any]] = [{"birthday": date(1970, 1, 1)}, {"birthday": date(2000, 1, 1)}, {}]
        await client.add(Kind.CUSTOMER, *({"name": "new", **one} for one in come))
    assert len(whole) == 12
    assert [name for name in found if name != "new"] == [edge["node"]["name"] for edge in whole]


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


NUMBERED = """query($page: Int, $pageSize: Int, $first: Int) {
  customers(page: $page, pageSize: $pageSize, first: $first, orderBy: [{field: NAME}]) {
    pageInfo { hasNextPage hasPreviousPage endCursor } edges { node { id } } } }"""


async def test_pages_by_their_number(world: World) -> None:
    want = in_order(world.customers, [("NAME", "ASC")])
    for page in range(1, 8):
        got = (await world.client.ask(NUMBERED, page=page, pageSize=7))["customers"]
        assert [edge["node"]["id"] for edge in got["edges"]] == want[7 * (page - 1) : 7 * page]
        assert got["pageInfo"]["hasNextPage"] == (page < 6)
        assert got["pageInfo"]["hasPreviousPage"] == (page > 1)
        if page == 2:
            on = await world.client.ask(
                PAGE, first=3, after=got["pageInfo"]["endCursor"], orderBy=asked([("NAME", "ASC")])
            )
            assert [edge["node"]["id"] for edge in on["customers"]["edges"]] == want[14:17]


async def test_numbered_pages_of_each_parent(world: World) -> None:
    query = """{ tiers { edges { node { id
        customers(page: 2, pageSize: 3, orderBy: [{field: NAME}]) { edges { node { id } } } } } } }"""
    for edge in (await world.client.ask(query))["tiers"]["edges"]:
        inside = [one for one in world.customers if one["tier"] and one["tier"]["id"] == edge["node"]["id"]]
        got = [entry["node"]["id"] for entry in edge["node"]["customers"]["edges"]]
        assert got == in_order(inside, [("NAME", "ASC")])[3:6]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"page": 0}, "BAD_PAGE"),
        ({"page": 1, "pageSize": 0}, "BAD_PAGE"),
        ({"page": 1, "first": 5}, "BAD_PAGE"),
        ({"page": 1, "pageSize": 1001}, "PAGE_TOO_BIG"),
        ({"page": 11, "pageSize": 1000}, "PAGE_TOO_FAR"),
        ({"page": 201}, "PAGE_TOO_FAR"),
    ],
)
async def test_what_no_numbered_page_may_be(client: Client, arguments: dict[str, Any], code: str) -> None:
    assert await client.code(NUMBERED, **arguments) == code


async def test_pages_of_what_has_no_id(client: Client) -> None:
    """Links are named by connection, object and external id."""
    connection = await connected(client)
    rows = await client.add(Kind.CUSTOMER, *({"name": str(number)} for number in range(5)))
    async with client.database.writing() as session:
        for number, row in enumerate(rows):
            key: dict[str, Any] = {"connection_id": connection, "object": f"o{number % 2}", "external_id": f"e{number}"}
            session.add(Link(tenant_id=client.actor.tenant, **key, kind="customer", row_id=row, base=b""))
    query = """query($after: String) { connections { edges { node { links(first: 2, after: $after,
        orderBy: [{field: OBJECT, direction: DESC}]) { edges { cursor node { externalId row { id } } } } } } } }"""
    found: list[str] = []
    after = None
    for _ in range(3):
        [edge] = (await client.ask(query, after=after))["connections"]["edges"]
        found += [entry["node"]["externalId"] for entry in edge["node"]["links"]["edges"]]
        after = edge["node"]["links"]["edges"][-1]["cursor"]
    assert found == ["e3", "e1", "e4", "e2", "e0"]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_a_page_behind_a_truth_value(world: World, direction: str) -> None:
    client = replace(world.client, compiler=False)
    query = """query($after: String, $orderBy: [CustomerOrder!]) { customers(first: 7, after: $after, orderBy: $orderBy)
        { pageInfo { hasNextPage } edges { cursor node { id optedOut } } } }"""
    found: list[Any] = []
    more: dict[str, Any] = {}
    while True:
        page = (await client.ask(query, orderBy=asked([("OPTED_OUT", direction)]), **more))["customers"]
        found += [edge["node"]["optedOut"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        more = {"after": page["edges"][-1]["cursor"]}
    ranks = [2 if value is None else int(value) for value in found]
    assert (
        ranks
        == sorted((2 if one["opted_out"] is None else int(one["opted_out"])) for one in world.customers)[
            :: 1 if direction == "ASC" else -1
        ]
    )
