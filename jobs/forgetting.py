"""A run a minute leaves half a million rows a year for each connection, and nearly all of them say that there was
nothing to do. Decides which of them need not be kept; the newest, and whatever changed something, always is."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from jobs.chores import DAY, Chore
from kequn.store import bygone
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Scope
from kequn.sync.job import COSTS
from kequn.sync.plan import Verb

AT_A_TIME = 500
IDLE = {"pulled", *COSTS, Verb.AGREE, Verb.LEAVE, Verb.IGNORE}
"""What a run counts though it did nothing: feeds overlap, so that the same records are read again."""


def is_idle(counts: Mapping[str, Any]) -> bool:
    """Nothing was written here or there, nothing waits, and nobody was asked."""
    return not any(count for name, count in counts.items() if name not in IDLE)


def forgetting(days: int) -> Chore:
    """Idle runs go after so many days."""

    async def work(database: Database, ledger: Ledger, actor: Actor) -> None:
        await forget(database, Scope(actor.tenant), ledger, days)

    return Chore("old runs", DAY, work)


async def forget(database: Database, scope: Scope, ledger: Ledger, days: int) -> None:
    """Some at a time, so that nobody waits for long."""
    until, beyond = ledger.clock.now() - timedelta(days=days), UUID(int=0)
    async with database.reading() as session:
        newest = await bygone.newest(session, scope)
    while True:
        async with database.reading() as session:
            found = await bygone.some(session, scope, until, beyond, AT_A_TIME)
        old = (one for one in found if one.started_at < newest[one.connection, one.starter])
        idle = [one.id for one in old if is_idle(one.counts)]
        if idle:
            async with database.writing() as session:
                await bygone.forget(session, scope, idle)
        if len(found) < AT_A_TIME:
            return
        beyond = found[-1].id
