"""Edits through GraphQL: what they change, what they refuse, in which words, and what is written down of them."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store.scope import Role
from kequn.store.tables import Outbox, Run
from schema.problems import Language
from tests.schema.conftest import Client, connected

pytestmark = pytest.mark.anyio

CREATE = """mutation($input: CustomerInput!) { createCustomer(input: $input) {
    customer { id version name type phone tier { id } parent { id } interests birthday identities { type value } }
    problems { code message path } } }"""
UPDATE = """mutation($id: ID!, $input: CustomerChanges!, $version: Int) {
    updateCustomer(id: $id, input: $input, version: $version) {
    customer { version name phone city tier { id }
      history { edges { node { op source actor fields { field old new } } } } }
    problems { code message path } } }"""
MEMBER = """mutation($g: ID!, $c: ID!) { it: %s(groupId: $g, customerId: $c) {
    membership { customer { name } group { name } deletedAt } problems { code path } } }"""


def codes(payload: dict[str, Any]) -> dict[str, str]:
    return {problem["path"][-1] if problem["path"] else "": problem["code"] for problem in payload["problems"]}


async def created(client: Client, **fields: Any) -> dict[str, Any]:
    payload = (await client.ask(CREATE, input=fields))["createCustomer"]
    assert payload["problems"] == []
    customer: dict[str, Any] = payload["customer"]
    return customer


async def test_a_customer_is_created_with_all_that_was_said(client: Client) -> None:
    [tier] = await client.add(Kind.TIER, {"name": "VIP"})
    company = await created(client, name="Example 有限公司", type="ORGANISATION")
    customer = await created(
        client,
        name="  林语 ",
        phone="138 0013 8000",
        birthday="1990-12-31",
        interests=["tea", " go ", "tea", ""],
        tierId=format_id("tier", tier),
        parentId=company["id"],
    )
    assert customer == {
        "id": customer["id"],
        "version": 1,
        "name": "林语",
        "type": "PERSON",
        "phone": "138 0013 8000",
        "tier": {"id": format_id("tier", tier)},
        "parent": {"id": company["id"]},
        "interests": ["go", "tea"],
        "birthday": "1990-12-31",
        "identities": [{"type": "phone", "value": "+8613800138000"}],
    }


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "REQUIRED"),
        ("name", " \n", "REQUIRED"),
        ("name", "x" * 256, "TOO_LONG"),
        ("name", "a\u0000b", "BAD_TEXT"),
        ("phone", "12", "BAD_PHONE"),
        ("email", "nobody", "BAD_EMAIL"),
        ("uscc", "911100000000000000", "BAD_USCC"),
        ("birthday", "1990-02-30", "BAD_DATE"),
        ("birthday", "3000-01-01", "BAD_DATE"),
        ("birthday", 19900101, "BAD_DATE"),
        ("currency", "yuan", "BAD_CURRENCY"),
        ("tierId", "VIP", "BAD_ID"),
        ("tierId", "tir_" + "0" * 32, "UNKNOWN_TIER"),
        ("ownerId", "stf_" + "0" * 32, "UNKNOWN_STAFF"),
        ("parentId", "cus_" + "0" * 32, "UNKNOWN_CUSTOMER"),
        ("interests", ["x" * 256], "TOO_LONG"),
        ("interests", [str(number) for number in range(201)], "TOO_MANY"),
        ("needs", "x" * 20_001, "TOO_LONG"),
    ],
)
async def test_what_a_customer_may_not_be(client: Client, field: str, value: Any, code: str) -> None:
    payload = (await client.ask(CREATE, input={"name": "ok", field: value}))["createCustomer"]
    assert payload["customer"] is None
    [problem] = payload["problems"]
    assert (problem["code"], problem["path"][:2]) == (code, ["input", field])
    assert (await client.ask("{ customers { totalCount } }"))["customers"]["totalCount"] == 0


async def test_everything_wrong_is_said_at_once(client: Client) -> None:
    wrong = {"name": "", "phone": "1", "email": "1", "tierId": "tir_" + "0" * 32}
    payload = (await client.ask(CREATE, input=wrong))["createCustomer"]
    assert codes(payload) == {"name": "REQUIRED", "phone": "BAD_PHONE", "email": "BAD_EMAIL", "tierId": "UNKNOWN_TIER"}


async def test_problems_are_said_in_chinese(client: Client) -> None:
    speaker = replace(client, language=Language.ZH)
    [problem] = (await speaker.ask(CREATE, input={"name": "x", "phone": "1"}))["createCustomer"]["problems"]
    assert problem["message"] == "电话号码无效。"


async def test_left_out_null_and_empty_are_different(client: Client) -> None:
    customer = await created(client, name="a", phone="+8613800138000", city="Beijing")
    payload = (await client.ask(UPDATE, id=customer["id"], input={"phone": None}))["updateCustomer"]
    assert payload["customer"]["phone"] is None
    assert payload["customer"]["city"] == "Beijing"
    payload = (await client.ask(UPDATE, id=customer["id"], input={"city": " "}))["updateCustomer"]
    assert payload["customer"]["city"] is None
    payload = (await client.ask(UPDATE, id=customer["id"], input={"name": None}))["updateCustomer"]
    assert codes(payload) == {"name": "REQUIRED"}


async def test_an_edit_is_written_down(client: Client) -> None:
    customer = await created(client, name="a")
    connection = await connected(client)
    [tier] = await client.add(Kind.TIER, {"name": "VIP"})
    change = {"name": "b", "tierId": format_id("tier", tier)}
    edited = (await client.ask(UPDATE, id=customer["id"], input=change))["updateCustomer"]["customer"]
    assert edited["version"] == 2
    assert edited["history"]["edges"][0]["node"] == {
        "op": "UPDATE",
        "source": "PERSON",
        "actor": "tester",
        "fields": [
            {"field": "name", "old": "a", "new": "b"},
            {"field": "tier", "old": None, "new": format_id("tier", tier)},
        ],
    }
    async with client.database.reading() as session:
        waiting = (await session.execute(select(Outbox))).scalars().all()
    assert (connection, "customer") in {(pair.connection_id, pair.kind) for pair in waiting}


async def test_an_edit_that_changes_nothing_is_none(client: Client) -> None:
    customer = await created(client, name="a")
    edited = (await client.ask(UPDATE, id=customer["id"], input={"name": "a"}))["updateCustomer"]["customer"]
    assert edited["version"] == 1
    assert len(edited["history"]["edges"]) == 1


async def test_a_stale_version_is_refused(client: Client) -> None:
    customer = await created(client, name="a")
    first = await client.ask(UPDATE, id=customer["id"], input={"name": "b"}, version=1)
    second = await client.ask(UPDATE, id=customer["id"], input={"name": "c"}, version=1)
    assert first["updateCustomer"]["customer"]["name"] == "b"
    assert second["updateCustomer"]["customer"] is None
    assert codes(second["updateCustomer"]) == {"version": "STALE_VERSION"}


async def test_parents_are_organisations_and_make_no_circle(client: Client) -> None:
    a = await created(client, name="a", type="ORGANISATION")
    b = await created(client, name="b", type="ORGANISATION", parentId=a["id"])
    person = await created(client, name="c", parentId=b["id"])
    for id, change, field in [
        (a["id"], {"parentId": b["id"]}, "parentId"),
        (a["id"], {"parentId": a["id"]}, "parentId"),
        (a["id"], {"parentId": person["id"]}, "parentId"),
        (a["id"], {"type": "PERSON"}, "type"),
    ]:
        assert codes((await client.ask(UPDATE, id=id, input=change))["updateCustomer"]) == {field: "BAD_PARENT"}


async def test_deleting_a_customer_ends_its_memberships(client: Client) -> None:
    customer = await created(client, name="a")
    [group] = await client.add(Kind.GROUP, {"name": "g"})
    await client.ask(MEMBER % "addMember", g=format_id("group", group), c=customer["id"])
    query = "mutation($id: ID!) { deleteCustomer(id: $id) { customer { deletedAt } problems { code } } }"
    assert (await client.ask(query, id=customer["id"]))["deleteCustomer"]["customer"]["deletedAt"]
    assert (await client.ask(query, id=customer["id"]))["deleteCustomer"]["problems"] == [{"code": "NOT_FOUND"}]
    data = await client.ask("{ customers { totalCount } memberships { totalCount } groups { totalCount } }")
    assert [data[name]["totalCount"] for name in ("customers", "memberships", "groups")] == [0, 0, 1]


async def test_members_join_and_leave(client: Client) -> None:
    customer = await created(client, name="a")
    [group] = await client.add(Kind.GROUP, {"name": "g"})
    pair = {"g": format_id("group", group), "c": customer["id"]}
    joined = (await client.ask(MEMBER % "addMember", **pair))["it"]
    assert joined["membership"] == {"customer": {"name": "a"}, "group": {"name": "g"}, "deletedAt": None}
    again = (await client.ask(MEMBER % "addMember", **pair))["it"]
    assert again["problems"] == [{"code": "ALREADY_MEMBER", "path": ["customerId"]}]
    left = (await client.ask(MEMBER % "removeMember", **pair))["it"]
    assert left["membership"]["deletedAt"]
    once_more = (await client.ask(MEMBER % "removeMember", **pair))["it"]
    assert once_more["problems"] == [{"code": "NOT_A_MEMBER", "path": ["customerId"]}]
    unknown = (await client.ask(MEMBER % "addMember", g="grp_" + "0" * 32, c=customer["id"]))["it"]
    assert unknown["problems"] == [{"code": "UNKNOWN_GROUP", "path": ["groupId"]}]


async def test_a_membership_is_edited_like_every_row(client: Client) -> None:
    [group] = await client.add(Kind.GROUP, {"name": "福利群"})
    customer = await created(client, name="林语")
    given = {"customerId": customer["id"], "groupId": format_id("group", group), "role": "SERVICE"}
    fields = "membership { id version role joinedAt deletedAt } problems { code path }"
    create = f"mutation($i: MembershipInput!) {{ it: createMembership(input: $i) {{ {fields} }} }}"
    made = (await client.ask(create, i=given))["it"]["membership"]
    assert (made["role"], made["joinedAt"]) == ("SERVICE", None)
    assert codes((await client.ask(create, i=given))["it"]) == {"customerId": "ALREADY_MEMBER"}
    change = f"mutation($id: ID!, $i: MembershipChanges!) {{ it: updateMembership(id: $id, input: $i) {{ {fields} }} }}"
    joined = {"role": "OWNER", "joinedAt": "2026-01-01T00:00:00Z"}
    changed = (await client.ask(change, id=made["id"], i=joined))["it"]["membership"]
    assert (changed["version"], changed["role"]) == (2, "OWNER")
    usual = (await client.ask(change, id=made["id"], i={"role": None}))["it"]["membership"]
    assert (usual["role"], usual["joinedAt"]) == ("MEMBER", "2026-01-01T00:00:00+00:00")
    delete = f"mutation($id: ID!) {{ it: deleteMembership(id: $id) {{ {fields} }} }}"
    assert (await client.ask(delete, id=made["id"]))["it"]["membership"]["deletedAt"]
    again = (await client.ask(create, i={**given, "role": None}))["it"]["membership"]
    assert (again["role"], again["id"] == made["id"]) == ("MEMBER", False)


async def test_tiers_and_groups(client: Client) -> None:
    """Names are taken once; a tier that somebody is in stays."""
    tier = "mutation($n: String!) { it: createTier(input: {name: $n, rank: 3}) { tier { id rank } problems { code } } }"
    vip = (await client.ask(tier, n="VIP"))["it"]["tier"]
    assert (await client.ask(tier, n=" VIP "))["it"]["problems"] == [{"code": "NAME_TAKEN"}]
    customer = await created(client, name="a", tierId=vip["id"])
    drop = "mutation($id: ID!) { it: deleteTier(id: $id) { tier { id } problems { code message } } }"
    assert (await client.ask(drop, id=vip["id"]))["it"]["problems"][0]["code"] == "TIER_IN_USE"
    await client.ask(UPDATE, id=customer["id"], input={"tierId": None})
    assert (await client.ask(drop, id=vip["id"]))["it"]["problems"] == []
    assert (await client.ask(tier, n="VIP"))["it"]["problems"] == []
    data = await client.ask(
        """mutation { createGroup(input: {name: "g", platform: "微信"}) { group { id platform } problems { code } } }"""
    )
    assert data["createGroup"]["group"]["platform"] == "微信"


async def test_feedback_purchases_and_interactions(client: Client) -> None:
    customer = await created(client, name="a")
    data = await client.ask(
        """mutation($c: ID!) {
        createFeedback(input: {subject: "late", kind: "complaint", customerId: $c}) {
          feedback { id kind } problems { code } }
        createPurchase(input: {name: "tea", customerId: $c, amount: {amount: "12.50", currency: "cny"},
            paidAt: "2026-01-01T08:00:00+08:00",
            lines: [{product: "cup", quantity: "1.5", amount: {amount: 3, currency: "CNY"}}]}) {
          purchase { kind amount { amount currency } paidAt
            lines { position product quantity returned amount { amount } } }
          problems { code } }
        createInteraction(input: {subject: "call", customerId: $c, happenedAt: "2026-01-01T00:00:00.500Z"}) {
          interaction { happenedAt customer { name } } problems { code } } }""",
        c=customer["id"],
    )
    assert data["createFeedback"]["feedback"]["kind"] == "complaint"
    assert data["createPurchase"]["purchase"] == {
        "kind": "SALE",
        "amount": {"amount": "12.5", "currency": "CNY"},
        "paidAt": "2026-01-01T00:00:00+00:00",
        "lines": [{"position": 0, "product": "cup", "quantity": "1.5", "returned": False, "amount": {"amount": "3"}}],
    }
    assert data["createInteraction"]["interaction"]["happenedAt"] == "2026-01-01T00:00:00.5+00:00"


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"amount": {"amount": "1.0000001", "currency": "CNY"}}, "BAD_MONEY", ["input", "amount"]),
        ({"amount": {"amount": "many", "currency": "CNY"}}, "BAD_MONEY", ["input", "amount"]),
        ({"amount": {"amount": "1e20", "currency": "CNY"}}, "BAD_MONEY", ["input", "amount"]),
        ({"amount": {"amount": "1E+999990", "currency": "CNY"}}, "BAD_MONEY", ["input", "amount"]),
        ({"amount": {"amount": "1", "currency": "¥"}}, "BAD_CURRENCY", ["input", "amount"]),
        ({"paidAt": "yesterday"}, "BAD_DATE", ["input", "paidAt"]),
        ({"paidAt": "2026-01-01T00:00:00"}, "BAD_DATE", ["input", "paidAt"]),
        ({"lines": [{"product": "a"}, {"product": ""}]}, "REQUIRED", ["input", "lines", "1", "product"]),
        ({"lines": [{"product": "a", "quantity": "NaN"}]}, "BAD_NUMBER", ["input", "lines", "0", "quantity"]),
        ({"lines": [{"product": "a", "quantity": "1E+999990"}]}, "BAD_NUMBER", ["input", "lines", "0", "quantity"]),
    ],
)
async def test_what_a_purchase_may_not_be(client: Client, fields: dict[str, Any], code: str, path: list[str]) -> None:
    query = "mutation($i: PurchaseInput!) { createPurchase(input: $i) { problems { code path } } }"
    answer = (await client.ask(query, i={"name": "tea", **fields}))["createPurchase"]
    assert answer["problems"] == [{"code": code, "path": path}]


EDITS = [
    'createCustomer(input: {name: "x"})',
    'createGroup(input: {name: "x"})',
    'createTier(input: {name: "x"})',
    'createFeedback(input: {subject: "x"})',
    'createPurchase(input: {name: "x"})',
    'createInteraction(input: {subject: "x"})',
    'updateCustomer(id: "cus_{0}", input: {})',
    'deleteGroup(id: "grp_{0}")',
    'addMember(groupId: "grp_{0}", customerId: "cus_{0}")',
    'settleConflict(id: "cfl_{0}", choice: OURS)',
    'startSync(connectionId: "con_{0}")',
]


@pytest.mark.parametrize("edit", EDITS)
async def test_a_viewer_edits_nothing(client: Client, edit: str) -> None:
    query = "mutation { it: " + edit.replace("{0}", "0" * 32) + " { problems { code } } }"
    assert (await client.who(Role.VIEWER).ask(query))["it"]["problems"] == [{"code": "FORBIDDEN"}]
    assert (await client.who(Role.OPERATOR).ask(query))["it"]["problems"] in (
        [],
        [{"code": "NOT_FOUND"}],
        [{"code": "UNKNOWN_CUSTOMER"}, {"code": "UNKNOWN_GROUP"}],
    )


async def test_a_sync_is_asked_for_once(client: Client) -> None:
    connection = format_id("connection", await connected(client))
    query = """mutation($c: ID!) { startSync(connectionId: $c) {
        syncRun { id state starter connection { name } } problems { code } } }"""
    first = (await client.ask(query, c=connection))["startSync"]["syncRun"]
    second = (await client.ask(query, c=connection))["startSync"]["syncRun"]
    assert first == second == {"id": first["id"], "state": "QUEUED", "starter": "api", "connection": {"name": "crm"}}
    async with client.database.reading() as session:
        assert len((await session.execute(select(Run))).all()) == 1


async def test_a_paused_connection_is_not_synced(client: Client) -> None:
    connection = format_id("connection", await connected(client))
    pause = "mutation($c: ID!) { it: %sConnection(connectionId: $c) { connection { state } problems { code } } }"
    operator = client.who(Role.OPERATOR)
    assert (await operator.ask(pause % "pause", c=connection))["it"]["problems"] == [{"code": "FORBIDDEN"}]
    assert (await client.ask(pause % "pause", c=connection))["it"]["connection"] == {"state": "PAUSED"}
    start = "mutation($c: ID!) { it: startSync(connectionId: $c) { syncRun { id } problems { code message } } }"
    assert (await operator.ask(start, c=connection))["it"] == {
        "syncRun": None,
        "problems": [{"code": "CONNECTION_NOT_ACTIVE", "message": "The connection is paused."}],
    }
    assert (await client.ask(pause % "resume", c=connection))["it"]["connection"] == {"state": "ACTIVE"}


async def test_each_mutation_of_a_document_sees_the_one_before(client: Client) -> None:
    data = await client.ask(
        """mutation { a: createGroup(input: {name: "g"}) { group { name } }
        b: createGroup(input: {name: "g"}) { problems { code } } }"""
    )
    assert data == {"a": {"group": {"name": "g"}}, "b": {"problems": [{"code": "NAME_TAKEN"}]}}
