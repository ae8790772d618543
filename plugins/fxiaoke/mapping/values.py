"""How one value stands in Fxiaoke's JSON and in ours: a codec per type, both directions. Pure.
Decides what Fxiaoke holds in its own way; which field goes where is decided by the tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kequn.contracts.codecs import cannot_hold, id_in, milliseconds, moment, money, read_number, whole
from kequn.contracts.records import Kind, Money, Ref, Value

Raw = Mapping[str, Any]
"""A record as Fxiaoke's JSON has it, by API names."""

USERS = "Users"
EMPTY: tuple[object, ...] = (None, "", [])
_OFFSET = re.compile(r"(?:GMT|UTC)([+-]\d{1,2})(?::?(\d{2}))?")


@dataclass(frozen=True)
class Whole:
    """A whole number: text in Fxiaoke."""

    def read(self, raw: Any) -> int | None:
        number = decimal_of(raw)
        return None if number is None else whole(number)

    def write(self, value: Value) -> str | None:
        return None if value is None else str(int(str(value)))


@dataclass(frozen=True)
class Flag:
    def read(self, raw: Any) -> bool | None:
        if raw is not None and not isinstance(raw, bool):
            raise ValueError("true or false was expected")
        return raw

    def write(self, value: Value) -> bool | None:
        return None if value is None else bool(value)


@dataclass(frozen=True)
class Amount:
    """Money: text in Fxiaoke, without a currency. `places`: its decimal places."""

    currency: str = "CNY"
    places: int = 2

    def read(self, raw: Any) -> Money | None:
        number = decimal_of(raw)
        return None if number is None else money(number, self.currency)

    def write(self, value: Value) -> str | None:
        if not isinstance(value, Money):
            return None
        if value.currency != self.currency:
            raise cannot_hold(f"amounts there are in {self.currency}, this one is in {value.currency}")
        amount = value.amount
        if amount != round(amount, self.places):
            raise cannot_hold(f"it has more than {self.places} decimal places")
        return f"{amount:.{self.places}f}"


@dataclass(frozen=True)
class Moment:
    """A time: milliseconds in Fxiaoke."""

    def read(self, raw: Any) -> datetime | None:
        return None if raw in EMPTY else read_moment(raw)

    def write(self, value: Value) -> int | None:
        return milliseconds(value) if isinstance(value, datetime) else None


@dataclass(frozen=True)
class Day:
    """A date: milliseconds of the midnight that begins it in the tenant's zone."""

    zone: str = "Asia/Shanghai"

    def read(self, raw: Any) -> date | None:
        return None if raw in EMPTY else read_moment(raw).astimezone(zone_of(self.zone)).date()

    def write(self, value: Value) -> int | None:
        return milliseconds(_midnight(value, self.zone)) if isinstance(value, date) else None


@dataclass(frozen=True)
class DayOf:
    """A time kept as the date that it has in the tenant's zone; read as that day's first moment. Lossy."""

    zone: str = "Asia/Shanghai"

    def read(self, raw: Any) -> datetime | None:
        day = Day(self.zone).read(raw)
        return None if day is None else _midnight(day, self.zone)

    def write(self, value: Value) -> int | None:
        if not isinstance(value, datetime):
            return None
        return Day(self.zone).write(value.astimezone(zone_of(self.zone)).date())


@dataclass(frozen=True)
class Person:
    """People are lists, also for one person: the first one counts. Lossy."""

    def read(self, raw: Any) -> Ref | None:
        if raw in EMPTY:
            return None
        if not isinstance(raw, list):
            raise ValueError("a list of people was expected")
        return Ref(Kind.STAFF, USERS, str(raw[0]))

    def write(self, value: Value) -> list[str] | None:
        return [id_in(value, USERS)] if isinstance(value, Ref) else None


@dataclass(frozen=True)
class Lookup:
    """A reference to a record of `object`."""

    kind: Kind
    object: str

    def read(self, raw: Any) -> Ref | None:
        if raw in EMPTY:
            return None
        if not isinstance(raw, str):
            raise ValueError("an id was expected")
        return Ref(self.kind, self.object, raw)

    def write(self, value: Value) -> str | None:
        return id_in(value, self.object) if isinstance(value, Ref) else None


def read_moment(raw: Any) -> datetime:
    """Of milliseconds, which may come as text. Raises ValueError."""
    if isinstance(raw, bool) or not isinstance(raw, int | str) or not str(raw).lstrip("-").isdecimal():
        raise ValueError("milliseconds were expected")
    return moment(int(raw))


def zone_of(name: str) -> tzinfo:
    """Of a name such as Asia/Shanghai, or of an offset such as GMT+8. Raises ValueError."""
    if offset := _OFFSET.fullmatch(name):
        hours, minutes = int(offset[1]), int(offset[2] or 0)
        return timezone(timedelta(hours=hours, minutes=minutes if hours >= 0 else -minutes))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError(f"{name} is no time zone") from None


def _midnight(day: date, zone: str) -> datetime:
    try:
        return datetime.combine(day, time(), zone_of(zone)).astimezone(UTC)
    except OverflowError:
        raise cannot_hold("the date is out of range") from None


def decimal_of(raw: Any) -> Decimal | None:
    """Of a number, which mostly comes as text. Raises ValueError."""
    return None if raw in EMPTY else read_number(raw)
