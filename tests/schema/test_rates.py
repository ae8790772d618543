"""Money of several currencies: amounts stay in their own, figures are in the standard's, by the rate of the day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind, Money
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
SET = """mutation($c: String!, $r: Decimal!, $s: DateTime) { it: setExchangeRate(currency: $c, rate: $r, since: $s,
    source: "bank") { rate { currency into rate since notedBy } problems { code path } } }"""
EVALUATE = "mutation { evaluateCustomers(full: false) { evaluation { whole } problems { code } } }"
SPEND = """query($id: ID!) { customer(id: $id) { standing { spend spendWindow }
    purchases(orderBy: {field: PAID_AT}) { edges { node { amount { amount currency } } } } } }"""


async def spend(client: Client, id: str) -> dict[str, Any]:
    assert (await client.ask(EVALUATE))["evaluateCustomers"]["problems"] == []
    found: dict[str, Any] = (await client.ask(SPEND, id=id))["customer"]
    return found


@pytest.mark.requirement("X03")
async def test_amounts_count_by_the_rate_of_their_day(client: Client) -> None:
    [uuid] = await client.add(Kind.CUSTOMER, {"name": "a"})
    id = format_id("customer", uuid)
    sums: list[tuple[int, int, str]] = [(20, 100, "USD"), (10, 100, "USD"), (5, 100, "CNY"), (4, 100, "EUR")]
    bought: list[dict[str, Any]] = [
        {"name": "p", "customer": uuid, "paid_at": NOW - timedelta(days=days), "amount": Money.of(many, money)}
        for days, many, money in sums
    ]
    await client.add(Kind.PURCHASE, *bought)
    assert (await spend(client, id))["standing"] == {"spend": "100", "spendWindow": "100"}
    for rate, days in (("7.3", 400), ("7", 15)):
        made = (await client.ask(SET, c="usd", r=rate, s=(NOW - timedelta(days=days)).isoformat()))["it"]
        assert (made["problems"], made["rate"]["into"], made["rate"]["rate"]) == ([], "CNY", rate)
    found = await spend(client, id)
    assert found["standing"]["spend"] == "1530"
    assert [edge["node"]["amount"]["currency"] for edge in found["purchases"]["edges"]] == ["USD", "USD", "CNY", "EUR"]
    rates = (await client.ask("{ exchangeRates { currency rate source } }"))["exchangeRates"]
    assert [(one["currency"], one["rate"], one["source"]) for one in rates] == [
        ("USD", "7", "bank"),
        ("USD", "7.3", "bank"),
    ]


@pytest.mark.parametrize(
    ("currency", "rate", "problem"),
    [("CNY", "7", "BAD_CURRENCY"), ("dollar", "7", "BAD_CURRENCY"), ("USD", "0", "BAD_NUMBER"),
     ("USD", "0.0000000001", "BAD_NUMBER"), ("USD", "-1", "BAD_NUMBER")],
)  # fmt: skip
async def test_what_is_no_rate(client: Client, currency: str, rate: str, problem: str) -> None:
    [found] = (await client.ask(SET, c=currency, r=rate))["it"]["problems"]
    assert found["code"] == problem
