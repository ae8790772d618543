"""What is missing of a customer, and what nobody has confirmed for too long: each a condition on the customers' table,
by the thresholds of the standard. A field is confirmed by whoever writes it, and by the customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Table, and_, exists, literal, literal_column, or_, select
from sqlalchemy import cast as sql_cast

from kequn.contracts.records import FIELDS, Kind, Type
from kequn.domain.standard import Quality
from kequn.store import tables
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.where import in_set

_customers: Table = table(Kind.CUSTOMER)
_changes: Table = tables.Change.__table__  # type: ignore[attr-defined]
_confirmed: Table = tables.Confirmation.__table__  # type: ignore[attr-defined]


def column(name: str) -> str:
    """The column of the customers' table that holds a field."""
    return f"{name}_id" if FIELDS[Kind.CUSTOMER][name].type is Type.REF else name


def filled(name: str) -> ColumnElement[bool]:
    """Whether the customer has something in this field."""
    spec = FIELDS[Kind.CUSTOMER][name]
    held = _customers.c[column(name)]
    if spec.type is Type.SET:
        return sql_cast(held, String) != "[]"
    return and_(held.is_not(None), held != "") if spec.type is Type.TEXT else held.is_not(None)


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


def log(scope: Scope, whose: ColumnElement[bool]) -> Select[Any]:
    """Who wrote which fields when, the oldest first."""
    names = ("row_id", "fields", "at", "source", "actor", "rule")
    query = select(*(_changes.c[name] for name in names)).where(_changes.c.tenant_id == scope.tenant, whose)
    return query.order_by(_changes.c.id)


def confirmed(scope: Scope, whose: ColumnElement[bool]) -> Select[Any]:
    return select(_confirmed).where(_confirmed.c.tenant_id == scope.tenant, whose)


Rows = Sequence[Mapping[Any, Any]]


def last(log: Rows, confirmed: Rows) -> Mapping[str, Last]:
    """By field, of one customer."""
    found: dict[str, Last] = {}
    for one in log:
        rule = one["rule"]
        how = rule.removeprefix(LEARNED) if rule.startswith(LEARNED) else one["source"]
        found.update({name: Last(one["at"], how, one["actor"]) for name in one["fields"]})
    for one in confirmed:
        if one["field"] not in found or found[one["field"]].at <= one["at"]:
            found[one["field"]] = Last(one["at"], one["how"], one["actor"])
    return found


LEARNED = "learned: "
"""What stands in front of how, as the rule of a change that was learned from the customer."""
