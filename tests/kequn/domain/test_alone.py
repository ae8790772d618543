"""Two look at once for what they may only add where it is not there: one waits for the other (`Desk.alone`). On
PostgreSQL: SQLite has one writer."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.domain import groups, tiering, tiers
from kequn.domain.editing import Desk
from kequn.domain.problems import Refused
from kequn.domain.process import flows
from kequn.domain.segments import keeping as segments
from kequn.store import duplicates, tables
from kequn.store.database import Database
from kequn.store.duplicates import Suggestion
from kequn.store.where import Every, Named
from tests.kequn.domain.market import Market
from tests.working import held_up

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
_duplicates: Table = tables.Duplicate.__table__  # type: ignore[attr-defined]
_tiers: Table = tables.Tier.__table__  # type: ignore[attr-defined]
Work = Callable[[Desk], Awaitable[Any]]


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


async def at_once(market: Market, first: Work, second: Coroutine[Any, Any, Any]) -> Any:
    """What comes of the second, which begins before the first is committed."""
    async with market.database.writing() as session:
        await first(Desk(session, market.actor, market.ledger))
        task = asyncio.create_task(second)
        await held_up(market.database, task)
    return await task


async def group(desk: Desk) -> None:
    await groups.create(desk, {"name": "Club"})


async def tier(desk: Desk) -> None:
    await tiers.create(desk, {"name": "VIP"})


async def segment(desk: Desk) -> None:
    await segments.make(desk, "Regulars", "", Every(()), {})


async def flow(desk: Desk) -> None:
    await flows.make(desk, "Onboarding")


@pytest.mark.parametrize("make", [group, tier, segment, flow])
async def test_one_of_two_gets_the_name(market: Market, make: Work) -> None:
    with pytest.raises(Refused, match="NAME_TAKEN"):
        await at_once(market, make, market.do(make))


async def test_segments_lead_in_no_circle(market: Market) -> None:
    one, two = [await market.do(segments.make, name, "", Every(()), {}) for name in ("one", "two")]
    with pytest.raises(Refused, match="LEADS_TO_ITSELF"):
        await at_once(
            market,
            lambda desk: segments.change(desk, one, where=Named(two), asked={}),
            market.do(segments.change, two, where=Named(one), asked={}),
        )


async def test_what_somebody_decides_while_duplicates_are_searched_for_stays(market: Market) -> None:
    first, second = sorted(await market.people(2))
    scope, now = market.actor.scope, market.clock.now()

    async def search(desk: Desk, *found: Suggestion) -> tuple[int, int]:
        return await duplicates.put(desk.session, scope, found, None, now)

    await market.do(search, Suggestion(first, second, 90))
    await at_once(
        market,
        lambda desk: duplicates.decide(desk.session, scope, (first, second), "dismissed", "ops", now),
        market.do(search),
    )
    async with market.database.reading() as session:
        assert (await session.execute(select(_duplicates.c.state))).scalars().all() == ["dismissed"]


async def test_a_tier_of_the_standard_that_somebody_is_about_to_make_is_not_made_again(market: Market) -> None:
    await market.people(1)
    await market.evaluate()
    await at_once(market, tier, tiering.apply(market.database, market.ledger, market.actor))
    async with market.database.reading() as session:
        names = (await session.execute(select(_tiers.c.name))).scalars().all()
    assert sorted(names) == ["VIP", "战略", "普通"]
