"""Classes after a sync: without being asked for, not too often, and never in the way of the run."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from jobs.classifying import PAUSE_SECONDS, Classifying
from kequn.contracts.records import Kind
from kequn.domain import standards
from kequn.log import EventLog
from kequn.store import rows
from kequn.store.database import Database
from tests.jobs.test_suggesting import Notes
from tests.kequn.domain.market import Market

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


async def test_a_run_is_not_failed_by_it(market: Market, tmp_path: Path) -> None:
    log = Notes()
    empty = Database(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    await Classifying(empty, market.ledger, log).after_run(market.actor.scope)
    await empty.close()
    assert log.warnings == ["classification broke off"]
