"""Customer 360: everything about one customer in one query, and what happened as one list in pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind, Money
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
TIMELINE = """query($id: ID!, $first: Int, $after: String, $w: MomentWhere) { customer(id: $id) {
    timeline(first: $first, after: $after, where: $w) { totalCount pageInfo { hasNextPage endCursor } edges { node {
    at kind title value number amount { amount currency } row { __typename id } } } } } }"""
WHOLE = """query($id: ID!) { customer(id: $id) { name interests productPreferences needs tier { name }
    identities { type value } groups { totalCount } purchases { totalCount } interactions { totalCount }
    feedbacks { totalCount } standing { orders frequencyClass valueClass } alerts { totalCount } tasks { totalCount }
    stays { totalCount } points { balance } answers { score } explanations { rule } timeline { totalCount }
    history(first: 3) { edges { node { at actor fields { field new } } } } } }"""


async def lived(client: Client) -> str:
    """A customer of whom every source tells something."""
    [tier] = await client.add(Kind.TIER, {"name": "VIP"})
    [id, other] = await client.add(Kind.CUSTOMER, {"name": "a", "needs": "tea"}, {"name": "b"})
    [group] = await client.add(Kind.GROUP, {"name": "g"})
    money = Money.of(5, "CNY")
    await client.add(
        Kind.PURCHASE,
        {"name": "cup", "customer": id, "paid_at": NOW - timedelta(days=9), "amount": money, "status": "paid"},
        {"name": "pot", "customer": id, "paid_at": NOW - timedelta(days=2), "kind": "return", "amount": money},
        {"name": "jar", "customer": id, "paid_at": NOW - timedelta(days=1), "kind": "return", "amount": money},
        {"name": "other", "customer": other, "paid_at": NOW},
    )
    await client.add(
        Kind.INTERACTION, {"subject": "hi", "channel": "phone", "customer": id, "happened_at": NOW - timedelta(days=3)}
    )
    await client.add(Kind.FEEDBACK, {"subject": "bad", "kind": "complaint", "customer": id})
    await client.add(Kind.MEMBERSHIP, {"customer": id, "group": group, "joined_at": NOW - timedelta(days=4)})
    shown = format_id("customer", id)
    for mutation in (
        f'recordAnswer(customerId: "{shown}", score: 1)',
        f'adjustPoints(customerId: "{shown}", points: 7, reason: "thanks")',
        f'pinTier(customerId: "{shown}", tierId: "{format_id("tier", tier)}", reason: "known")',
        'createSegment(name: "s", where: {name: {eq: "a"}})',
        "evaluateCustomers",
        "carryOutEvaluation",
    ):
        answer = (await client.ask(f"mutation {{ it: {mutation} {{ problems {{ code path }} }} }}"))["it"]
        assert answer["problems"] == []
    segment = (await client.ask("{ segments { edges { node { id } } } }"))["segments"]["edges"][0]["node"]["id"]
    await client.ask("mutation($id: ID!) { evaluateSegment(id: $id) { entered } }", id=segment)
    return shown


async def page(client: Client, id: str, **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await client.ask(TIMELINE, id=id, **asked))["customer"]["timeline"]
    return found


@pytest.mark.requirement("C18")
async def test_a_portrait_is_one_query_and_one_timeline(client: Client) -> None:
    id = await lived(client)
    whole = (await client.ask(WHOLE, id=id))["customer"]
    assert (whole["needs"], whole["tier"], whole["points"]) == ("tea", {"name": "VIP"}, {"balance": 2})
    assert whole["standing"]["orders"] == 1
    entries = [edge["node"] for edge in (await page(client, id))["edges"]]
    assert whole["timeline"]["totalCount"] == len(entries)
    assert {one["kind"] for one in entries} == {
        "PURCHASE", "RETURN", "INTERACTION", "FEEDBACK", "ANSWER", "ALERT", "TASK", "CLASS", "TIER", "POINTS",
        "GROUP", "SEGMENT_ENTERED",
    }  # fmt: skip
    assert sorted((one["at"] for one in entries), reverse=True) == [one["at"] for one in entries]
    bought = next(one for one in entries if one["kind"] == "PURCHASE")
    assert (bought["title"], bought["amount"], bought["row"]["__typename"]) == (
        "cup", {"amount": "5", "currency": "CNY"}, "Purchase")  # fmt: skip
    rows = {one["kind"]: one["row"] and one["row"]["__typename"] for one in entries}
    assert (rows["ALERT"], rows["TASK"], rows["SEGMENT_ENTERED"], rows["CLASS"]) == ("Alert", "Task", "Segment", None)


@pytest.mark.requirement("C18")
async def test_the_timeline_is_walked_in_pages(client: Client) -> None:
    id = await lived(client)
    whole = [edge["node"] for edge in (await page(client, id))["edges"]]
    for compiler in (True, False):
        client.compiler, walked, after = compiler, [], None
        while True:
            found = await page(client, id, first=4, after=after)
            walked += [edge["node"] for edge in found["edges"]]
            after = found["pageInfo"]["endCursor"]
            if not found["pageInfo"]["hasNextPage"]:
                break
        assert walked == whole
        some = await page(client, id, w={"kind": {"in": ["RETURN", "ALERT"]}})
        assert {edge["node"]["kind"] for edge in some["edges"]} == {"RETURN", "ALERT"}
    found = await client.ask(
        "query($w: CustomerWhere) { customers(where: $w) { edges { node { name } } } }",
        w={"timeline": {"some": {"kind": {"eq": "RETURN"}}}},
    )
    assert [edge["node"]["name"] for edge in found["customers"]["edges"]] == ["a"]
