"""Which field a column of a sheet is, as somebody chose it: kept by kind, for the next sheet."""

from collections.abc import Mapping

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store.scope import Scope
from kequn.store.tables import SheetMapping
from kequn.store.upsert import insert_or_update

_mappings: Table = SheetMapping.__table__  # type: ignore[attr-defined]


async def read(session: AsyncSession, scope: Scope, kind: str) -> dict[str, str]:
    """Fields by header; an empty one: the column is not read."""
    query = select(_mappings.c.columns).where(_mappings.c.tenant_id == scope.tenant, _mappings.c.kind == kind)
    return dict((await session.execute(query)).scalar() or {})


async def write(session: AsyncSession, scope: Scope, kind: str, columns: Mapping[str, str]) -> None:
    values = {"tenant_id": scope.tenant, "kind": kind, "columns": dict(columns)}
    await session.execute(insert_or_update(session, _mappings, "columns").values(**values))
