"""Evaluations of two processes at once come to what they come to one after the other."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain import classifying, standards
from kequn.store.database import Database
from tests.kequn.domain.market import AS_OF, Market

pytestmark = pytest.mark.anyio
NEXT_DAY = AS_OF + timedelta(days=1)


class Interrupted(Database):
    """Once, before something is only read, another process does something: between the steps of an evaluation."""

    meanwhile: Callable[[], Awaitable[Any]] | None = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            await meanwhile()
        async with super().reading() as session:
            yield session


@pytest.fixture
async def other(database: Database, tenant: UUID) -> Market:
    """Ten customers, evaluated once; as another process sees them."""
    market = Market(database, tenant)
    await market.live(*await market.people(10))
    await market.evaluate()
    return market


@pytest.fixture
async def market(database_url: str, other: Market) -> AsyncIterator[Market]:
    """The same, as a process sees them that can be interrupted."""
    database = Interrupted(database_url)
    market = Market(database, other.actor.tenant, seed=2)
    market.clock, market.ledger = other.clock, replace(market.ledger, clock=other.clock)
    market.clock.move(3600)
    yield market
    await database.close()


def interrupt(market: Market, meanwhile: Callable[[], Awaitable[Any]]) -> None:
    async def passing() -> None:
        await meanwhile()
        market.clock.move(1)

    assert isinstance(market.database, Interrupted)
    market.database.meanwhile = passing


async def patience(market: Market) -> Counter[int]:
    return Counter(one["tier_runs"] for one in (await market.standings()).values())


async def anew(market: Market) -> dict[UUID, dict[str, Any]]:
    """What the standings would be if everybody were evaluated once more."""
    await market.evaluate(as_of=NEXT_DAY)
    return await market.standings()


@pytest.mark.parametrize("whole", [True, False])
async def test_a_day_counts_once_for_the_patience_of_tiers(market: Market, other: Market, whole: bool) -> None:
    interrupt(market, lambda: other.evaluate(as_of=NEXT_DAY, whole=whole))
    await market.evaluate(as_of=NEXT_DAY, whole=whole)
    assert await patience(market) == {2: 10}
    await market.evaluate(as_of=NEXT_DAY + timedelta(days=1))
    assert await patience(market) == {3: 10}


async def test_who_began_by_an_older_standard_begins_anew(market: Market, other: Market) -> None:
    async def publish() -> None:
        await other.do(standards.publish, await other.do(standards.draft, {"frequency": {"high_orders": 1}}))
        await other.evaluate(as_of=NEXT_DAY)

    interrupt(market, publish)
    done = await market.evaluate(as_of=NEXT_DAY)
    found = await market.standings()
    assert (done.version, found) == (1, await anew(market))


async def test_of_two_moments_the_last_evaluation_tells_the_one_that_was_judged_at(
    market: Market, other: Market
) -> None:
    interrupt(market, lambda: other.evaluate(as_of=NEXT_DAY))
    done = await market.evaluate(as_of=AS_OF)
    async with market.database.reading() as session:
        last = await classifying.last(session, market.actor.scope)
    assert last
    assert (last.id, last.as_of) == (done.id, AS_OF)


async def test_a_small_one_goes_by_the_models_that_were_fitted_meanwhile(market: Market, other: Market) -> None:
    fitted: list[Any] = []

    async def fit() -> None:
        await other.live(*await other.people(60))
        fitted.append((await other.evaluate()).models)

    async with market.database.reading() as session:
        before = await classifying.last(session, market.actor.scope)
    interrupt(market, fit)
    done = await market.evaluate(whole=False)
    assert before
    assert before.models != fitted[0]
    assert ([done.models], done.whole) == (fitted, False)
