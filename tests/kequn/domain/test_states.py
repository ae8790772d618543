"""The only ways that segments, flaws of data, processes, reviews of rules and versions of the standard go, on both
databases."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, insert, select

from kequn.domain import standards
from kequn.domain.care import reviewing
from kequn.domain.problems import Refused
from kequn.domain.quality import flaws
from kequn.domain.segments import keeping as segments
from kequn.domain.states import Steps
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.machines import Make, strays
from tests.kequn.domain.market import Market

pytestmark = pytest.mark.anyio
_flaws: Table = tables.Flaw.__table__  # type: ignore[attr-defined]
_segments: Table = tables.Segment.__table__  # type: ignore[attr-defined]
_standards: Table = tables.Standard.__table__  # type: ignore[attr-defined]


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


async def put(market: Market, table: Table, **values: Any) -> None:
    async with market.database.writing() as session:
        await session.execute(insert(table).values(tenant_id=market.actor.tenant, **values))


async def _segment(market: Market, state: str) -> UUID:
    id, now = market.ledger.new_id(), market.clock.now()
    said = {"name": id.hex, "description": "", "version": 1, "tree": {"every": []}, "asked": {}, "size": 0}
    whose = {"created_at": now, "created_by": "x", "changed_at": now, "changed_by": "x"}
    await put(market, _segments, id=id, state=state, **said, **whose)
    return id


async def _review(market: Market, state: str) -> UUID:
    id, now = market.ledger.new_id(), market.clock.now()
    said = {"subject": "standard", "about": "standard", "outcome": "", "due_at": now, "made_at": now, "made_by": "x"}
    await put(market, reviewing.REVIEWS, id=id, state=state, **said)
    return id


async def _flaw(market: Market, state: str) -> UUID:
    [customer] = await market.people(1)
    now = market.clock.now()
    said = {"kind": "incomplete", "fields": {}, "found_at": now, "changed_at": now, "changed_by": "x"}
    await put(market, _flaws, customer_id=customer, state=state, **said)
    return customer


async def _flaw_step(desk: Any, customer: UUID, event: str) -> UUID:
    return await flaws.step(desk, customer, "incomplete", event)


MACHINES: dict[str, tuple[Steps, Collection[str], Make, Any, Any]] = {
    "segment": (segments.STEPS, segments.STATES, _segment, segments.step, _segments.c.id),
    "review": (reviewing.STEPS, ("planned", "done", "dropped"), _review, reviewing.step, reviewing.REVIEWS.c.id),
    "flaw": (flaws.STEPS, ("open", "planned", "settled"), _flaw, _flaw_step, _flaws.c.customer_id),
}


@pytest.mark.parametrize("name", MACHINES)
async def test_what_is_not_in_the_table_is_refused(market: Market, name: str) -> None:
    said = {"outcome": "o", "due_at": market.clock.now()} if name == "review" else {}
    assert await strays(market, *MACHINES[name], said) == []


@pytest.mark.parametrize("state", ["published", "retired"])
async def test_a_version_of_the_standard_is_published_once(market: Market, state: str) -> None:
    id = await market.do(standards.draft, {})
    await market.do(standards.publish, id)
    if state == "retired":
        await market.do(standards.publish, await market.do(standards.draft, {}))
    with pytest.raises(Refused, match="BAD_CHOICE"):
        await market.do(standards.publish, id)
    async with market.database.reading() as session:
        states = (await session.execute(select(_standards.c.state).order_by(_standards.c.version))).scalars().all()
    assert list(states) == (["published"] if state == "published" else ["retired", "published"])
