"""Figures of a list against the same worked out in Python: groups, stretches of time, money, relations, tenants."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kequn.contracts.records import Kind, Money
from tests.schema.conftest import Client
from tests.schema.test_loading import other_tenant, statements
from tests.schema.world import Plain, World, fill

pytestmark = pytest.mark.anyio
FIGURES = "key { field value } count totals { field count sum avg min max currency }"


async def figures(client: Client, arguments: str, where: str = "", list: str = "purchases") -> list[dict[str, Any]]:
    query = f"{{ {list}{where} {{ aggregate{arguments} {{ {FIGURES} }} }} }}"
    found: Any = (await client.ask(query))[list]["aggregate"]
    return found  # type: ignore[no-any-return]


@pytest.fixture
async def world(client: Client) -> World:
    return await fill(client)


async def test_all_is_one_group(world: World) -> None:
    [all_of] = await figures(world.client, "(of: [PAID_AT, NAME])")
    paid = [one["paid_at"] for one in world.purchases if one["paid_at"]]
    assert (all_of["key"], all_of["count"]) == ([], len(world.purchases))
    assert all_of["totals"][0] == {
        "field": "paidAt",
        "count": len(paid),
        "sum": None,
        "avg": None,
        "min": min(paid).isoformat(),
        "max": max(paid).isoformat(),
        "currency": None,
    }
    assert (all_of["totals"][1]["min"], all_of["totals"][1]["max"]) == ("cup", "tea")


async def test_days_are_not_taken_for_years(client: Client) -> None:
    """Where no one statement answers, statements are compiled once: each by the length of its stretches."""
    ordinary = replace(client, compiler=False)
    days: list[Plain] = [{"name": "x", "paid_at": datetime(2026, 3, day, tzinfo=UTC)} for day in (5, 6)]
    await client.add(Kind.PURCHASE, *days)
    for per, want in [("DAY", ["2026-03-05", "2026-03-06"]), ("YEAR", ["2026-01-01"])]:
        groups = await figures(ordinary, f"(groupBy: [{{field: PAID_AT, per: {per}}}])")
        assert [group["key"][0]["value"] for group in groups] == want


async def test_amounts_by_currency(world: World) -> None:
    groups = await figures(world.client, "(of: [AMOUNT], groupBy: [{field: CURRENCY}, {field: KIND}])")
    want: dict[Any, list[Decimal]] = defaultdict(list)
    counts: Counter[Any] = Counter()
    for one in world.purchases:
        kind = one["kind"] and one["kind"].upper()
        key = (one["amount"].currency if one["amount"] else None, kind)
        counts[key] += 1
        if one["amount"]:
            want[key].append(one["amount"].amount)
    got = {tuple(part["value"] for part in group["key"]): group for group in groups}
    assert [[part["field"] for part in group["key"]] for group in groups[:1]] == [["amountCurrency", "kind"]]
    assert {key: group["count"] for key, group in got.items()} == counts
    for key, amounts in want.items():
        [total] = got[key]["totals"]
        assert (Decimal(total["sum"]), total["currency"]) == (sum(amounts), key[0])
        assert Decimal(total["avg"]) == round(sum(amounts) / Decimal(len(amounts)), 6)
        assert (Decimal(total["min"]), Decimal(total["max"])) == (min(amounts), max(amounts))
    [mixed] = await figures(world.client, "(of: [AMOUNT])")
    assert mixed["totals"][0] | {"count": 0} == {
        "field": "amount", "count": 0, "sum": None, "avg": None, "min": None, "max": None, "currency": None
    }  # fmt: skip


async def test_sums_that_no_number_of_64_bits_holds(client: Client) -> None:
    largest = 2**63 - 1
    amount = Money(largest, "CNY")
    row: Plain = {"name": "x", "amount": amount}
    await client.add(Kind.PURCHASE, row, row, row)
    [one] = await figures(client, "(of: [AMOUNT])")
    assert Decimal(one["totals"][0]["sum"]) == 3 * Decimal(largest) / 1_000_000


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize("unit", ["DAY", "WEEK", "MONTH", "YEAR"])
async def test_stretches_of_time(client: Client, unit: str, zone: str) -> None:
    client = replace(client, actor=replace(client.actor, zone=ZoneInfo(zone)))
    start = datetime(2024, 12, 27, 23, 30, tzinfo=UTC)
    moments = [start + timedelta(hours=61 * number) for number in range(120)]
    birthdays = [moment.astimezone(client.actor.zone).date() for moment in moments]
    paid: list[Plain] = [{"name": "x", "paid_at": moment} for moment in [*moments, None]]
    born: list[Plain] = [{"name": "x", "birthday": day} for day in birthdays]
    await client.add(Kind.PURCHASE, *paid)
    await client.add(Kind.CUSTOMER, *born)

    def first_of(day: date) -> date:
        match unit:
            case "WEEK":
                return day - timedelta(days=day.weekday())
            case "MONTH":
                return day.replace(day=1)
            case "YEAR":
                return day.replace(month=1, day=1)
        return day

    want = sorted(Counter(first_of(day).isoformat() for day in birthdays).items())
    for asking in (client, replace(client, compiler=False)):
        groups = await figures(asking, f"(groupBy: [{{field: PAID_AT, per: {unit}}}], atMost: 400)")
        assert [(group["key"][0]["value"], group["count"]) for group in groups] == [*want, (None, 1)]
    groups = await figures(client, f"(groupBy: [{{field: BIRTHDAY, per: {unit}}}], atMost: 400)", list="customers")
    assert [(group["key"][0]["value"], group["count"]) for group in groups] == want


async def test_the_filter_of_the_list_counts_and_its_page_does_not(world: World) -> None:
    [one] = await figures(world.client, "", '(first: 1, where: {name: {eq: "tea"}})')
    assert one["count"] == sum(purchase["name"] == "tea" for purchase in world.purchases)


async def test_the_largest_groups_first(world: World) -> None:
    counts = Counter(one["city"] for one in world.customers)
    groups = await figures(world.client, "(groupBy: [{field: CITY}], atMost: 2, largestFirst: true)", list="customers")
    assert [group["count"] for group in groups] == sorted(counts.values(), reverse=True)[:2]


async def test_of_each_parent_by_one_statement(world: World) -> None:
    query = """{ customers(first: 40) { edges { node { id
        purchases(first: 0) { aggregate(of: [PAID_AT], groupBy: [{field: NAME}], atMost: 1) { count key { value } } }
        groups(first: 0) { aggregate { count } }
        feedbacks(first: 0) { aggregate(of: [SUBJECT]) { count totals { count min } } } } } } }"""
    ordinary = replace(world.client, compiler=False)
    with statements(world.client.database) as sent:
        edges = (await ordinary.ask(query))["customers"]["edges"]
        assert len(sent) == 4
        assert (await world.client.ask(query))["customers"]["edges"] == edges
        assert len(sent) == 4  # and one that went straight to the driver
    for edge in edges:
        seen = world.seen(edge["node"]["id"])
        counts = sorted(Counter(one["name"] for one in seen["purchases"]).items())
        got = [(group["key"][0]["value"], group["count"]) for group in edge["node"]["purchases"]["aggregate"]]
        assert got == counts[:1]
        assert edge["node"]["groups"]["aggregate"] == [{"count": len(seen["groups"])}]
        assert edge["node"]["feedbacks"]["aggregate"] == [{"count": 0, "totals": [{"count": 0, "min": None}]}]


async def test_another_tenant_is_not_counted(world: World) -> None:
    stranger = await other_tenant(world.client)
    await fill(stranger, 3)
    [one] = await figures(stranger, "", list="customers")
    assert one["count"] == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("(atMost: 0)", "BAD_PAGE"),
        ("(atMost: 401)", "PAGE_TOO_BIG"),
        ("(groupBy: [{field: NAME, per: DAY}])", "BAD_VALUE"),
    ],
)
async def test_what_cannot_be_asked(client: Client, arguments: str, code: str) -> None:
    assert await client.code(f"{{ purchases {{ aggregate{arguments} {{ count }} }} }}") == code


UNITS = [
    {"field": field, "per": per}
    for field in ("ORDERED_AT", "PAID_AT", "CREATED_AT")
    for per in ("DAY", "WEEK", "MONTH", "YEAR")
]
GROUPED = "query($by: [PurchaseGroupBy!]!) { purchases { aggregate(groupBy: $by) { key { field } } } }"


@pytest.mark.parametrize("compiler", [True, False])
async def test_it_is_grouped_by_ten_keys_at_most(client: Client, compiler: bool) -> None:
    """What is asked twice counts once, however often: each key is a part of the statement."""
    client = replace(client, compiler=compiler)
    await client.add(Kind.PURCHASE, {"name": "tea"})
    [group] = (await client.ask(GROUPED, by=UNITS[:10] * 100))["purchases"]["aggregate"]
    assert len(group["key"]) == 10
    assert await client.code(GROUPED, by=UNITS[:11]) == "TOO_MANY_VALUES"
