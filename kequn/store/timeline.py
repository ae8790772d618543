"""The timeline of customers: what happened with each, from all tables that tell of it, as one source of rows. Nothing
is written for it. Decides what counts as a moment; who sees it and in which order is decided elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    String,
    Subquery,
    Table,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import registry

from kequn.store import tables
from kequn.store.kinds import said_at
from kequn.store.where import in_set, live

_purchases: Table = tables.Purchase.__table__  # type: ignore[attr-defined]
_interactions: Table = tables.Interaction.__table__  # type: ignore[attr-defined]
_feedback: Table = tables.Feedback.__table__  # type: ignore[attr-defined]
_answers: Table = tables.Answer.__table__  # type: ignore[attr-defined]
_alerts: Table = tables.Alert.__table__  # type: ignore[attr-defined]
_tasks: Table = tables.Task.__table__  # type: ignore[attr-defined]
_assessments: Table = tables.Assessment.__table__  # type: ignore[attr-defined]
_changes: Table = tables.Change.__table__  # type: ignore[attr-defined]
_points: Table = tables.PointEntry.__table__  # type: ignore[attr-defined]
_memberships: Table = tables.Membership.__table__  # type: ignore[attr-defined]
_stays: Table = tables.Stay.__table__  # type: ignore[attr-defined]

_TYPES: Mapping[str, Any] = {
    "tenant_id": _purchases.c.tenant_id.type,
    "customer_id": _purchases.c.id.type,
    "id": _purchases.c.id.type,
    "at": _purchases.c.created_at.type,
    "kind": String(),
    "mark": String(),
    "noun": String(),
    "title": String(),
    "value": String(),
    "number": BigInteger(),
    "amount_micros": BigInteger(),
    "amount_currency": String(),
}
_MAY_BE_LEFT_OUT = ("noun", "title", "value", "number", "amount_micros", "amount_currency")


def _part(table: Table, kind: ColumnElement[str] | str, at: ColumnElement[Any], **columns: Any) -> Select[Any]:
    """The moments that a table tells of; what is left out is empty. `mark`: tells those of one row apart."""
    given = {
        "tenant_id": table.c.tenant_id,
        "customer_id": table.c.customer_id if "customer_id" in table.c else table.c.row_id,
        "id": table.c.id if "id" in table.c else table.c.customer_id,
        "at": at,
        "kind": _word(kind),
        "mark": _word(""),
        **{name: cast(null(), _TYPES[name]) for name in _MAY_BE_LEFT_OUT},
        **{name: _maybe(name, _word(value)) for name, value in columns.items()},
    }
    query = select(*(value.label(name) for name, value in given.items())).where(
        given["customer_id"].is_not(None), at.is_not(None)
    )
    return query.where(live(table)) if "deleted_at" in table.c else query


def _maybe(name: str, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """A source's columns are taken for those of its first part: what is never empty there may be so elsewhere."""
    return type_coerce(value, _TYPES[name]) if name in _MAY_BE_LEFT_OUT else value


def _word(value: ColumnElement[Any] | str) -> ColumnElement[Any]:
    return cast(literal_column(f"'{value}'"), String()) if isinstance(value, str) else value


def _parts() -> list[Select[Any]]:
    bought, talked, said = _purchases.c, _interactions.c, _feedback.c
    paid = func.coalesce(bought.paid_at, bought.ordered_at, bought.created_at)
    amount = {"amount_micros": bought.amount_micros, "amount_currency": bought.amount_currency}
    number = cast(_answers.c.score, BigInteger)
    tier = in_set(_changes.c.fields, literal_column("'tier'"))
    return [
        _part(_purchases, case((bought.kind == "return", "return"), else_="purchase"), paid,
              noun="purchase", title=bought.name, value=bought.status, **amount),
        _part(_interactions, "interaction", func.coalesce(talked.happened_at, talked.created_at),
              noun="interaction", title=talked.subject, value=talked.channel),
        _part(_feedback, "feedback", said_at(_feedback), noun="feedback", title=said.subject, value=said.kind),
        _part(_answers, "answer", _answers.c.given_at, title=_answers.c.about, value=_answers.c.scale, number=number),
        _part(_alerts, "alert", _alerts.c.raised_at, noun="alert", title=_alerts.c.kind, value=_alerts.c.state),
        _part(_tasks, "task", _tasks.c.created_at, noun="task", title=_tasks.c.kind, value=_tasks.c.state),
        _part(_assessments, "class", _assessments.c.as_of,
              mark=_assessments.c.rule, title=_assessments.c.rule, value=_assessments.c.value),
        _part(_changes, "tier", _changes.c.at, title=_changes.c.actor, value=_changes.c.source)
        .where(_changes.c.kind == "customer", tier),
        _part(_points, "points", _points.c.at,
              title=_points.c.kind, value=_points.c.reason, number=_points.c.points),
        _part(_memberships, "group", func.coalesce(_memberships.c.joined_at, _memberships.c.created_at),
              noun="membership", value=_memberships.c.role),
        _stay("segment_entered", _stays.c.entered_at, _stays.c.entered_cause),
        _stay("segment_left", _stays.c.left_at, _stays.c.left_cause),
    ]  # fmt: skip


def of(customer: ColumnElement[Any], tenant: Any, outer: FromClause) -> Subquery:
    """The moments of one customer, who is a column of `outer`. Each source is asked for them by itself: SQLite would
    read all of every source first."""
    mine = []
    for part in _parts():
        columns = part.selected_columns
        mine.append(part.where(columns["tenant_id"] == tenant, columns["customer_id"] == customer).correlate(outer))
    return union_all(*mine).subquery()


def _stay(kind: str, at: ColumnElement[Any], cause: ColumnElement[Any]) -> Select[Any]:
    return _part(_stays, kind, at, id=_stays.c.segment_id, noun="segment", value=cause)


KINDS = (
    "purchase", "return", "interaction", "feedback", "answer", "alert", "task", "class", "tier", "points", "group",
    "segment_entered", "segment_left",
)  # fmt: skip
NOUNS = frozenset({"purchase", "interaction", "feedback", "alert", "task", "membership", "segment"})
"""What a moment may be the moment of."""


@dataclass(eq=False)
class Moment:
    """Something that happened with a customer. `noun` and `id`: the row that tells of it; `number`: of points, or the
    answer."""

    tenant_id: UUID
    customer_id: UUID
    id: UUID
    at: datetime
    kind: str
    mark: str
    noun: str | None
    title: str | None
    value: str | None
    number: int | None
    amount_micros: int | None
    amount_currency: str | None


def _mapped() -> Subquery:
    source = union_all(*_parts()).subquery("moment")
    key = [source.c[name] for name in ("tenant_id", "kind", "id", "mark", "at")]
    registry().map_imperatively(Moment, source, primary_key=key)
    return source


Moment.__table__ = _mapped()  # type: ignore[attr-defined]
