"""Workers as they are written down: their heartbeats. Whose runs are taken over is decided by whoever watches
(jobs/census.py); who is counted as living, for people, here."""

from datetime import datetime, timedelta

from sqlalchemy import Table, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store import tables
from kequn.store.upsert import insert_or_update

_workers: Table = tables.Worker.__table__  # type: ignore[attr-defined]


async def beat(session: AsyncSession, worker: str, now: datetime) -> None:
    """It lives. One that was counted out is in again."""
    values = {"id": worker, "beat": 1, "started_at": now, "beat_at": now}
    await session.execute(insert_or_update(session, _workers, "beat_at", beat=_workers.c.beat + 1), [values])


async def beats(session: AsyncSession) -> dict[str, tuple[datetime, int]]:
    """The heartbeat of every worker: since when it counts, and how far it has."""
    query = select(_workers.c.id, _workers.c.started_at, _workers.c.beat)
    return {row[0]: (row[1], row[2]) for row in (await session.execute(query)).all()}


async def living(session: AsyncSession, now: datetime, silence: float) -> int:
    """Those that were heard within twice the silence after which a worker is dead. Trusts that the clocks of all
    machines agree to as much: it looks once, and cannot watch whose number rises."""
    width = timedelta(seconds=2 * silence)
    query = select(func.count()).where(_workers.c.beat_at.between(now - width, now + width))
    return int((await session.execute(query)).scalar_one())


async def leave(session: AsyncSession, worker: str) -> None:
    await session.execute(delete(_workers).where(_workers.c.id == worker))
