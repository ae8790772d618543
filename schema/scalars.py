"""Scalars, each in one canonical form, so that equal values are equal bytes whoever prints them.
What cannot be read as a date or a number is passed on as `Unreadable`: the resolver says so at its path."""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from kequn.domain.checks import Unreadable

JSON = NewType("JSON", object)


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
    try:
        number = Decimal(str(entered))
    except InvalidOperation:
        return Unreadable(str(entered))
    return number if number.is_finite() and not isinstance(entered, bool) else Unreadable(str(entered))


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
        description='An exact number, as a string such as "12.5" 精确数值',
        serialize=print_decimal,
        parse_value=read_decimal,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value 任意JSON值",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}
