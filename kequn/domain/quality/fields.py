"""What is missing of a customer, and what nobody has confirmed for too long: each a condition on the customers' table,
by the thresholds of the standard. A field is confirmed by whoever writes it, and by the customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, String, Table, and_, exists, literal, literal_column, or_, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import FIELDS, Kind, Type
from kequn.domain.standard import Quality
from kequn.store import tables
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.where import in_set

_customers: Table = table(Kind.CUSTOMER)
_changes: Table = tables.Change.__table__  # type: ignore[attr-defined]
_confirmed: Table = tables.Confirmation.__table__  # type: ignore[attr-defined]


def filled(name: str) -> ColumnElement[bool]:
    """Whether the customer has something in this field."""
    spec = FIELDS[Kind.CUSTOMER][name]
    column = _customers.c[f"{name}_id" if spec.type is Type.REF else name]
    if spec.type is Type.SET:
        return sql_cast(column, String) != "[]"
    return and_(column.is_not(None), column != "") if spec.type is Type.TEXT else column.is_not(None)


def missing(by: Quality) -> dict[str, ColumnElement[bool]]:
    return {name: ~filled(name) for name in by.wanted}


def outdated(by: Quality, now: datetime) -> dict[str, ColumnElement[bool]]:
    """What is there, and neither written nor confirmed since so many days."""
    return {name: and_(filled(name), ~_since(name, now - timedelta(days=days))) for name, days in by.fresh_days.items()}


def _since(name: str, moment: datetime) -> ColumnElement[bool]:
    written = exists().where(
        _changes.c.tenant_id == _customers.c.tenant_id,
        _changes.c.row_id == _customers.c.id,
        _changes.c.at > moment,
        in_set(_changes.c.fields, literal_column(f"'{name}'")),
    )
    said = exists().where(
        _confirmed.c.tenant_id == _customers.c.tenant_id,
        _confirmed.c.customer_id == _customers.c.id,
        _confirmed.c.field == literal(name),
        _confirmed.c.at > moment,
    )
    return or_(written, said)


@dataclass(frozen=True)
class Last:
    """When a field was last written or confirmed. `how`: sync, person, rule, or how the customer was asked."""

    at: datetime
    how: str
    actor: str


async def last(session: AsyncSession, scope: Scope, customers: Sequence[UUID]) -> Mapping[tuple[UUID, str], Last]:
    """By customer and field."""
    found: dict[tuple[UUID, str], Last] = {}
    names = ("row_id", "fields", "at", "source", "actor", "rule")
    log = select(*(_changes.c[name] for name in names))
    mine = (_changes.c.tenant_id == scope.tenant, _changes.c.row_id.in_(customers))
    for row, fields, at, source, actor, rule in await session.execute(log.where(*mine).order_by(_changes.c.id)):
        how = rule.removeprefix(LEARNED) if rule.startswith(LEARNED) else source
        found.update({(row, name): Last(at, how, actor) for name in fields})
    said = select(_confirmed).where(_confirmed.c.tenant_id == scope.tenant, _confirmed.c.customer_id.in_(customers))
    for one in (await session.execute(said)).mappings():
        key = (one["customer_id"], one["field"])
        if key not in found or found[key].at <= one["at"]:
            found[key] = Last(one["at"], one["how"], one["actor"])
    return found


LEARNED = "learned: "
"""What stands in front of how, as the rule of a change that was learned from the customer."""
