"""Field values as the store holds them: the values of a record, but a reference is the id of a row (UUID).
Turns them into bytes and back; decides nothing."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import orjson

from kequn.contracts.records import FIELDS, MICRO, MONEY_LIMIT, Kind, Line, Money, Type

Fact = None | str | int | bool | date | datetime | Money | UUID | frozenset[str] | tuple[Line, ...]
"""A value of one field of a row."""

Facts = Mapping[str, Fact]

INTEGER_LIMIT = 2**31 - 1
_SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS
EMPTY: Mapping[Kind, Facts] = {
    kind: {name: cast(Fact, spec.empty) for name, spec in fields.items()} for kind, fields in FIELDS.items()
}
"""What a row holds of which nothing was said."""


def is_empty(fact: Fact) -> bool:
    """Nothing is said: None, no text, no element. Zero and False are values."""
    return fact is None or (isinstance(fact, str | frozenset | tuple) and not fact)


def can_store(fact: Fact) -> bool:
    """Whether both databases take the value: text without NUL and half characters, numbers of a column's size."""
    match fact:
        case None:
            return True
        case str():
            return "\x00" not in fact and (fact.isascii() or _is_unicode(fact))
        case bool():
            return True
        case int():
            return abs(fact) <= INTEGER_LIMIT
        case frozenset():
            return all(can_store(element) for element in fact)
        case tuple():
            return all(can_store(line.product) and can_store(line.category) and _fits(line.quantity) for line in fact)
        case _:
            return True


def _is_unicode(text: str) -> bool:
    try:
        return bool(text.encode())
    except UnicodeEncodeError:  # half of a surrogate pair, as JSON may hold it
        return False


def _fits(quantity: Decimal) -> bool:
    return quantity.is_finite() and abs(quantity) <= Decimal(MONEY_LIMIT) / MICRO


def _money(money: Money | None) -> list[Any] | None:
    return None if money is None else [money.micros, money.currency]


def _line(line: Line) -> list[Any]:
    return [line.product, line.category, str(line.quantity), _money(line.amount), _money(line.cost), line.returned]


def to_json(fact: Fact | Line) -> Any:
    """A JSON value that `from_json` turns back into the same fact, given the field's type."""
    if fact is None or type(fact) is str:  # most of them, and `match` tries its cases in turn
        return fact
    match fact:
        case Money():
            return _money(fact)
        case Line():
            return _line(fact)
        case UUID():
            return fact.hex
        case datetime() | date():
            return fact.isoformat()
        case frozenset():
            return sorted(fact)
        case tuple():
            return [_line(line) for line in fact]
        case _:
            return fact


def _to_money(plain: Any) -> Money | None:
    return None if plain is None else Money(plain[0], plain[1])


def _to_line(plain: Any) -> Line:
    product, category, quantity, amount, cost, returned = plain
    return Line(product, category, Decimal(quantity), _to_money(amount), _to_money(cost), returned)


def from_json(type: Type, plain: Any) -> Fact:
    if type is Type.SET:
        return frozenset(plain or ())
    if type is Type.LINES:
        return tuple(_to_line(line) for line in plain or ())
    if plain is None:
        return None
    match type:
        case Type.MONEY:
            return _to_money(plain)
        case Type.REF:
            return UUID(plain)
        case Type.DATE:
            return date.fromisoformat(plain)
        case Type.DATETIME:
            return datetime.fromisoformat(plain).astimezone(UTC)
    fact: Fact = plain
    return fact


def to_bytes(facts: Any) -> bytes:
    """As `to_json`, of facts however deep they stand, in bytes; equal facts give equal bytes."""
    return orjson.dumps(facts, default=to_json, option=_SORTED)


def pack(facts: Facts) -> bytes:
    return to_bytes(dict(facts))


def unpack(kind: Kind, packed: bytes) -> dict[str, Fact]:
    """The facts of `pack`. Fields that the kind no longer has are left out."""
    known = FIELDS[kind]
    plain = orjson.loads(packed)
    return {name: from_json(known[name].type, value) for name, value in plain.items() if name in known}
