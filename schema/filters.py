"""`where`: the filter inputs of each type of field, and how they become a `Where` tree.
Which fields a noun can be filtered by is declared beside the noun. Left out means not asked; null is refused, because
"everything" would be a dangerous reading of it."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

import strawberry
from strawberry import UNSET

from kequn.contracts.identity import parse_id
from kequn.contracts.records import Money
from kequn.domain.catalogue import CATALOGUE
from kequn.domain.checks import Unreadable
from kequn.domain.problems import Code, refuse
from kequn.store.where import Either, Every, Has, Not, Op, Plain, Test, Where
from schema.problems import Fault
from schema.words import camel

E = TypeVar("E", bound=Enum)
W = TypeVar("W")
Path = tuple[str, ...]
DEPTH, TESTS, VALUES = 12, 200, 1000


def _op(name: str, words: str) -> Any:
    return strawberry.field(name=name, description=words, default=UNSET)


_EQ, _NE = "Is this 等于", "Is not this, or is empty 不等于"
_IN, _NOT_IN = "Is one of these 属于", "Is none of these, or is empty 不属于"
_EMPTY = "Is empty (true), or is not (false) 为空"
_LT, _LTE, _GT, _GTE = "Is less 小于", "Is less or equal 小于等于", "Is more 大于", "Is more or equal 大于等于"


@strawberry.input(description="Asks about a text 文本条件")
class TextFilter:
    eq: str | None = _op("eq", _EQ)
    ne: str | None = _op("ne", _NE)
    in_: list[str] | None = _op("in", _IN)
    not_in: list[str] | None = _op("notIn", _NOT_IN)
    empty: bool | None = _op("isNull", _EMPTY)
    contains: str | None = _op("contains", "Contains this; A-Z and a-z are equal 包含")
    starts: str | None = _op("startsWith", "Starts with this; A-Z and a-z are equal 开头为")


@strawberry.input(name="IDFilter", description="Asks about an id 编号条件")
class IdFilter:
    eq: strawberry.ID | None = _op("eq", _EQ)
    ne: strawberry.ID | None = _op("ne", _NE)
    in_: list[strawberry.ID] | None = _op("in", _IN)
    not_in: list[strawberry.ID] | None = _op("notIn", _NOT_IN)


@strawberry.input(description="Asks whether something is so 布尔条件")
class BooleanFilter:
    eq: bool | None = _op("eq", _EQ)
    ne: bool | None = _op("ne", _NE)
    empty: bool | None = _op("isNull", _EMPTY)


@strawberry.input(description="Asks about a whole number 整数条件")
class IntFilter:
    eq: int | None = _op("eq", _EQ)
    ne: int | None = _op("ne", _NE)
    in_: list[int] | None = _op("in", _IN)
    not_in: list[int] | None = _op("notIn", _NOT_IN)
    lt: int | None = _op("lt", _LT)
    lte: int | None = _op("lte", _LTE)
    gt: int | None = _op("gt", _GT)
    gte: int | None = _op("gte", _GTE)
    empty: bool | None = _op("isNull", _EMPTY)


@strawberry.input(description="Asks about a day 日期条件")
class DateFilter:
    eq: date | None = _op("eq", _EQ)
    ne: date | None = _op("ne", _NE)
    in_: list[date] | None = _op("in", _IN)
    not_in: list[date] | None = _op("notIn", _NOT_IN)
    lt: date | None = _op("lt", _LT)
    lte: date | None = _op("lte", _LTE)
    gt: date | None = _op("gt", _GT)
    gte: date | None = _op("gte", _GTE)
    empty: bool | None = _op("isNull", _EMPTY)


@strawberry.input(description="Asks about a moment 时间条件")
class DateTimeFilter:
    eq: datetime | None = _op("eq", _EQ)
    ne: datetime | None = _op("ne", _NE)
    in_: list[datetime] | None = _op("in", _IN)
    not_in: list[datetime] | None = _op("notIn", _NOT_IN)
    lt: datetime | None = _op("lt", _LT)
    lte: datetime | None = _op("lte", _LTE)
    gt: datetime | None = _op("gt", _GT)
    gte: datetime | None = _op("gte", _GTE)
    empty: bool | None = _op("isNull", _EMPTY)


@strawberry.input(description="Asks about an amount, in one currency 金额条件")
class MoneyFilter:
    currency: str | None = _op("currency", "The currency is this (ISO 4217) 币种")
    eq: Decimal | None = _op("eq", _EQ)
    ne: Decimal | None = _op("ne", _NE)
    in_: list[Decimal] | None = _op("in", _IN)
    not_in: list[Decimal] | None = _op("notIn", _NOT_IN)
    lt: Decimal | None = _op("lt", _LT)
    lte: Decimal | None = _op("lte", _LTE)
    gt: Decimal | None = _op("gt", _GT)
    gte: Decimal | None = _op("gte", _GTE)
    empty: bool | None = _op("isNull", _EMPTY)


@strawberry.input(description="Asks about a set of texts 集合条件")
class SetFilter:
    has: str | None = _op("has", "Has this element 含有")


@strawberry.input(name="Filter", description="Asks which one of a list it is 枚举条件")
class EnumFilter(Generic[E]):
    eq: E | None = _op("eq", _EQ)
    ne: E | None = _op("ne", _NE)
    in_: list[E] | None = _op("in", _IN)
    not_in: list[E] | None = _op("notIn", _NOT_IN)
    empty: bool | None = _op("isNull", _EMPTY)


@strawberry.input(name="ListFilter", description="Asks about the rows at the end of a relation 关联条件")
class ListFilter(Generic[W]):
    some: W | None = _op("some", "There is one for which this holds 存在")
    none: W | None = _op("none", "There is none for which this holds 不存在")


def logic(name: str) -> Any:
    """The fields `and`, `or`, `not` of a `...Where` input."""
    words = {"and": "All of these hold 且", "or": "One of these holds at least 或", "not": "This does not hold 非"}
    return _op(name, words[name])


def read(entered: Any, noun: str, *path: str) -> Where:
    """The tree of a `...Where` input. Raises Refused, naming the place."""
    tree = _where(entered, noun, path or ("where",))
    if _size(tree) > TESTS:
        raise refuse(Fault.TOO_MANY_TESTS, *(path or ("where",)), limit=TESTS)
    return tree


def _given(entered: Any, path: Path) -> Iterator[tuple[str, Any, Path]]:
    """Name, value and place of what was not left out."""
    for field in entered.__strawberry_definition__.fields:
        value = getattr(entered, field.python_name)
        here = (*path, field.graphql_name or camel(field.python_name))
        if value is None:
            raise refuse(Fault.BAD_FILTER, *here)
        if value is not UNSET:
            yield field.python_name, value, here


def _where(entered: Any, noun: str, path: Path) -> Where:
    if len(path) > DEPTH * 2:
        raise refuse(Fault.TOO_DEEP, *path[:4], limit=DEPTH)
    return Every(tuple(_part(name, value, noun, here) for name, value, here in _given(entered, path)))


def _part(name: str, value: Any, noun: str, path: Path) -> Where:
    match name:
        case "and_":
            return Every(tuple(_where(part, noun, path) for part in value))
        case "or_":
            return Either(tuple(_where(part, noun, path) for part in value))
        case "not_":
            return Not(_where(value, noun, path))
    relation = CATALOGUE[noun].relations.get(name)
    if relation is None:
        return Every(tuple(_field(name, value, noun, path)))
    if not isinstance(value, ListFilter):
        return Has(name, _where(value, relation.to, path))
    quantified = {how: _where(inner, relation.to, here) for how, inner, here in _given(value, path)}
    has: list[Where] = [Has(name, quantified["some"])] if "some" in quantified else []
    has_not: list[Where] = [Not(Has(name, quantified["none"]))] if "none" in quantified else []
    return Every((*has, *has_not))


def _field(name: str, asked: Any, noun: str, path: Path) -> Iterator[Where]:
    money = isinstance(asked, MoneyFilter)
    for op, value, here in _given(asked, path):
        if op == "currency":
            yield Test(f"{name}_currency", Op.EQ, _plain(value.upper(), here))
        elif op == "empty":
            yield Test(f"{name}_micros" if money else name, Op.EMPTY, value)
        else:
            read_one = _micros if money else partial(_uuid, noun) if isinstance(asked, IdFilter) else _plain
            column = f"{name}_micros" if money else name
            yield Test(column, Op(op.rstrip("_")), _one_or_many(value, read_one, here))


def _one_or_many(value: Any, read_one: Callable[[Any, Path], Plain], path: Path) -> Plain:
    if not isinstance(value, list):
        return read_one(value, path)
    if len(value) > VALUES:
        raise refuse(Fault.TOO_MANY_VALUES, *path, limit=VALUES)
    return tuple(read_one(one, path) for one in value)


def _plain(value: Any, path: Path) -> Plain:
    if isinstance(value, Unreadable) or (isinstance(value, str) and "\x00" in value):
        raise refuse(Fault.BAD_FILTER, *path)
    plain: Plain = value.value if isinstance(value, Enum) else value
    return plain


def _micros(value: Any, path: Path) -> int:
    try:
        return Money.of(value, "XXX").micros
    except (TypeError, ValueError, ArithmeticError):
        raise refuse(Fault.BAD_FILTER, *path) from None


def _uuid(noun: str, value: str, path: Path) -> UUID:
    return uuid(value, noun, *path)


def uuid(text: str, noun: str, *path: str | int) -> UUID:
    """The UUID in a kequn id. Raises Refused when it is none, or not one of `noun`."""
    try:
        return parse_id(text, noun)[1]
    except ValueError:
        raise refuse(Code.BAD_ID, *path) from None


def _size(where: Where) -> int:
    match where:
        case Test():
            return 1
        case Every() | Either():
            return sum(_size(part) for part in where.parts)
        case Not():
            return _size(where.part)
        case Has():
            return 1 + _size(where.where)
