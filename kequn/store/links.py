"""Links and tombstones as values: which record of a CRM is which row, and what was last agreed. Read and written in
sets; decides nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store import pairs, tables
from kequn.store.pairs import one_of, one_of_those, ordered
from kequn.store.scope import Scope
from kequn.store.upsert import insert_many, insert_or_update
from kequn.store.values import Facts, pack, unpack
from kequn.store.vault import Erased, Keys, Vault, subject_of

_links: Table = tables.Link.__table__  # type: ignore[attr-defined]
_graves: Table = tables.Tombstone.__table__  # type: ignore[attr-defined]
Address = tuple[str, str]
"""(object, external id) at one connection."""
_PRIMARY = select(_links.c.row_id, _links.c.object, _links.c.external_id).where(
    _links.c.tenant_id == bindparam("tenant"),
    _links.c.connection_id == bindparam("connection"),
    _links.c.is_primary,
    one_of_those(_links.c.row_id, "rows"),
)
_BURIED = select(_graves.c.row_id).where(
    _graves.c.tenant_id == bindparam("tenant"),
    _graves.c.connection_id == bindparam("connection"),
    one_of_those(_graves.c.row_id, "rows"),
)


@dataclass(frozen=True)
class Link:
    """See tables.Link. `whose`: the subject whose key covers the base; `erased`: it was destroyed, and what the record
    says is not to be known here any more."""

    connection: UUID
    object: str
    external_id: str
    kind: Kind
    row_id: UUID
    base: Facts = field(repr=False)
    version: int = 0
    primary: bool = True
    in_scope: bool = True
    parted: bool = False
    stale: bool = False
    owner: str | None = None
    pushed_at: datetime | None = None
    whose: UUID | None = None
    erased: bool = False

    @property
    def address(self) -> Address:
        return self.object, self.external_id


@dataclass(frozen=True)
class Tombstone:
    """See tables.Tombstone. `whose`, `erased`: as of a link."""

    connection: UUID
    object: str
    external_id: str
    kind: Kind
    row_id: UUID
    base: Facts = field(repr=False)
    version: int = 0
    into: str | None = None
    again: bool = False
    whose: UUID | None = None
    died_at: datetime | None = None
    erased: bool = False

    @property
    def address(self) -> Address:
        return self.object, self.external_id


async def at(
    session: AsyncSession, scope: Scope, vault: Vault, connection: UUID, addresses: Collection[Address]
) -> dict[Address, Link]:
    """The links of these records."""
    return {link.address: link for link in await _load(session, scope, vault, connection, among(_links, addresses))}


async def of_rows(
    session: AsyncSession, scope: Scope, vault: Vault, connection: UUID, row_ids: Collection[UUID]
) -> list[Link]:
    """The links of these rows at a connection."""
    return await _load(session, scope, vault, connection, one_of(_links.c.row_id, row_ids))


async def owned(
    session: AsyncSession, scope: Scope, vault: Vault, connection: UUID, object: str, owners: Collection[str]
) -> list[Link]:
    """The links of `object` that the records `owners` carry."""
    return await _load(session, scope, vault, connection, _links.c.object == object, one_of(_links.c.owner, owners))


async def addresses_of(
    session: AsyncSession, scope: Scope, connection: UUID, row_ids: Collection[UUID]
) -> dict[UUID, list[Address]]:
    """Where these rows stand at a connection as primary links, without opening their bases."""
    found: dict[UUID, list[Address]] = {}
    if not row_ids:
        return found
    asked = {"tenant": scope.tenant, "connection": connection, "rows": ordered(row_ids)}
    for row_id, object, external_id in (await session.execute(_PRIMARY, asked)).all():
        found.setdefault(row_id, []).append((object, external_id))
    return found


async def rows_at(
    session: AsyncSession, scope: Scope, connection: UUID, addresses: Collection[Address]
) -> dict[Address, UUID]:
    """The rows of these records, without opening their bases."""
    return await _there(session, scope, connection, "row_id", addresses)


async def buried(session: AsyncSession, scope: Scope, connection: UUID, row_ids: Collection[UUID]) -> set[UUID]:
    """Those of these rows that stood at a connection and do not any more."""
    graves = await with_graves(session, scope, connection, row_ids)
    return graves - (await addresses_of(session, scope, connection, graves)).keys()


async def with_graves(session: AsyncSession, scope: Scope, connection: UUID, row_ids: Collection[UUID]) -> set[UUID]:
    """Those of these rows that had a record at a connection which is gone; they may have another."""
    if not row_ids:
        return set()
    asked = {"tenant": scope.tenant, "connection": connection, "rows": ordered(row_ids)}
    return set((await session.execute(_BURIED, asked)).scalars())


async def versions(
    session: AsyncSession, scope: Scope, connection: UUID, addresses: Collection[Address]
) -> dict[Address, int]:
    """The versions of these records as they were last seen or written, without opening their bases."""
    return await _there(session, scope, connection, "version", addresses)


async def _there(
    session: AsyncSession, scope: Scope, connection: UUID, column: str, addresses: Collection[Address]
) -> dict[Address, Any]:
    """One column of the links of these records."""
    if not addresses:
        return {}
    groups = pairs.grouped(addresses)
    asked = {"tenant": scope.tenant, "connection": connection, **pairs.named(groups)}
    found = (await session.execute(_column_at(column, len(groups)), asked)).all()
    return {(object, external_id): value for object, external_id, value in found}


@cache
def _column_at(column: str, objects: int) -> Select[Any]:
    """For records of so many objects."""
    return select(_links.c.object, _links.c.external_id, _links.c[column]).where(
        _links.c.tenant_id == bindparam("tenant"),
        _links.c.connection_id == bindparam("connection"),
        pairs.among_those(_links.c.object, _links.c.external_id, objects),
    )


def among(table: Table, addresses: Collection[Address]) -> Any:
    return pairs.among(table.c.object, table.c.external_id, addresses)


async def _load(session: AsyncSession, scope: Scope, vault: Vault, connection: UUID, *where: Any) -> list[Link]:
    query = select(_links).where(_links.c.tenant_id == scope.tenant, _links.c.connection_id == connection, *where)
    found = (await session.execute(query)).mappings().all()
    keys = await vault.keys(session, scope, {subject_of(columns["base"]) for columns in found})
    return [_link(columns, keys) for columns in found]


def opened(vault: Vault, columns: Mapping[Any, Any]) -> Link:
    """A link that came with its key."""
    return _link(columns, vault.opened([columns], "base"))


def _link(columns: Mapping[Any, Any], keys: Keys) -> Link:
    base = _open(keys, columns, "link")
    return Link(
        columns["connection_id"],
        columns["object"],
        columns["external_id"],
        Kind(columns["kind"]),
        columns["row_id"],
        base or {},
        columns["version"],
        columns["is_primary"],
        columns["in_scope"],
        columns["parted"],
        columns["stale"],
        columns["owner"],
        columns["pushed_at"],
        subject_of(columns["base"]),
        base is None,
    )


def _open(keys: Keys, columns: Mapping[Any, Any], noun: str) -> Facts | None:
    """None: it was erased."""
    try:
        return unpack(Kind(columns["kind"]), keys.open(columns["base"], _bind(noun, columns)))
    except Erased:
        return None


def _bind(noun: str, columns: Mapping[Any, Any]) -> str:
    return f"{noun}/{columns['connection_id'].hex}/{columns['object']}/{columns['external_id']}/base"


def _columns(scope: Scope, thing: Link | Tombstone, keys: Keys, noun: str) -> dict[str, Any]:
    columns = {
        "tenant_id": scope.tenant,
        "connection_id": thing.connection,
        "object": thing.object,
        "external_id": thing.external_id,
        "kind": thing.kind.value,
        "row_id": thing.row_id,
        "version": thing.version,
    }
    columns["base"] = keys.seal(thing.whose or scope.tenant, pack(thing.base), _bind(noun, columns))
    return columns


async def put(
    session: AsyncSession, scope: Scope, keys: Keys, links: Sequence[Link], seen_at: datetime | None = None
) -> None:
    """Write links, new or known. `seen_at`: their records were read just now."""
    if links:
        seen = {"seen_at": seen_at} if seen_at else {}
        values = [
            {
                **_columns(scope, link, keys, "link"),
                "is_primary": link.primary,
                "in_scope": link.in_scope,
                "parted": link.parted,
                "stale": link.stale,
                "owner": link.owner,
                "pushed_at": link.pushed_at,
                **seen,
            }
            for link in links
        ]
        known = ("is_primary", "in_scope", "parted", "stale", "owner", "pushed_at")
        names = ("kind", "row_id", "version", "base", *known, *seen)
        await insert_many(session, insert_or_update(session, _links, *names), values)


async def mark_seen(
    session: AsyncSession,
    scope: Scope,
    connection: UUID,
    addresses: Collection[Address],
    now: datetime,
    scan: str | None = None,
) -> None:
    """Note that these records were read, and by which scan."""
    if addresses:
        await session.execute(
            update(_links)
            .where(_links.c.tenant_id == scope.tenant, _links.c.connection_id == connection, among(_links, addresses))
            .values(seen_at=now, **({"seen": scan} if scan else {}))
        )


async def unseen(
    session: AsyncSession, scope: Scope, connection: UUID, object: str, scan: str
) -> list[tuple[str, str]]:
    """(external id, kind) of the linked records of `object` that a scan did not meet."""
    query = select(_links.c.external_id, _links.c.kind).where(
        _links.c.tenant_id == scope.tenant,
        _links.c.connection_id == connection,
        _links.c.object == object,
        _links.c.seen.is_distinct_from(scan),
    )
    return [(row[0], row[1]) for row in (await session.execute(query.order_by(_links.c.external_id))).all()]


async def bury(session: AsyncSession, scope: Scope, keys: Keys, graves: Sequence[Tombstone], now: datetime) -> None:
    """Remove the links of these records and keep tombstones instead."""
    if graves:
        connection = graves[0].connection
        values = [
            {**_columns(scope, grave, keys, "tombstone"), "into": grave.into, "again": grave.again, "died_at": now}
            for grave in graves
        ]
        names = ("kind", "row_id", "version", "base", "into", "again", "died_at")
        await insert_many(session, insert_or_update(session, _graves, *names), values)
        await _remove(session, _links, scope, connection, [grave.address for grave in graves])


async def raise_up(session: AsyncSession, scope: Scope, connection: UUID, addresses: Iterable[Address]) -> None:
    """Remove tombstones: the records are alive again."""
    await _remove(session, _graves, scope, connection, list(addresses))


async def _remove(
    session: AsyncSession, table: Table, scope: Scope, connection: UUID, addresses: Collection[Address]
) -> None:
    if addresses:
        await session.execute(
            delete(table).where(
                table.c.tenant_id == scope.tenant, table.c.connection_id == connection, among(table, addresses)
            )
        )


async def tombstones(
    session: AsyncSession,
    scope: Scope,
    vault: Vault,
    connection: UUID,
    *,
    addresses: Collection[Address] = (),
    row_ids: Collection[UUID] = (),
) -> list[Tombstone]:
    """The tombstones of these records, or of these rows."""
    which = among(_graves, addresses) if addresses else one_of(_graves.c.row_id, row_ids)
    query = select(_graves).where(_graves.c.tenant_id == scope.tenant, _graves.c.connection_id == connection, which)
    found = (await session.execute(query)).mappings().all() if addresses or row_ids else []
    keys = await vault.keys(session, scope, {subject_of(columns["base"]) for columns in found})
    return [_tombstone(columns, keys) for columns in found]


def _tombstone(columns: Mapping[Any, Any], keys: Keys) -> Tombstone:
    base = _open(keys, columns, "tombstone")
    return Tombstone(
        columns["connection_id"],
        columns["object"],
        columns["external_id"],
        Kind(columns["kind"]),
        columns["row_id"],
        base or {},
        columns["version"],
        columns["into"],
        columns["again"],
        subject_of(columns["base"]),
        columns["died_at"],
        base is None,
    )
