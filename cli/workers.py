"""Whether anybody takes up what is to be done: a worker lives, and no run waits that it should have taken. Decides what
a person is told; whose runs are taken over is decided by the workers themselves (jobs/census.py)."""

from datetime import datetime, timedelta

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cli.installation import Installation
from kequn.store import tables, workers
from kequn.store.runs import OPEN
from kequn.store.scope import Scope

_runs: Table = tables.Run.__table__  # type: ignore[attr-defined]
_connections: Table = tables.Connection.__table__  # type: ignore[attr-defined]
PATIENCE = timedelta(minutes=2)
START = "start `kequn serve` or `kequn worker`"


async def missing(here: Installation) -> str | None:
    """What is wrong, if anything is. Paused connections need nobody."""
    now = here.clock.now()
    async with here.database.reading() as session:
        active = await _active(session, here.scope)
        living = await workers.living(session, now, here.settings.worker_silence)
        oldest = await _oldest(session, here.scope)
    waits = f"a run waits since {oldest:%Y-%m-%d %H:%M}Z" if oldest and now - oldest > PATIENCE else None
    if active and not living:
        return f"none lives{f', and {waits}' if waits else ''}; {START}"
    return f"{waits}, though a worker lives; look at its log, or {START} beside it" if waits else None


async def _active(session: AsyncSession, scope: Scope) -> int:
    query = select(func.count()).where(_connections.c.tenant_id == scope.tenant, _connections.c.state == "active")
    return int((await session.execute(query)).scalar_one())


async def _oldest(session: AsyncSession, scope: Scope) -> datetime | None:
    """Since when a run of an active connection waits that was asked for."""
    its = (_connections.c.tenant_id == _runs.c.tenant_id) & (_connections.c.id == _runs.c.connection_id)
    query = (
        select(func.min(_runs.c.started_at))
        .join(_connections, its)
        .where(_runs.c.tenant_id == scope.tenant, OPEN, _runs.c.state == "queued", _connections.c.state == "active")
    )
    oldest: datetime | None = (await session.execute(query)).scalar_one()
    return oldest
