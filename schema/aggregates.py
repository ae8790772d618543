"""Counts, sums and the like over a list: what is asked, and its SQL. One statement, whether the list is a root or hangs
on a thousand parents. Takes a scope; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, String, func, literal, select

from kequn.contracts.records import MICRO
from kequn.domain.catalogue import CATALOGUE
from kequn.store.expressions import by_letter, day_of
from kequn.store.scope import Scope
from kequn.store.where import Relation, reach
from schema.paging import Window, holds
from schema.statements import wanted

COUNT = func.count().label("kequn_count")


@dataclass(frozen=True)
class Grouping:
    """A column to group by; `unit`: a moment counts as the stretch of time that it lies in, by the clocks of `zone`."""

    column: str
    unit: str | None = None
    zone: str = "UTC"


@dataclass(frozen=True)
class Asked:
    """`of`: the columns that are summed up. `size`: how many groups at most, in the order of what they are grouped by,
    or the greatest ones first."""

    groups: tuple[Grouping, ...] = ()
    of: tuple[str, ...] = ()
    size: int = 100
    by_count: bool = False


@dataclass(frozen=True)
class Measured:
    """What one column comes to. `filled`: how many rows have it. Millionths where the column holds them; None where
    there is no such thing, or where currencies are mixed."""

    column: str
    filled: int
    sum: int | None = None
    min: Any = None
    max: Any = None
    currency: str | None = None

    @property
    def avg(self) -> Decimal | None:
        return None if self.sum is None or not self.filled else Decimal(self.sum) / self.filled


@dataclass(frozen=True)
class Group:
    keys: tuple[Any, ...]
    count: int
    measured: tuple[Measured, ...]


def root(noun: str, window: Window, asked: Asked, scope: Scope) -> Select[Any]:
    """Of all rows of the noun that the window's filter finds."""
    source = CATALOGUE[noun].source
    query = select(COUNT).select_from(source).where(source.c.tenant_id == scope.tenant)
    return summed(query.where(wanted(noun, source, window, scope)), source, asked)


def summed(query: Select[Any], source: FromClause, asked: Asked) -> Select[Any]:
    """The groups of the rows of `source` that a query counts."""
    return _ordered(_grouped(query, source, asked), asked).limit(asked.size)


def nested(relation: Relation, parents: Collection[UUID], window: Window, asked: Asked, scope: Scope) -> Select[Any]:
    """The same for each of the parents; the last column is the parent."""
    source = CATALOGUE[relation.to].source.alias()
    near, query = reach(relation, source, select(COUNT), scope)
    query = query.where(near.in_(parents), wanted(relation.to, source, window, scope))
    grouped = _grouped(query, source, asked).add_columns(near.label("kequn_parent")).group_by(near)
    inner = grouped.subquery()
    rank = func.row_number().over(partition_by=inner.c.kequn_parent, order_by=_terms(inner.c, asked))
    ranked = select(*inner.c, rank.label("kequn_rank")).subquery()
    columns = [column for column in ranked.c if column.name != "kequn_rank"]
    query = select(*columns).where(ranked.c.kequn_rank <= asked.size)
    return query.order_by(ranked.c.kequn_parent, ranked.c.kequn_rank)


def _grouped(query: Select[Any], source: FromClause, asked: Asked) -> Select[Any]:
    for place, grouping in enumerate(asked.groups):
        key = _key(source, grouping)
        query = query.add_columns(key.label(f"key_{place}")).group_by(key)
    for place, name in enumerate(asked.of):
        parts = [part.label(f"of_{place}_{what}") for what, part in _parts(source, name).items()]
        query = query.add_columns(*parts)
    return query


def _key(source: FromClause, grouping: Grouping) -> ColumnElement[Any]:
    column: ColumnElement[Any] = source.c[grouping.column]
    if grouping.unit:
        return day_of(literal(grouping.unit), literal(grouping.zone), column)
    return by_letter(column) if isinstance(column.type, String) else column


def _parts(source: FromClause, name: str) -> Mapping[str, ColumnElement[Any]]:
    column: ColumnElement[Any] = source.c[name]
    kind = holds(column)
    parts: dict[str, ColumnElement[Any]] = {"filled": func.count(column)}
    if kind is int:  # in two parts, since SQLite's sum of large amounts would not fit a number of 64 bits
        parts |= {"whole": func.sum(column // MICRO), "rest": func.sum(column % MICRO)}
    if kind in {int, str, date, datetime}:
        ordered = by_letter(column) if kind is str else column
        parts |= {"min": func.min(ordered), "max": func.max(ordered)}
    if name.endswith("_micros") and (currency := name.replace("_micros", "_currency")) in source.c:
        parts["currencies"] = func.count(source.c[currency].distinct())
        parts["currency"] = func.min(source.c[currency])
    return parts


def _terms(columns: Any, asked: Asked) -> list[ColumnElement[Any]]:
    greatest = [columns.kequn_count.desc()] if asked.by_count else []
    return [*greatest, *(columns[f"key_{place}"].asc().nulls_last() for place in range(len(asked.groups)))]


def _ordered(query: Select[Any], asked: Asked) -> Select[Any]:
    inner = query.subquery()
    return select(*inner.c).order_by(*_terms(inner.c, asked))


def read(row: Sequence[Any], names: Sequence[str], asked: Asked) -> Group:
    """A row of either statement."""
    values = dict(zip(names, row, strict=True))
    keys = tuple(values[f"key_{place}"] for place in range(len(asked.groups)))
    measured = tuple(_measured(name, f"of_{place}_", values) for place, name in enumerate(asked.of))
    return Group(keys, values["kequn_count"], measured)


def nothing(asked: Asked) -> Group:
    """Of no row at all."""
    return Group((), 0, tuple(Measured(name, 0) for name in asked.of))


def _measured(name: str, prefix: str, values: Mapping[str, Any]) -> Measured:
    found = {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}
    if found.get("currencies", 1) != 1:
        return Measured(name, found["filled"])
    whole, rest = found.get("whole"), found.get("rest")
    total = None if whole is None or rest is None else int(whole) * MICRO + int(rest)
    return Measured(name, found["filled"], total, found.get("min"), found.get("max"), found.get("currency"))
