"""Windows without their values: the shape on which a statement depends, and the values that are bound to it later.
A hole stands where a value was; what decides the text (an operator, an order, an empty cursor key) stays."""

from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import ARRAY, BindParameter, ColumnElement, Dialect, String, bindparam, not_, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import Boolean, TypeDecorator, TypeEngine

from kequn.store.where import Either, Every, Has, Named, Not, Op, Plain, Test, Tester, Where, fold, folded, in_set, test
from schema.paging import Position, Window

Values = list[Any]
COMPARED = {Op.EQ, Op.NE, Op.LT, Op.LTE, Op.GT, Op.GTE}
BOUND = COMPARED | {Op.IN, Op.NOT_IN, Op.CONTAINS, Op.STARTS, Op.HAS, Op.FOUND}
"""The operators whose text does not depend on their value."""

ROUND = frozenset({1, 2, 3, 5, 10, 20, 25, 30, 40, 50, 100, 200, 500, 1000})
"""Sizes of pages that people ask for: these stand in the text. Of a size that is bound PostgreSQL knows nothing once it
keeps a plan, and takes it for a tenth of the rows: it would look up each group of each customer by itself."""


@dataclass(frozen=True)
class Hole:
    """The place of a value among those of its field."""

    place: int


class Folded(Exception):
    """The filter refers to a tree that is kept under an id, and must be told what it is."""


def emptied(window: Window) -> tuple[Window, Values]:
    """The shape of a window, and its values. Raises Folded."""
    values: Values = []
    shape = replace(
        window,
        size=window.size if window.size in ROUND else _hole(window.size, values),
        after=_position(window.after, values),
        before=_position(window.before, values),
        where=_where(window.where, values),
        offset=_hole(window.offset, values) if window.offset else 0,
    )
    return shape, values


def _hole(value: Any, values: Values) -> Any:
    values.append(value)
    return Hole(len(values) - 1)


def _position(position: Position | None, values: Values) -> Position | None:
    if position is None:
        return None
    return tuple(None if value is None else _hole(value, values) for value in position)


def _where(where: Where, values: Values) -> Where:
    match where:
        case Test():
            return replace(where, value=_hole(_prepared(where), values)) if where.op in BOUND else where
        case Every():
            return Every(tuple(_where(part, values) for part in where.parts))
        case Either():
            return Either(tuple(_where(part, values) for part in where.parts))
        case Not():
            return Not(_where(where.part, values))
        case Has():
            return Has(where.relation, _where(where.where, values))
        case Named():
            raise Folded


def _prepared(where: Test) -> Plain | list[Any]:
    """The value as it is bound."""
    match where:
        case Test(op=Op.CONTAINS, value=str() as text):
            return f"%{_escaped(text)}%"
        case Test(op=Op.STARTS, value=str() as text):
            return f"{_escaped(text)}%"
        case Test(op=Op.IN | Op.NOT_IN, value=tuple() as several):
            return list(several)
    return where.value


def _escaped(text: str) -> str:
    return fold(text).replace("/", "//").replace("%", "/%").replace("_", "/_")


def parameter(slot: int, hole: Hole, type: TypeEngine[Any]) -> BindParameter[Any]:
    """What is bound in the hole of the field in this slot."""
    return bindparam(f"v{slot}_{hole.place}", type_=type)


def position(of: Position, slot: int, types: list[TypeEngine[Any]]) -> Position:
    """A position whose values are bound later."""
    return tuple(
        parameter(slot, hole, type) if isinstance(hole, Hole) else None for hole, type in zip(of, types, strict=True)
    )


def tester(slot: int) -> Tester:
    """How a test of the field in this slot is said."""

    def say(column: ColumnElement[Any], op: Op, value: Any) -> ColumnElement[bool]:
        if not isinstance(value, Hole):
            return test(column, op, value)
        match op:
            case Op.CONTAINS | Op.STARTS:
                return folded(column).like(parameter(slot, value, String()), escape="/")
            case Op.IN:
                return among(column, parameter(slot, value, ListOf(column.type)))
            case Op.NOT_IN:
                return or_(column.is_(None), not_(among(column, parameter(slot, value, ListOf(column.type)))))
            case Op.HAS:
                return in_set(column, parameter(slot, value, String()))
            case Op.FOUND:
                return test(column, op, parameter(slot, value, String()))
        return test(column, op, parameter(slot, value, column.type))

    return say


class ListOf(TypeDecorator[list[Any]]):
    """A list in one parameter, however long: an array, or where there are none, a JSON list."""

    impl = String
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.item) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        one = self.item.dialect_impl(dialect).bind_processor(dialect)
        return orjson.dumps([one(item) if one else item for item in value]).decode()


class among(GenericFunction[bool]):  # noqa: N801 - named as SQL functions are
    """Whether a value is one of a `ListOf`."""

    type = Boolean()
    inherit_cache = True


@compiles(among)
def _among(element: Any, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - both sides are compiled


@compiles(among, "postgresql")
def _among_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY ({values})"
