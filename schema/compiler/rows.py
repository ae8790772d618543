"""Which rows a field leads to: FROM, WHERE, ORDER BY and LIMIT. What is made of them stands in building.py.
Every table is held to the tenant, which is a parameter: a statement serves all tenants and no two at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    func,
    select,
)

from kequn.domain.catalogue import CATALOGUE
from kequn.store.scope import Scope, Sight
from kequn.store.sight import seen
from kequn.store.tables import Customer
from kequn.store.where import live, reach, translate
from schema import aggregates, statements
from schema.aggregates import Asked
from schema.compiler import holes
from schema.compiler.holes import Hole
from schema.compiler.words import digit
from schema.paging import Window
from schema.statements import Columns

MERGES = 16
TENANT, VIEWER = "tenant", "viewer"
_tenant: BindParameter[Any] = bindparam(TENANT, type_=Customer.__table__.c.tenant_id.type)  # type: ignore[attr-defined]
_viewer: BindParameter[Any] = bindparam(VIEWER, type_=Customer.__table__.c.owner_id.type)  # type: ignore[attr-defined]
SCOPE = Scope(cast(UUID, _tenant))
NUMBER = "kequn_number"


def scope_of(sight: Sight) -> Scope:
    """The scope of a statement for everybody who sees as much: whose rows is bound later."""
    return Scope(SCOPE.tenant, replace(sight, staff=None if sight.staff is None else cast(UUID, _viewer)))


@dataclass(frozen=True)
class Row:
    """The row that an object is made of: what it is, and where its columns are found."""

    noun: str
    source: FromClause

    def column(self, name: str) -> ColumnElement[Any]:
        column: ColumnElement[Any] = self.source.c[name]
        return column


@dataclass(frozen=True)
class Ends:
    """Columns of the table at the far end of a relation; its key is said by the table between, whose index is walked
    then. PostgreSQL would see by itself that they are equal, but not that one is greater when the other is."""

    c: Mapping[str, ColumnElement[Any]]


@dataclass(frozen=True)
class Listed:
    """The rows of a page. `size`: how many it has at most, where one more was read to see whether there are more."""

    row: Row
    size: ColumnElement[int] | None = None

    @property
    def keep(self) -> ColumnElement[bool] | None:
        return None if self.size is None else self.row.source.c[NUMBER] <= self.size


@dataclass(frozen=True)
class List:
    """A list as the statement has it: a window with holes over all rows of `noun`, or over those at the end of the
    relation of a row."""

    noun: str
    window: Window
    slot: int
    scope: Scope
    relation: str | None = None
    parent: Row | None = None

    def rows(self, columns: Collection[str], *, one_more: bool) -> Listed:
        """The rows of the window, with these columns."""
        names = {*columns, *(key.column for key in self.window.order)}
        _, ends, query = self._all(names)
        size = self._number(self.window.size)
        query = statements.paged(query, ends, self._window(ends), size + digit(1) if one_more else size)
        rows = (query.offset(self._number(self.window.offset)) if self.window.offset else query).subquery()
        if one_more:
            number = func.row_number().over(order_by=statements.order(rows, self.window)).label(NUMBER)
            rows = select(rows, number).order_by(number).subquery()
        if self.window.backward:
            forward = replace(self.window, backward=False)
            rows = select(rows).order_by(*statements.order(rows, forward)).subquery()
        return Listed(Row(self.noun, rows), size if one_more else None)

    def count(self) -> ColumnElement[int]:
        """How many there are in all."""
        _, _, query = self._all(())
        return query.with_only_columns(func.count()).scalar_subquery()

    def groups(self, asked: Asked) -> Select[Any]:
        """What they come to, in all or in groups."""
        source, _, query = self._all(())
        return aggregates.summed(query.add_columns(aggregates.COUNT), source, asked)

    def _all(self, columns: Collection[str]) -> tuple[FromClause, Columns, Select[Any]]:
        """The table, what a page of it is ordered by, and the query."""
        source = self._source()
        ends: Columns = source
        query = select(*(source.c[name] for name in sorted(columns)))
        if self.parent is None or self.relation is None:
            query = query.select_from(source).where(source.c.tenant_id == self.scope.tenant)
        else:
            relation = CATALOGUE[self.parent.noun].relations[self.relation]
            near, query = reach(relation, source, query, self.scope)
            if relation.through is not None:
                between = cast(FromClause, cast(Any, near).table)
                ends = Ends({**dict(source.c), relation.there: between.c[relation.through.far]})
            query = query.where(near == self.parent.column(relation.here)).correlate(self.parent.source)
        test = holes.tester(self.slot)
        condition = translate(self.window.where, self.noun, source, CATALOGUE, self.scope, test)
        query = query.where(seen(self.noun, source, CATALOGUE, self.scope))
        return source, ends, query.where(condition if self.window.deleted else and_(live(source), condition))

    def _source(self) -> FromClause:
        noun = CATALOGUE[self.noun]
        if noun.along is None or self.parent is None or self.relation is None:
            return noun.source.alias()
        here = CATALOGUE[self.parent.noun].relations[self.relation].here
        return noun.along(self.parent.column(here), self.scope.tenant, self.parent.source)

    def _number(self, number: Any) -> ColumnElement[int]:
        if isinstance(number, Hole):
            return holes.parameter(self.slot, number, Integer())
        return digit(int(number))

    def _window(self, source: Columns) -> Window:
        """With parameters for the holes of its cursors."""
        types = [source.c[key.column].type for key in self.window.order]
        after, before = (
            None if at is None else holes.position(at, self.slot, types)
            for at in (self.window.after, self.window.before)
        )
        return replace(self.window, after=after, before=before)


def one(
    noun: str, id: ColumnElement[Any], near: Row | None, scope: Scope, *, deleted: bool = False
) -> tuple[Row, Select[Any]]:
    """The row with this id, or of a merged one the row that it went into; and a query for it. `near`: the row that the
    id is a column of."""
    row = Row(noun, CATALOGUE[noun].source.alias())
    query = select().select_from(row.source).where(row.column("tenant_id") == SCOPE.tenant)
    last = _seen_from(_last(noun, id), near).scalar_subquery() if statements.merges(noun) else id
    query = _seen_from(query.where(row.column("id") == last), near)
    query = query.where(seen(noun, row.source, CATALOGUE, scope))
    if CATALOGUE[noun].soft and not deleted:
        query = query.where(row.column("deleted_at").is_(None))
    return row, query


def _seen_from(query: Select[Any], near: Row | None) -> Select[Any]:
    return query if near is None else query.correlate(near.source)


def _last(noun: str, id: ColumnElement[Any]) -> Select[Any]:
    """The id of the row that a row went into, and this one, and so on; mostly its own."""
    table = CATALOGUE[noun].source
    here, first, next_ = table.alias(), table.alias(), table.alias()
    chain = (
        select(first.c.id, first.c.merged_into, digit(1).label("steps"))
        .where(first.c.tenant_id == SCOPE.tenant, first.c.id == here.c.merged_into)
        .correlate(here)
        .cte(recursive=True, nesting=True)
    )
    further = (
        select(next_.c.id, next_.c.merged_into, chain.c.steps + digit(1))
        .join(chain, next_.c.id == chain.c.merged_into)
        .where(next_.c.tenant_id == SCOPE.tenant, chain.c.steps < digit(MERGES - 1))
    )
    chain = chain.union_all(further)
    end = select(chain.c.id).where(chain.c.merged_into.is_(None)).scalar_subquery()
    own = case((here.c.merged_into.is_(None), here.c.id), else_=end)
    return select(own).where(here.c.tenant_id == SCOPE.tenant, here.c.id == id)
