"""Scalars, each in one canonical form, so that equal values are equal bytes whoever prints them.
What cannot be read as a date or a number is passed on as `Unreadable`: the resolver says so at its path."""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NewType

import strawberry
from graphql import FloatValueNode, IntValueNode, ListValueNode, ObjectValueNode, ValueNode, value_from_ast_untyped
from strawberry.types.scalar import ScalarDefinition

from kequn.domain.checks import Unreadable

JSON = NewType("JSON", object)
WHOLE = 2.0**63  # beyond this orjson makes floats of integers, and would lose digits
LONGEST = 40  # characters of a number, and digits it would have without its exponent


def print_time(moment: datetime) -> str:
    """UTC with offset, fractions of a second without trailing zeros: as PostgreSQL's JSON has it."""
    text = moment.astimezone(UTC).isoformat()
    if "." not in text:
        return text
    whole, fraction = text.removesuffix("+00:00").split(".")
    return f"{whole}.{fraction.rstrip('0')}+00:00"


def print_decimal(number: Decimal) -> str:
    """Without exponent and without trailing zeros."""
    text = format(number + 0, "f")  # + 0: there is no negative zero
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_time(entered: Any) -> datetime | Unreadable:
    try:
        moment = datetime.fromisoformat(entered)
        return moment.astimezone(UTC) if moment.tzinfo else Unreadable(str(entered))
    except (TypeError, ValueError, OverflowError):
        return Unreadable(str(entered))


def read_date(entered: Any) -> date | Unreadable:
    try:
        return date.fromisoformat(entered)
    except (TypeError, ValueError):
        return Unreadable(str(entered))


def read_decimal(entered: Any) -> Decimal | Unreadable:
    """A number that is long, or has a great exponent, is none: to write it out could take for ever."""
    text = str(entered)
    if isinstance(entered, bool) or len(text) > LONGEST:
        return Unreadable(text[:LONGEST])
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Unreadable(text)
    return number if number.is_finite() and abs(number.adjusted()) < LONGEST else Unreadable(text)


def read_json(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    """Of a document. Raises ValueError where a number has more than 64 bits: no body of a request may hold one."""
    nested = [node]
    while nested:
        match nested.pop():
            case ListValueNode(values=values):
                nested.extend(values)
            case ObjectValueNode(fields=fields):
                nested.extend(field.value for field in fields)
            case IntValueNode(value=number) | FloatValueNode(value=number) if not abs(float(number)) < WHOLE:
                raise ValueError("a number has more than 64 bits")
    return value_from_ast_untyped(node, variables)


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC, such as 2026-01-05T09:00:00+00:00 时间",
        serialize=print_time,
        parse_value=read_time,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day, such as 2026-01-05 日期",
        serialize=date.isoformat,
        parse_value=read_date,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact number of at most 40 digits, as a string such as "12.5" 精确数值',
        serialize=print_decimal,
        parse_value=read_decimal,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value 任意JSON值",
        serialize=lambda value: value,
        parse_value=lambda value: value,
        parse_literal=read_json,
    ),
}
