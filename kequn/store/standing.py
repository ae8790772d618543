"""How links stand: what still has to go out, what keeps it from going, and what somebody must decide. Reads only."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, String, Table, and_, case, exists, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store import links, parts, rows
from kequn.store.links import Address, Link, among
from kequn.store.rows import Row
from kequn.store.scope import Scope
from kequn.store.tables import Conflict, Hint, Outbox
from kequn.store.vault import Vault

_outbox: Table = Outbox.__table__  # type: ignore[attr-defined]
_hints: Table = Hint.__table__  # type: ignore[attr-defined]
_conflicts: Table = Conflict.__table__  # type: ignore[attr-defined]
LINES = "lines"
Place = tuple[UUID, str, str]
"""Connection, object, external id."""


class State(StrEnum):
    AGREED = "agreed"
    PENDING = "pending"  # something has to go out, or to be read again
    BLOCKED = "blocked"
    DISPUTED = "disputed"
    SECONDARY = "secondary"
    OUT_OF_SCOPE = "out_of_scope"


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

    @property
    def state(self) -> State:
        if not self.link.in_scope or (self.link.parted and self.link.primary):
            return State.OUT_OF_SCOPE
        if self.disputed:
            return State.DISPUTED
        if self.obstacle:
            return State.BLOCKED
        if not self.link.primary:
            return State.SECONDARY
        return State.PENDING if self.queued or self.link.stale else State.AGREED


def beside(scope: Scope, column: Callable[[str], ColumnElement[Any]], *, facts: bool) -> dict[str, Select[Any]]:
    """What `found` needs to know of the link that these columns are of. `facts`: its row as well."""
    connection, row_id = column("connection_id"), column("row_id")
    outbox, hint, conflict = _outbox.alias(), _hints.alias(), _conflicts.alias()
    here = ((table, _at(scope, table, column)) for table in (hint, conflict))
    noted, disputed = (select(table).where(*where) for table, where in here)
    queries = {
        "waiting": select(outbox).where(
            outbox.c.tenant_id == scope.tenant, outbox.c.connection_id == connection, outbox.c.row_id == row_id
        ),
        "noted": noted.where(hint.c.code != "WEBHOOK"),
        "disputed": disputed.with_only_columns(conflict.c.id).where(conflict.c.state == "open").limit(1),
    }
    return {**queries, **_facts_of(scope, column("kind"), row_id)} if facts else queries


def _at(scope: Scope, table: Any, column: Callable[[str], ColumnElement[Any]]) -> list[ColumnElement[bool]]:
    same = [table.c[name] == column(name) for name in ("connection_id", "object", "external_id")]
    return [table.c.tenant_id == scope.tenant, *same]


def _facts_of(scope: Scope, kind: ColumnElement[Any], id: ColumnElement[Any]) -> dict[str, Select[Any]]:
    found: dict[str, Select[Any]] = {}
    for one in rows.MODELS:
        table = rows.table(one).alias()
        found[one.value] = select(table).where(table.c.tenant_id == scope.tenant, table.c.id == id, kind == one.value)
    return {**found, LINES: parts.lines_of(scope, id)}


def state(link: FromClause, scope: Scope) -> ColumnElement[str]:
    """The same in one word, as SQL: what filters ask about."""
    outbox, hint, conflict = _outbox.alias(), _hints.alias(), _conflicts.alias()
    waits = exists().where(
        outbox.c.tenant_id == scope.tenant,
        outbox.c.connection_id == link.c.connection_id,
        outbox.c.row_id == link.c.row_id,
    )
    noted = exists().where(*_at(scope, hint, lambda name: link.c[name]), hint.c.code != "WEBHOOK")
    disputed = exists().where(*_at(scope, conflict, lambda name: link.c[name]), conflict.c.state == "open")
    return case(
        (or_(~link.c.in_scope, and_(link.c.parted, link.c.is_primary)), _word(State.OUT_OF_SCOPE)),
        (disputed, _word(State.DISPUTED)),
        (or_(waits.where(outbox.c.code != ""), noted), _word(State.BLOCKED)),
        (~link.c.is_primary, _word(State.SECONDARY)),
        (or_(waits, link.c.stale), _word(State.PENDING)),
        else_=_word(State.AGREED),
    )


def _word(state: State) -> ColumnElement[str]:
    return literal_column(f"'{state.value}'", String())


def found(vault: Vault, link: Mapping[str, Any], beside: Mapping[str, Sequence[Mapping[str, Any]]]) -> Standing:
    """Of a link that came with all that."""
    known = links.opened(vault, link)
    queued, noted = (next(iter(beside[name]), None) for name in ("waiting", "noted"))
    there = [rows.row(known.kind, row, parts.lines(beside[LINES])) for row in beside.get(known.kind.value, ())]
    return Standing(
        known,
        queued is not None,
        _pending(known, there[0] if queued and there else None),
        bool(beside["disputed"]),
        _obstacle(queued) or (_note(noted) if noted else None),
    )


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
    return {(row["object"], row["external_id"]): _note(row) for row in (await session.execute(query)).mappings()}


def _note(hint: Mapping[Any, Any]) -> Obstacle:
    return Obstacle(hint["code"], hint["cause"], hint["field"], hint["noted_at"], hint["next_try_at"])
