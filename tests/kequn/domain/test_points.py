"""Points: the balance is the sum of the ledger, the oldest run out first, and nobody redeems more than there is."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.contracts.records import Kind, Money
from kequn.domain import earning, merging, points, standards
from kequn.domain.editing import Desk
from kequn.domain.problems import Refused
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import AS_OF, Market
from tests.working import held_up

pytestmark = pytest.mark.anyio
_entries: Table = tables.PointEntry.__table__  # type: ignore[attr-defined]


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    market = Market(database, tenant)
    market.clock.move(86400)
    return market


async def balance(market: Market, customer: UUID) -> int:
    async with market.database.reading() as session:
        return await points.balance(session, market.actor.scope, customer)


async def entries(market: Market) -> list[dict[str, Any]]:
    async with market.database.reading() as session:
        return [dict(row) for row in (await session.execute(select(_entries).order_by(_entries.c.at))).mappings()]


async def test_purchases_bring_points_once_and_returns_take_them_back(market: Market) -> None:
    [one] = await market.people(1)
    market.buy(one, AS_OF - timedelta(days=3), 120_900_000)
    market.buy(one, AS_OF - timedelta(days=1), 20_000_000, back=True)
    market.buy(one, AS_OF + timedelta(days=90), 50_000_000)  # not paid yet
    await market.live()
    assert [await market.do(earning.award) for _ in range(2)] == [2, 0]
    assert await balance(market, one) == 100
    earned, taken = await entries(market)
    assert (earned["kind"], earned["points"], earned["rule"], earned["version"]) == ("award", 120, "purchase", 0)
    assert earned["inputs"] == {"paid_micros": 120_900_000, "per_unit": 1.0}
    assert earned["expires_at"] == market.clock.now() + timedelta(days=365)
    assert (taken["kind"], taken["points"], taken["expires_at"]) == ("reverse", -20, None)


async def test_points_by_the_rate_of_the_standard(market: Market) -> None:
    [one] = await market.people(1)
    settings = {"points": {"per_unit": 0.5}, "rates": {"USD": "7"}}
    await market.do(standards.publish, await market.do(standards.draft, settings))
    facts = {"name": "p", "amount": Money(10_000_000, "USD"), "paid_at": AS_OF, "customer": one}
    await market.add(Kind.PURCHASE, facts)
    await market.do(earning.award)
    assert await balance(market, one) == 35


async def test_nobody_redeems_more_than_there_is(market: Market) -> None:
    [one] = await market.people(1)
    await market.do(points.adjust, one, 50, "welcome")
    await market.do(points.redeem, one, 30, "a cup")
    with pytest.raises(Refused) as refused:
        await market.do(points.redeem, one, 21, "a cup")
    assert refused.value.problems[0].facts == {"balance": 20}
    with pytest.raises(Refused, match="TOO_FEW_POINTS"):
        await market.do(points.adjust, one, -21, "a mistake")
    assert await balance(market, one) == 20


async def test_many_at_once_redeem_no_more_than_there_is(market: Market, second_database: Database) -> None:
    [one] = await market.people(1)
    await market.do(points.adjust, one, 50, "welcome")

    async def redeem(place: int) -> bool:
        database = (market.database, second_database)[place % 2]
        try:
            async with database.writing() as session:
                await points.redeem(Desk(session, market.actor, market.ledger), one, 10, "a cup")
        except Refused:
            return False
        return True

    assert sorted(await asyncio.gather(*(redeem(place) for place in range(12)))) == [False] * 7 + [True] * 5
    assert await balance(market, one) == 0


async def test_the_oldest_run_out_first(market: Market) -> None:
    [one, other] = await market.people(2)
    for _ in range(3):
        market.buy(one, AS_OF, 100_000_000)
        await market.live()
        await market.do(earning.award)
        market.clock.move(86400 * 30)
    await market.do(points.redeem, one, 130, "a lamp")
    await market.do(points.adjust, other, 10, "kept for ever")
    assert await running_out(market, 310) == [(one, 70)]
    market.clock.move(86400 * 276)  # the first hundred runs out; it was used
    assert await market.do(points.expire) == 0
    market.clock.move(86400 * 30)  # of the second 70 are left
    assert [await market.do(points.expire) for _ in range(2)] == [1, 0]
    assert (await balance(market, one), await balance(market, other)) == (100, 10)
    assert [entry["points"] for entry in await entries(market) if entry["kind"] == "expire"] == [-70]


async def running_out(market: Market, days: int) -> list[tuple[UUID, int]]:
    async with market.database.reading() as session:
        found = await points.running_out(session, market.actor.scope, market.clock.now(), days)
    return [(one.customer, one.points) for one in found]


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_the_balance_is_the_sum_and_never_below_0(
    database: Database, tenant: UUID, seed: int
) -> None:
    """Against a plain ledger of lots: each use takes from the lot that runs out first."""
    market = Market(database, tenant, seed)
    market.clock.move(86400)
    [one] = await market.people(1)
    lots: list[list[Any]] = []
    for _ in range(40):
        market.clock.move(86400 * market.draw.randrange(60))
        now = market.clock.now()
        match market.draw.choice(["earn", "earn", "redeem", "expire"]):
            case "earn":
                amount = market.draw.randrange(1, 200)
                market.buy(one, AS_OF, amount * 1_000_000)
                await market.live()
                await market.do(earning.award)
                lots.append([now + timedelta(days=365), amount])
            case "redeem":
                wanted, there = market.draw.randrange(1, 250), sum(left for at, left in lots if at > now)
                if wanted > there:
                    with pytest.raises(Refused, match="TOO_FEW_POINTS"):
                        await market.do(points.redeem, one, wanted, "x")
                    continue
                await market.do(points.redeem, one, wanted, "x")
                lots = [lot for lot in lots if lot[0] > now]
                for lot in lots:
                    used = min(lot[1], wanted)
                    lot[1], wanted = lot[1] - used, wanted - used
            case "expire":
                await market.do(points.expire)
                lots = [lot for lot in lots if lot[0] > now]
        assert await balance(market, one) == sum(left for _, left in lots) >= 0


@pytest.mark.parametrize(
    ("count", "reason", "code"), [(0, "x", "BAD_NUMBER"), (-5, "x", "BAD_NUMBER"), (5, " ", "REQUIRED")]
)
async def test_what_must_be_said(market: Market, count: int, reason: str, code: str) -> None:
    [one] = await market.people(1)
    with pytest.raises(Refused, match=code):
        await market.do(points.redeem, one, count, reason)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_is_awarded_to_a_customer_who_is_merged_meanwhile_is_the_winners(market: Market) -> None:
    winner, loser = await market.people(2)
    market.buy(loser, AS_OF, 120_000_000)
    await market.live()
    async with market.database.writing() as session:
        assert await earning.award(Desk(session, market.actor, market.ledger)) == 1
        merged = asyncio.create_task(market.do(merging.merge, winner, loser))
        await held_up(market.database, merged)
    await merged
    assert [await balance(market, one) for one in (winner, loser)] == [120, 0]
