"""`where`: how the inputs of operators.py become a `Where` tree. Which fields a noun can be filtered by is declared
beside the noun. Left out means not asked; null is refused, because "everything" would be a dangerous reading of it."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from functools import cache, partial
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from strawberry import UNSET

from kequn.contracts.identity import parse_id
from kequn.contracts.records import Money
from kequn.domain import moments
from kequn.domain.catalogue import CATALOGUE
from kequn.domain.checks import Unreadable
from kequn.domain.problems import Code, refuse
from kequn.store import search
from kequn.store.where import Either, Every, Has, Named, Not, Op, Plain, Test, Where, extra
from schema.operators import (
    DateFilter,
    DecimalFilter,
    Duration,
    ExtraFilter,
    IdFilter,
    ListFilter,
    MoneyFilter,
    ShareFilter,
)
from schema.problems import Fault
from schema.words import camel, snake

Path = tuple[str, ...]
ReadOne = Callable[[Any, Path], Plain]
DEPTH, TESTS, VALUES = 12, 200, 1000
RELATIONS = 5  # nested: SQLite's parser takes no more of them wherever a filter may stand
J = TypeVar("J", Every, Either)
_NAMES_OF_FIELDS = {("change", "fields"), ("conflict", "field"), ("duplicate", "reasons")}


def read(entered: Any, noun: str, now: datetime, *path: str, keep: bool = False) -> Where:
    """The tree of a `...Where` input; "30 days ago" is reckoned from `now`, or is to be reckoned each time anew
    (`keep`). Raises Refused, naming the place."""
    return Reader(now, keep).where(entered, noun, path or ("where",))


def _given(entered: Any, path: Path) -> Iterator[tuple[str, Any, Path]]:
    """Name, value and place of what was not left out."""
    for name, shown in _names(entered.__class__):
        value = getattr(entered, name)
        if value is UNSET:
            continue
        if value is None:
            raise refuse(Fault.BAD_FILTER, *path, shown)
        yield name, value, (*path, shown)


@cache
def _names(kind: Hashable) -> Sequence[tuple[str, str]]:
    """What the fields of an input are called, in Python and in GraphQL."""
    fields = kind.__strawberry_definition__.fields  # type: ignore[attr-defined]
    return [(field.python_name, field.graphql_name or camel(field.python_name)) for field in fields]


@dataclass(frozen=True)
class Reader:
    """Reads the inputs of one request, and stops at what is too much. `within`: so many relations."""

    now: datetime
    keep: bool = False
    within: int = 0
    asked: Iterator[int] = field(default_factory=partial(count, 1))

    def where(self, entered: Any, noun: str, path: Path) -> Where:
        if len(path) > DEPTH * 2:
            raise refuse(Fault.TOO_DEEP, *path[:4], limit=DEPTH)
        given = _given(entered, path)
        return self._all(Every, (self._part(name, value, noun, here) for name, value, here in given), path)

    def _one(self, path: Path) -> None:
        """Counts a condition."""
        if next(self.asked) > TESTS:
            raise refuse(Fault.TOO_MANY_TESTS, *path[:4], limit=TESTS)

    def _test(self, column: str, op: Op, value: Plain, path: Path) -> Test:
        self._one(path)
        return Test(column, op, value)

    def _all(self, kind: type[J], parts: Iterable[Where], path: Path) -> J:
        """What asks nothing counts, too: it is a part of the statement like all others."""
        found = tuple(parts)
        if not found:
            self._one(path)
        return kind(found)

    def _has(self, relation: str, entered: Any, noun: str, path: Path, *, but: bool = False) -> Has:
        """`but`: there is a row for which it does not hold."""
        self._one(path)
        if self.within >= RELATIONS:
            raise refuse(Fault.TOO_DEEP, *path[:4], limit=RELATIONS)
        where = replace(self, within=self.within + 1).where(entered, noun, path)
        return Has(relation, Not(where) if but else where)

    def _part(self, name: str, value: Any, noun: str, path: Path) -> Where:
        match name:
            case "and_":
                return self._all(Every, (self.where(part, noun, path) for part in value), path)
            case "or_":
                return self._all(Either, (self.where(part, noun, path) for part in value), path)
            case "not_":
                return Not(self.where(value, noun, path))
            case "in_segment":
                self._one(path)
                return Named(uuid(value, "segment", *path))
        relation = CATALOGUE[noun].relations.get(name)
        if relation is None:
            return self._all(Every, self._field(name, value, noun, path), path)
        if isinstance(value, ListFilter):
            return self._all(Every, self._quantified(name, value, relation.to, path), path)
        return self._has(name, value, relation.to, path)

    def _quantified(self, relation: str, asked: Any, noun: str, path: Path) -> Iterator[Where]:
        for how, inner, here in _given(asked, path):
            has = self._has(relation, inner, noun, here, but=how == "every")
            yield has if how == "some" else Not(has)

    def _field(self, name: str, asked: Any, noun: str, path: Path) -> Iterator[Where]:
        column, read_one = _column(name, asked, noun, path)
        for op, value, here in _given(asked, path):
            match op:
                case "connection" | "key" if isinstance(asked, ExtraFilter):
                    pass  # they are in the column's name
                case "currency" if isinstance(asked, MoneyFilter):
                    yield self._test(f"{name}_currency", Op.EQ, _plain(value.upper(), here), here)
                case "empty":
                    yield self._test(column, Op.EMPTY, value, here)
                case "between":
                    yield self._test(column, Op.GTE, read_one(value.from_, (*here, "from")), here)
                    yield self._test(column, Op.LTE, read_one(value.to, (*here, "to")), here)
                case "since" | "until":
                    moment = self._moment(value, here, day=isinstance(asked, DateFilter))
                    yield self._test(column, Op.GTE if op == "since" else Op.LT, moment, here)
                case "has_any":
                    yield self._all(Either, self._elements(column, _many(value, read_one, here), here), here)
                case "has_all":
                    yield self._all(Every, self._elements(column, _many(value, read_one, here), here), here)
                case "contains" if search.covers(noun, name, value):
                    yield self._test(column, Op.CONTAINS, read_one(value, here), here)
                    yield Test("id", Op.FOUND, search.sought(value))
                case _:
                    read = _many(value, read_one, here) if isinstance(value, list) else read_one(value, here)
                    yield self._test(column, Op(op.rstrip("_")), read, here)

    def _elements(self, column: str, values: Sequence[Plain], path: Path) -> Iterator[Test]:
        return (self._test(column, Op.HAS, one, path) for one in values)

    def _moment(self, asked: Any, path: Path, *, day: bool) -> Plain:
        spans = {way: _span(value, here) for way, value, here in _given(asked, path)}
        distance = moments.Distance(**spans, day=day)
        try:
            moment = distance.at(self.now)
        except OverflowError:
            raise refuse(Fault.BAD_FILTER, *path) from None
        return distance if self.keep else moment


def _column(name: str, asked: Any, noun: str, path: Path) -> tuple[str, ReadOne]:
    """What is asked about, by the catalogue's name, and how its values are read."""
    match asked:
        case ExtraFilter():
            connection, key = (str(_plain(getattr(asked, part), (*path, part))) for part in ("connection", "key"))
            return extra(connection, key), _plain
        case DecimalFilter():
            return f"{name}_micros", _micros
        case ShareFilter():
            return name, _thousandths
        case IdFilter():
            return name, partial(_uuid, noun)
        case _ if (noun, name) in _NAMES_OF_FIELDS:
            return name, _name_of_field
    return name, _plain


def _name_of_field(value: Any, path: Path) -> Plain:
    return snake(str(_plain(value, path)))


def _many(values: list[Any], read_one: ReadOne, path: Path) -> tuple[Plain, ...]:
    if len(values) > VALUES:
        raise refuse(Fault.TOO_MANY_VALUES, *path, limit=VALUES)
    return tuple(read_one(one, path) for one in values)


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


def _thousandths(value: float, path: Path) -> int:
    if not 0 <= value <= 1:
        raise refuse(Fault.BAD_FILTER, *path)
    return round(value * 1000)


def _span(asked: Duration, path: Path) -> moments.Span:
    given = {name: value for name, value, _ in _given(asked, path)}
    if min(given.values()) < 0:
        raise refuse(Fault.BAD_FILTER, *path)
    return moments.Span(**given)


def _uuid(noun: str, value: str, path: Path) -> UUID:
    return uuid(value, noun, *path)


def uuid(text: str, noun: str, *path: str | int) -> UUID:
    """The UUID in a kequn id. Raises Refused when it is none, or not one of `noun`."""
    try:
        return parse_id(text, noun)[1]
    except ValueError:
        raise refuse(Code.BAD_ID, *path) from None
