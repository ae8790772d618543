"""How links stand: what still has to go out, what keeps it from going, and what somebody must decide. Reads only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store import links, rows
from kequn.store.links import Address, Link, among
from kequn.store.rows import Row
from kequn.store.scope import Scope
from kequn.store.tables import Conflict, Hint, Outbox
from kequn.store.vault import Vault

_outbox: Table = Outbox.__table__  # type: ignore[attr-defined]
_hints: Table = Hint.__table__  # type: ignore[attr-defined]
_conflicts: Table = Conflict.__table__  # type: ignore[attr-defined]
Place = tuple[UUID, str, str]
"""Connection, object, external id."""


@dataclass(frozen=True)
class Obstacle:
    """Why something waits. `field` is empty where it is about the whole record."""

    code: str
    cause: str
    field: str | None
    since: datetime
    next_try: datetime


@dataclass(frozen=True)
class Standing:
    """`pending`: the fields whose value that CRM does not have yet; `queued`: something has to go out."""

    link: Link
    queued: bool = False
    pending: tuple[str, ...] = ()
    disputed: bool = False
    obstacle: Obstacle | None = None


async def of(session: AsyncSession, scope: Scope, vault: Vault, places: Collection[Place]) -> dict[Place, Standing]:
    """Of the links at these places; a constant number of statements per connection."""
    found: dict[Place, Standing] = {}
    for connection in sorted({place[0] for place in places}):
        addresses = [(object, id) for at, object, id in places if at == connection]
        known = await links.at(session, scope, vault, connection, addresses)
        waiting = await _waiting(session, scope, connection, {link.row_id for link in known.values()})
        disputed = await _disputed(session, scope, connection, addresses)
        noted = await _noted(session, scope, connection, addresses)
        there = await _rows(session, scope, [link for link in known.values() if link.row_id in waiting])
        for address, link in known.items():
            queued = waiting.get(link.row_id)
            found[(connection, *address)] = Standing(
                link,
                queued is not None,
                _pending(link, there.get(link.row_id)),
                address in disputed,
                _obstacle(queued) or noted.get(address),
            )
    return found


def _pending(link: Link, row: Row | None) -> tuple[str, ...]:
    if row is None or not link.primary:
        return ()
    return tuple(sorted(name for name, agreed in link.base.items() if row.facts.get(name) != agreed))


def _obstacle(waiting: Mapping[Any, Any] | None) -> Obstacle | None:
    if waiting is None or not waiting["code"]:
        return None
    cause = waiting["cause"] or ""
    return Obstacle(waiting["code"], cause, waiting["field"], waiting["queued_at"], waiting["next_try_at"])


async def _rows(session: AsyncSession, scope: Scope, some: Sequence[Link]) -> dict[UUID, Row]:
    found: dict[UUID, Row] = {}
    for kind in sorted({link.kind for link in some}):
        found |= await rows.load(session, scope, Kind(kind), {link.row_id for link in some if link.kind is kind})
    return found


async def _waiting(
    session: AsyncSession, scope: Scope, connection: UUID, row_ids: Collection[UUID]
) -> dict[UUID, Mapping[Any, Any]]:
    query = select(_outbox).where(
        _outbox.c.tenant_id == scope.tenant, _outbox.c.connection_id == connection, _outbox.c.row_id.in_(row_ids)
    )
    return {row["row_id"]: row for row in (await session.execute(query)).mappings()}


async def _disputed(
    session: AsyncSession, scope: Scope, connection: UUID, addresses: Collection[Address]
) -> set[Address]:
    query = select(_conflicts.c.object, _conflicts.c.external_id).where(
        _conflicts.c.tenant_id == scope.tenant,
        _conflicts.c.connection_id == connection,
        _conflicts.c.state == "open",
        among(_conflicts, addresses),
    )
    return {(row[0], row[1]) for row in (await session.execute(query)).all()}


async def _noted(
    session: AsyncSession, scope: Scope, connection: UUID, addresses: Collection[Address]
) -> dict[Address, Obstacle]:
    """What a sync could not do with these records the last time."""
    query = select(_hints).where(
        _hints.c.tenant_id == scope.tenant,
        _hints.c.connection_id == connection,
        _hints.c.code != "WEBHOOK",
        among(_hints, addresses),
    )
    return {
        (row["object"], row["external_id"]): Obstacle(
            row["code"], row["cause"], row["field"], row["noted_at"], row["next_try_at"]
        )
        for row in (await session.execute(query)).mappings()
    }
