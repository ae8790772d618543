"""Conflicts: shown with both sides, settled once, by the rules of any other edit. And links, which lead to CRMs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store import conflicts, links
from kequn.store.conflicts import Conflict
from kequn.store.links import Link, Tombstone
from kequn.store.scope import Role
from kequn.store.values import Fact
from tests.schema.conftest import Client, connected
from tests.schema.test_loading import statements

pytestmark = pytest.mark.anyio

SETTLE = """mutation($id: ID!, $choice: ConflictChoice!, $value: JSON) {
    settleConflict(id: $id, choice: $choice, value: $value) {
    conflict { state choice settledBy ours theirs row { ... on Customer { phone name tier { name } } } }
    problems { code path } } }"""


async def dispute(
    client: Client, field: str, ours: Fact, theirs: Fact, *, crm: str = "crm", type: str = "field", **options: Any
) -> tuple[str, UUID]:
    """A customer, linked to a record of a CRM, with a conflict of one field."""
    [row] = await client.add(Kind.CUSTOMER, {"name": "a", field: ours})
    connection = await connected(client, name=crm)
    conflict = Conflict(
        client.ledger.new_id(),
        connection,
        "people",
        "77",
        Kind.CUSTOMER,
        row,
        type,
        field if type == "field" else "",
        {field: None},
        {field: ours},
        {field: theirs},
        whose=row,
        **options,
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


WHO = """{ conflicts { edges { node { theirsAt oursChange { actor source at rule connection { name }
    fields { field new } } lost { side field value } } } } }"""


async def shown(client: Client) -> dict[str, Any]:
    node: dict[str, Any] = (await client.ask(WHO))["conflicts"]["edges"][0]["node"]
    return node


async def test_a_conflict_says_who_wrote_each_side_and_when(client: Client) -> None:
    when = client.ledger.clock.now()
    id, _ = await dispute(client, "phone", "+8613800138000", "+8613800138001", theirs_at=when)
    seen = await shown(client)
    assert seen["theirsAt"] == "2026-01-05T09:00:00+00:00"
    assert (seen["oursChange"]["actor"], seen["oursChange"]["source"]) == ("crm", "SYNC")
    assert {"field": "phone", "new": "+8613800138000"} in seen["oursChange"]["fields"]
    assert seen["lost"] == []
    await settle(client, id, "THEIRS")
    after = await shown(client)
    assert after["oursChange"] == seen["oursChange"]  # and not the settling
    assert after["lost"] == [{"side": "OURS", "field": "phone", "value": "+8613800138000"}]


@pytest.mark.parametrize(
    ("choice", "lost"), [("OURS", ["THEIRS"]), ("THEIRS", ["OURS"]), ("VALUE", ["OURS", "THEIRS"])]
)
async def test_what_was_not_chosen_is_kept(client: Client, choice: str, lost: list[str]) -> None:
    id, _ = await dispute(client, "city", "上海", "北京")
    await settle(client, id, choice, "广州" if choice == "VALUE" else None)
    assert [one["side"] for one in (await shown(client))["lost"]] == lost


async def test_the_last_change_is_that_of_the_field(client: Client) -> None:
    _, row = await dispute(client, "phone", "+8613800138000", "+8613800138001")
    edit = 'mutation($id: ID!) { updateCustomer(id: $id, input: {city: "x"}) { problems { code } } }'
    await client.ask(edit, id=format_id("customer", row))
    change = (await shown(client))["oursChange"]
    assert "phone" in [one["field"] for one in change["fields"]]


async def test_who_wrote_it_takes_no_more_statements(client: Client) -> None:
    for number in range(4):
        await dispute(client, "city", "a", "b", crm=f"crm{number}")
    counts = []
    for first in (2, 4):
        with statements(client.database) as sent:
            await client.ask(
                "query($n: Int!) { " + WHO[1:].replace("conflicts {", "conflicts(first: $n) {", 1), n=first
            )
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 8


MANY = """mutation($where: ConflictWhere!, $choice: ConflictChoice!, $first: Int! = 200) {
    it: settleConflicts(where: $where, choice: $choice, first: $first) {
    settled remaining failed { id problems { code path } } problems { code path } } }"""


async def test_many_are_settled_by_one_choice(client: Client) -> None:
    for number in range(3):
        await dispute(client, "city", "a", "b", crm=f"crm{number}")
    await dispute(client, "phone", "1", "2", crm="other")
    where = {"field": {"eq": "city"}}
    answer = (await client.ask(MANY, where=where, choice="THEIRS", first=2))["it"]
    assert answer == {"settled": 2, "remaining": 1, "failed": [], "problems": []}
    answer = (await client.ask(MANY, where=where, choice="THEIRS"))["it"]
    assert (answer["settled"], answer["remaining"]) == (1, 0)
    cities = await client.ask('{ customers(where: {city: {eq: "b"}}) { totalCount } }')
    assert cities["customers"]["totalCount"] == 3


async def test_one_that_fails_stops_no_other_and_changes_nothing(client: Client) -> None:
    double, _ = await dispute(client, "city", "a", "b", crm="one", type="double")
    await dispute(client, "city", "a", "b", crm="two")
    answer = (await client.ask(MANY, where={}, choice="OURS"))["it"]
    problem = {"code": "BAD_CHOICE", "path": ["choice"]}
    assert answer == {"settled": 1, "remaining": 1, "failed": [{"id": double, "problems": [problem]}], "problems": []}


@pytest.mark.parametrize(
    ("choice", "first", "code"), [("VALUE", 10, "BAD_CHOICE"), ("ROW", 10, "BAD_CHOICE"), ("OURS", 201, "TOO_MANY")]
)
async def test_bulks_that_cannot_be(client: Client, choice: str, first: int, code: str) -> None:
    await dispute(client, "city", "a", "b")
    answer = (await client.ask(MANY, where={}, choice=choice, first=first))["it"]
    assert [problem["code"] for problem in answer["problems"]] == [code]
    assert answer["settled"] == 0


async def test_a_viewer_settles_none(client: Client) -> None:
    await dispute(client, "city", "a", "b")
    answer = (await client.who(Role.VIEWER).ask(MANY, where={}, choice="OURS"))["it"]
    assert answer["problems"] == [{"code": "FORBIDDEN", "path": []}]


async def merged_there(client: Client, *, into: bool) -> tuple[str, UUID, UUID]:
    """Two customers whose records became one in a CRM: the conflict, the row that lost its record, and the other."""
    lost, heir = await client.add(Kind.CUSTOMER, {"name": "a", "phone": "+8613800138000"}, {"name": "b"})
    connection = await connected(client)
    place = (connection, "people")
    candidates = (lost,) if into else (lost, heir)
    conflict = Conflict(
        client.ledger.new_id(), *place, "1", Kind.CUSTOMER, lost, "merge", "", candidates=candidates, whose=lost
    )
    async with client.database.writing() as session:
        scope, now = client.actor.scope, client.ledger.clock.now()
        keys = await client.ledger.vault.keys_for_writing(session, scope, {lost, heir})
        await links.put(session, scope, keys, [Link(*place, "2", Kind.CUSTOMER, heir, {}, whose=heir)])
        grave = Tombstone(*place, "1", Kind.CUSTOMER, lost, {}, into="2" if into else None, whose=lost)
        await links.bury(session, scope, keys, [grave], now)
        await conflicts.put(session, scope, keys, [conflict], now)
    return format_id("conflict", conflict.id), lost, heir


@pytest.mark.parametrize("into", [True, False])
async def test_records_merged_in_a_crm_are_merged_here(client: Client, into: bool) -> None:
    id, lost, heir = await merged_there(client, into=into)
    offered = await client.ask("query($id: ID!) { conflict(id: $id) { choices } }", id=id)
    assert offered["conflict"]["choices"] == ["MERGE", "KEEP", "DELETE"]
    settled = (await settle(client, id, "MERGE"))["conflict"]
    assert (settled["state"], settled["choice"], settled["settledBy"]) == ("SETTLED", "MERGE", "tester")
    query = "query($id: ID!) { customer(id: $id) { id phone mergedFrom { id } } }"
    assert (await client.ask(query, id=format_id("customer", lost)))["customer"] == {
        "id": format_id("customer", heir),
        "phone": "+8613800138000",
        "mergedFrom": [{"id": format_id("customer", lost)}],
    }


async def test_merges_are_settled_many_at_once(client: Client) -> None:
    await merged_there(client, into=True)
    await dispute(client, "city", "a", "b", crm="other")
    answer = (await client.ask(MANY, where={"type": {"eq": "MERGE"}}, choice="MERGE"))["it"]
    assert answer == {"settled": 1, "remaining": 0, "failed": [], "problems": []}
    assert (await client.ask("{ customers { totalCount } }"))["customers"]["totalCount"] == 2


async def test_a_merge_taken_back_opens_its_conflict_again(client: Client) -> None:
    id, lost, _ = await merged_there(client, into=True)
    await settle(client, id, "MERGE")
    back = "mutation($id: ID!) { it: unmergeCustomers(id: $id) { problems { code } } }"
    assert (await client.ask(back, id=format_id("customer", lost)))["it"]["problems"] == []
    query = "query($id: ID!) { conflict(id: $id) { state choice settledBy settledAt row { id } } }"
    assert (await client.ask(query, id=id))["conflict"] == {
        "state": "OPEN",
        "choice": None,
        "settledBy": None,
        "settledAt": None,
        "row": {"id": format_id("customer", lost)},
    }
    assert (await settle(client, id, "KEEP"))["problems"] == []


async def test_merges_that_nobody_can_mean(client: Client) -> None:
    id, lost, _ = await merged_there(client, into=False)
    field, _ = await dispute(client, "city", "a", "b", crm="other")
    assert (await settle(client, field, "MERGE"))["problems"] == [{"code": "BAD_CHOICE", "path": ["choice"]}]
    itself = format_id("customer", lost)
    assert (await settle(client, id, "MERGE", itself))["problems"] == [{"code": "BAD_VALUE", "path": ["value"]}]
    assert (await settle(client, id, "MERGE"))["problems"] == []
    assert (await settle(client, id, "MERGE"))["problems"] == [{"code": "CONFLICT_SETTLED", "path": ["id"]}]
