"""What was written since somebody last looked: for those who want to be told. Entries of the change log and conflicts
are found by their ids, which hold the time of their making."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.clock import Clock
from kequn.store.scope import Scope
from kequn.store.tables import Alert, Change, Conflict, Owned, Run

OVERLAP = timedelta(seconds=15)  # transactions commit in another order than that of their ids; clocks differ a little
PAGE = 500

_changes = Change.__table__  # type: ignore[attr-defined]
_conflicts = Conflict.__table__  # type: ignore[attr-defined]
_alerts = Alert.__table__  # type: ignore[attr-defined]
_runs = Run.__table__  # type: ignore[attr-defined]
Rows = Sequence[Any]


def first_id(moment: datetime) -> UUID:
    """No id (a UUIDv7) that was made later is smaller."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


class Trail:
    """Finds what is new in a table: the last seconds are read again each time, and what was told is remembered.
    The first look finds nothing: what is there already is not new."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._looked: datetime | None = None
        self._told: frozenset[UUID] = frozenset()

    async def follow(self, read: Callable[[UUID], Awaitable[Rows]]) -> list[Any]:
        """`read`: a page of the rows beyond an id, in the order of their ids."""
        now = self._clock.now()
        position, found = first_id((self._looked or now) - OVERLAP), list[Any]()
        while page := await read(position):
            found += page
            position = page[-1].id
        new = [row for row in found if row.id not in self._told] if self._looked else []
        self._looked, self._told = now, frozenset(row.id for row in found)
        return new


async def changes(session: AsyncSession, scope: Scope, kind: str, beyond: UUID) -> Rows:
    """Entries of the change log about rows of one kind."""
    query = _beyond(Change, scope, beyond).where(_changes.c.kind == kind)
    rows: Rows = (await session.execute(query)).scalars().all()
    return rows


async def conflicts(session: AsyncSession, scope: Scope, beyond: UUID) -> Rows:
    rows: Rows = (await session.execute(_beyond(Conflict, scope, beyond))).scalars().all()
    return rows


async def alerts(session: AsyncSession, scope: Scope, beyond: UUID) -> Rows:
    rows: Rows = (await session.execute(_beyond(Alert, scope, beyond))).scalars().all()
    return rows


def _beyond(table: type[Owned], scope: Scope, id: UUID) -> Select[Any]:
    columns = table.__table__.c  # type: ignore[attr-defined]
    return select(table).where(columns.tenant_id == scope.tenant, columns.id > id).order_by(columns.id).limit(PAGE)


async def mark(session: AsyncSession, scope: Scope, now: datetime) -> tuple[Any, ...]:
    """Is another one as soon as something was written that somebody could want to be told of."""
    written = [
        await _written(session, table, scope, first_id(now - OVERLAP)) for table in (_changes, _conflicts, _alerts)
    ]
    own = _runs.c.tenant_id == scope.tenant
    open_ones = select(_runs.c.id, _runs.c.generation, _runs.c.lease_until).where(own, _runs.c.finished_at.is_(None))
    runs = (await session.execute(open_ones.order_by(_runs.c.id))).all()
    ended = (await session.execute(select(func.max(_runs.c.finished_at)).where(own))).scalar_one()
    return (*written, *map(tuple, runs), ended)


async def _written(session: AsyncSession, table: Any, scope: Scope, beyond: UUID) -> tuple[int, UUID | None]:
    """How many there are lately, and the last of them."""
    lately = table.c.tenant_id == scope.tenant, table.c.id > beyond
    count = (await session.execute(select(func.count()).select_from(table).where(*lately))).scalar_one()
    last = select(table.c.id).where(*lately).order_by(table.c.id.desc()).limit(1)
    return count, (await session.execute(last)).scalar_one_or_none()
