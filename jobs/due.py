"""Which connections have something to do now: a run that was asked for, rows to push, records to look at, or simply
that the last run was long ago. One question to the database, whatever there is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store import tables
from kequn.store.scope import Scope

_connections: Table = tables.Connection.__table__  # type: ignore[attr-defined]
_runs: Table = tables.Run.__table__  # type: ignore[attr-defined]
_outbox: Table = tables.Outbox.__table__  # type: ignore[attr-defined]
_hints: Table = tables.Hint.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Due:
    """A connection with work. `asked`: a person waits for the run; `waiting`: rows or records whose time has come."""

    scope: Scope
    id: UUID
    name: str
    asked: bool
    waiting: bool


async def due(session: AsyncSession, now: datetime, interval: timedelta) -> list[Due]:
    """Of all tenants. Paused connections have nothing to do."""
    started = func.max(_runs.c.started_at).filter(_runs.c.state != "queued")
    query = (
        select(
            _connections.c.tenant_id,
            _connections.c.id,
            _connections.c.name,
            _has(_runs, _runs.c.state == "queued").label("asked"),
            (_has(_outbox, _outbox.c.next_try_at <= now) | _has(_hints, _hints.c.next_try_at <= now)).label("waiting"),
            select(started).where(*_of_this(_runs)).scalar_subquery().label("started"),
        )
        .where(_connections.c.state == "active")
        .order_by(_connections.c.id)
    )
    found = (await session.execute(query)).mappings().all()
    return [
        Due(Scope(one["tenant_id"]), one["id"], one["name"], bool(one["asked"]), bool(one["waiting"]))
        for one in found
        if one["asked"] or one["waiting"] or one["started"] is None or one["started"] <= now - interval
    ]


def _of_this(table: Table) -> tuple[Any, Any]:
    return table.c.tenant_id == _connections.c.tenant_id, table.c.connection_id == _connections.c.id


def _has(table: Table, condition: Any) -> Any:
    return exists(select(table.c.connection_id).where(*_of_this(table), condition))
