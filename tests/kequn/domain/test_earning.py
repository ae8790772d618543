"""Points that purchases bring follow what the purchases are worth: by further entries, once each, that say why."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.contracts.records import Kind, Line, Money
from kequn.domain import earning, merging, points, standards
from kequn.domain.problems import Refused
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import AS_OF, Market

pytestmark = pytest.mark.anyio
POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
_entries: Table = tables.PointEntry.__table__  # type: ignore[attr-defined]
DAY = 86400


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    market = Market(database, tenant)
    market.clock.move(DAY)
    return market


def yuan(amount: str) -> Money:
    return Money.of(amount, "CNY")


async def bought(market: Market, customer: UUID, amount: Money, at: datetime = AS_OF, **more: Any) -> UUID:
    facts = {"name": "p", "amount": amount, "paid_at": at, "customer": customer, **more}
    [id] = await market.add(Kind.PURCHASE, facts)
    return id


async def change(market: Market, purchase: UUID, **facts: Any) -> None:
    market.clock.move(60)
    await market.edit(Kind.PURCHASE, purchase, facts)


async def delete(market: Market, purchase: UUID, at: datetime | None = AS_OF) -> None:
    market.clock.move(60)
    await market.edit(Kind.PURCHASE, purchase, deleted_at=at)


async def balance(market: Market, customer: UUID) -> int:
    async with market.database.reading() as session:
        return await points.balance(session, market.actor.scope, customer)


async def entries(market: Market) -> list[dict[str, Any]]:
    """In the order in which they were made."""
    order = (_entries.c.noted_at, _entries.c.id)
    async with market.database.reading() as session:
        return [dict(row) for row in (await session.execute(select(_entries).order_by(*order))).mappings()]


async def twice(market: Market) -> list[int]:
    return [await market.do(earning.award) for _ in range(2)]


BACK = Line("cup", amount=yuan("20.9"), returned=True)
POT = Line("pot", amount=yuan("100"))
CHANGES: Mapping[str, tuple[Mapping[str, Any], int, str]] = {
    "not paid": ({"paid_at": None}, -120, "not paid"),
    "not paid yet": ({"paid_at": AS_OF + timedelta(days=90)}, -120, "not paid"),
    "less": ({"amount": yuan("100")}, -20, "changed"),
    "more": ({"amount": yuan("150.9")}, 30, "changed"),
    "nothing": ({"amount": None}, -120, "changed"),
    "in other money": ({"amount": Money.of("10", "USD")}, -50, "changed"),
    "a line brought back": ({"lines": (BACK, POT)}, -20, "brought back"),
    "all lines brought back": ({"lines": (BACK, Line("pot", returned=True))}, -120, "brought back"),
    "a line brought back that was a gift": ({"lines": (Line("cup", returned=True), POT)}, 0, ""),
    "a return": ({"kind": "return"}, -240, "changed"),
    "another name": ({"name": "q"}, 0, ""),
}


@pytest.mark.parametrize("case", CHANGES)
async def test_what_a_change_gives_or_takes(market: Market, case: str) -> None:
    facts, difference, why = CHANGES[case]
    await market.do(standards.publish, await market.do(standards.draft, {"rates": {"USD": "7"}}))
    [one] = await market.people(1)
    purchase = await bought(market, one, yuan("120.9"))
    assert await twice(market) == [1, 0]
    [first] = await entries(market)
    assert (first["points"], first["purchase_id"]) == (120, purchase)
    await change(market, purchase, **facts)
    assert await twice(market) == [1 if difference else 0, 0]
    before, *after = await entries(market)
    assert before == first
    assert await balance(market, one) == 120 + difference
    for entry in after:
        gives = difference > 0
        assert (entry["points"], entry["kind"]) == (difference, "award" if gives else "reverse")
        assert (entry["purchase_id"], entry["customer_id"], entry["at"]) == (purchase, one, first["at"])
        assert why in entry["reason"]
        assert entry["inputs"] == {"should": 120 + difference, "booked": 120}
        lasts = market.clock.now() + timedelta(days=365) if gives else first["expires_at"]
        assert (entry["noted_at"], entry["expires_at"]) == (market.clock.now(), lasts)


async def test_a_purchase_that_is_deleted_and_restored(market: Market) -> None:
    [one] = await market.people(1)
    purchase = await bought(market, one, yuan("50"))
    await twice(market)
    await delete(market, purchase)
    assert await twice(market) == [1, 0]
    await delete(market, purchase, None)
    assert await twice(market) == [1, 0]
    assert [(one["points"], one["reason"][:24]) for one in await entries(market)] == [
        (50, ""), (-50, "the purchase was deleted"), (50, "the purchase changed 订单变更"[:24])
    ]  # fmt: skip


async def test_a_return_that_is_deleted_gives_back_what_it_took(market: Market) -> None:
    [one] = await market.people(1)
    await bought(market, one, yuan("50"))
    back = await bought(market, one, yuan("20.9"), kind="return")
    assert (await twice(market), await balance(market, one)) == ([2, 0], 30)
    await change(market, back, amount=yuan("30"))
    assert (await twice(market), await balance(market, one)) == ([1, 0], 20)
    await delete(market, back)
    assert (await twice(market), await balance(market, one)) == ([1, 0], 50)


async def test_a_purchase_that_is_somebody_elses(market: Market) -> None:
    one, other = await market.people(2)
    purchase = await bought(market, one, yuan("50"))
    await twice(market)
    await change(market, purchase, customer=other)
    assert await twice(market) == [2, 0]
    assert [await balance(market, who) for who in (one, other)] == [0, 50]
    reasons = {entry["customer_id"]: entry["reason"] for entry in (await entries(market))[1:]}
    assert "somebody else's" in reasons[one]
    await change(market, purchase, customer=None)
    assert await twice(market) == [1, 0]
    assert [await balance(market, who) for who in (one, other)] == [0, 0]


async def test_a_merge_moves_points_and_purchases_alike(market: Market) -> None:
    winner, loser = await market.people(2)
    await bought(market, loser, yuan("50"))
    await twice(market)
    merged = await market.do(merging.merge, winner, loser)
    assert merged is not None
    assert await twice(market) == [0, 0]
    assert [await balance(market, who) for who in (winner, loser)] == [50, 0]


async def test_it_counts_by_the_rate_at_which_it_was_earned(market: Market) -> None:
    [one] = await market.people(1)
    publish = partial(market.do, standards.publish)
    await publish(await market.do(standards.draft, {"rates": {"USD": "7"}}))
    purchase = await bought(market, one, Money.of("10", "USD"))
    await twice(market)
    await publish(await market.do(standards.draft, {"points": {"per_unit": 2}, "rates": {"USD": "8"}}))
    assert (await twice(market), await balance(market, one)) == ([0, 0], 70)
    await change(market, purchase, amount=Money.of("9", "USD"))
    assert (await twice(market), await balance(market, one)) == ([1, 0], 63)


async def test_a_balance_below_0_is_made_good_first(market: Market) -> None:
    [one] = await market.people(1)
    purchase = await bought(market, one, yuan("120"))
    await twice(market)
    await market.do(points.redeem, one, 100, "a lamp")
    await delete(market, purchase)
    assert (await twice(market), await balance(market, one)) == ([1, 0], -100)
    with pytest.raises(Refused) as refused:
        await market.do(points.redeem, one, 1, "a cup")
    assert refused.value.problems[0].facts == {"balance": -100}
    await bought(market, one, yuan("130"))
    await twice(market)
    await market.do(points.redeem, one, 30, "a cup")
    market.clock.move(DAY * 366)
    assert await market.do(points.expire) == 0
    assert await balance(market, one) == 0


async def test_what_has_run_out_is_not_taken_back(market: Market) -> None:
    [one] = await market.people(1)
    purchase = await bought(market, one, yuan("120"))
    await twice(market)
    market.clock.move(DAY * 200)
    await change(market, purchase, amount=yuan("150"))
    await twice(market)
    market.clock.move(DAY * 200)
    assert await market.do(points.expire) == 1
    assert await balance(market, one) == 30
    await delete(market, purchase)
    assert (await twice(market), await balance(market, one)) == ([1, 0], 0)
    market.clock.move(DAY * 400)
    assert (await twice(market), await market.do(points.expire), await balance(market, one)) == ([0, 0], 0, 0)


async def test_what_is_taken_back_uses_up_nothing_else(market: Market) -> None:
    """What was brought back is gone from what would have run out with it; older points run out all the same."""
    [one] = await market.people(1)
    await bought(market, one, yuan("100"))
    await twice(market)
    market.clock.move(DAY * 30)
    later = await bought(market, one, yuan("70"))
    await twice(market)
    await change(market, later, amount=yuan("20"))
    await twice(market)
    market.clock.move(DAY * 340)
    assert (await market.do(points.expire), await balance(market, one)) == (1, 20)
    market.clock.move(DAY * 30)
    assert (await market.do(points.expire), await balance(market, one)) == (1, 0)


@POSTGRESQL
async def test_two_at_once_make_it_good_once(market: Market) -> None:
    [one] = await market.people(1)
    purchase = await bought(market, one, yuan("120"))
    await twice(market)
    await delete(market, purchase)
    await bought(market, one, yuan("7"))
    assert await market.meanwhile(earning.award, earning.award) == [0]
    assert sorted(entry["points"] for entry in await entries(market)) == [-120, 7, 120]


@POSTGRESQL
async def test_who_redeems_while_points_are_taken_back_is_told_what_is_left(market: Market) -> None:
    [one] = await market.people(1)
    purchase = await bought(market, one, yuan("120"))
    await twice(market)
    await delete(market, purchase)
    with pytest.raises(Refused, match="TOO_FEW_POINTS"):
        await market.meanwhile(earning.award, partial(points.redeem, customer=one, points=10, reason="a cup"))
    assert await balance(market, one) == 0


async def test_two_processes_take_turns(market: Market, second_database: Database) -> None:
    other = Market(second_database, market.actor.tenant)
    other.clock, other.ledger = market.clock, market.ledger
    people = await market.people(5)
    made = [await bought(market, who, yuan("10")) for who in people]
    await twice(market)
    for purchase in made:
        await delete(market, purchase)
    assert sum(await asyncio.gather(*(one.do(earning.award) for one in (market, other) * 3))) == 5
    assert [await balance(market, who) for who in people] == [0] * 5


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_changes_each_purchase_has_brought_what_it_is_worth(
    database: Database, tenant: UUID, seed: int
) -> None:
    market = Market(database, tenant, seed)
    market.clock.move(DAY)
    people = await market.people(3)
    known: dict[UUID, dict[str, Any]] = {}
    for _ in range(25):
        facts = drawn(market, people)
        if known and market.draw.random() < 0.6:
            purchase = market.draw.choice(sorted(known))
            gone = AS_OF if market.draw.random() < 0.2 else None
            await market.edit(Kind.PURCHASE, purchase, facts, deleted_at=gone)
        else:
            [purchase], gone = await market.add(Kind.PURCHASE, {"name": "p", **facts}), None
        known[purchase] = {**facts, "gone": gone}
        if market.draw.random() < 0.5:
            await market.do(earning.award)
    await market.do(earning.award)
    assert await market.do(earning.award) == 0
    brought: dict[tuple[UUID, UUID], int] = {}
    for entry in await entries(market):
        pair = (entry["purchase_id"], entry["customer_id"])
        brought[pair] = brought.get(pair, 0) + entry["points"]
    should = {(id, facts["customer"]): worth(facts) for id, facts in known.items() if worth(facts)}
    assert {pair: count for pair, count in brought.items() if count} == should


def drawn(market: Market, people: list[UUID]) -> dict[str, Any]:
    lines = [
        Line("x", amount=Money(market.draw.randrange(10**8), "CNY"), returned=market.draw.random() < 0.5)
        for _ in range(market.draw.choice([0, 0, 1, 2, 3]))
    ]
    return {
        "customer": market.draw.choice(people),
        "kind": market.draw.choice(["sale", "sale", "sale", None, "return"]),
        "amount": Money(market.draw.randrange(3 * 10**8), "CNY"),
        "paid_at": market.draw.choice([AS_OF, AS_OF, None]),
        "lines": tuple(replace(line, quantity=Decimal(2)) for line in lines),
    }


def worth(facts: Mapping[str, Any]) -> int:
    """In whole points."""
    if facts["gone"] or facts["paid_at"] is None:
        return 0
    paid, lines = facts["amount"].micros, facts["lines"]
    if facts["kind"] == "return":
        return -int(paid // 10**6)
    if lines and all(line.returned for line in lines):
        return 0
    left = paid - sum(line.amount.micros for line in lines if line.returned)
    return max(0, int(left // 10**6))
