"""Keys under which mutations were sent, and what became of them: kept for a day. Decides nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store.scope import Actor
from kequn.store.tables import Replay
from kequn.store.upsert import insert_new

KEPT = timedelta(hours=24)
_replays: Table = Replay.__table__  # type: ignore[attr-defined]


async def claim(session: AsyncSession, actor: Actor, key: str, digest: str, now: datetime) -> Mapping[Any, Any] | None:
    """Take the key; None when it was free. Otherwise what was asked and what came of it: who sends the same at the same
    time waits here for the first one's end."""
    mine = (_replays.c.tenant_id == actor.tenant, _replays.c.actor == actor.name, _replays.c.key == key)
    await session.execute(delete(_replays).where(_replays.c.tenant_id == actor.tenant, _replays.c.at < now - KEPT))
    taken = {"tenant_id": actor.tenant, "actor": actor.name, "key": key, "digest": digest, "outcomes": [], "at": now}
    made = await session.execute(insert_new(session, _replays).values(taken).returning(_replays.c.key))
    if made.first() is not None:
        return None
    return (await session.execute(select(_replays.c.digest, _replays.c.outcomes).where(*mine))).mappings().one()


async def find(session: AsyncSession, actor: Actor, key: str, now: datetime) -> Mapping[Any, Any] | None:
    """What was asked under a key, and what came of it."""
    mine = (_replays.c.tenant_id == actor.tenant, _replays.c.actor == actor.name, _replays.c.key == key)
    query = select(_replays.c.digest, _replays.c.outcomes).where(*mine, _replays.c.at >= now - KEPT)
    return (await session.execute(query)).mappings().first()


async def keep(session: AsyncSession, actor: Actor, key: str, outcomes: Sequence[Any]) -> None:
    """Note what came of it, in the transaction that did it."""
    mine = (_replays.c.tenant_id == actor.tenant, _replays.c.actor == actor.name, _replays.c.key == key)
    await session.execute(update(_replays).where(*mine).values(outcomes=list(outcomes)))
