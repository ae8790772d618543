"""Webhooks that were taken, by a digest of what only their repeats share, until a repeat would be too old. What they
said is not kept. Decides which come for the first time; what is then done with them is the caller's."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, delete
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store.scope import Scope
from kequn.store.tables import Heard
from kequn.store.upsert import insert_new

_heard: Table = Heard.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, order=True)
class Mark:
    """What a webhook is known by, and until when."""

    digest: bytes
    until: datetime


async def keep(session: AsyncSession, scope: Scope, connection: UUID, marks: Collection[Mark]) -> set[bytes]:
    """Keep these. Returns the digests that did not stand here: who hears one at the same time as another server waits
    for that one's end."""
    mine = {"tenant_id": scope.tenant, "connection_id": connection}
    rows = [mine | {"digest": mark.digest, "until": mark.until} for mark in sorted(set(marks))]
    if not rows:
        return set()
    made = await session.execute(insert_new(session, _heard).returning(_heard.c.digest), rows)
    return set(made.scalars())


async def forget(session: AsyncSession, scope: Scope, now: datetime) -> None:
    """Let go of those whose repeats are too old by now."""
    await session.execute(delete(_heard).where(_heard.c.tenant_id == scope.tenant, _heard.c.until < now))
