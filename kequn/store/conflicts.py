"""Conflict rows as values: what a person must choose, with both sides and the losing values. Decides nothing."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import FIELDS, Kind
from kequn.store import tables
from kequn.store.links import Address
from kequn.store.pairs import among, one_of
from kequn.store.scope import Scope
from kequn.store.values import Fact, from_json, to_bytes
from kequn.store.vault import Erased, Keys, Vault, subject_of, wrapped

_conflicts: Table = tables.Conflict.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Conflict:
    """See tables.Conflict. `base`, `ours`, `theirs`: per field (one field when type is field; all that differ for a
    delete or a second record). `candidates`: the rows that a match or merge is about. `theirs_at`: when the CRM says
    that its side was written."""

    id: UUID
    connection: UUID
    object: str
    external_id: str
    kind: Kind
    row_id: UUID | None
    type: str
    field: str
    base: Mapping[str, Fact] = dataclasses.field(default_factory=dict, repr=False)
    ours: Mapping[str, Fact] = dataclasses.field(default_factory=dict, repr=False)
    theirs: Mapping[str, Fact] = dataclasses.field(default_factory=dict, repr=False)
    candidates: tuple[UUID, ...] = ()
    theirs_at: datetime | None = None
    state: str = "open"
    choice: str | None = None
    opened_at: datetime | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    whose: UUID | None = None

    @property
    def address(self) -> Address:
        return self.object, self.external_id


def _plain(conflict: Conflict) -> bytes:
    sides = {"base": dict(conflict.base), "ours": dict(conflict.ours), "theirs": dict(conflict.theirs)}
    return to_bytes({**sides, "candidates": conflict.candidates, "theirs_at": conflict.theirs_at})


def _columns(scope: Scope, conflict: Conflict, keys: Keys, now: datetime) -> dict[str, Any]:
    return {
        "tenant_id": scope.tenant,
        "id": conflict.id,
        "connection_id": conflict.connection,
        "object": conflict.object,
        "external_id": conflict.external_id,
        "kind": conflict.kind.value,
        "row_id": conflict.row_id,
        "type": conflict.type,
        "field": conflict.field,
        "state": conflict.state,
        "values": keys.seal(conflict.whose or scope.tenant, _plain(conflict), _bind(conflict.id)),
        "opened_at": conflict.opened_at or now,
        "updated_at": now,
        "settled_at": conflict.settled_at,
        "settled_by": conflict.settled_by,
        "choice": conflict.choice,
    }


async def put(session: AsyncSession, scope: Scope, keys: Keys, conflicts: Sequence[Conflict], now: datetime) -> None:
    """Write conflicts, new ones and those that `load` returned (by id)."""
    known = await _known(session, scope, [conflict.id for conflict in conflicts])
    fresh = [_columns(scope, conflict, keys, now) for conflict in conflicts if conflict.id not in known]
    stale = [_columns(scope, conflict, keys, now) for conflict in conflicts if conflict.id in known]
    if fresh:
        await session.execute(insert(_conflicts), fresh)
    if stale:
        await session.execute(update(tables.Conflict), stale)


async def _known(session: AsyncSession, scope: Scope, ids: Collection[UUID]) -> set[UUID]:
    query = select(_conflicts.c.id).where(_conflicts.c.tenant_id == scope.tenant, one_of(_conflicts.c.id, ids))
    return set((await session.execute(query)).scalars()) if ids else set()


async def open_at(
    session: AsyncSession, scope: Scope, vault: Vault, connection: UUID, addresses: Collection[Address]
) -> list[Conflict]:
    """The open conflicts of these records."""
    if not addresses:
        return []
    here = among(_conflicts.c.object, _conflicts.c.external_id, addresses)
    return await load(
        session, scope, vault, _conflicts.c.connection_id == connection, _conflicts.c.state == "open", here
    )


async def asked_at(
    session: AsyncSession, scope: Scope, vault: Vault, connection: UUID, type: str, addresses: Collection[Address]
) -> set[tuple[Address, UUID | None]]:
    """What was ever asked of this type about these records: (record, row)."""
    here = among(_conflicts.c.object, _conflicts.c.external_id, addresses)
    found = await load(session, scope, vault, _conflicts.c.connection_id == connection, _conflicts.c.type == type, here)
    return {(one.address, one.row_id) for one in found}


async def open_of_rows(
    session: AsyncSession, scope: Scope, vault: Vault, connection: UUID, row_ids: Collection[UUID]
) -> list[Conflict]:
    """The open conflicts of these rows at a connection."""
    if not row_ids:
        return []
    here = one_of(_conflicts.c.row_id, row_ids)
    return await load(
        session, scope, vault, _conflicts.c.connection_id == connection, _conflicts.c.state == "open", here
    )


async def load(session: AsyncSession, scope: Scope, vault: Vault, *where: Any) -> list[Conflict]:
    """The conflicts that fit, oldest first. Of an erased customer the values are gone, the rest remains."""
    query = select(_conflicts).where(_conflicts.c.tenant_id == scope.tenant, *where).order_by(_conflicts.c.id)
    found = (await session.execute(query)).mappings().all()
    keys = await vault.keys(session, scope, {subject_of(columns["values"]) for columns in found})
    return [_conflict(columns, keys) for columns in found]


def of_row(scope: Scope, row: ColumnElement[UUID]) -> Select[Any]:
    """The conflicts of a row, oldest first, with their keys: `opened` reads them."""
    conflict = _conflicts.alias()
    query = select(conflict, wrapped(scope, conflict.c["values"]))
    return query.where(conflict.c.tenant_id == scope.tenant, conflict.c.row_id == row).order_by(conflict.c.id)


def opened(vault: Vault, found: Sequence[Mapping[Any, Any]]) -> list[Conflict]:
    """Conflicts that came with their keys."""
    keys = vault.opened(found, "values")
    return [_conflict(columns, keys) for columns in found]


def _conflict(columns: Mapping[Any, Any], keys: Keys) -> Conflict:
    kind = Kind(columns["kind"])
    try:
        plain = orjson.loads(keys.open(columns["values"], _bind(columns["id"])))
    except Erased:
        plain = {}
    return Conflict(
        columns["id"],
        columns["connection_id"],
        columns["object"],
        columns["external_id"],
        kind,
        columns["row_id"],
        columns["type"],
        columns["field"],
        base=_side(kind, plain.get("base", {})),
        ours=_side(kind, plain.get("ours", {})),
        theirs=_side(kind, plain.get("theirs", {})),
        candidates=tuple(UUID(candidate) for candidate in plain.get("candidates", ())),
        theirs_at=datetime.fromisoformat(plain["theirs_at"]) if plain.get("theirs_at") else None,
        state=columns["state"],
        choice=columns["choice"],
        opened_at=columns["opened_at"],
        settled_at=columns["settled_at"],
        settled_by=columns["settled_by"],
        whose=subject_of(columns["values"]),
    )


def _side(kind: Kind, plain: Mapping[str, Any]) -> dict[str, Fact]:
    known = FIELDS[kind]
    return {name: from_json(known[name].type, value) for name, value in plain.items() if name in known}


def _bind(conflict: UUID) -> str:
    return f"conflict/{conflict.hex}/values"
