"""How one value stands in a widget and in ours: a codec per type, both directions. Pure.
Decides what a widget holds in its own way; which field goes into which widget is decided by the settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from kequn.contracts import codecs
from kequn.contracts.codecs import cannot_hold, id_in, money, parse_time, read_number, sendable, whole, write_number
from kequn.contracts.records import Kind, Money, Ref, Value

Raw = Mapping[str, Any]
"""A record as Jiandaoyun's JSON has it, by aliases or widget ids."""

STAFF = "staff"
"""What kequn calls the company's members."""

_MOBILE = re.compile(r"(?:\+86|0086|86)?(1\d{10})")


class Codec(codecs.Codec, Protocol):
    """What `write` gives can be read again."""

    def knows(self, raw: Any) -> bool:
        """Whether all that the widget says is said by the value. If not, it stays in extra too."""


class Whole:
    """A codec whose values say everything."""

    def knows(self, raw: Any) -> bool:
        return True


@dataclass(frozen=True)
class Text(Whole):
    """Text stays as it is; an empty one and none are the same."""

    def read(self, raw: Any) -> str | None:
        if raw is None or raw == "":
            return None
        if not isinstance(raw, str):
            raise ValueError("a text was expected")
        return raw

    def write(self, value: Value) -> str | None:
        return sendable("" if value is None else str(value)) or None


@dataclass(frozen=True)
class Option:
    """One option of a list, by kequn's words where the settings give some: (ours, the option's text). Others pass
    through as they are. `otherwise`: what is read where none of the words stands, for fields that know no others."""

    words: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None

    def read(self, raw: Any) -> str | None:
        text = Text().read(raw)
        ours = next((word for word, option in self.words.items() if option == text), None)
        return self.otherwise or text if ours is None else ours

    def write(self, value: Value) -> str | None:
        text = Text().write(value)
        if text is not None and self.otherwise is not None and text not in self.words:
            raise cannot_hold(f"it must be one of {', '.join(self.words)}")
        return None if text is None else self.words.get(text, text)

    def knows(self, raw: Any) -> bool:
        return self.otherwise is None or raw in self.words.values()


@dataclass(frozen=True)
class Options(Whole):
    """Several options of a list. Their order says nothing."""

    words: Mapping[str, str] = field(default_factory=dict)

    def read(self, raw: Any) -> frozenset[str]:
        if raw is None:
            return frozenset()
        if not isinstance(raw, list):
            raise ValueError("a list of options was expected")
        one = Option(self.words)
        return frozenset(option for text in raw if (option := one.read(text)) is not None)

    def write(self, value: Value) -> list[str] | None:
        one = Option(self.words)
        elements = value if isinstance(value, frozenset) else ()
        texts = sorted({text for element in elements if (text := one.write(element)) is not None})
        return texts or None


@dataclass(frozen=True)
class Flag:
    """Yes or no, as one of two options."""

    yes: str = "是"
    no: str = "否"

    def read(self, raw: Any) -> bool | None:
        return {self.yes: True, self.no: False}.get(Text().read(raw) or "")

    def write(self, value: Value) -> str | None:
        return None if value is None else self.yes if value else self.no

    def knows(self, raw: Any) -> bool:
        return raw in (None, "", self.yes, self.no)


@dataclass(frozen=True)
class Phone(Whole):
    """The widget for mobile numbers of the mainland: eleven digits. Other numbers need a text widget."""

    def read(self, raw: Any) -> str | None:
        if raw is not None and not isinstance(raw, Mapping):
            raise ValueError("a phone number was expected")
        return Text().read((raw or {}).get("phone"))

    def write(self, value: Value) -> dict[str, str] | None:
        if value is None or value == "":
            return None
        found = _MOBILE.fullmatch(re.sub(r"[\s-]", "", str(value)))
        if found is None:
            raise cannot_hold("the widget takes mobile numbers of the mainland; map a text widget for others")
        return {"phone": found[1]}


@dataclass(frozen=True)
class Number(Whole):
    """A whole number."""

    def read(self, raw: Any) -> int | None:
        number = number_of(raw)
        return None if number is None else whole(number)

    def write(self, value: Value) -> int | float | None:
        return None if value is None else write_number(Decimal(int(str(value))))


@dataclass(frozen=True)
class Moment(Whole):
    """A time, in milliseconds."""

    def read(self, raw: Any) -> datetime | None:
        return None if raw is None or raw == "" else parse_time(raw)

    def write(self, value: Value) -> str | None:
        return format_time(value) if isinstance(value, datetime) else None


@dataclass(frozen=True)
class Day(Whole):
    """A day: the widget holds its first moment in the company's time zone."""

    zone: str = "Asia/Shanghai"

    def read(self, raw: Any) -> date | None:
        time = Moment().read(raw)
        return None if time is None else time.astimezone(self._zone()).date()

    def write(self, value: Value) -> str | None:
        if not isinstance(value, date):
            return None
        return format_time(datetime(value.year, value.month, value.day, tzinfo=self._zone()))

    def _zone(self) -> tzinfo:
        return ZoneInfo(self.zone)


@dataclass(frozen=True)
class Member(Whole):
    """A member of the company, by username."""

    def read(self, raw: Any) -> Ref | None:
        name = raw.get("username") if isinstance(raw, Mapping) else raw
        if name is None or name == "":
            return None
        if not isinstance(name, str):
            raise ValueError("a member was expected")
        return Ref(Kind.STAFF, STAFF, name)

    def write(self, value: Value) -> str | None:
        return id_in(value, STAFF) if isinstance(value, Ref) else None


def number_of(raw: Any) -> Decimal | None:
    """Of a widget for numbers. Raises ValueError."""
    if isinstance(raw, str) and raw:
        raise ValueError("a number was expected")
    return None if raw is None or raw == "" else read_number(raw)


def read_money(raw: Any, currency: str) -> Money | None:
    """Raises ValueError."""
    number = number_of(raw)
    return None if number is None else money(number, currency)


def format_time(time: datetime) -> str:
    """`2018-01-01T10:10:10.000Z`."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
