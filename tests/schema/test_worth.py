"""What customers are worth to us, and what they prefer: profit from the cost of lines, groups by product category."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind, Line, Money
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
STANDING = """query($id: ID!) { customer(id: $id) { standing { orders spend profit profitWindow favourite favouriteShare
    preference } explanations { rule value inputs } } }"""


def line(category: str, amount: int, cost: int | None, *, returned: bool = False) -> Line:
    return Line(
        "p", category, Decimal(1), Money.of(amount, "CNY"), None if cost is None else Money.of(cost, "CNY"), returned
    )


async def sell(client: Client, customer: Any, days: int, *lines: Line, kind: str = "sale") -> None:
    money = Money.of(sum(one.amount.amount for one in lines if one.amount), "CNY")
    facts: dict[str, Any] = {"name": "o", "customer": customer, "kind": kind, "amount": money, "lines": lines}
    await client.add(Kind.PURCHASE, {**facts, "paid_at": NOW - timedelta(days=days)})


async def market(client: Client) -> list[str]:
    a, b, c = await client.add(Kind.CUSTOMER, {"name": "a"}, {"name": "b"}, {"name": "c"})
    await sell(client, a, 500, line("cup", 100, 40))
    await sell(client, a, 20, line("tea", 70, 50), line("cup", 30, 10), line("tea", 9, 1, returned=True))
    await sell(client, a, 10, line("tea", 20, 15), kind="return")
    await sell(client, b, 5, line("tea", 40, None), line("cup", 40, None), line("pot", 30, None))
    await sell(client, c, 3, line("tea", 10, 12))
    answer = await client.ask("mutation { evaluateCustomers { problems { code } } }")
    assert answer["evaluateCustomers"]["problems"] == []
    return [format_id("customer", id) for id in (a, b, c)]


@pytest.mark.requirement("I01")
async def test_value_is_frequency_amount_and_profit(client: Client) -> None:
    a, b, c = await market(client)
    found = [(await client.ask(STANDING, id=id))["customer"]["standing"] for id in (a, b, c)]
    assert (found[0]["orders"], found[0]["profit"], found[0]["profitWindow"]) == (2, "95", "35")
    assert [one["profit"] for one in found[1:]] == ["0", "-2"]
    query = "{ standings(where: {profit: {lt: 0}}) { edges { node { customer { name } } } } }"
    edges = (await client.ask(query))["standings"]["edges"]
    assert [edge["node"]["customer"]["name"] for edge in edges] == ["c"]


@pytest.mark.requirement("K09")
async def test_who_prefers_the_same_is_a_group(client: Client) -> None:
    a, b, _ = await market(client)
    first, second = [(await client.ask(STANDING, id=id))["customer"] for id in (a, b)]
    assert (first["standing"]["favourite"], first["standing"]["favouriteShare"]) == ("tea", 700)
    assert (second["standing"]["favouriteShare"], second["standing"]["preference"]) == (364, None)
    why = next(one for one in first["explanations"] if one["rule"] == "preference")
    assert (why["value"], why["inputs"]) == ("tea", {"favourite": "tea", "favourite_share": 700, "share": 0.5})
    groups = """{ standings(first: 0) { aggregate(groupBy: [{field: PREFERENCE}]) { key { value } count } } }"""
    counted = (await client.ask(groups))["standings"]["aggregate"]
    assert {one["key"][0]["value"]: one["count"] for one in counted} == {"tea": 2, None: 1}
    draft = "mutation { draftStandard(settings: {preference: {share: 0.3}}) { standard { id } problems { code } } }"
    id = (await client.ask(draft))["draftStandard"]["standard"]["id"]
    await client.ask("mutation($id: ID!) { publishStandard(id: $id) { problems { code } } }", id=id)
    await client.ask("mutation { evaluateCustomers { problems { code } } }")
    assert (await client.ask(STANDING, id=b))["customer"]["standing"]["preference"] == "cup"


@pytest.mark.requirement("X11")
async def test_mobile_and_social_sources_and_what_is_to_come(client: Client) -> None:
    """What was said on social media counts, and what is expected of a customer is predicted."""
    ids = await client.add(Kind.CUSTOMER, *({"name": f"c{place}"} for place in range(30)))
    for place, id in enumerate(ids):
        for days in range(20 + place, 300, 25 + 3 * place):
            await sell(client, id, days, line("tea", 10 + place, 5))
    talks = [{"subject": "hi", "channel": name, "customer": ids[0], "happened_at": NOW - timedelta(days=2)} for name in
             ("WeChat mobile", "social media")]  # fmt: skip
    await client.add(Kind.INTERACTION, *talks)
    await client.ask("mutation { evaluateCustomers { problems { code } } }")
    query = """query($id: ID!) { customer(id: $id) { standing { contacts } prediction { alive purchases spend lifetime }
        interactions(where: {channel: {contains: "social"}}) { totalCount } } }"""
    found = (await client.ask(query, id=format_id("customer", ids[0])))["customer"]
    assert (found["standing"]["contacts"], found["interactions"]["totalCount"]) == (2, 1)
    assert 0 < found["prediction"]["alive"] <= 1
    assert float(found["prediction"]["spend"]) > 0
