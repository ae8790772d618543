"""Times as Jiandaoyun reads and shows them (contract, section 4): milliseconds since 1970 inside, ISO 8601 outside."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
"""Of times without a zone, and of days (presumed)."""

LEAST_MILLISECONDS = 10**11
_KNOWN = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})?)?")


def parse(value: object) -> int:
    """Raises ValueError: for seconds, 0, an empty text, slashes and whatever else is no time."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("not a time")
    if not isinstance(value, str):
        if value < LEAST_MILLISECONDS:
            raise ValueError("not milliseconds")
        return int(value)
    if not _KNOWN.fullmatch(value.strip()):
        raise ValueError("not a time")
    time = datetime.fromisoformat(value.strip())
    return milliseconds(time if time.tzinfo else time.replace(tzinfo=ZONE))


def milliseconds(time: datetime) -> int:
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def moment(stamp: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=stamp)


def show(stamp: int | None) -> str | None:
    """`2018-01-01T10:10:10.000Z`."""
    return None if stamp is None else moment(stamp).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day(stamp: int) -> tuple[int, int]:
    """The first and last millisecond of its day."""
    start = moment(stamp).astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return milliseconds(start), milliseconds(start + timedelta(days=1)) - 1


def http_date(time: datetime) -> str:
    return format_datetime(time.astimezone(UTC).replace(microsecond=0), usegmt=True)
