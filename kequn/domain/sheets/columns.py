"""Headers and cells: which field a column is, and what a text in it means. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from kequn.contracts.records import FIELDS, Kind, Type
from kequn.domain.checks import Amount, Entered, Unreadable
from kequn.domain.problems import Code, refuse

TRUE, FALSE = {"true", "yes", "1", "是", "y"}, {"false", "no", "0", "否", "n"}
_SEPARATORS = re.compile(r"[,，;；、|]")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T](.+))?")
_AMOUNT = re.compile(r"([A-Z]{3}|[¥￥])?\s*(-?[\d,]*\.?\d+)\s*([A-Z]{3}|元)?")
_YUAN = "CNY"


@dataclass(frozen=True)
class Columns:
    """The field of each column that is read, by its header; and the headers that are not."""

    fields: Mapping[str, str]
    ignored: tuple[str, ...]


def fields_of(kind: Kind) -> list[str]:
    """The fields that a sheet may have."""
    return [name for name, spec in FIELDS[kind].items() if spec.type is not Type.LINES]


def match(headers: Sequence[str], known: Mapping[str, str], said: Mapping[str, str], allowed: Sequence[str]) -> Columns:
    """`known`: what headers are called, in small letters, and the field of each; `said`: what a person chose. Raises
    Refused for a choice that is no field, and for two columns of one field."""
    fields: dict[str, str] = {}
    for header in headers:
        field = said.get(header, known.get(header.strip().lower()))
        if field:
            if field not in allowed:
                raise refuse(Code.BAD_VALUE, "map", header)
            if field in fields.values():
                raise refuse(Code.REPEATED, "map", header)
            fields[header] = field
    return Columns(fields, tuple(header for header in headers if header not in fields))


def read(kind: Kind, field: str, text: str, zone: ZoneInfo, home: str) -> Entered:
    """What a cell says. Names of other rows are left as they are. `home`: the money of amounts that name none."""
    match FIELDS[kind][field].type:
        case Type.BOOLEAN:
            return True if text.lower() in TRUE else False if text.lower() in FALSE else Unreadable(text)
        case Type.INTEGER:
            return int(text) if re.fullmatch(r"-?\d{1,18}", text) else Unreadable(text)
        case Type.DATE:
            moment = _moment(text, zone)
            return moment if isinstance(moment, Unreadable) else moment.astimezone(zone).date()
        case Type.DATETIME:
            return _moment(text, zone)
        case Type.MONEY:
            return _amount(text, home)
        case Type.SET:
            return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]
    return text


def _amount(text: str, home: str) -> Amount:
    """As people write it: 12.50, 1,234 元, USD 3."""
    found = _AMOUNT.fullmatch(text.upper())
    if found is None:
        return Amount(Unreadable(text), home)
    before, number, after = found.groups()
    said = before or after or home
    return Amount(Decimal(number.replace(",", "")), said if said.isascii() else _YUAN)


def _moment(text: str, zone: ZoneInfo) -> datetime | Unreadable:
    """A time without a zone is one of the tenant's."""
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            moment = datetime.fromisoformat(text)
        else:
            year, month, day, rest = found.groups()
            moment = datetime.fromisoformat(f"{year}-{int(month):02}-{int(day):02}T{rest or '00:00'}")
    except ValueError:
        return Unreadable(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def day(text: str) -> date | None:
    """A day, in any of the usual ways to write one; None when it is none."""
    found = _DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in found.groups()[:3])) if found else None
    except ValueError:
        return None
