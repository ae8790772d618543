"""The lease of a run that a command makes: renewed while it waits for its CRM, so that no worker takes
the run for lost. Workers renew theirs with their heartbeats (jobs/census.py)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kequn.clock import Clock
from kequn.store import runs
from kequn.store.database import Database
from kequn.store.runs import Claim

SECONDS = runs.LEASE.total_seconds() / 4


@asynccontextmanager
async def kept(database: Database, clock: Clock, claim: Claim) -> AsyncIterator[None]:
    """While the block lasts. Where the database is away for a while, the next renewal comes soon enough."""
    renewing = asyncio.create_task(_renew(database, clock, claim))
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


async def _renew(database: Database, clock: Clock, claim: Claim) -> None:
    while True:
        await clock.sleep(SECONDS)
        try:
            async with database.writing() as session:
                await runs.renew(session, [claim], clock.now())
        except Exception:  # noqa: S112 - whoever writes in the run is told of it
            continue
