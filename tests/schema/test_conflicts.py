"""Conflicts: shown with both sides, settled once, by the rules of any other edit. And links, which lead to CRMs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store import conflicts, links
from kequn.store.conflicts import Conflict
from kequn.store.links import Link
from kequn.store.values import Fact
from tests.schema.conftest import Client
from tests.schema.test_mutations import connected

pytestmark = pytest.mark.anyio

SETTLE = """mutation($id: ID!, $choice: ConflictChoice!, $value: JSON) {
    settleConflict(id: $id, choice: $choice, value: $value) {
    conflict { state choice settledBy ours theirs row { ... on Customer { phone name tier { name } } } }
    problems { code path } } }"""


async def dispute(client: Client, field: str, ours: Fact, theirs: Fact, **options: Any) -> tuple[str, UUID]:
    """A customer, linked to a record of a CRM, with a conflict of one field."""
    [row] = await client.add(Kind.CUSTOMER, {"name": "a", field: ours})
    connection = await connected(client)
    conflict = Conflict(
        client.ledger.new_id(),
        connection,
        "people",
        "77",
        Kind.CUSTOMER,
        row,
        "field",
        field,
        {field: None},
        {field: ours},
        {field: theirs},
        whose=row,
    )
    async with client.database.writing() as session:
        keys = await client.ledger.vault.keys_for_writing(session, client.actor.scope, {row})
        link = Link(connection, "people", "77", Kind.CUSTOMER, row, {field: None}, whose=row)
        await links.put(session, client.actor.scope, keys, [link])
        await conflicts.put(session, client.actor.scope, keys, [conflict], client.ledger.clock.now())
    return format_id("conflict", conflict.id), row


async def settle(client: Client, id: str, choice: str, value: Any = None) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = (await client.ask(SETTLE, id=id, choice=choice, value=value))["settleConflict"]
    return answer


async def test_a_conflict_shows_both_sides(client: Client) -> None:
    id, row = await dispute(client, "phone", "+8613800138000", "+8613800138001")
    data = await client.ask(
        """{ conflicts(where: {state: {eq: OPEN}, type: {eq: FIELD}}) { edges { node {
        id type state kind field object externalId base ours theirs choices choice settledAt candidates { id }
        connection { name conflicts { totalCount } } row { id __typename } } } }
        customers { edges { node { conflicts { totalCount }
        links { object externalId isPrimary inScope pushedAt connection { name } } } } } }"""
    )
    assert data["conflicts"]["edges"][0]["node"] == {
        "id": id,
        "type": "FIELD",
        "state": "OPEN",
        "kind": "CUSTOMER",
        "field": "phone",
        "object": "people",
        "externalId": "77",
        "base": {"phone": None},
        "ours": {"phone": "+8613800138000"},
        "theirs": {"phone": "+8613800138001"},
        "choices": ["OURS", "THEIRS", "VALUE"],
        "choice": None,
        "settledAt": None,
        "candidates": [],
        "connection": {"name": "crm", "conflicts": {"totalCount": 1}},
        "row": {"id": format_id("customer", row), "__typename": "Customer"},
    }
    link = {"object": "people", "externalId": "77", "isPrimary": True, "inScope": True, "pushedAt": None}
    assert data["customers"]["edges"][0]["node"] == {
        "conflicts": {"totalCount": 1},
        "links": [{**link, "connection": {"name": "crm"}}],
    }


@pytest.mark.parametrize(
    ("choice", "value", "want"),
    [
        ("OURS", None, "+8613800138000"),
        ("THEIRS", None, "+8613800138001"),
        ("VALUE", "+8613800138002", "+8613800138002"),
        ("VALUE", None, None),
    ],
)
async def test_a_choice_is_carried_out_and_nothing_lost(client: Client, choice: str, value: Any, want: Any) -> None:
    id, _ = await dispute(client, "phone", "+8613800138000", "+8613800138001")
    settled = (await settle(client, id, choice, value))["conflict"]
    assert settled["row"]["phone"] == want
    assert (settled["state"], settled["choice"], settled["settledBy"]) == ("SETTLED", choice, "tester")
    assert settled["ours"] == {"phone": "+8613800138000"}
    assert settled["theirs"] == {"phone": "+8613800138001"}
    assert (await settle(client, id, "OURS"))["problems"] == [{"code": "CONFLICT_SETTLED", "path": ["id"]}]


@pytest.mark.parametrize(
    ("field", "choice", "value", "code", "path"),
    [
        ("phone", "VALUE", "12", "BAD_PHONE", "value"),
        ("phone", "VALUE", 12, "BAD_VALUE", "value"),
        ("name", "VALUE", "", "REQUIRED", "value"),
        ("name", "VALUE", None, "REQUIRED", "value"),
        ("tier", "VALUE", "tir_" + "0" * 32, "UNKNOWN_TIER", "value"),
        ("tier", "VALUE", "VIP", "BAD_ID", "value"),
        ("phone", "DELETE", None, "BAD_CHOICE", "choice"),
        ("phone", "ROW", "cus_" + "0" * 32, "BAD_CHOICE", "choice"),
    ],
)
async def test_choices_that_cannot_be(
    client: Client, field: str, choice: str, value: Any, code: str, path: str
) -> None:
    id, _ = await dispute(client, field, "b" if field == "name" else None, None)
    assert (await settle(client, id, choice, value))["problems"] == [{"code": code, "path": [path]}]
    assert (await client.ask("{ conflicts(where: {state: {eq: OPEN}}) { totalCount } }"))["conflicts"][
        "totalCount"
    ] == 1


async def test_a_tier_can_be_the_value(client: Client) -> None:
    [tier] = await client.add(Kind.TIER, {"name": "VIP"})
    id, _ = await dispute(client, "tier", None, tier)
    assert (await client.ask("query($id: ID!) { conflict(id: $id) { theirs } }", id=id))["conflict"]["theirs"] == {
        "tier": format_id("tier", tier)
    }
    settled = (await settle(client, id, "VALUE", format_id("tier", tier)))["conflict"]
    assert settled["row"]["tier"] == {"name": "VIP"}


async def test_there_is_no_such_conflict(client: Client) -> None:
    assert (await settle(client, "cfl_" + "0" * 32, "OURS"))["problems"] == [{"code": "NOT_FOUND", "path": ["id"]}]
    assert (await settle(client, "x", "OURS"))["problems"] == [{"code": "BAD_ID", "path": ["id"]}]
