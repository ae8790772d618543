"""How many customers stay, through GraphQL, against counting in plain Python."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.schema.conftest import Client
from tests.schema.test_classification import ANSWER, BUY, EVALUATE, FEEDBACK, NOW, buy, done, people

pytestmark = pytest.mark.anyio
RETENTION = """{ retention(months: 12) { since until activeAtStart activeAtEnd newCustomers retentionRate churnRate
    repurchaseRate } }"""
Orders = dict[str, list[datetime]]


async def bought(client: Client, seed: int = 1, count: int = 25) -> Orders:
    draw, told = random.Random(seed), {}
    for id in await people(client, *(f"c{place}" for place in range(count))):
        days = [draw.uniform(0.5, 1000) for _ in range(draw.choice([0, 1, 2, 5]))]
        if days:
            await buy(client, id, *((day, "9") for day in days))
        told[id] = [NOW - timedelta(days=day) for day in days]
    return told


def within(orders: list[datetime], since: datetime, until: datetime) -> int:
    return sum(since < order <= until for order in orders)


@pytest.mark.requirement("I10")
async def test_rates_by_month(client: Client) -> None:
    told, year = await bought(client), timedelta(days=365)
    months = (await client.ask(RETENTION))["retention"]
    assert len(months) == 12
    for month in months:
        since, until = (datetime.fromisoformat(month[name]) for name in ("since", "until"))
        known = [[order for order in orders if order <= until] for orders in told.values()]
        start = sum(within(orders, since - year, since) > 0 for orders in known)
        end = sum(within(orders, until - year, until) > 0 for orders in known)
        new = sum(bool(orders) and min(orders) > since for orders in known)
        twice = sum(within(orders, until - year, until) > 1 for orders in known)
        assert (month["activeAtStart"], month["activeAtEnd"], month["newCustomers"]) == (start, end, new)
        assert month["retentionRate"] == pytest.approx((end - new) / start)
        assert month["churnRate"] == pytest.approx(1 - (end - new) / start)
        assert month["repurchaseRate"] == pytest.approx(twice / end)


async def test_months_are_those_of_the_tenant(client: Client) -> None:
    """Shanghai's January begins eight hours before that of Greenwich."""
    months = (await client.ask(RETENTION))["retention"]
    assert datetime.fromisoformat(months[-1]["since"]) == datetime(2025, 12, 31, 15, 59, 59, 999999, tzinfo=UTC)


async def test_cohorts(client: Client) -> None:
    told = await bought(client, seed=2)
    found = (await client.ask("{ cohorts(months: 6) { since customers active } }"))["cohorts"]
    edges = [datetime.fromisoformat(one["since"]) for one in found]

    def month(order: datetime) -> int:
        return max((place for place, edge in enumerate(edges) if order >= edge), default=-1)

    for place, cohort in enumerate(found):
        began = [{month(order) for order in orders} for orders in told.values() if orders]
        mine = [months for months in began if min(months) == place]
        assert cohort["active"] == [sum(at in months for months in mine) for at in range(place, 6)]
        assert cohort["customers"] == len(mine)


@pytest.mark.requirement("I03")
async def test_what_those_who_left_have_in_common(client: Client) -> None:
    ids = await people(client, *"abcd")
    source = "mutation($id: ID!, $s: String) { it: updateCustomer(id: $id, input: {source: $s}) { problems { code } } }"
    for id, where, days in zip(ids, ("SEO", "SEO", "shop", None), (300, 5, 300, 2), strict=True):
        await done(client, source, id=id, s=where)
        await buy(client, id, (days, "5"))
    await done(client, EVALUATE)
    await done(client, FEEDBACK, i={"subject": "s", "kind": "complaint", "customerId": ids[2]})
    query = "query($by: ChurnBy!) { churnCauses(by: $by) { value customers churned rate } }"

    async def causes(by: str) -> list[tuple[Any, ...]]:
        return [tuple(one.values()) for one in (await client.ask(query, by=by))["churnCauses"]]

    assert sorted(await causes("SOURCE"), key=str) == [
        ("SEO", 2, 1, 0.5),
        ("shop", 1, 1, 1.0),
        (None, 1, 0, 0.0),
    ]
    assert await causes("COMPLAINT") == [("never complained", 3, 1, pytest.approx(1 / 3)), ("complained", 1, 1, 1.0)]
    assert await causes("TIER") == [(None, 4, 2, 0.5)]


@pytest.mark.requirement("I03")
async def test_who_left_by_what_they_bought_most_often_and_complained_about_last(client: Client) -> None:
    ids = await people(client, *"abc")
    items = [("茶", 300), ("茶", 310), ("壶", 320)]
    for id, bought in ((ids[0], items), (ids[1], items[2:]), (ids[2], [("茶", 5)])):
        rows = [
            {"name": "o", "kind": "SALE", "customerId": id, "paidAt": (NOW - timedelta(days=days)).isoformat(),
             "lines": [{"product": "p", "category": category}]}
            for category, days in bought
        ]  # fmt: skip
        await done(client, BUY, i=rows)
    await done(client, EVALUATE)
    for what, at in (("delivery", "发货太慢"), ("price", "价格太贵")):
        told = {"subject": at, "kind": "complaint", "customerId": ids[0]}
        made = "mutation($i: FeedbackInput!) { it: createFeedback(input: $i) { feedback { id } problems { code } } }"
        feedback = (await done(client, made, i=told))["feedback"]["id"]
        take = "mutation($id: ID!, $c: Category!) { it: openTicket(feedbackId: $id, category: $c) { "
        await done(client, take + "problems { code path } } }", id=feedback, c=what.upper())
    query = "query($by: ChurnBy!) { churnCauses(by: $by) { value customers churned } }"

    async def causes(by: str) -> list[tuple[Any, ...]]:
        return [tuple(one.values()) for one in (await client.ask(query, by=by))["churnCauses"]]

    assert await causes("CATEGORY") == [("茶", 2, 1), ("壶", 1, 1)]
    assert sorted(await causes("LAST_COMPLAINT"), key=str) == [("price", 1, 1), (None, 2, 1)]


@pytest.mark.requirement("I09")
async def test_figures_of_a_period(client: Client) -> None:
    ids = await people(client, *"abcd")
    for id, csat, nps in zip(ids, (5, 4, 3, 1), (10, 9, 0, 7), strict=True):
        await done(client, ANSWER, c=id, s=csat)
        await done(client, ANSWER, c=id, s=nps, scale="NPS")
    await done(client, FEEDBACK, i={"subject": "s", "kind": "complaint", "customerId": ids[2]})
    await done(client, FEEDBACK, i={"subject": "s", "kind": "opinion", "customerId": ids[1]})
    query = """query($s: DateTime!) { figures(since: $s) { answers csat nps feedback complaints
        retention { retentionRate } } }"""
    assert (await client.ask(query, s=(NOW - timedelta(days=30)).isoformat()))["figures"] == {
        "answers": 8,
        "csat": 0.5,
        "nps": 0.25,
        "feedback": 2,
        "complaints": 1,
        "retention": {"retentionRate": None},
    }


@pytest.mark.parametrize("months", [0, 37])
async def test_too_many_months_are_refused(client: Client, months: int) -> None:
    assert await client.code(f"{{ cohorts(months: {months}) {{ since }} }}") == "BAD_NUMBER"
