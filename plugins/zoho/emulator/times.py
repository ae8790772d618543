"""Times on the wire. Inside the emulator a moment is a whole number of seconds since 1970; outside it is ISO 8601 in
the zone of the token's user."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from email.utils import format_datetime

_STRICT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")


def zone(offset: str) -> tzinfo:
    """The zone of `+08:00`."""
    found = _OFFSET.fullmatch(offset)
    if found is None:
        raise ValueError(f"not an offset like +08:00: {offset!r}")
    sign, hours, minutes = found.groups()
    size = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(size if sign == "+" else -size)


def show(moment: int, where: tzinfo) -> str:
    """2024-05-30T14:22:15+08:00"""
    return datetime.fromtimestamp(moment, where).isoformat()


def read(text: object) -> int | None:
    """The moment, or None: fractions, `Z` and impossible dates are refused."""
    if not isinstance(text, str) or not _STRICT.fullmatch(text):
        return None
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        return None


def is_date(text: object) -> bool:
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def http_date(moment: datetime) -> str:
    """For the Date header (RFC 7231)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
