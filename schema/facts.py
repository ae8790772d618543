"""A value of any field as JSON, for histories and conflicts, and back from JSON, for the settling of one.
Money is {amount, currency}, a reference an id, a set a sorted list."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kequn.contracts import records
from kequn.contracts.identity import format_id
from kequn.contracts.records import FIELDS, Kind, Line, Type
from kequn.domain.checks import Amount, Entered
from kequn.domain.problems import Code, refuse
from kequn.store.values import Fact
from schema import filters, scalars
from schema.words import camel


def to_json(kind: Kind, field: str, fact: Fact) -> Any:
    match fact:
        case UUID():
            target = FIELDS[kind][field].to
            return format_id(target or kind, fact)
        case records.Money():
            return {"amount": scalars.print_decimal(fact.amount), "currency": fact.currency}
        case datetime():
            return scalars.print_time(fact)
        case date():
            return fact.isoformat()
        case frozenset():
            return sorted(fact)
        case tuple():
            return [_line(line) for line in fact]
    return fact


def all_to_json(kind: Kind, facts: Mapping[str, Fact]) -> dict[str, Any]:
    return {camel(name): to_json(kind, name, fact) for name, fact in facts.items()}


def _line(line: Line) -> dict[str, Any]:
    return {
        "product": line.product,
        "category": line.category,
        "quantity": scalars.print_decimal(line.quantity),
        "amount": to_json(Kind.PURCHASE, "amount", line.amount),
        "cost": to_json(Kind.PURCHASE, "amount", line.cost),
        "returned": line.returned,
    }


def from_json(kind: Kind, field: str, plain: Any) -> Entered:
    """What a person gave as the value of this field. Raises Refused when it is of the wrong type."""
    if plain is None:
        return None
    spec = FIELDS[kind][field]
    match spec.type, plain:
        case Type.TEXT, str():
            return plain
        case Type.BOOLEAN, bool():
            return plain
        case Type.INTEGER, int() if not isinstance(plain, bool):
            return plain
        case Type.DATE, str():
            return scalars.read_date(plain)
        case Type.DATETIME, str():
            return scalars.read_time(plain)
        case Type.REF, str():
            return filters.uuid(plain, spec.to or kind, field)
        case Type.SET, list() if all(isinstance(element, str) for element in plain):
            return plain
        case Type.MONEY, {"amount": amount, "currency": str() as currency}:
            return Amount(scalars.read_decimal(amount), currency)
    raise refuse(Code.BAD_VALUE, field)
