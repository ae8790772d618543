"""Finding rows by what identifies them, when no link says which row a record is. Reads only; the rules of what a key is
stand in contracts/identity.py."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.identity import Key, keys
from kequn.contracts.records import Kind
from kequn.store.pairs import among, one_of
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.tables import Identity, Membership

_identities = Identity.__table__  # type: ignore[attr-defined]
_memberships = Membership.__table__  # type: ignore[attr-defined]
Found = dict[Key, list[UUID]]


async def rows_with(session: AsyncSession, scope: Scope, kind: Kind, wanted: Collection[Key]) -> Found:
    """The live rows that hold each of these keys, oldest first."""
    if not wanted:
        return {}
    if kind is Kind.CUSTOMER:
        return await _customers(session, scope, wanted)
    return await _named(session, scope, kind, wanted)


async def _customers(session: AsyncSession, scope: Scope, wanted: Collection[Key]) -> Found:
    pairs = {(key.type, key.value) for key in wanted}
    query = (
        select(_identities.c.type, _identities.c.value, _identities.c.customer_id)
        .where(_identities.c.tenant_id == scope.tenant, among(_identities.c.type, _identities.c.value, pairs))
        .order_by(_identities.c.customer_id)
    )
    return _grouped((Key(type, value), row) for type, value, row in (await session.execute(query)).all())


async def existing(session: AsyncSession, scope: Scope, kind: Kind, ids: Collection[UUID]) -> set[UUID]:
    """Those of these rows that there are, dead ones too."""
    if not ids:
        return set()
    source = table(kind)
    query = select(source.c.id).where(source.c.tenant_id == scope.tenant, one_of(source.c.id, ids))
    return set((await session.execute(query)).scalars())


async def dead(session: AsyncSession, scope: Scope, kind: Kind, ids: Collection[UUID]) -> set[UUID]:
    """Those of these rows that are deleted."""
    if not ids:
        return set()
    source = table(kind)
    mine = (source.c.tenant_id == scope.tenant, one_of(source.c.id, ids))
    return set((await session.execute(select(source.c.id).where(*mine, source.c.deleted_at.is_not(None)))).scalars())


async def any_of(session: AsyncSession, scope: Scope) -> bool:
    """Whether any customer of this tenant is known by anything."""
    query = select(_identities.c.id).where(_identities.c.tenant_id == scope.tenant).limit(1)
    return (await session.execute(query)).first() is not None


async def types_of(session: AsyncSession, scope: Scope, rows: Collection[UUID]) -> dict[UUID, str]:
    """Whether these customers are persons or organisations."""
    if not rows:
        return {}
    source = table(Kind.CUSTOMER)
    query = select(source.c.id, source.c.type).where(source.c.tenant_id == scope.tenant, one_of(source.c.id, rows))
    return {row[0]: row[1] for row in (await session.execute(query)).all()}


async def _named(session: AsyncSession, scope: Scope, kind: Kind, wanted: Collection[Key]) -> Found:
    """Tiers, groups and staff are few: their keys are worked out from all of them, so that width and case of a name do
    not matter on either database."""
    source = table(kind)
    names = [column for column in ("name", "email") if column in source.c]
    query = (
        select(source.c.id, *(source.c[name] for name in names))
        .where(source.c.tenant_id == scope.tenant, source.c.deleted_at.is_(None), source.c.merged_into.is_(None))
        .order_by(source.c.id)
    )
    sought = set(wanted)
    return _grouped(
        (key, row["id"])
        for row in (await session.execute(query)).mappings()
        for key in keys(kind, dict(row))
        if key in sought
    )


def _grouped(pairs: Iterable[tuple[Key, UUID]]) -> Found:
    found: Found = {}
    for key, row in pairs:
        found.setdefault(key, []).append(row)
    return found


async def memberships_of(
    session: AsyncSession, scope: Scope, pairs: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], list[UUID]]:
    """The live memberships of these (customer, group) pairs."""
    if not pairs:
        return {}
    query = (
        select(_memberships.c.customer_id, _memberships.c.group_id, _memberships.c.id)
        .where(
            _memberships.c.tenant_id == scope.tenant,
            _memberships.c.deleted_at.is_(None),
            among(_memberships.c.group_id, _memberships.c.customer_id, ((group, one) for one, group in pairs)),
        )
        .order_by(_memberships.c.id)
    )
    found: dict[tuple[UUID, UUID], list[UUID]] = {}
    for customer, group, row in (await session.execute(query)).all():
        found.setdefault((customer, group), []).append(row)
    return found
