"""Runs of before: all of them, the latest first; and those of long ago that went well, some at a time, and which of
them is the newest. What may be forgotten is somebody else's to say (jobs/forgetting.py); what a change refers to stays
whatever they say."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store import tables
from kequn.store.news import first_id
from kequn.store.scope import Scope

_runs = tables.Run.__table__  # type: ignore[attr-defined]
_changes = tables.Change.__table__  # type: ignore[attr-defined]
PIECE = 500


@dataclass(frozen=True)
class Run:
    """One that was asked for: how far it came, and how it ended."""

    id: UUID
    connection_id: UUID
    state: str
    starter: str
    worker: str | None
    started_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, Any]
    code: str | None
    message: str | None


_COLUMNS = [_runs.c[field.name] for field in fields(Run)]


async def latest(
    session: AsyncSession, scope: Scope, connection: UUID | None = None, piece: int = PIECE
) -> AsyncIterator[Run]:
    """Of one connection, or of all. Ids sort by the time they were made."""
    query = _of(scope, connection).order_by(_runs.c.id.desc()).limit(piece)
    asked, more = query, True
    while more:
        rows = (await session.execute(asked)).all()
        for row in rows:
            yield Run(*row)
        more = len(rows) == piece
        asked = query.where(_runs.c.id < rows[-1].id) if more else query


async def last(session: AsyncSession, scope: Scope, connection: UUID, *, well: bool = False) -> Run | None:
    """The one that began last. `well`: of those that went well."""
    query = _of(scope, connection).where(*_well(scope)) if well else _of(scope, connection)
    row = (await session.execute(query.order_by(_runs.c.started_at.desc()).limit(1))).one_or_none()
    return row and Run(*row)


async def state_of(session: AsyncSession, scope: Scope, run: UUID) -> str | None:
    """None: there is no such run."""
    query = select(_runs.c.state).where(_runs.c.tenant_id == scope.tenant, _runs.c.id == run)
    state: str | None = (await session.execute(query)).scalar()
    return state


def _of(scope: Scope, connection: UUID | None = None) -> Select[Any]:
    query = select(*_COLUMNS).where(_runs.c.tenant_id == scope.tenant)
    return query if connection is None else query.where(_runs.c.connection_id == connection)


class Ran(NamedTuple):
    id: UUID
    connection: UUID
    starter: str
    started_at: datetime
    counts: Mapping[str, Any]


async def newest(session: AsyncSession, scope: Scope) -> dict[tuple[UUID, str], datetime]:
    """By connection and starter, when the last began that went well: how old our knowledge is, is told by it."""
    its = (_runs.c.connection_id, _runs.c.starter)
    query = select(*its, func.max(_runs.c.started_at)).where(*_well(scope)).group_by(*its)
    return {(connection, starter): at for connection, starter, at in (await session.execute(query)).all()}


async def some(session: AsyncSession, scope: Scope, until: datetime, beyond: UUID, limit: int) -> Sequence[Ran]:
    """So many after this id, in order."""
    return [Ran(*row) for row in (await session.execute(question(scope, until, beyond).limit(limit))).all()]


def question(scope: Scope, until: datetime, beyond: UUID) -> Select[Any]:
    return (
        select(_runs.c.id, _runs.c.connection_id, _runs.c.starter, _runs.c.started_at, _runs.c.counts)
        .where(*_well(scope), _runs.c.id > beyond, _runs.c.id < first_id(until), _runs.c.finished_at < until)
        .order_by(_runs.c.id)
    )


async def forget(session: AsyncSession, scope: Scope, ids: Collection[UUID]) -> None:
    """History, provenance and undo ask for the run of a change."""
    its = (_changes.c.tenant_id == _runs.c.tenant_id, _changes.c.run_id == _runs.c.id)
    mine = (_runs.c.tenant_id == scope.tenant, _runs.c.id.in_(ids))
    await session.execute(delete(_runs).where(*mine, ~exists(select(_changes.c.id).where(*its))))


def _well(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return _runs.c.tenant_id == scope.tenant, _runs.c.state == "done", _runs.c.code.is_(None)
