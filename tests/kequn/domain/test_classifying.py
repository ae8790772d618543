"""Facts and classes on both databases, against a reckoning in plain Python; what changed against everything."""

from typing import Any
from uuid import UUID

import pytest

from kequn.domain.classifying import MANY
from kequn.store.database import Database
from tests.kequn.domain import reckoning
from tests.kequn.domain.market import AS_OF, Market

pytestmark = pytest.mark.anyio
UNSTORED = {"recency", "first", "silence"}


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


def expected(market: Market) -> dict[UUID, dict[str, Any]]:
    found = reckoning.classes(market.told, AS_OF)
    return {id: {name: one for name, one in of.items() if name not in UNSTORED} for id, of in found.items()}


async def found(market: Market) -> dict[UUID, dict[str, Any]]:
    wanted = next(iter(expected(market).values())).keys()
    return {id: {name: one[name] for name in wanted} for id, one in (await market.standings()).items()}


@pytest.mark.parametrize("seed", range(3))
async def test_sql_and_plain_python_agree(database: Database, tenant: UUID, seed: int) -> None:
    market = Market(database, tenant, seed)
    await market.live(*await market.people(40))
    await market.evaluate()
    assert await found(market) == expected(market)


async def test_what_changed_and_everything_come_to_the_same(market: Market) -> None:
    ids = await market.people(25)
    await market.live(*ids)
    market.clock.move(3600)
    await market.evaluate()
    for _ in range(4):
        market.clock.move(3600)
        await market.live(*market.draw.sample(ids, 3))
        ids += await market.people(1)
        evaluation = await market.evaluate(whole=False)
        assert (evaluation.whole, evaluation.customers < len(ids)) == (False, True)
        quick, want = await found(market), expected(market)
        for one in (*quick.values(), *want.values()):
            one.pop("loyalty_score")  # shifts with everybody's; those of the others wait
        assert quick == want
        await market.evaluate()
        assert await found(market) == expected(market)


async def test_when_very_many_changed_all_are_evaluated(market: Market) -> None:
    await market.people(1)
    market.clock.move(3600)
    await market.evaluate()
    market.clock.move(3600)
    await market.people(MANY)
    assert (await market.evaluate(whole=False)).whole is False
    await market.people(1)
    last = await market.evaluate(whole=False)
    assert (last.whole, last.counts["activity"]) == (True, {"inactive": MANY + 2})
