"""Intents: writes that may be out there. Written before a request, removed when its answer or a later read is in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.changes import Op
from kequn.contracts.records import Kind
from kequn.store import tables
from kequn.store.pairs import one_of
from kequn.store.scope import Scope
from kequn.store.values import Facts, pack, unpack
from kequn.store.vault import Erased, Keys, Vault, subject_of

_intents: Table = tables.Intent.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Intent:
    """See tables.Intent. `values`: what was sent, as it would be read back."""

    id: UUID
    connection: UUID
    batch: str
    kind: Kind
    row_id: UUID
    object: str
    external_id: str | None
    op: Op
    reference: str
    sent_at: datetime
    values: Facts = field(repr=False)
    whose: UUID | None = None


async def write(session: AsyncSession, scope: Scope, keys: Keys, intents: Sequence[Intent]) -> None:
    values = [
        {
            "tenant_id": scope.tenant,
            "id": intent.id,
            "connection_id": intent.connection,
            "batch": intent.batch,
            "kind": intent.kind.value,
            "row_id": intent.row_id,
            "object": intent.object,
            "external_id": intent.external_id,
            "op": intent.op.value,
            "reference": intent.reference,
            "sent_at": intent.sent_at,
            "values": keys.seal(intent.whose or scope.tenant, pack(intent.values), _bind(intent.id)),
        }
        for intent in intents
    ]
    if values:
        await session.execute(insert(_intents), values)


async def of_rows(
    session: AsyncSession, scope: Scope, vault: Vault, connection: UUID, row_ids: Collection[UUID]
) -> dict[UUID, list[Intent]]:
    """The open intents of these rows at a connection, oldest first."""
    intents: dict[UUID, list[Intent]] = {}
    mine = one_of(_intents.c.row_id, row_ids)
    for intent in await _load(session, scope, vault, connection, mine) if row_ids else ():
        intents.setdefault(intent.row_id, []).append(intent)
    return intents


async def creates(session: AsyncSession, scope: Scope, vault: Vault, connection: UUID, kind: Kind) -> list[Intent]:
    """The open intents to create records of this kind at a connection, oldest first."""
    mine = (_intents.c.kind == kind.value, _intents.c.op == Op.CREATE.value)
    return await _load(session, scope, vault, connection, *mine)


async def _load(session: AsyncSession, scope: Scope, vault: Vault, connection: UUID, *where: Any) -> list[Intent]:
    query = (
        select(_intents)
        .where(_intents.c.tenant_id == scope.tenant, _intents.c.connection_id == connection, *where)
        .order_by(_intents.c.id)
    )
    found = (await session.execute(query)).mappings().all()
    keys = await vault.keys(session, scope, {subject_of(columns["values"]) for columns in found})
    return [_intent(columns, keys) for columns in found]


def _intent(columns: Mapping[Any, Any], keys: Keys) -> Intent:
    kind = Kind(columns["kind"])
    try:
        values = unpack(kind, keys.open(columns["values"], _bind(columns["id"])))
    except Erased:
        values = {}
    return Intent(
        columns["id"],
        columns["connection_id"],
        columns["batch"],
        kind,
        columns["row_id"],
        columns["object"],
        columns["external_id"],
        Op(columns["op"]),
        columns["reference"],
        columns["sent_at"],
        values,
        subject_of(columns["values"]),
    )


async def remove(session: AsyncSession, scope: Scope, ids: Collection[UUID]) -> None:
    if ids:
        await session.execute(delete(_intents).where(_intents.c.tenant_id == scope.tenant, _intents.c.id.in_(set(ids))))


def _bind(intent: UUID) -> str:
    return f"intent/{intent.hex}/values"
