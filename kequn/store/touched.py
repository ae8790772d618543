"""Whose facts may have changed since a moment: read from the change log, and from what is noted beside it. Decides
nothing about what changed in them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, Table, literal, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store import journal, tables
from kequn.store.news import first_id
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from kequn.store.where import in_set

_changes: Table = tables.Change.__table__  # type: ignore[attr-defined]
_noted: Sequence[Table] = [
    tables.Answer.__table__,  # type: ignore[attr-defined]
    tables.PointEntry.__table__,  # type: ignore[attr-defined]
]
_pins: Table = tables.Pin.__table__  # type: ignore[attr-defined]
_OWNED = (Kind.PURCHASE, Kind.INTERACTION)


async def since(session: AsyncSession, scope: Scope, vault: Vault, moment: datetime) -> set[UUID]:
    """The customers, those included that a purchase or an interaction was taken away from."""
    logged = (_changes.c.tenant_id == scope.tenant, _changes.c.id >= first_id(moment))
    parts: list[Select[Any]] = [select(_changes.c.row_id).where(*logged, _changes.c.kind == Kind.CUSTOMER.value)]
    for kind in _OWNED:
        rows = table(kind)
        changed = select(_changes.c.row_id).where(*logged, _changes.c.kind == kind.value)
        parts.append(select(rows.c.customer_id).where(rows.c.tenant_id == scope.tenant, rows.c.id.in_(changed)))
    for noted in _noted:
        parts.append(select(noted.c.customer_id).where(noted.c.tenant_id == scope.tenant, noted.c.noted_at >= moment))
    pinned = (_pins.c.tenant_id == scope.tenant, or_(_pins.c.since >= moment, _pins.c.ended_at >= moment))
    parts.append(select(_pins.c.customer_id).where(*pinned))
    found: set[UUID | None] = set((await session.execute(union(*parts))).scalars().all())
    return {one for one in found if one is not None} | await _before(session, scope, vault, moment)


async def _before(session: AsyncSession, scope: Scope, vault: Vault, moment: datetime) -> set[UUID]:
    """Whose a purchase or an interaction was before it was given to somebody else."""
    logged = (_changes.c.tenant_id == scope.tenant, _changes.c.id >= first_id(moment), _changes.c.op != "create")
    kinds = _changes.c.kind.in_([kind.value for kind in _OWNED])
    query = select(_changes.c.id).where(*logged, kinds, in_set(_changes.c.fields, literal("customer", String())))
    ids = (await session.execute(query)).scalars().all()
    entries = await journal.entries(session, scope, vault, ids)
    moved = (entry.moved.get("customer", (None, None))[0] for entry in entries)
    return {customer for customer in moved if isinstance(customer, UUID)}
