"""How the connections stand, in numbers: for whoever watches over an installation. A handful of questions, however many
connections there are. Decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store import tables
from kequn.store.runs import OPEN
from kequn.store.scope import Scope

_connections: Table = tables.Connection.__table__  # type: ignore[attr-defined]
_tenants: Table = tables.Tenant.__table__  # type: ignore[attr-defined]
_runs: Table = tables.Run.__table__  # type: ignore[attr-defined]
_outbox: Table = tables.Outbox.__table__  # type: ignore[attr-defined]
_hints: Table = tables.Hint.__table__  # type: ignore[attr-defined]
_conflicts: Table = tables.Conflict.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Gauge:
    """One connection. `lag`: seconds since the beginning of the last run that went well; `seconds`, `pulled`, `pushed`:
    of the last run that ended; `outbox`, `hints`: what waits; `conflicts`: open ones."""

    scope: Scope
    id: UUID
    tenant: str
    name: str
    plugin: str
    active: bool
    failures: int
    running: bool
    lag: float | None
    seconds: float | None
    pulled: int
    pushed: int
    outbox: int
    hints: int
    conflicts: int


async def gauges(session: AsyncSession, now: datetime, scope: Scope | None = None) -> list[Gauge]:
    """Of all tenants, or of one."""
    query = (
        select(_connections, _tenants.c.slug)
        .join(_tenants, _tenants.c.id == _connections.c.tenant_id)
        .where(_connections.c.state != "removed", *([_connections.c.tenant_id == scope.tenant] if scope else []))
        .order_by(_tenants.c.slug, _connections.c.name)
    )
    found = (await session.execute(query)).mappings().all()
    outbox, hints = await _count(session, _outbox), await _count(session, _hints)
    conflicts = await _count(session, _conflicts, _conflicts.c.state == "open")
    running = await _count(session, _runs, OPEN, _runs.c.state == "running")
    well = await _latest(session, _runs.c.state == "done", _runs.c.code.is_(None))
    ended = await _latest(session, _runs.c.finished_at.is_not(None))
    return [
        Gauge(
            Scope(one["tenant_id"]), one["id"], one["slug"], one["name"], one["plugin"], one["state"] == "active",
            one["failures"], one["id"] in running,
            (now - well[one["id"]]["started_at"]).total_seconds() if one["id"] in well else None,
            _seconds(ended.get(one["id"])), _counted(ended, one["id"], "pulled"), _counted(ended, one["id"], "pushed"),
            outbox.get(one["id"], 0), hints.get(one["id"], 0), conflicts.get(one["id"], 0),
        )
        for one in found
    ]  # fmt: skip


async def _count(session: AsyncSession, table: Table, *where: Any) -> dict[UUID, int]:
    query = select(table.c.connection_id, func.count()).where(*where).group_by(table.c.connection_id)
    return {row[0]: row[1] for row in (await session.execute(query)).all()}


async def _latest(session: AsyncSession, *where: Any) -> dict[UUID, Any]:
    """The latest of these runs, by connection."""
    latest = select(_runs.c.connection_id, func.max(_runs.c.started_at).label("at")).where(*where)
    last = latest.group_by(_runs.c.connection_id).subquery()
    same = (_runs.c.connection_id == last.c.connection_id) & (_runs.c.started_at == last.c["at"])
    found: Sequence[Any] = (await session.execute(select(_runs).join(last, same).where(*where))).mappings().all()
    return {one["connection_id"]: one for one in found}


def _seconds(run: Any) -> float | None:
    return (run["finished_at"] - run["started_at"]).total_seconds() if run else None


def _counted(ended: dict[UUID, Any], connection: UUID, name: str) -> int:
    return int(ended[connection]["counts"].get(name, 0)) if connection in ended else 0
