"""Filters as values: a frozen `Where` tree, and its translation to SQL over a catalogue of nouns.
GraphQL's `where` and segments share it, so that "in this segment" and "customers where" never disagree.

A test is true or false, never unknown: an empty field equals nothing, differs from everything, and `Not` turns one
into the other. Text is compared letter by letter; `contains` and `starts` take A-Z and a-z as equal, on both
databases."""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    exists,
    false,
    inspect,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import Boolean

from kequn.store.expressions import by_letter, in_index, member_text
from kequn.store.scope import Scope
from kequn.store.sight import seen
from kequn.store.tables import Business, SearchText


@runtime_checkable
class Relative(Protocol):
    """A value that depends on when it is asked: see kept.py, which puts the value itself in its place."""

    def at(self, now: datetime) -> date | datetime: ...


Plain = None | bool | int | str | date | datetime | UUID | tuple[Any, ...] | Relative


class Op(StrEnum):
    EQ = "eq"
    NE = "ne"
    IN = "in"
    NOT_IN = "not_in"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    EMPTY = "empty"  # value: whether the field is to be empty
    CONTAINS = "contains"
    STARTS = "starts"
    HAS = "has"  # the field is a set, and the value one of its elements
    FOUND = "found"  # the field is the id, and the index of texts finds the row: see search.py


@dataclass(frozen=True)
class Test:
    """`field`: a column, what `extra` makes, or what the noun has `worked` out."""

    field: str
    op: Op
    value: Plain = None


@dataclass(frozen=True)
class Every:
    """All of the parts; of none: everything."""

    parts: tuple["Where", ...] = ()


@dataclass(frozen=True)
class Either:
    """One of the parts at least; of none: nothing."""

    parts: tuple["Where", ...] = ()


@dataclass(frozen=True)
class Not:
    part: "Where"


@dataclass(frozen=True)
class Has:
    """A live row at the other end of the relation for which `where` holds."""

    relation: str
    where: "Where" = Every()


@dataclass(frozen=True)
class Named:
    """The tree that is kept under this id: see kept.py, which puts the tree itself in its place."""

    id: UUID


_EXTRA = "extra/"


def extra(connection: str, key: str) -> str:
    """The field that is what a CRM has under `key` and kequn has no field for, as text."""
    return f"{_EXTRA}{len(connection)}/{connection}/{key}"


def column(source: FromClause, field: str) -> ColumnElement[Any]:
    """What a test asks about."""
    if not field.startswith(_EXTRA):
        return source.c[field]
    length, _, rest = field.removeprefix(_EXTRA).partition("/")
    connection, key = rest[: int(length)], rest[int(length) + 1 :]
    return member_text(source.c.extra, literal(connection, String()), literal(key, String()))


Where = Test | Every | Either | Not | Has | Named


@dataclass(frozen=True)
class Through:
    """What stands between the two ends of a many-to-many relation: a table, or what a query finds."""

    table: type[Business] | FromClause
    near: str
    far: str

    @property
    def source(self) -> FromClause:
        source: FromClause = self.table if isinstance(self.table, FromClause) else self.table.__table__  # type: ignore[attr-defined]
        return source


@dataclass(frozen=True)
class Relation:
    """From column `here` to column `there` of noun `to`, within one tenant."""

    to: str
    here: str
    there: str
    through: Through | None = None


@dataclass(frozen=True)
class Noun:
    """What can be asked about one noun: the columns of its table, and its relations. `along`: of one whose rows are put
    together, those of one row alone: what names it, its tenant, and where it is read from. `worked`: what follows from
    its columns and from other rows."""

    table: type[Any]
    relations: Mapping[str, Relation] = field(default_factory=dict)
    along: Callable[[ColumnElement[Any], Any, FromClause], FromClause] | None = None
    worked: Mapping[str, Callable[[FromClause, Scope], ColumnElement[Any]]] = field(default_factory=dict)

    def asked(self, field: str, source: FromClause, scope: Scope) -> ColumnElement[Any]:
        """What a test of the field asks about."""
        return self.worked[field](source, scope) if field in self.worked else column(source, field)

    @property
    def source(self) -> FromClause:
        source: FromClause = self.table.__table__
        return source

    @property
    def key(self) -> Sequence[str]:
        """What names a row within its tenant."""
        return [column.name for column in inspect(self.table).primary_key if column.name != "tenant_id"]

    @property
    def soft(self) -> bool:
        """Whether deleted rows stay."""
        return issubclass(self.table, Business)


Catalogue = Mapping[str, Noun]


def live(source: FromClause) -> ColumnElement[bool]:
    """Neither deleted nor merged into another row."""
    if "merged_into" not in source.c:
        return true()
    return and_(source.c.deleted_at.is_(None), source.c.merged_into.is_(None))


def test(column: ColumnElement[Any], op: Op, value: Any) -> ColumnElement[bool]:
    """The condition that one test is on a column."""
    return _TESTS[op](column, value)


Tester = Callable[[ColumnElement[Any], Op, Any], ColumnElement[bool]]


def translate(
    where: Where, noun: str, source: FromClause, catalogue: Catalogue, scope: Scope, test: Tester = test
) -> ColumnElement[bool]:
    """The condition that `where` is on the rows of `source`, which is the table of `noun` or an alias of it. Every
    table that it looks into beside is held to `scope`; `source` itself is the caller's to hold. `test`: how a test is
    said where its value is not known yet."""
    match where:
        case Test(op=Op.FOUND):
            texts = SearchText.__table__.alias()  # type: ignore[attr-defined]
            here = (texts.c.tenant_id == scope.tenant, test(texts.c.grams, where.op, where.value))
            return source.c[where.field].in_(select(texts.c.row_id).where(*here))
        case Test():
            return test(catalogue[noun].asked(where.field, source, scope), where.op, where.value)
        case Every():
            return and_(true(), *(translate(part, noun, source, catalogue, scope, test) for part in where.parts))
        case Either():
            return or_(false(), *(translate(part, noun, source, catalogue, scope, test) for part in where.parts))
        case Not():
            return translate(where.part, noun, source, catalogue, scope, test).is_not(true())
        case Has():
            return _has(where, catalogue[noun].relations[where.relation], source, catalogue, scope, test)
        case Named():
            raise LookupError("a tree that is kept under an id must be unfolded before it is translated")


def _has(
    has: Has, relation: Relation, source: FromClause, catalogue: Catalogue, scope: Scope, test: Tester
) -> ColumnElement[bool]:
    target = catalogue[relation.to].source.alias()
    inner = translate(has.where, relation.to, target, catalogue, scope, test)
    near, query = reach(relation, target, select(literal(1)), scope)
    here = source.c[relation.here]
    known = [test(here, one.op, one.value) for one in _known(has.where, relation)]
    held = (live(target), seen(relation.to, target, catalogue, scope))
    return and_(exists(query.where(near == here, *held, inner)), *known)


def _known(where: Where, relation: Relation) -> Iterator[Test]:
    """What is asked of the column that both ends share. It is said of this end, too: SQLite would look at every row
    here, where an index leads to those of one there."""
    match where:
        case Every():
            for part in where.parts:
                yield from _known(part, relation)
        case Test(op=Op.EQ | Op.IN) if relation.through is None and where.field == relation.there:
            yield where


def reach(
    relation: Relation, target: FromClause, query: Select[Any], scope: Scope
) -> tuple[ColumnElement[Any], Select[Any]]:
    """`query` over `target` as seen along the relation, and the column that names the near end."""
    if relation.through is None:
        query = query.select_from(target)
        near: ColumnElement[Any] = target.c[relation.there]
    else:
        between = relation.through.source.alias()
        joined = between.join(target, between.c[relation.through.far] == target.c[relation.there])
        query = query.select_from(joined).where(between.c.tenant_id == scope.tenant, live(between))
        near = between.c[relation.through.near]
    return near, query.where(target.c.tenant_id == scope.tenant)


_TESTS: Mapping[Op, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    Op.EQ: operator.eq,
    Op.NE: lambda column, value: column.is_distinct_from(value),
    Op.IN: lambda column, values: column.in_(values),
    Op.NOT_IN: lambda column, values: or_(column.is_(None), column.not_in(values)),
    Op.LT: lambda column, value: _ordered(column) < value,
    Op.LTE: lambda column, value: _ordered(column) <= value,
    Op.GT: lambda column, value: _ordered(column) > value,
    Op.GTE: lambda column, value: _ordered(column) >= value,
    Op.EMPTY: lambda column, empty: column.is_(None) if empty else column.is_not(None),
    Op.CONTAINS: lambda column, text: folded(column).contains(fold(text), autoescape=True),
    Op.STARTS: lambda column, text: folded(column).startswith(fold(text), autoescape=True),
    Op.HAS: lambda column, text: in_set(column, literal(text, String())),
    Op.FOUND: lambda column, grams: _found(column, grams),
}


def _found(grams: ColumnElement[Any], sought: Any) -> ColumnElement[bool]:
    wanted = sought if isinstance(sought, ColumnElement) else literal(sought, String())
    return in_index(grams.table.c.number, grams, wanted)


def _ordered(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return by_letter(column) if isinstance(column.type, String) else column


_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)


def fold(text: str) -> str:
    return text.translate(_SMALL)


class folded(GenericFunction[str]):  # noqa: N801 - named as SQL functions are
    """A-Z in lower case, other letters as they are: what SQLite's lower() does, and PostgreSQL's in the C locale."""

    type = String()
    inherit_cache = True


class in_set(GenericFunction[bool]):  # noqa: N801
    """Whether a JSON list of texts holds a text."""

    type = Boolean()
    inherit_cache = True


@compiles(folded)
def _folded(element: Any, compiler: Any, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(folded, "postgresql")
def _folded_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f'lower({compiler.process(element.clauses, **options)} COLLATE "C")'


def _sides(element: Any, compiler: Any, options: Any) -> tuple[str, str]:
    column, value = element.clauses
    return compiler.process(column, **options), compiler.process(value, **options)


@compiles(in_set)
def _in_set(element: Any, compiler: Any, **options: Any) -> str:
    column, value = _sides(element, compiler, options)
    return f"EXISTS (SELECT 1 FROM json_each({column}) AS member WHERE member.value = {value})"  # noqa: S608


@compiles(in_set, "postgresql")
def _in_set_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    column, value = _sides(element, compiler, options)
    return f"EXISTS (SELECT 1 FROM json_array_elements_text({column}) AS member WHERE member = {value})"  # noqa: S608
