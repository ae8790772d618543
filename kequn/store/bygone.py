"""Runs of long ago: those that went well and ended before a day, some at a time, and which of them is the newest. What
may be forgotten is somebody else's to say (jobs/forgetting.py); what a change refers to stays whatever they say."""

from collections.abc import Collection, Mapping, Sequence
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
