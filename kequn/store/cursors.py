"""Where each feed of a connection stands. Written in the transaction of the page that it covers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store import tables
from kequn.store.scope import Scope
from kequn.store.upsert import insert_or_update

_cursors: Table = tables.Cursor.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Place:
    """See tables.Cursor. `position`: the plugin's cursor (None: from the start)."""

    position: Mapping[str, Any] | None = None
    scan: str | None = None
    met: int = 0
    size: int = 0
    walked_at: datetime | None = None


async def load(session: AsyncSession, scope: Scope, connection: UUID) -> dict[str, Place]:
    """Every feed that was ever begun."""
    query = select(_cursors).where(_cursors.c.tenant_id == scope.tenant, _cursors.c.connection_id == connection)
    return {
        row["feed"]: Place(row["position"], row["scan"], row["met"], row["size"], row["walked_at"])
        for row in (await session.execute(query)).mappings()
    }


async def put(session: AsyncSession, scope: Scope, connection: UUID, feed: str, place: Place) -> None:
    values = {
        "tenant_id": scope.tenant,
        "connection_id": connection,
        "feed": feed,
        "position": dict(place.position) if place.position is not None else None,
        "scan": place.scan,
        "met": place.met,
        "size": place.size,
        "walked_at": place.walked_at,
    }
    names = ("position", "scan", "met", "size", "walked_at")
    await session.execute(insert_or_update(session, _cursors, *names), [values])


async def rewind(session: AsyncSession, scope: Scope, connection: UUID) -> None:
    """Every feed is due now, and read from the start."""
    mine = (_cursors.c.tenant_id == scope.tenant, _cursors.c.connection_id == connection)
    again = {"position": None, "scan": None, "met": 0, "walked_at": None}
    await session.execute(update(_cursors).where(*mine).values(**again))
