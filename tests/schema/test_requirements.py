"""What users must be able to do, done through GraphQL: enter it, read it back, find it by a filter."""

from typing import Any

import pytest

from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio


async def one(client: Client, mutation: str, type: str, fields: dict[str, Any], selection: str) -> dict[str, Any]:
    """The row that a mutation made."""
    query = f"mutation($i: {type}!) {{ it: {mutation}(input: $i) {{ row: {selection} problems {{ code path }} }} }}"
    answer = (await client.ask(query, i=fields))["it"]
    assert answer["problems"] == []
    row: dict[str, Any] = answer["row"]
    return row


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        pytest.param("name", "林语", {"eq": "林语"}, marks=pytest.mark.requirement("C01")),
        pytest.param("gender", "女", {"eq": "女"}, marks=pytest.mark.requirement("C03")),
        pytest.param("occupation", "工程师", {"contains": "工程"}, marks=pytest.mark.requirement("C04")),
        pytest.param("region", "华东", {"in": ["华东", "华北"]}, marks=pytest.mark.requirement("C05")),
        pytest.param("city", "上海", {"startsWith": "上"}, marks=pytest.mark.requirement("C05")),
        pytest.param("industry", "零售", {"ne": "教育"}, marks=pytest.mark.requirement("C06")),
        pytest.param("interests", ["茶"], {"has": "茶"}, marks=pytest.mark.requirement("C07")),
        pytest.param("productPreferences", ["杯子"], {"has": "杯子"}, marks=pytest.mark.requirement("C08")),
        pytest.param("source", "SEO", {"eq": "SEO"}, marks=pytest.mark.requirement("L03")),
    ],
)
async def test_a_field_of_a_customer(client: Client, field: str, value: Any, where: dict[str, Any]) -> None:
    await one(client, "createCustomer", "CustomerInput", {"name": "other"}, "customer { id }")
    made = await one(
        client, "createCustomer", "CustomerInput", {"name": "x", field: value}, f"customer {{ id {field} }}"
    )
    assert made[field] == value
    query = "query($w: CustomerWhere) { customers(where: $w) { edges { node { id } } } }"
    found = (await client.ask(query, w={field: where, "not": {"name": {"eq": "other"}}}))["customers"]["edges"]
    assert [edge["node"]["id"] for edge in found] == [made["id"]]


@pytest.mark.requirement("C09")
async def test_needs_as_they_change(client: Client) -> None:
    made = await one(client, "createCustomer", "CustomerInput", {"name": "x", "needs": "a cup"}, "customer { id }")
    query = """mutation($id: ID!) { updateCustomer(id: $id, input: {needs: "a pot"}) { customer { needs
        history { edges { node { fields { field old new } } } } } } }"""
    customer = (await client.ask(query, id=made["id"]))["updateCustomer"]["customer"]
    assert customer["needs"] == "a pot"
    changes = [change["node"]["fields"] for change in customer["history"]["edges"]]
    assert changes[0] == [{"field": "needs", "old": "a cup", "new": "a pot"}]
    assert {"field": "needs", "old": None, "new": "a cup"} in changes[1]


@pytest.mark.requirement("C11", "C12", "F05", "F14")
async def test_what_a_customer_bought_and_said(client: Client) -> None:
    customer = (await one(client, "createCustomer", "CustomerInput", {"name": "x"}, "customer { id }"))["id"]
    line = {"product": "cup", "category": "茶具", "amount": {"amount": "9.9", "currency": "CNY"}}
    bought = {"name": "order", "paidAt": "2026-01-02T00:00:00Z", "lines": [line], "customerId": customer}
    await one(client, "createPurchase", "PurchaseInput", bought, "purchase { id }")
    for channel in ("邮件", "电话", "社交媒体"):
        said = {"subject": channel, "channel": channel, "customerId": customer}
        await one(client, "createInteraction", "InteractionInput", said, "interaction { id }")
    kinds = ["inquiry", "problem", "opinion", "suggestion", "complaint"]
    for kind in kinds:
        told = {"subject": kind, "kind": kind, "channel": "在线", "customerId": customer}
        await one(client, "createFeedback", "FeedbackInput", told, "feedback { id }")
    query = """query($id: ID!) { customer(id: $id) {
        purchases { edges { node { paidAt lines { category amount { amount currency } } } } }
        interactions(where: {channel: {eq: "电话"}}) { edges { node { subject } } }
        feedbacks(orderBy: [{field: KIND}]) { edges { node { kind channel } } } } }"""
    seen = (await client.ask(query, id=customer))["customer"]
    assert [edge["node"] for edge in seen["purchases"]["edges"]] == [
        {
            "paidAt": "2026-01-02T00:00:00+00:00",
            "lines": [{"category": "茶具", "amount": {"amount": "9.9", "currency": "CNY"}}],
        }
    ]
    assert [edge["node"]["subject"] for edge in seen["interactions"]["edges"]] == ["电话"]
    assert [edge["node"]["kind"] for edge in seen["feedbacks"]["edges"]] == sorted(kinds)


@pytest.mark.requirement("C12")
async def test_what_a_customer_does_is_counted_by_channel(client: Client) -> None:
    """Behaviour: pages looked at, things put into a basket, without a word said, are found, counted and summed up."""
    ids = [
        (await one(client, "createCustomer", "CustomerInput", {"name": name}, "customer { id }"))["id"] for name in "ab"
    ]
    did = [(0, "浏览 茶壶", "网站"), (0, "加入购物车 茶壶", "小程序"), (0, "浏览 茶杯", "网站"), (1, "来电", "电话")]
    for who, subject, channel in did:
        seen = {"subject": subject, "channel": channel, "customerId": ids[who], "happenedAt": "2026-01-04T00:00:00Z"}
        await one(client, "createInteraction", "InteractionInput", seen, "interaction { id }")
    await client.ask("mutation { evaluateCustomers { problems { code } } }")
    looked = {"interactions": {"some": {"channel": {"eq": "网站"}, "subject": {"contains": "茶杯"}}}}
    query = """query($w: CustomerWhere) { customers(where: $w) { edges { node { name standing { contacts } } } }
        interactions(first: 0) { aggregate(groupBy: [{field: CHANNEL}]) { key { value } count } } }"""
    found = await client.ask(query, w=looked)
    assert [edge["node"] for edge in found["customers"]["edges"]] == [{"name": "a", "standing": {"contacts": 3}}]
    counts = {row["key"][0]["value"]: row["count"] for row in found["interactions"]["aggregate"]}
    assert counts == {"网站": 2, "小程序": 1, "电话": 1}


@pytest.mark.requirement("K04")
async def test_the_three_tiers(client: Client) -> None:
    for rank, name in enumerate(("普通", "VIP", "战略")):
        tier = await one(client, "createTier", "TierInput", {"name": name, "rank": rank}, "tier { id }")
        fields = {"name": f"customer of {name}", "tierId": tier["id"]}
        await one(client, "createCustomer", "CustomerInput", fields, "customer { id }")
    query = """{ customers(where: {tier: {rank: {gte: 1}}}, orderBy: [{field: NAME}]) {
        edges { node { tier { name } } } } }"""
    edges = (await client.ask(query))["customers"]["edges"]
    assert [edge["node"]["tier"]["name"] for edge in edges] == ["VIP", "战略"]


@pytest.mark.requirement("G01", "G02", "G04")
async def test_groups_on_their_platforms(client: Client) -> None:
    for platform in ("微信", "QQ", "简道云", "论坛", "社交媒体"):
        fields = {"name": f"福利群 {platform}", "platform": platform, "purpose": "福利"}
        await one(client, "createGroup", "GroupInput", fields, "group { id }")
    query = """{ groups(where: {platform: {in: ["微信", "QQ"]}}, orderBy: [{field: PLATFORM}]) {
        edges { node { name purpose } } } }"""
    edges = (await client.ask(query))["groups"]["edges"]
    assert [edge["node"] for edge in edges] == [
        {"name": "福利群 QQ", "purpose": "福利"},
        {"name": "福利群 微信", "purpose": "福利"},
    ]


@pytest.mark.requirement("C02")
async def test_the_age_of_a_customer(client: Client) -> None:
    """The clock of the test stands on the 5th of January 2026."""
    born = {"a": "2006-01-05", "b": "2006-01-06", "c": "1995-01-05", "d": "1995-01-06", "e": None}
    for name, birthday in born.items():
        await one(client, "createCustomer", "CustomerInput", {"name": name, "birthday": birthday}, "customer { id }")
    query = """{ customers(orderBy: [{field: NAME}]) { edges { node { age } } }
        twenties: customers(orderBy: [{field: NAME}], where: {birthday:
            {lte: "2006-01-05", since: {ago: {years: 30}}}}) { edges { node { name age } } } }"""
    data = await client.ask(query)
    assert [edge["node"]["age"] for edge in data["customers"]["edges"]] == [20, 19, 31, 30, None]
    assert [edge["node"]["name"] for edge in data["twenties"]["edges"]] == ["a"]
