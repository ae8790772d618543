"""Conditions as JSON: what stands in settings becomes a `Where` tree over the fields of one kind, and is printed again.
The operators are those of GraphQL's `where`. Asks about the record, and about those that it refers to itself.

    {"city": {"in": ["上海", "杭州"]}, "tier": {"name": {"eq": "VIP"}}, "not": {"interests": {"has": "golf"}}}"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

from kequn.contracts.records import FIELDS, Field, Kind, Money, Type
from kequn.store import kept
from kequn.store.values import Fact, can_store
from kequn.store.where import Either, Every, Has, Named, Not, Op, Plain, Test, Where

DEPTH, TESTS, VALUES = 12, 200, 1000
WORDS: Mapping[str, Op] = {
    "eq": Op.EQ,
    "ne": Op.NE,
    "in": Op.IN,
    "notIn": Op.NOT_IN,
    "lt": Op.LT,
    "lte": Op.LTE,
    "gt": Op.GT,
    "gte": Op.GTE,
    "isNull": Op.EMPTY,
    "contains": Op.CONTAINS,
    "startsWith": Op.STARTS,
    "has": Op.HAS,
}
_NAMES = {op: word for word, op in WORDS.items()}
_EQUAL, _ORDER = ("eq", "ne", "in", "notIn", "isNull"), ("lt", "lte", "gt", "gte")
_TAKES: Mapping[Type, Sequence[str]] = {
    Type.TEXT: (*_EQUAL, "contains", "startsWith"),
    Type.INTEGER: (*_EQUAL, *_ORDER),
    Type.BOOLEAN: ("eq", "ne", "isNull"),
    Type.DATE: (*_EQUAL, *_ORDER),
    Type.DATETIME: (*_EQUAL, *_ORDER),
    Type.MONEY: ("currency", *_EQUAL, *_ORDER),
    Type.REF: ("isNull",),
    Type.SET: ("has",),
    Type.LINES: (),
}


class BadCondition(ValueError):
    """What stands there is no condition; the message names the place and what is wanted."""


def read(kind: Kind, plain: Any) -> Where:
    """Raises BadCondition."""
    tree = _every(kind, plain, ())
    if kept.size(tree) > TESTS:
        raise BadCondition(f"it asks more than {TESTS} things")
    return tree


def show(kind: Kind, where: Where) -> dict[str, Any]:
    """The JSON of which `read` makes the same tree."""
    match where:
        case Every():
            return {"and": [show(kind, part) for part in where.parts]}
        case Either():
            return {"or": [show(kind, part) for part in where.parts]}
        case Not():
            return {"not": show(kind, where.part)}
        case Has():
            return {where.relation: show(_to(FIELDS[kind][where.relation]), where.where)}
        case Named():
            raise BadCondition("a connection's condition refers to no segment")
        case Test():
            return _shown(kind, where)


def relations(where: Where) -> frozenset[str]:
    """The references that it follows."""
    match where:
        case Every() | Either():
            return frozenset[str]().union(*(relations(part) for part in where.parts))
        case Not():
            return relations(where.part)
        case Has():
            return frozenset({where.relation})
    return frozenset()


# -- reading ----------------------------------------------------------------------------------------------------------

Path = tuple[str, ...]


def _wrong(path: Path, wanted: str) -> BadCondition:
    return BadCondition(f"{'.'.join(path) or 'the condition'}: {wanted}")


def _every(kind: Kind, plain: Any, path: Path, *, near: bool = True) -> Where:
    """`near`: of the record itself, not of one that it refers to."""
    if not isinstance(plain, Mapping):
        raise _wrong(path, 'a JSON object is wanted, such as {"city": {"eq": "上海"}}')
    if len(path) > DEPTH:
        raise _wrong(path[:3], f"this is nested more than {DEPTH} deep")
    parts = [part for name, value in plain.items() for part in _parts(kind, name, value, (*path, name), near=near)]
    return parts[0] if len(parts) == 1 else Every(tuple(parts))


def _parts(kind: Kind, name: str, plain: Any, path: Path, *, near: bool) -> list[Where]:
    match name:
        case "and":
            return [_one_or_every([_every(kind, one, path, near=near) for one in _list(plain, path)])]
        case "or":
            return [Either(tuple(_every(kind, one, path, near=near) for one in _list(plain, path)))]
        case "not":
            return [Not(_every(kind, plain, path, near=near))]
    field = FIELDS[kind].get(name)
    if field is None:
        raise _wrong(path, f"{kind} has no such field; there are {', '.join(FIELDS[kind])}, and, or, not")
    if not isinstance(plain, Mapping) or not plain:
        raise _wrong(path, f"an object is wanted, such as {{{_example(field)}}}")
    own = {word: value for word, value in plain.items() if not (field.to and near) or word in _TAKES[Type.REF]}
    tests: list[Where] = [_test(field, word, value, (*path, word)) for word, value in own.items()]
    there = {name: value for name, value in plain.items() if name not in own}
    return [*tests, Has(field.name, _every(_to(field), there, path, near=False))] if there else tests


def _to(field: Field) -> Kind:
    assert field.to  # noqa: S101 - the caller chose a reference
    return field.to


def _one_or_every(parts: list[Where]) -> Where:
    return parts[0] if len(parts) == 1 else Every(tuple(parts))


def _list(plain: Any, path: Path) -> list[Any]:
    if not isinstance(plain, list):
        raise _wrong(path, "a list is wanted")
    if len(plain) > VALUES:
        raise _wrong(path, f"a list of at most {VALUES} is wanted")
    return plain


def _test(field: Field, word: str, value: Any, path: Path) -> Test:
    if word not in _TAKES[field.type]:
        takes = ", ".join(_TAKES[field.type])
        raise _wrong(path, f"a {field.type} takes {takes}" if takes else "a condition cannot ask about it")
    if word == "currency":
        return Test(f"{field.name}_currency", Op.EQ, _text(value, path).upper())
    op = WORDS[word]
    if op is Op.EMPTY:
        return Test(_column(field), op, _boolean(value, path))
    if op in {Op.IN, Op.NOT_IN}:
        return Test(_column(field), op, tuple(_value(field, one, path) for one in _list(value, path)))
    return Test(_column(field), op, _value(field, value, path))


def _column(field: Field) -> str:
    """See rows.columns."""
    return field.name + {Type.MONEY: "_micros", Type.REF: "_id"}.get(field.type, "")


def _value(field: Field, plain: Any, path: Path) -> Plain:
    try:
        value = _READ[field.type](plain, path)
    except (ValueError, TypeError, ArithmeticError) as error:
        if isinstance(error, BadCondition):
            raise
        raise _wrong(path, f"a {field.type} is wanted, such as {_EXAMPLES[field.type]}") from None
    if field.type is not Type.MONEY and not can_store(cast(Fact, value)):  # an amount has limits of its own
        raise _wrong(path, "no database holds this value")
    return value


def _text(plain: Any, path: Path) -> str:
    if not isinstance(plain, str):
        raise _wrong(path, "a text is wanted")
    return plain


def _boolean(plain: Any, path: Path) -> bool:
    if not isinstance(plain, bool):
        raise _wrong(path, "true or false is wanted")
    return plain


def _integer(plain: Any, path: Path) -> int:
    if not isinstance(plain, int) or isinstance(plain, bool):
        raise _wrong(path, "a whole number is wanted")
    return plain


def _moment(plain: Any, path: Path) -> datetime:
    moment = datetime.fromisoformat(plain)
    if moment.tzinfo is None:
        raise _wrong(path, f"a time with its zone is wanted, such as {_EXAMPLES[Type.DATETIME]}")
    return moment.astimezone(UTC)


def _micros(plain: Any, path: Path) -> int:
    if not isinstance(plain, str | int | float) or isinstance(plain, bool):
        raise _wrong(path, f"an amount is wanted, such as {_EXAMPLES[Type.MONEY]}")
    return Money.of(Decimal(str(plain)), "XXX").micros


_READ: Mapping[Type, Callable[[Any, Path], Plain]] = {
    Type.TEXT: _text,
    Type.SET: _text,
    Type.INTEGER: _integer,
    Type.BOOLEAN: _boolean,
    Type.DATE: lambda plain, path: date.fromisoformat(plain),
    Type.DATETIME: _moment,
    Type.MONEY: _micros,
}
_EXAMPLES: Mapping[Type, str] = {
    Type.TEXT: '"上海"',
    Type.SET: '"golf"',
    Type.INTEGER: "3",
    Type.BOOLEAN: "true",
    Type.DATE: '"2026-01-31"',
    Type.DATETIME: '"2026-01-31T09:30:00+08:00"',
    Type.MONEY: '"12.50"',
    Type.REF: "true",
}


def _example(field: Field) -> str:
    takes = _TAKES[field.type]
    word = next((word for word in takes if word != "currency"), "eq")
    return f'"{word}": {_EXAMPLES.get(field.type, "true")}'


# -- printing ---------------------------------------------------------------------------------------------------------


def _shown(kind: Kind, test: Test) -> dict[str, Any]:
    columns = {_column(field): field for field in FIELDS[kind].values()}
    if test.field not in columns:
        return {test.field.removesuffix("_currency"): {"currency": test.value}}
    field = columns[test.field]
    many = isinstance(test.value, tuple)
    values = [_plain(field, test.op, one) for one in cast(tuple[Any, ...], test.value if many else (test.value,))]
    return {field.name: {_NAMES[test.op]: values if many else values[0]}}


def _plain(field: Field, op: Op, value: Any) -> Any:
    if field.type is Type.MONEY and op is not Op.EMPTY:
        return str(Money(value, "XXX").amount)
    return value.isoformat() if isinstance(value, date) else value
