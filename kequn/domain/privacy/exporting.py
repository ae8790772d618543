"""What stands about a person 个人信息副本, as one document: every row of every table that tells of them, the history of
their rows with its values, and where they stand in the CRMs. For the person to read; giving it is noted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, Table, select

from kequn.contracts.records import Kind
from kequn.domain import rights
from kequn.domain.editing import Desk
from kequn.domain.privacy import erasing, people
from kequn.store import dossier, journal, rows, tables
from kequn.store.journal import Entry
from kequn.store.values import to_json

_customers: Table = rows.table(Kind.CUSTOMER)
_links: Table = tables.Link.__table__  # type: ignore[attr-defined]
_connections: Table = tables.Connection.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Copy:
    """`document`: by table its rows; `history`: of whichever of them has one; `crms`: by connection."""

    customer: UUID
    document: Mapping[str, Any] = field(repr=False)


async def export(desk: Desk, customer: UUID) -> Copy:
    """Raises Refused."""
    rights.require(desk.actor, rights.MANAGE)
    persons = (await people.same(desk, customer)).rows
    named = await people.naming(desk, persons)
    document: dict[str, Any] = {"customer": await _told(desk, _customers, _customers.c.id.in_(persons.keys()))}
    for page in dossier.pages():
        found = await _told(desk, page.table, page.of(desk.scope, persons))
        document[page.name] = document.get(page.name, []) + found
    ids = [*persons, *(id for some in named.values() for id in some)]
    entries = await journal.read(desk.session, desk.scope, desk.ledger.vault, ids)
    document |= {"history": [_entry(one) for one in entries], "crms": await _places(desk, ids)}
    return Copy(next(iter(persons)), {name: some for name, some in document.items() if some})


async def note(desk: Desk, copy: Copy) -> UUID:
    """That it was given. Gives back the act."""
    counts = {name: len(some) for name, some in copy.document.items()}
    [act] = await erasing.note(desk, {copy.customer: counts}, "exported", "request")
    return act


async def _told(desk: Desk, table: Table, which: ColumnElement[bool]) -> list[dict[str, Any]]:
    """What is sealed or hashed stands in the history, or is a key of nobody's use."""
    columns = [one for one in table.columns if one.name != "tenant_id" and not isinstance(one.type, LargeBinary)]
    query = select(*columns).where(table.c.tenant_id == desk.scope.tenant, which).order_by(*table.primary_key)
    found = (await desk.session.execute(query)).mappings()
    return [{name: _plain(value) for name, value in row.items() if value is not None} for row in found]


def _plain(value: Any) -> Any:
    match value:
        case UUID():
            return value.hex
        case datetime() | date():
            return value.isoformat()
    return value


def _entry(entry: Entry) -> dict[str, Any]:
    moved = {name: [to_json(old), to_json(new)] for name, (old, new) in entry.moved.items()}
    who = {"source": entry.cause.source, "actor": entry.cause.actor, "rule": entry.cause.rule}
    return {"kind": entry.kind.value, "row": entry.row_id.hex, "at": entry.at.isoformat(), **who, "values": moved}


async def _places(desk: Desk, ids: list[UUID]) -> list[dict[str, Any]]:
    there = (_connections.c.tenant_id == _links.c.tenant_id) & (_connections.c.id == _links.c.connection_id)
    query = (
        select(_connections.c.name.label("connection"), _links.c.object, _links.c.external_id, _links.c.kind)
        .join(_connections, there)
        .where(_links.c.tenant_id == desk.scope.tenant, _links.c.row_id.in_(ids))
        .order_by("connection", _links.c.object, _links.c.external_id)
    )
    return [dict(row) for row in (await desk.session.execute(query)).mappings()]
