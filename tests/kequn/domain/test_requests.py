"""Evaluations that a worker makes: whatever is asked for while one is made is made too."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain import classifying, requests
from kequn.store.database import Database
from tests.kequn.domain.market import AS_OF, Market

pytestmark = pytest.mark.anyio


class Interrupted(Database):
    """Before it writes for the first time something else happens."""

    act: Callable[[], Awaitable[object]] | None = None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        act, self.act = self.act, None
        if act is not None:
            await act()
        async with super().writing() as session:
            yield session


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


async def ask(market: Market, as_of: datetime | None = None, *, whole: bool) -> None:
    market.clock.move(1)
    await market.do(requests.ask, as_of, whole=whole)


async def carry_out(market: Market, database: Database | None = None) -> bool:
    market.clock.move(1)
    return await requests.carry_out(database or market.database, market.ledger, market.actor)


async def last(market: Market) -> Any:
    async with market.database.reading() as session:
        return await classifying.last(session, market.actor.scope)


async def test_what_is_asked_for_while_one_is_made_is_made_after_it(market: Market, database_url: str) -> None:
    await market.people(1)
    await market.evaluate(as_of=AS_OF)
    await ask(market, AS_OF, whole=False)
    interrupted = Interrupted(database_url)
    interrupted.act = lambda: ask(market, AS_OF + timedelta(days=1), whole=True)
    assert await carry_out(market, interrupted)
    await interrupted.close()
    assert (await last(market)).as_of == AS_OF
    assert [await carry_out(market), await carry_out(market)] == [True, False]
    assert ((await last(market)).as_of, (await last(market)).whole) == (AS_OF + timedelta(days=1), True)


async def test_one_that_waits_learns_what_is_wanted_now(market: Market) -> None:
    await market.people(1)
    await market.evaluate(as_of=AS_OF)
    for whole in (False, True, False):
        await ask(market, AS_OF, whole=whole)
    assert [await carry_out(market), await carry_out(market)] == [True, False]
    assert (await last(market)).whole
