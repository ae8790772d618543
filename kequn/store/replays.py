"""Keys under which mutations were sent, and what became of them: kept for a day. Decides nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store.scope import Actor
from kequn.store.tables import Replay
from kequn.store.upsert import insert_new

KEPT = timedelta(hours=24)
_replays: Table = Replay.__table__  # type: ignore[attr-defined]


async def claim(session: AsyncSession, actor: Actor, key: str, digest: str, now: datetime) -> Mapping[Any, Any] | None:
    """Take the key; None when it was free. Otherwise what was asked and what came of it: who sends the same at the same
    time waits here for the first one's end."""
    await session.execute(delete(_replays).where(_replays.c.tenant_id == actor.tenant, _replays.c.at < now - KEPT))
    taken = {"tenant_id": actor.tenant, "actor": actor.name, "key": key, "digest": digest, "outcomes": [], "at": now}
    made = await session.execute(insert_new(session, _replays).values(taken).returning(_replays.c.key))
    if made.first() is not None:
        return None
    query = select(_replays.c.digest, _replays.c.outcomes).where(*_mine(actor, key))
    return (await session.execute(query)).mappings().one()


async def renew(session: AsyncSession, actor: Actor, key: str, now: datetime, before: datetime) -> bool:
    """Take a key anew that was taken before this moment and of which nothing came; whether it could be."""
    query = select(_replays.c.outcomes, _replays.c.at).where(*_mine(actor, key)).with_for_update()
    row = (await session.execute(query)).first()
    if row is None or row.outcomes or row.at > before:
        return False
    await session.execute(update(_replays).where(*_mine(actor, key)).values(at=now))
    return True


async def forget(session: AsyncSession, actor: Actor, key: str) -> None:
    """Nothing came of it."""
    await session.execute(delete(_replays).where(*_mine(actor, key)))


async def keep(session: AsyncSession, actor: Actor, key: str, outcomes: Sequence[Any]) -> None:
    """Note what came of it."""
    await session.execute(update(_replays).where(*_mine(actor, key)).values(outcomes=list(outcomes)))


def _mine(actor: Actor, key: str) -> Sequence[ColumnElement[bool]]:
    return _replays.c.tenant_id == actor.tenant, _replays.c.actor == actor.name, _replays.c.key == key
