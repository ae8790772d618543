"""The circuit breaker of a connection: after failures it is left alone for a while, by every worker. What somebody asks
for is done all the same."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.clock import Random
from kequn.store import tables
from kequn.store.scope import Scope

_connections: Table = tables.Connection.__table__  # type: ignore[attr-defined]
USUAL_LONGEST = 300.0
LONGEST = timedelta(seconds=1.25 * USUAL_LONGEST)
"""No rest is longer: one that seems so was noted before our clock was set back."""


async def note(
    session: AsyncSession, scope: Scope, connection: UUID, now: datetime, chance: Random, *, well: bool
) -> None:
    """How a run went. Twice as long a rest after each failure, up to five minutes, more or less a quarter, so that
    connections that failed together do not come back together."""
    here = (_connections.c.tenant_id == scope.tenant, _connections.c.id == connection)
    before = (await session.execute(select(_connections.c.failures).where(*here))).scalar_one()
    if not well:
        seconds = min(2.0 ** min(before + 1, 30), USUAL_LONGEST) * (0.75 + chance.fraction() / 2)
        rest = {"failures": before + 1, "rests_until": now + timedelta(seconds=seconds)}
        await session.execute(update(_connections).where(*here).values(rest))
    elif before:
        await session.execute(update(_connections).where(*here).values(failures=0, rests_until=None))
