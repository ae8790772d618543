"""The SELECTs behind pages: one statement for a list, whether it is a root or hangs on a thousand parents.
Every statement takes a scope; none can be made without."""

from collections.abc import Callable, Collection
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from kequn.domain.catalogue import CATALOGUE
from kequn.store.expressions import by_letter
from kequn.store.scope import Scope
from kequn.store.sight import seen
from kequn.store.where import Relation, in_set, live, reach, translate
from schema.paging import Key, Position, Window, holds


def root(noun: str, window: Window, scope: Scope) -> Select[Any]:
    """The rows of a window over all rows of the noun, and one more, to see whether there are more."""
    source = CATALOGUE[noun].source
    query = select(source).where(source.c.tenant_id == scope.tenant, wanted(noun, source, window, scope))
    rows = paged(query, source, window, literal(window.size + 1)).offset(window.offset).subquery()
    return select(aliased(CATALOGUE[noun].table, rows)).order_by(*order(rows, window))


def root_count(noun: str, window: Window, scope: Scope) -> Select[Any]:
    source = CATALOGUE[noun].source
    query = select(func.count()).select_from(source).where(source.c.tenant_id == scope.tenant)
    return query.where(wanted(noun, source, window, scope))


def nested(relation: Relation, parents: Collection[UUID], window: Window, scope: Scope) -> Select[Any]:
    """The same window for each of the parents: rows, each with its parent."""
    noun = CATALOGUE[relation.to]
    source = noun.source.alias()
    near, query = reach(relation, source, select(source), scope)
    rank = func.row_number().over(partition_by=near, order_by=order(source, window)).label("kequn_rank")
    ranked = (
        query.add_columns(near.label("kequn_parent"), rank)
        .where(near.in_(parents), wanted(relation.to, source, window, scope), between(source, window))
        .subquery()
    )
    return (
        select(aliased(noun.table, ranked), ranked.c.kequn_parent)
        .where(ranked.c.kequn_rank > window.offset, ranked.c.kequn_rank <= window.offset + window.size + 1)
        .order_by(ranked.c.kequn_parent, ranked.c.kequn_rank)
    )


def nested_count(relation: Relation, parents: Collection[UUID], window: Window, scope: Scope) -> Select[Any]:
    source = CATALOGUE[relation.to].source.alias()
    near, query = reach(relation, source, select(func.count()), scope)
    condition = wanted(relation.to, source, window, scope)
    return query.add_columns(near).where(near.in_(parents), condition).group_by(near)


def last_changes(conflicts: Collection[UUID], scope: Scope) -> Select[Any]:
    """For each conflict the last change of its field, or of its row where it is about more than a field; not later than
    what the conflict shows, nor the settling itself. Entries, each with its conflict."""
    conflict = CATALOGUE["conflict"].source.alias()
    change, query = _changes_until(conflict, scope)
    rank = func.row_number().over(partition_by=conflict.c.id, order_by=change.c.id.desc()).label("kequn_rank")
    ranked = (
        query.add_columns(conflict.c.id.label("kequn_conflict"), rank).where(conflict.c.id.in_(conflicts)).subquery()
    )
    return select(aliased(CATALOGUE["change"].table, ranked), ranked.c.kequn_conflict).where(ranked.c.kequn_rank == 1)


def last_change(near: Callable[[str], ColumnElement[Any]], scope: Scope) -> Select[Any]:
    """The id of the same entry, of the conflict at hand."""
    conflict = CATALOGUE["conflict"].source.alias()
    change, query = _changes_until(conflict, scope)
    mine = (conflict.c.tenant_id == scope.tenant, conflict.c.id == near("id"))
    return query.with_only_columns(change.c.id).where(*mine).order_by(change.c.id.desc()).limit(1)


def _changes_until(conflict: FromClause, scope: Scope) -> tuple[FromClause, Select[Any]]:
    change = CATALOGUE["change"].source.alias()
    before = or_(
        and_(conflict.c.settled_at.is_(None), change.c.at <= conflict.c.updated_at),
        change.c.at < conflict.c.settled_at,
    )
    about = or_(conflict.c.field == "", in_set(change.c.fields, conflict.c.field))
    same = and_(conflict.c.tenant_id == change.c.tenant_id, conflict.c.row_id == change.c.row_id)
    query = select(change).join(conflict, same).where(change.c.tenant_id == scope.tenant, before, about)
    return change, query


def by_id(noun: str, ids: Collection[UUID], scope: Scope) -> Select[Any]:
    source = CATALOGUE[noun].source
    return select(CATALOGUE[noun].table).where(source.c.tenant_id == scope.tenant, source.c.id.in_(ids))


def wanted(noun: str, source: FromClause, window: Window, scope: Scope) -> ColumnElement[bool]:
    """Which rows the list is about, whatever its page; `source` is the caller's to hold to the scope."""
    condition = and_(seen(noun, source, CATALOGUE, scope), translate(window.where, noun, source, CATALOGUE, scope))
    return condition if window.deleted else and_(live(source), condition)


def seen_ids(noun: str, ids: Collection[UUID], scope: Scope) -> Select[Any]:
    """Which of these rows are seen by whom the scope is of."""
    source = CATALOGUE[noun].source
    here = (source.c.tenant_id == scope.tenant, source.c.id.in_(ids), seen(noun, source, CATALOGUE, scope))
    return select(source.c.id).where(*here)


class Columns(Protocol):
    """A table, or what stands for its columns."""

    @property
    def c(self) -> "ByName": ...


class ByName(Protocol):
    def __getitem__(self, name: str, /) -> Any: ...


def _ordered(source: Columns, key: Key) -> ColumnElement[Any]:
    column: ColumnElement[Any] = source.c[key.column]
    return by_letter(column) if holds(column) is str else column


def merges(noun: str) -> bool:
    """Whether rows of this noun are merged into others."""
    return "merged_from" in CATALOGUE[noun].relations


def order(source: Columns, window: Window) -> list[ColumnElement[Any]]:
    """Empty is the greatest: said with NULLS, so that both databases agree, but only where something can be empty:
    SQLite would walk no index then."""
    terms: list[ColumnElement[Any]] = []
    for key in window.order:
        column = _ordered(source, key)
        descending = key.descending is not window.backward
        term = column.desc() if descending else column.asc()
        if _nullable(source, key):
            term = term.nulls_first() if descending else term.nulls_last()
        terms.append(term)
    return terms


def paged(query: Select[Any], source: Columns, window: Window, size: ColumnElement[int]) -> Select[Any]:
    """As many rows of a query, in order, from where the cursor stands."""
    terms = order(source, window)
    parts = [query.where(stretch).order_by(*terms).limit(size) for stretch in stretches(source, window)]
    if len(parts) == 1:
        return parts[0]
    rows = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(rows).order_by(*order(rows, window)).limit(size)


def stretches(source: Columns, window: Window) -> list[ColumnElement[bool]]:
    """Where the rows of a page are, in order: mostly one stretch, which begins at the cursor. Empty values stand apart
    in an index; where the page may go on to them or come from them, they are a stretch of their own."""
    begin, end = (window.before, window.after) if window.backward else (window.after, window.before)
    rest = true() if end is None else _beyond(source, window.order, end, not window.backward)
    if begin is None:
        return [rest]
    return [and_(stretch, rest) for stretch in _onward(source, window.order, begin, window.backward)]


def _onward(source: Columns, order: tuple[Key, ...], position: Position, backward: bool) -> list[ColumnElement[bool]]:
    first, *others = order
    ways = {key.descending is not backward for key in order}
    if len(ways) > 1 or not _nullable(source, first) or any(_nullable(source, key) for key in others):
        return [_beyond(source, order, position, backward)]
    descending, column = ways == {True}, _ordered(source, first)
    if position[0] is None:  # among the empty ones, which come first where it goes down, and last where it goes up
        empty = and_(column.is_(None), _beyond(source, tuple(others), position[1:], backward))
        return [empty, column.is_not(None)] if descending else [empty]
    filled = _past_all(source, order, position, descending)
    return [filled] if descending else [filled, column.is_(None)]


def between(source: Columns, window: Window) -> ColumnElement[bool]:
    """Behind the one cursor and before the other."""
    after = _beyond(source, window.order, window.after, False) if window.after is not None else true()
    before = _beyond(source, window.order, window.before, True) if window.before is not None else true()
    return and_(after, before)


def _beyond(source: Columns, order: tuple[Key, ...], position: Position, backward: bool) -> ColumnElement[bool]:
    """Behind the position: greater in the first key, or equal there and greater in the next, ..."""
    ways = {key.descending is not backward for key in order}
    if len(ways) == 1 and not any(_nullable(source, key) for key in order):
        return _past_all(source, order, position, ways == {True})
    columns = [_ordered(source, key) for key in order]
    values = [_bound(value, source.c[key.column]) for key, value in zip(order, position, strict=True)]
    alternatives: list[ColumnElement[bool]] = []
    equal: ColumnElement[bool] = true()
    for key, column, value in zip(order, columns, values, strict=True):
        past = _past(column, value, key.descending is not backward, _nullable(source, key))
        alternatives.append(and_(equal, past))
        equal = and_(equal, column.is_(None) if value is None else column == value)
    return or_(*alternatives)


def _past_all(source: Columns, order: tuple[Key, ...], position: Position, descending: bool) -> ColumnElement[bool]:
    """The same where nothing is empty: an index is walked from there."""
    columns = tuple_(*(_ordered(source, key) for key in order))
    values = tuple_(*(_bound(value, source.c[key.column]) for key, value in zip(order, position, strict=True)))
    return columns < values if descending else columns > values


def _nullable(source: Columns, key: Key) -> bool:
    """What is worked out (of a timeline) may be empty as far as is known."""
    return bool(getattr(source.c[key.column], "nullable", True))


def _bound(value: Any, column: ColumnElement[Any]) -> Any:
    """As a parameter: true and false are words of SQL else, which are not compared."""
    return value if value is None or isinstance(value, ColumnElement) else literal(value, column.type)


def _past(column: ColumnElement[Any], value: Any, descending: bool, nullable: bool) -> ColumnElement[bool]:
    if descending:
        return column.is_not(None) if value is None else column < value
    if value is None:
        return false()
    return or_(column.is_(None), column > value) if nullable else column > value
