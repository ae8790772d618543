"""Duplicates through GraphQL: searched for, listed with both customers, merged or dismissed."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store import links
from kequn.store.links import Link
from kequn.store.scope import Role
from tests.schema.conftest import Client, connected
from tests.schema.test_loading import other_tenant, statements
from tests.schema.test_merging import MERGE, UNMERGE, cus

pytestmark = pytest.mark.anyio

FIND = "mutation($full: Boolean!) { it: findDuplicates(full: $full) { came went problems { code } } }"
LIST = """query($first: Int, $after: String, $least: Float, $state: DuplicateState = OPEN, $where: DuplicateWhere) {
    duplicates(first: $first, after: $after, minScore: $least, state: $state, where: $where) {
    totalCount pageInfo { endCursor hasNextPage }
    edges { node { id kind state score reasons foundAt decidedBy customer { id name } other { id name }
      link { object externalId isPrimary connection { name } } } } } }"""
DISMISS = (
    """mutation($id: ID!) { it: dismissDuplicate(id: $id) { duplicate { state decidedBy } problems { code path } } }"""
)


async def find(client: Client, *, full: bool = True) -> tuple[int, int]:
    answer = (await client.ask(FIND, full=full))["it"]
    assert answer["problems"] == []
    return answer["came"], answer["went"]


async def listed(client: Client, **asked: Any) -> list[dict[str, Any]]:
    page = (await client.ask(LIST, **asked))["duplicates"]
    assert page["totalCount"] >= len(page["edges"])
    return [edge["node"] for edge in page["edges"]]


async def pair(client: Client, number: int = 0) -> tuple[str, str]:
    phone = f"139000000{number:02}"
    facts: list[dict[str, Any]] = [
        {"name": f"a{number}", "phone": phone},
        {"name": f"b{number}", "phone": f"+86 {phone}"},
    ]
    one, other = await client.add(Kind.CUSTOMER, *facts)
    return cus(one), cus(other)


async def test_a_pair_is_listed_with_both_customers_and_why(client: Client) -> None:
    one, other = await pair(client)
    assert await find(client) == (1, 0)
    [found] = await listed(client)
    assert found["id"].startswith("dup_")
    assert (found["kind"], found["state"], found["score"], found["reasons"]) == ("PAIR", "OPEN", 0.6, ["phone"])
    assert (found["customer"]["id"], found["other"]["id"], found["link"]) == (one, other, None)
    assert (await client.ask("query($id: ID!) { node(id: $id) { __typename } }", id=found["id"]))["node"] == {
        "__typename": "Duplicate"
    }


async def test_reasons_and_scores_hold_no_personal_values(client: Client) -> None:
    facts: list[dict[str, Any]] = [
        {"name": "林语", "city": "上海市", "union_id": "oA1"},
        {"name": "林 语", "city": "上海", "union_id": "oA1"},
    ]
    await client.add(Kind.CUSTOMER, *facts)
    await find(client)
    [found] = await listed(client)
    assert found["reasons"] == ["unionId", "name", "city"]
    assert found["score"] > 0.95


async def test_pages_and_the_least_score(client: Client) -> None:
    for number in range(3):
        await pair(client, number)
    mail: list[dict[str, Any]] = [
        {"name": "x", "email": "same@example.com"},
        {"name": "y", "email": "same@example.com"},
    ]
    await client.add(Kind.CUSTOMER, *mail)
    await find(client)
    scores: list[float] = []
    after = None
    for _ in range(2):
        page = (await client.ask(LIST, first=2, after=after))["duplicates"]
        scores += [edge["node"]["score"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert scores == [0.85, 0.6, 0.6, 0.6]
    assert [one["score"] for one in await listed(client, least=0.85)] == [0.85]
    assert [one["score"] for one in await listed(client, where={"customer": {"name": {"eq": "x"}}})] == [0.85]
    assert await client.code(LIST, least=1.5) == "BAD_FILTER"


async def test_more_duplicates_take_no_more_statements(client: Client) -> None:
    for number in range(6):
        await pair(client, number)
    await find(client)
    counts = []
    for first in (2, 6):
        with statements(client.database) as sent:
            await client.ask(LIST, first=first)
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 4


async def test_a_second_record_in_a_crm_is_listed_with_its_link(client: Client) -> None:
    [row] = await client.add(Kind.CUSTOMER, {"name": "a"})
    connection = await connected(client)
    async with client.database.writing() as session:
        keys = await client.ledger.vault.keys_for_writing(session, client.actor.scope, {row})
        first = Link(connection, "people", "1", Kind.CUSTOMER, row, {}, whose=row)
        second = Link(connection, "people", "2", Kind.CUSTOMER, row, {}, primary=False, whose=row)
        await links.put(session, client.actor.scope, keys, [first, second])
    assert await find(client, full=False) == (1, 0)
    [found] = await listed(client, where={"kind": {"eq": "DOUBLE"}})
    assert (found["customer"]["id"], found["other"], found["score"]) == (cus(row), None, 1.0)
    assert found["link"] == {
        "object": "people",
        "externalId": "2",
        "isPrimary": False,
        "connection": {"name": "crm"},
    }


async def test_what_was_dismissed_is_not_suggested_again(client: Client) -> None:
    await pair(client)
    await find(client)
    [found] = await listed(client)
    answer = (await client.ask(DISMISS, id=found["id"]))["it"]
    assert answer == {"duplicate": {"state": "DISMISSED", "decidedBy": "tester"}, "problems": []}
    assert await find(client) == (0, 0)
    assert await listed(client) == []
    assert len(await listed(client, state="DISMISSED")) == len(await listed(client, state=None)) == 1


async def test_a_merge_settles_a_pair_and_a_merge_taken_back_dismisses_it(client: Client) -> None:
    one, other = await pair(client)
    await find(client)
    await client.ask(MERGE, w=one, l=other)
    assert await listed(client) == []
    [merged] = await listed(client, state="MERGED")
    assert (await client.ask(DISMISS, id=merged["id"]))["it"]["problems"] == [
        {"code": "ALREADY_MERGED", "path": ["id"]}
    ]
    await client.ask(UNMERGE, id=other)
    await find(client)
    assert await listed(client) == []
    assert [one["id"] for one in await listed(client, state="DISMISSED")] == [merged["id"]]


async def test_a_pair_of_which_one_was_deleted_is_not_shown(client: Client) -> None:
    one, _ = await pair(client)
    await find(client)
    await client.ask("mutation($id: ID!) { deleteCustomer(id: $id) { problems { code } } }", id=one)
    assert await listed(client) == []
    assert await find(client, full=False) == (0, 1)


async def test_a_viewer_may_look_but_not_search_nor_dismiss(client: Client) -> None:
    await pair(client)
    await find(client)
    viewer = client.who(Role.VIEWER)
    [found] = await listed(viewer)
    assert (await viewer.ask(FIND, full=True))["it"]["problems"] == [{"code": "FORBIDDEN"}]
    assert (await viewer.ask(DISMISS, id=found["id"]))["it"]["problems"] == [{"code": "FORBIDDEN", "path": []}]


async def test_tenants_do_not_see_each_others_duplicates(client: Client) -> None:
    stranger = await other_tenant(client)
    one, _ = await pair(client)
    await stranger.add(Kind.CUSTOMER, {"name": "a0", "phone": "13900000000"})
    await find(client)
    assert await find(stranger) == (0, 0)
    assert await listed(stranger) == []
    [ours] = await listed(client)
    assert (await stranger.ask(DISMISS, id=ours["id"]))["it"]["problems"] == [{"code": "NOT_FOUND", "path": ["id"]}]
    assert ours["customer"]["id"] == one


@pytest.mark.requirement("C17")
async def test_cleaning_duplicates_gaps_and_what_is_out_of_date(client: Client) -> None:
    one, _ = await pair(client)
    await find(client)
    [found] = await listed(client)
    await client.ask(MERGE, w=found["customer"]["id"], l=found["other"]["id"])
    assert await find(client, full=False) == (0, 0)
    count = "query($w: CustomerWhere) { customers(where: $w) { totalCount edges { node { id } } } }"
    gaps = (await client.ask(count, w={"email": {"isNull": True}}))["customers"]
    assert [edge["node"]["id"] for edge in gaps["edges"]] == [one]
    old = {"updatedAt": {"lt": "2999-01-01T00:00:00Z"}}
    assert (await client.ask(count, w=old))["customers"]["totalCount"] == 1
    fill = 'mutation($id: ID!) { updateCustomer(id: $id, input: {email: "a@example.com"}) { problems { code } } }'
    await client.ask(fill, id=one)
    assert (await client.ask(count, w={"email": {"isNull": True}}))["customers"]["totalCount"] == 0


def test_ids_of_duplicates_have_their_own_prefix() -> None:
    assert format_id("duplicate", UUID(int=1)).startswith("dup_")


async def test_by_their_score(client: Client) -> None:
    await pair(client)
    await find(client)
    [one] = await listed(client)
    for where, there in (
        ({"gte": one["score"]}, True),
        ({"gt": one["score"]}, False),
        ({"between": {"from": 0.5, "to": 1.0}}, True),
        ({"lt": one["score"]}, False),
    ):
        assert bool(await listed(client, where={"score": where})) is there, where
    assert await client.code(LIST, where={"score": {"gte": 1.5}}) == "BAD_FILTER"


async def test_each_of_two_leads_to_what_is_suggested_about_it(client: Client) -> None:
    both = await pair(client)
    await client.add(Kind.CUSTOMER, {"name": "somebody else"})
    await find(client)
    query = """query($w: CustomerWhere) { customers(where: $w) { edges { node {
        id duplicates { totalCount edges { node { id } } } } } } }"""
    for compiler in (True, False):
        asker = replace(client, compiler=compiler)
        edges = (await asker.ask(query, w={"duplicates": {"some": {"kind": {"eq": "PAIR"}}}}))["customers"]["edges"]
        assert {edge["node"]["id"] for edge in edges} == {*both}
        one, other = (edge["node"]["duplicates"] for edge in edges)
        assert one == other
        assert one["totalCount"] == 1
