"""How an input becomes what the domain takes: fields by our names, left-out ones left out, ids as UUIDs."""

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET

from kequn.contracts.identity import parse_id
from kequn.contracts.records import FIELDS, Kind, Type
from kequn.domain.checks import Amount, Entered, LineInput
from kequn.domain.problems import Code, Problem, Refused
from schema.words import worded


@strawberry.input(description="An amount of money 金额")
class MoneyInput:
    amount: Decimal = strawberry.field(description="How much 数额")
    currency: str = strawberry.field(description="Of which currency (ISO 4217) 币种")


@worded("line")
@strawberry.input(description="A line of a purchase 购买明细")
class PurchaseLineInput:
    product: str
    category: str | None = UNSET
    quantity: Decimal | None = UNSET
    amount: MoneyInput | None = UNSET
    cost: MoneyInput | None = UNSET
    returned: bool | None = UNSET


def entered(kind: Kind, given: Any) -> dict[str, Entered]:
    """Raises Refused when an id is none."""
    found: dict[str, Entered] = {}
    problems: list[Problem] = []
    for name, value in _given(given):
        field = name if name in FIELDS[kind] else name.removesuffix("_id")
        if field not in FIELDS[kind]:
            continue  # id and version say which row is meant
        spec = FIELDS[kind][field]
        refers = spec.type is Type.REF and value is not None
        try:
            found[field] = parse_id(value, spec.to)[1] if refers else _entered(value)
        except ValueError:
            problems.append(Problem(Code.BAD_ID, (field,)))
    if problems:
        raise Refused(*problems)
    return found


def _given(given: Any) -> Iterator[tuple[str, Any]]:
    for field in given.__strawberry_definition__.fields:
        value = getattr(given, field.python_name)
        if value is not UNSET:
            yield field.python_name, value


def _entered(value: Any) -> Entered:
    match value:
        case Enum():
            plain: str = value.value
            return plain
        case MoneyInput():
            return Amount(value.amount, value.currency)
        case [PurchaseLineInput(), *_]:
            return [_line(line) for line in value]
    entered: Entered = value
    return entered


def _line(line: PurchaseLineInput) -> LineInput:
    given = {name: _entered(value) for name, value in _given(line) if value is not None}
    return LineInput(**given)  # type: ignore[arg-type]


def path(kind: Kind, problem: Problem) -> Problem:
    """The problem of a field, with the path at which the input has it."""
    if not problem.path or problem.path[0] not in FIELDS[kind]:
        return problem
    first, *rest = problem.path
    name = f"{first}_id" if FIELDS[kind][str(first)].type is Type.REF else first
    return Problem(problem.code, ("input", name, *rest), problem.facts)
