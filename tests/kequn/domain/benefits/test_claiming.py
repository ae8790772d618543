"""Claims: never more than there are, whoever claims at once; and the only ways that the machines of benefits go."""

import asyncio
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, func, insert, select

from kequn.domain.benefits import claiming, days, incentives, offering
from kequn.domain.benefits.claiming import CLAIMS
from kequn.domain.benefits.offering import BENEFITS
from kequn.domain.editing import Desk
from kequn.domain.problems import Refused
from kequn.domain.states import Steps
from kequn.store.database import Database
from tests.kequn.domain.market import Market

pytestmark = pytest.mark.anyio
CLAIMING, COUPONS = 200, 50


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


async def published(market: Market, **entered: Any) -> UUID:
    now = market.clock.now()
    span = {"starts_at": now, "ends_at": now + timedelta(days=30), "usage": "at the till"}
    id: UUID = await market.do(offering.make, {"name": "coupon", "kind": "coupon", **span, **entered})
    await market.do(offering.step, id, "publish")
    return id


async def test_of_many_who_claim_at_once_only_so_many_get_one(market: Market, second_database: Database) -> None:
    """Two servers at once, each with many who claim."""
    benefit = await published(market, stock=COUPONS, cost_micros=1_000_000)
    people = await market.people(CLAIMING)
    why: set[tuple[str | int, ...]] = set()

    async def claim(place: int) -> bool:
        database = (market.database, second_database)[place % 2]
        try:
            async with database.writing() as session:
                await claiming.claim(Desk(session, market.actor, market.ledger), benefit, people[place])
        except Refused as refused:
            why.update(problem.path for problem in refused.problems)
            return False
        return True

    done = await asyncio.gather(*(claim(place) for place in range(CLAIMING)))
    assert (sum(done), why) == (COUPONS, {("stock",)})
    async with market.database.reading() as session:
        assert (await session.execute(select(func.count()).select_from(CLAIMS))).scalar_one() == COUPONS
        taken = (await session.execute(select(BENEFITS.c.claimed, BENEFITS.c.spent_micros))).one()
    assert tuple(taken) == (COUPONS, COUPONS * 1_000_000)


async def test_a_budget_is_never_overdrawn(market: Market, second_database: Database) -> None:
    benefit = await published(market, cost_micros=3_000_000, budget_micros=10_000_000, per_customer=100)
    [one] = await market.people(1)

    async def claim(place: int) -> bool:
        try:
            async with (market.database, second_database)[place % 2].writing() as session:
                await claiming.claim(Desk(session, market.actor, market.ledger), benefit, one)
        except Refused:
            return False
        return True

    assert sum(await asyncio.gather(*(claim(place) for place in range(12)))) == 3


Make = Callable[[Market, str], Any]


async def _benefit(market: Market, state: str) -> UUID:
    now = market.clock.now()
    span = {"starts_at": now, "ends_at": now + timedelta(days=9), "usage": "u"}
    values = {"name": "b", "kind": "coupon", "state": state, **span}
    usual = {"description": "", "categories": [], "created_at": now, "changed_at": now, "changed_by": "x"}
    return await _row(market, BENEFITS, {**values, **usual})


async def _claim(market: Market, state: str) -> UUID:
    benefit, [one], now = await _benefit(market, "published"), await market.people(1), market.clock.now()
    about = {"benefit_id": benefit, "customer_id": one, "name": "b", "state": state, "code": "A", "claimed_at": now}
    made = {"created_at": now, "updated_at": now, "changed_at": now, "changed_by": "x"}
    return await _row(market, CLAIMS, {**about, **made, "expires_at": now + timedelta(days=1)})


async def _day(market: Market, state: str) -> UUID:
    benefit, now = await _benefit(market, "published"), market.clock.now()
    about = {"benefit_id": benefit, "kind": "welfare", "state": state, "day": now.date(), "planned_for": now.date()}
    return await _row(market, days.DAYS, {**about, "created_at": now, "changed_by": "x"})


async def _incentive(market: Market, state: str) -> UUID:
    about = {"name": "n", "version": 1, "state": state, "body": "b", "action": "a", "points": 1, "per_day": 1}
    made = {"created_at": market.clock.now(), "created_by": "x", "basis": {}}
    return await _row(market, incentives.INCENTIVES, {**about, **made})


async def _row(market: Market, table: Table, values: dict[str, Any]) -> UUID:
    id = market.ledger.new_id()
    async with market.database.writing() as session:
        await session.execute(insert(table).values(tenant_id=market.actor.tenant, id=id, **values))
    return id


async def _state(market: Market, table: Table, id: UUID) -> str:
    async with market.database.reading() as session:
        return str((await session.execute(select(table.c.state).where(table.c.id == id))).scalar_one())


MACHINES: dict[str, tuple[Steps, Collection[str], Make, Any, Table]] = {
    "benefit": (offering.STEPS, offering.STATES, _benefit, offering.step, BENEFITS),
    "claim": (claiming.STEPS, claiming.STATES, _claim, claiming.step, CLAIMS),
    "day": (days.STEPS, days.STATES, _day, days.step, days.DAYS),
    "incentive": (incentives.STEPS, incentives.STATES, _incentive, incentives.step, incentives.INCENTIVES),
}


@pytest.mark.parametrize("name", MACHINES)
async def test_what_is_not_in_the_table_is_refused(market: Market, name: str) -> None:
    """Every state and every event, and some that there are not."""
    steps, states, make, step, table = MACHINES[name]
    for state in states:
        for event in (*sorted({event for _, event in steps}), "", "delete"):
            id = await make(market, state)
            said = ("said",) if name in {"benefit", "claim"} else ()
            way = steps.get((state, event))
            if way is None or (name, event) == ("claim", "expire"):  # only time does that
                with pytest.raises(Refused, match=r"WRONG_STATE|BAD_VALUE"):
                    await market.do(step, id, event, *said)
                assert await _state(market, table, id) == state
            else:
                await market.do(step, id, event, *said)
                assert await _state(market, table, id) == way.to
            await _forget(market, table)


async def _forget(market: Market, table: Table) -> None:
    async with market.database.writing() as session:
        for one in (CLAIMS, days.DAYS, incentives.INCENTIVES, BENEFITS):
            await session.execute(one.delete())
