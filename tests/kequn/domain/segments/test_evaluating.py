"""All segments of a tenant, each in a transaction of its own: what a crash leaves, and what is changed meanwhile."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from kequn.contracts.records import Kind
from kequn.domain.segments import evaluating, keeping, membership
from kequn.store.database import Database
from kequn.store.where import Op
from kequn.store.where import Test as Ask
from tests.kequn.domain.market import Market
from tests.working import Killed, killed_at_commit, statements

pytestmark = pytest.mark.anyio


@pytest.fixture
async def market(database: Database, tenant: UUID) -> Market:
    market = Market(database, tenant)
    await market.add(Kind.CUSTOMER, *({"name": name, "type": "person"} for name in "abc"))
    return market


async def segment(market: Market, name: str) -> UUID:
    made: UUID = await market.do(keeping.make, name, "", Ask("name", Op.EQ, name), {})
    return made


def everything(market: Market) -> Any:
    return partial(evaluating.evaluate_all, market.database, market.ledger, market.actor)


async def test_whoever_goes_on_after_a_crash_evaluates_the_rest(market: Market) -> None:
    some = [await segment(market, name) for name in "abc"]
    with killed_at_commit(2, market.database), pytest.raises(Killed):
        await everything(market)()
    found = await everything(market)()
    assert sorted(one.entered for one in found.values()) == [0, 1, 1]
    assert found.keys() == set(some)
    assert [one.size for one in found.values()] == [1, 1, 1]


async def test_a_condition_that_is_changed_meanwhile_counts_as_it_is_now(market: Market) -> None:
    one = await segment(market, "a")
    async with market.database.reading() as session:
        before = await membership.known(session, market.actor.scope)
    await market.do(keeping.change, one, where=Ask("name", Op.IN, ("b", "c")), asked={})
    assert (await market.do(evaluating.evaluate, one, before)).size == 2


async def test_conditions_are_read_once_for_all(market: Market) -> None:
    await segment(market, "a")
    await segment(market, "b")
    with statements(market.database) as sent:
        await everything(market)()
    assert sum("time_zone" in one for one in sent) == 1
