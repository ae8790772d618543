"""How one value stands in Zoho's JSON and in ours: a codec per type, both directions. Pure.
Decides what Zoho holds in its own way; which field goes where is decided by the tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from kequn.contracts.codecs import Text, cannot_hold, id_in, money, parse_time, read_number, whole
from kequn.contracts.records import Kind, Money, Ref, Value

Raw = Mapping[str, Any]
"""A record as Zoho's JSON has it, by API names."""

EMPTY_OPTION = "-None-"


@dataclass(frozen=True)
class Option:
    """One option of a picklist. Values outside its list are taken by Zoho, and passed on by us."""

    limit: int | None = None

    def read(self, raw: Any) -> str | None:
        text = Text().read(raw)
        return None if text == EMPTY_OPTION else text

    def write(self, value: Value) -> str | None:
        return Text(self.limit).write(None if value == EMPTY_OPTION else value)


@dataclass(frozen=True)
class Renamed:
    """A picklist whose options kequn calls by other words: (Zoho's, ours). Others pass through."""

    words: tuple[tuple[str, str], ...]

    def read(self, raw: Any) -> str | None:
        text = Option().read(raw)
        return dict(self.words).get(text, text) if text is not None else None

    def write(self, value: Value) -> str | None:
        text = Option().write(value)
        return {ours: zoho for zoho, ours in self.words}.get(text, text) if text is not None else None


@dataclass(frozen=True)
class Options:
    """A multi-select picklist. Its order says nothing."""

    def read(self, raw: Any) -> frozenset[str]:
        if raw is None:
            return frozenset()
        if not isinstance(raw, list) or not all(isinstance(option, str) for option in raw):
            raise ValueError("a list of options was expected")
        return frozenset(option.strip() for option in raw if option.strip())

    def write(self, value: Value) -> list[str] | None:
        options = [] if value is None else sorted(filter(None, (Text(255).write(one) for one in _elements(value))))
        return options or None


def _elements(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()


@dataclass(frozen=True)
class Flag:
    """A checkbox: it is never empty, null reads as unticked."""

    def read(self, raw: Any) -> bool:
        if raw is not None and not isinstance(raw, bool):
            raise ValueError("true or false was expected")
        return bool(raw)

    def write(self, value: Value) -> bool:
        return bool(value)


@dataclass(frozen=True)
class Whole:
    """A whole number of at most `digits` digits; `as_text` for Zoho's long integers, which travel as text."""

    digits: int = 9
    as_text: bool = False

    def read(self, raw: Any) -> int | None:
        if raw is None or raw == "":
            return None
        return whole(read_number(raw))

    def write(self, value: Value) -> int | str | None:
        if value is None:
            return None
        number = int(str(value))
        if abs(number) >= 10**self.digits:
            raise cannot_hold(f"the field takes {self.digits} digits")
        return str(number) if self.as_text else number


@dataclass(frozen=True)
class Day:
    def read(self, raw: Any) -> date | None:
        if raw is None:
            return None
        try:
            return date.fromisoformat(_string(raw))
        except ValueError:  # its own words quote the value
            raise ValueError("a date was expected") from None

    def write(self, value: Value) -> str | None:
        return value.isoformat() if isinstance(value, date) else None


@dataclass(frozen=True)
class Moment:
    """A time: whole seconds in Zoho. It is written with a numeric offset, for Zoho refuses `Z` and fractions."""

    def read(self, raw: Any) -> datetime | None:
        return None if raw is None else parse_time(raw)

    def write(self, value: Value) -> str | None:
        return format_time(value) if isinstance(value, datetime) else None


@dataclass(frozen=True)
class DayOf:
    """A time kept as the date that it has in the organisation's time zone; read as that day's first moment. Lossy."""

    zone: str = "UTC"

    def read(self, raw: Any) -> datetime | None:
        day = Day().read(raw)
        if day is None:
            return None
        try:
            return datetime(day.year, day.month, day.day, tzinfo=self._zone()).astimezone(UTC)
        except OverflowError:
            raise ValueError("the date is out of range") from None

    def write(self, value: Value) -> str | None:
        return value.astimezone(self._zone()).date().isoformat() if isinstance(value, datetime) else None

    def _zone(self) -> tzinfo:
        return ZoneInfo(self.zone)


@dataclass(frozen=True)
class Lookup:
    """A reference to a record of `object`."""

    kind: Kind
    object: str

    def read(self, raw: Any) -> Ref | None:
        id = lookup_id(raw)
        return None if id is None else Ref(self.kind, self.object, id)

    def write(self, value: Value) -> dict[str, str] | None:
        return {"id": id_in(value, self.object)} if isinstance(value, Ref) else None


@dataclass(frozen=True)
class Tier:
    """A tier: an option of the tier picklist, whose id is the option's actual value. `shown`: (actual, display) where
    the two differ; records are written and understood with the displayed one, as Zoho's own SDK has it."""

    shown: tuple[tuple[str, str], ...] = ()

    def read(self, raw: Any) -> Ref | None:
        text = Option().read(raw)
        actual = {display: actual for actual, display in self.shown}
        return None if text is None else Ref(Kind.TIER, "Tiers", actual.get(text, text))

    def write(self, value: Value) -> str | None:
        return dict(self.shown).get(value.id, value.id) if isinstance(value, Ref) else None


def read_money(raw: Any, currency: str) -> Money | None:
    """Zoho keeps nine decimal places, kequn six. Raises ValueError."""
    return None if raw is None or raw == "" else money(read_number(raw), currency)


def format_time(time: datetime) -> str:
    """`2026-01-05T09:00:00+00:00`: no fraction."""
    return time.astimezone(UTC).replace(microsecond=0).isoformat()


def lookup_id(raw: Any) -> str | None:
    """The id in a lookup value."""
    if raw is None:
        return None
    id = raw.get("id") if isinstance(raw, Mapping) else None
    if not isinstance(id, str | int) or not str(id):
        raise ValueError("a reference with an id was expected")
    return str(id)


def _string(raw: Any) -> str:
    if not isinstance(raw, str):
        raise ValueError("a text was expected")
    return raw
