"""Merging two customers and taking that back, through GraphQL: what is shown, what is refused, what goes out."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from kequn.contracts.identity import format_id
from kequn.contracts.records import FIELDS, Kind
from kequn.store import links, rows
from kequn.store.links import Link
from kequn.store.scope import Role
from kequn.store.tables import Outbox
from schema.merging import CustomerField
from tests.schema.conftest import Client, connected
from tests.working import held_up

pytestmark = pytest.mark.anyio

MERGE = """mutation($w: ID!, $l: ID!, $take: [CustomerField!]) {
    it: mergeCustomers(winner: $w, loser: $l, take: $take) {
    customer { id name phone city interests mergedInto { id } mergedFrom { id name mergedInto { id } }
      links { externalId isPrimary } purchases { edges { node { name } } } }
    problems { code path } } }"""
UNMERGE = """mutation($id: ID!) { it: unmergeCustomers(id: $id) {
    winner { id name phone city links { externalId isPrimary } purchases { totalCount } mergedFrom { id } }
    loser { id name phone city links { externalId isPrimary } purchases { totalCount } mergedInto { id } }
    kept { field row { id } } problems { code path } } }"""
BUY = """mutation($id: ID!, $customer: ID!) {
    it: updatePurchase(id: $id, input: {customerId: $customer}) { problems { code path } } }"""


def cus(id: UUID) -> str:
    return format_id("customer", id)


async def two(client: Client) -> tuple[str, str]:
    facts: list[dict[str, Any]] = [
        {"name": "林语", "city": "上海", "interests": frozenset({"tea"})},
        {"name": "林 语", "phone": "13800138000", "interests": frozenset({"go"})},
    ]
    first, second = await client.add(Kind.CUSTOMER, *facts)
    await client.add(Kind.PURCHASE, {"name": "cup", "customer": second})
    return cus(first), cus(second)


async def link(client: Client, connection: UUID, customer: str, external_id: str) -> None:
    row = UUID(customer.removeprefix("cus_"))
    async with client.database.writing() as session:
        keys = await client.ledger.vault.keys_for_writing(session, client.actor.scope, {row})
        made = Link(connection, "people", external_id, Kind.CUSTOMER, row, {}, whose=row)
        await links.put(session, client.actor.scope, keys, [made])


async def queued(client: Client) -> set[str]:
    async with client.database.reading() as session:
        return {cus(row) for row in (await session.execute(select(col(Outbox.row_id)))).scalars()}


async def test_the_winner_has_everything_and_says_from_whom(client: Client) -> None:
    winner, loser = await two(client)
    connection = await connected(client)
    await link(client, connection, winner, "1")
    await link(client, connection, loser, "2")
    answer = (await client.ask(MERGE, w=winner, l=loser, take=["NAME"]))["it"]
    assert answer["problems"] == []
    assert answer["customer"] == {
        "id": winner,
        "name": "林 语",
        "phone": "13800138000",
        "city": "上海",
        "interests": ["go", "tea"],
        "mergedInto": None,
        "mergedFrom": [{"id": loser, "name": "林 语", "mergedInto": {"id": winner}}],
        "links": [{"externalId": "1", "isPrimary": True}, {"externalId": "2", "isPrimary": False}],
        "purchases": {"edges": [{"node": {"name": "cup"}}]},
    }


async def test_a_merge_goes_out_even_when_the_winner_keeps_all_its_values(client: Client) -> None:
    first, second = await client.add(Kind.CUSTOMER, {"name": "a", "phone": "1"}, {"name": "b"})
    await connected(client)
    async with client.database.writing() as session:
        await session.execute(delete(Outbox))
    await client.ask(MERGE, w=cus(first), l=cus(second))
    assert cus(first) in await queued(client)


async def test_taking_it_back_gives_two_and_names_what_stayed(client: Client) -> None:
    winner, loser = await two(client)
    connection = await connected(client)
    await link(client, connection, winner, "1")
    await link(client, connection, loser, "2")
    await client.ask(MERGE, w=winner, l=loser, take=["NAME"])
    await client.ask(
        'mutation($id: ID!) { updateCustomer(id: $id, input: {name: "林雨"}) { problems { code } } }', id=winner
    )
    answer = (await client.ask(UNMERGE, id=loser))["it"]
    assert answer["winner"] == {
        "id": winner,
        "name": "林雨",
        "phone": None,
        "city": "上海",
        "links": [{"externalId": "1", "isPrimary": True}],
        "purchases": {"totalCount": 0},
        "mergedFrom": [],
    }
    assert answer["loser"] == {
        "id": loser,
        "name": "林 语",
        "phone": "13800138000",
        "city": None,
        "links": [{"externalId": "2", "isPrimary": True}],
        "purchases": {"totalCount": 1},
        "mergedInto": None,
    }
    assert (answer["kept"], answer["problems"]) == ([{"field": "name", "row": {"id": winner}}], [])


async def test_what_cannot_be_merged(client: Client) -> None:
    person, _ = await two(client)
    [company] = await client.add(Kind.CUSTOMER, {"name": "Example Ltd", "type": "organisation"})
    nobody = "cus_" + "0" * 32

    async def problems(winner: str, loser: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await client.ask(MERGE, w=winner, l=loser))["it"]["problems"]
        return found

    assert await problems(person, person) == [{"code": "SAME_CUSTOMER", "path": ["loser"]}]
    assert await problems(person, cus(company)) == [{"code": "OTHER_TYPE", "path": ["loser"]}]
    assert await problems(nobody, person) == [{"code": "NOT_FOUND", "path": ["winner"]}]
    assert await problems(person, nobody) == [{"code": "NOT_FOUND", "path": ["loser"]}]
    assert await problems(person, "x") == [{"code": "BAD_ID", "path": ["loser"]}]


async def test_what_cannot_be_taken_back(client: Client) -> None:
    winner, loser = await two(client)
    [third] = await client.add(Kind.CUSTOMER, {"name": "third"})
    assert (await client.ask(UNMERGE, id=loser))["it"]["problems"] == [{"code": "NOT_FOUND", "path": ["id"]}]
    await client.ask(MERGE, w=winner, l=loser)
    await client.ask(MERGE, w=cus(third), l=winner)
    assert (await client.ask(UNMERGE, id=loser))["it"]["problems"] == [{"code": "MERGED_AGAIN", "path": ["id"]}]
    for id in (winner, loser):
        assert (await client.ask(UNMERGE, id=id))["it"]["problems"] == []
    assert (await client.ask("{ customers { totalCount } }"))["customers"]["totalCount"] == 3


async def test_two_that_are_merged_both_ways_at_once_are_one(client: Client) -> None:
    pair = await two(client)
    ways = [client.ask(MERGE, w=winner, l=loser) for winner, loser in (pair, pair[::-1])]
    problems = [answer["it"]["problems"] for answer in await asyncio.gather(*ways)]
    assert sorted(problems, key=len) == [[], [{"code": "SAME_CUSTOMER", "path": ["loser"]}]]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_of_two_edits_that_wait_for_each_other_one_is_to_be_sent_again(client: Client) -> None:
    """The merge holds the customers and wants the purchase, the edit holds the purchase and wants a customer."""
    winner, loser = await client.add(Kind.CUSTOMER, {"name": "a"}, {"name": "b"})
    [bought] = await client.add(Kind.PURCHASE, {"name": "tea", "customer": loser})
    [group] = await client.add(Kind.GROUP, {"name": "g"})
    member = await client.add(Kind.MEMBERSHIP, {"customer": loser, "group": group})
    async with client.database.writing() as session:
        await rows.load(session, client.actor.scope, Kind.MEMBERSHIP, member, lock=True)
        merged = asyncio.create_task(client.send(MERGE, w=cus(winner), l=cus(loser)))
        await held_up(client.database, merged)
        edited = asyncio.create_task(client.send(BUY, id=format_id("purchase", bought), customer=cus(winner)))
        await held_up(client.database, merged, edited)
    answers = await asyncio.gather(merged, edited)
    codes = [error["extensions"]["code"] for answer in answers for error in answer.get("errors", ())]
    assert codes == ["LATER"]


async def test_a_viewer_merges_nothing(client: Client) -> None:
    winner, loser = await two(client)
    viewer = client.who(Role.VIEWER)
    for answer in (await viewer.ask(MERGE, w=winner, l=loser), await viewer.ask(UNMERGE, id=loser)):
        assert answer["it"]["problems"] == [{"code": "FORBIDDEN", "path": []}]


def test_every_field_of_a_customer_can_be_taken() -> None:
    assert {field.value for field in CustomerField} == set(FIELDS[Kind.CUSTOMER])
