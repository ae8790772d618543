"""Two at work on the same at once, each in a transaction of its own: PostgreSQL lets them, SQLite does not."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.domain import alerts, groups
from kequn.domain.community import joining, violations
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import AS_OF, Market

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


async def all_of(market: Market, table: Any) -> list[dict[str, Any]]:
    here: Table = table.__table__
    async with market.database.reading() as session:
        return [dict(row) for row in (await session.execute(select(here).order_by(here.c.id))).mappings()]


async def test_two_violations_of_a_member_are_two_rungs(market: Market) -> None:
    [who] = await market.people(1)
    group = (await market.do(groups.create, {"name": "g"})).id
    await market.do(joining.admit, group, who, "test")
    first, second = [await market.do(violations.report, group, who, "speech", "seen") for _ in range(2)]
    decide = partial(violations.step, event="decide")
    await market.meanwhile(partial(decide, id=first), partial(decide, id=second))
    found = [(one["place"], one["sanction"]) for one in await all_of(market, tables.Violation)]
    assert found == [(1, violations.LADDER[0]), (2, violations.LADDER[1])]


async def test_news_of_an_alert_that_is_being_closed_raises_another(market: Market) -> None:
    [who] = await market.people(1)
    await market.answer(who, AS_OF - timedelta(days=1), 1, about="attitude")
    await market.evaluate()
    [first] = (await market.do(alerts.raise_all)).new
    await market.answer(who, AS_OF - timedelta(hours=1), 1, about="attitude")
    market.clock.move(60)
    await market.evaluate()
    close = partial(alerts.step, id=first, event="close", outcome="solved")
    [raised] = await market.meanwhile(close, alerts.raise_all)
    assert (len(raised.new), raised.repeated) == (1, 0)
    assert [one["state"] for one in await all_of(market, tables.Alert)] == ["closed", "raised"]
