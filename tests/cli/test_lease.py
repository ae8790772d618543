"""A command's run stays its own however long the CRM takes."""

import asyncio
from uuid import UUID

import pytest
from sqlmodel import select

from cli.lease import SECONDS, kept
from kequn.clock import ManualClock, SeededRandom, uuid7
from kequn.store import runs
from kequn.store.database import Database
from kequn.store.runs import Busy, Claim
from kequn.store.scope import Scope
from kequn.store.tables import Connection, Run

pytestmark = pytest.mark.anyio


async def lease(database: Database, claim: Claim) -> float:
    """Its end, in seconds after the clock of a test begins."""
    async with database.reading() as session:
        until = (await session.execute(select(Run.lease_until).where(Run.id == claim.run))).scalar_one()
    assert until
    return float((until - ManualClock().now()).total_seconds())


async def test_a_lease_is_renewed_while_the_command_waits(database: Database, scope: Scope) -> None:
    clock, chance = ManualClock(), SeededRandom(5)
    crm, run = uuid7(clock, chance), uuid7(clock, chance)
    async with database.writing() as session:
        row = Connection(tenant_id=scope.tenant, id=crm, name="crm", plugin="zoho", created_at=clock.now())
        session.add(row)
        await session.flush()
        claim = await runs.claim(session, scope, crm, run, "command:1", clock.now())
    until = await lease(database, claim)
    async with asyncio.timeout(30), kept(database, clock, claim):
        while clock.monotonic() < 10 * SECONDS or await lease(database, claim) < until + 8 * SECONDS:
            await asyncio.sleep(0)
    assert await taken(database, scope, crm, clock) is None
    clock.move(runs.LEASE.total_seconds() + 1)
    assert await taken(database, scope, crm, clock), "nobody renews it any more"


async def taken(database: Database, scope: Scope, crm: UUID, clock: ManualClock) -> Claim | None:
    """What another worker gets of it."""
    try:
        async with database.writing() as session:
            return await runs.claim(session, scope, crm, uuid7(clock, SeededRandom(6)), "worker:2", clock.now())
    except Busy:
        return None
