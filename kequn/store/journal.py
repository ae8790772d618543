"""The change log: appended in the transaction of the change, read for provenance, history and undo. Never altered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import FIELDS, Kind
from kequn.store.pairs import one_of
from kequn.store.scope import Scope
from kequn.store.tables import Change
from kequn.store.upsert import insert_many, insert_plain
from kequn.store.values import Fact, from_json, to_bytes
from kequn.store.vault import Erased, Keys, Vault, subject_of, wrapped

_changes = Change.__table__  # type: ignore[attr-defined]
HERE = "kequn"
"""Who wrote a value that came from no CRM."""


@dataclass(frozen=True)
class Cause:
    """Why something changes. `source`: sync, person or rule; `actor`: a token's name, or a connection's name;
    `rule`: which rule decided (for instance "merge: only Zoho moved")."""

    source: str
    actor: str
    rule: str = ""
    run: UUID | None = None
    connection: UUID | None = None


@dataclass(frozen=True)
class Entry:
    """One entry. `moved`: per field the old and the new value."""

    id: UUID
    kind: Kind
    row_id: UUID
    op: str
    at: datetime
    cause: Cause
    moved: Mapping[str, tuple[Fact, Fact]] = field(repr=False)


async def write(session: AsyncSession, scope: Scope, keys: Keys, entries: Sequence[tuple[Entry, UUID]]) -> None:
    """Append entries, each with the subject whose key covers it."""
    if entries:
        rows = [_columns(scope, keys, entry, whose) for entry, whose in entries]
        await insert_many(session, insert_plain(session, _changes), rows)


def _columns(scope: Scope, keys: Keys, entry: Entry, whose: UUID) -> dict[str, object]:
    return {
        "tenant_id": scope.tenant,
        "id": entry.id,
        "kind": entry.kind.value,
        "row_id": entry.row_id,
        "op": entry.op,
        "at": entry.at,
        "source": entry.cause.source,
        "actor": entry.cause.actor,
        "rule": entry.cause.rule,
        "run_id": entry.cause.run,
        "connection_id": entry.cause.connection,
        "fields": sorted(entry.moved),
        "values": keys.seal(whose, to_bytes(dict(entry.moved)), _bind(entry.id)),
    }


async def read(session: AsyncSession, scope: Scope, vault: Vault, rows: Collection[UUID]) -> list[Entry]:
    """The entries of these rows, oldest first. Of an erased customer the values are gone, the rest remains."""
    return await _read(session, scope, vault, one_of(_changes.c.row_id, rows)) if rows else []


async def entries(session: AsyncSession, scope: Scope, vault: Vault, ids: Collection[UUID]) -> list[Entry]:
    """These entries, oldest first."""
    return await _read(session, scope, vault, one_of(_changes.c.id, ids)) if ids else []


async def of_run(session: AsyncSession, scope: Scope, vault: Vault, run: UUID) -> list[Entry]:
    """Everything that one run (or one merge) changed, oldest first."""
    return await _read(session, scope, vault, _changes.c.run_id == run)


async def authors(session: AsyncSession, scope: Scope, rows: Collection[UUID]) -> dict[UUID, dict[str, str]]:
    """Of these rows, whose value each field shows that was ever changed: a connection's name, or HERE."""
    if not rows:
        return {}
    query = (
        select(_changes.c.row_id, _changes.c.fields, _changes.c.source, _changes.c.actor)
        .where(_changes.c.tenant_id == scope.tenant, one_of(_changes.c.row_id, rows))
        .order_by(_changes.c.id)
    )
    found: dict[UUID, dict[str, str]] = {}
    for row, fields, source, actor in (await session.execute(query)).all():
        found.setdefault(row, {}).update(dict.fromkeys(fields, actor if source == "sync" else HERE))
    return found


async def _read(session: AsyncSession, scope: Scope, vault: Vault, which: ColumnElement[bool]) -> list[Entry]:
    query = select(_changes).where(_changes.c.tenant_id == scope.tenant, which).order_by(_changes.c.id)
    found = (await session.execute(query)).mappings().all()
    keys = await vault.keys(session, scope, {subject_of(columns["values"]) for columns in found})
    return [_entry(columns, keys) for columns in found]


def of_row(scope: Scope, row: ColumnElement[UUID]) -> Select[Any]:
    """The entries of a row, oldest first, with their keys: `opened` reads them."""
    change = _changes.alias()
    query = select(change, wrapped(scope, change.c["values"]))
    return query.where(change.c.tenant_id == scope.tenant, change.c.row_id == row).order_by(change.c.id)


def opened(vault: Vault, found: Sequence[Mapping[Any, Any]]) -> list[Entry]:
    """Entries that came with their keys."""
    keys = vault.opened(found, "values")
    return [_entry(columns, keys) for columns in found]


def _entry(columns: Mapping[Any, Any], keys: Keys) -> Entry:
    kind = Kind(columns["kind"])
    return Entry(
        columns["id"],
        kind,
        columns["row_id"],
        columns["op"],
        columns["at"],
        Cause(columns["source"], columns["actor"], columns["rule"], columns["run_id"], columns["connection_id"]),
        _moved(kind, keys, columns["values"], columns["id"]),
    )


def _moved(kind: Kind, keys: Keys, sealed: bytes, entry: UUID) -> dict[str, tuple[Fact, Fact]]:
    try:
        plain = orjson.loads(keys.open(sealed, _bind(entry)))
    except Erased:
        return {}
    known = FIELDS[kind]
    return {
        name: (from_json(known[name].type, old), from_json(known[name].type, new))
        for name, (old, new) in plain.items()
        if name in known
    }


def _bind(entry: UUID) -> str:
    return f"change/{entry.hex}/values"
