"""Classes after a sync: without being asked for, not too often, and never in the way of the run."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import col, select

from jobs.chores import CHORES, errands
from jobs.classifying import PAUSE_SECONDS, Classifying
from jobs.errands import Errands
from kequn.contracts.records import Kind
from kequn.domain import standards
from kequn.log import EventLog
from kequn.store import rows
from kequn.store.database import Database
from kequn.store.tables import Alert
from tests.jobs.test_suggesting import Notes
from tests.kequn.domain.market import AS_OF, Market

pytestmark = pytest.mark.anyio


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


async def test_classes_tiers_and_alerts_follow_a_run(market: Market) -> None:
    job = Classifying(market.database, market.ledger, EventLog())
    one, other = await market.people(2)
    market.buy(one, market.clock.now() - timedelta(days=1), 5_000_000)
    await market.live()
    await job.after_run(market.actor.scope)
    assert {id: row["tier_class"] for id, row in (await market.standings()).items()} == {one: "vip", other: "regular"}
    market.buy(other, market.clock.now(), 90_000_000)
    await market.live()
    await job.after_run(market.actor.scope)  # too soon
    assert (await market.standings())[other]["orders"] == 0
    market.clock.move(PAUSE_SECONDS + 1)
    await job.after_run(market.actor.scope)
    after = await market.standings()
    assert (after[other]["orders"], after[other]["tier_class"], after[other]["points"]) == (1, "vip", 0)
    market.clock.move(PAUSE_SECONDS + 1)
    await job.after_run(market.actor.scope)
    assert (await market.standings())[other]["points"] == 90  # earned after the evaluation before


async def test_tiers_are_given_by_a_standard_that_was_published(market: Market) -> None:
    job = Classifying(market.database, market.ledger, EventLog())
    [one] = await market.people(1)
    await job.after_run(market.actor.scope)
    assert await tier(market, one) is None
    await market.do(standards.publish, await market.do(standards.draft, {}))
    market.clock.move(PAUSE_SECONDS + 1)
    await job.after_run(market.actor.scope)
    assert await tier(market, one) is not None


async def tier(market: Market, id: UUID) -> object:
    async with market.database.reading() as session:
        return (await rows.load(session, market.actor.scope, Kind.CUSTOMER, [id]))[id].facts["tier"]


async def test_a_tenant_without_connections_has_alerts_and_tiers_as_well(market: Market) -> None:
    """A day's passing alone makes customers lapse, whether or not anything is synced."""
    spender, critic = await market.people(2)
    market.buy(spender, AS_OF - timedelta(days=364), 90_000_000)
    await market.live()
    await market.answer(critic, market.clock.now(), 1)
    await market.do(standards.publish, await market.do(standards.draft, {}))
    log = Notes()
    for _ in range(12):
        await carried_out(market, log)
        market.clock.move(6 * 3600)
    assert log.warnings == []
    given = await tier(market, spender), await tier(market, critic)
    assert None not in given
    assert await raised(market) == {("churn", critic), ("satisfaction", critic)}
    for _ in range(34):
        market.clock.move(86_400)
        await carried_out(market, log)
    assert await tier(market, spender) == given[1] != given[0]


async def carried_out(market: Market, log: EventLog) -> None:
    """All chores of this moment."""
    errand = Errands(market.database, market.ledger, log, CHORES)
    for one in errands(CHORES, [market.actor.tenant], market.clock.now()):
        await errand.go(one)


async def raised(market: Market) -> set[tuple[str, UUID]]:
    async with market.database.reading() as session:
        found = await session.execute(select(col(Alert.kind), col(Alert.customer_id)))
        return {(kind, customer) for kind, customer in found}


async def test_a_run_is_not_failed_by_it(market: Market, tmp_path: Path) -> None:
    log = Notes()
    empty = Database(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    await Classifying(empty, market.ledger, log).after_run(market.actor.scope)
    await empty.close()
    assert log.warnings == ["classification broke off"]
