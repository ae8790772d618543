"""When a connection is synced though nothing asks for it: every so many seconds, or at the times of a cron line."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter  # type: ignore[import-untyped]

SHORTEST, LONGEST = 1.0, 366 * 86_400.0
ANY = datetime(2026, 1, 1)
UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, OSError)


class BadSchedule(ValueError):
    """The message says what a schedule looks like."""


def every(seconds: float) -> dict[str, Any]:
    """Raises BadSchedule."""
    if not SHORTEST <= seconds <= LONGEST:  # nor is it a number that is none
        raise BadSchedule(f"give a number of seconds from {SHORTEST:.0f} to {LONGEST:.0f}, which is a year")
    return {"every": seconds}


def cron(line: str, zone: str = "UTC") -> dict[str, Any]:
    """Five fields, as in `0 3 * * 1-5`, in a time zone. Raises BadSchedule."""
    if len(line.split()) != 5 or not croniter.is_valid(line):
        raise BadSchedule("a cron line has five fields: minute hour day month weekday, as in `0 3 * * 1-5`")
    require_zone(zone)
    try:
        croniter(line, ANY).get_next(datetime)
    except UNREADABLE:
        raise BadSchedule(f"the time `{line}` never comes; give a day that its month has, as in `0 3 28 2 *`") from None
    return {"cron": line, "zone": zone}


def require_zone(zone: str) -> str:
    """Raises BadSchedule."""
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadSchedule(f"there is no time zone {zone}; one is Asia/Shanghai") from None


def has_come(schedule: Mapping[str, Any], last: datetime | None, now: datetime, seconds: float) -> bool:
    """Whether it is time, the last run having begun at `last`. `seconds`: of a connection without a schedule. Raises
    BadSchedule: what stands in the database may be from elsewhere, or its time zone gone."""
    try:
        return _has_come(schedule, last, now, seconds)
    except UNREADABLE:
        raise BadSchedule("its schedule cannot be read") from None


def _has_come(schedule: Mapping[str, Any], last: datetime | None, now: datetime, seconds: float) -> bool:
    if line := schedule.get("cron"):
        local = now.astimezone(ZoneInfo(schedule.get("zone", "UTC")))
        latest: datetime = croniter(line, local + timedelta(seconds=1)).get_prev(datetime)  # this second counts
        return last is None or last < latest
    since = now - timedelta(seconds=schedule.get("every", seconds))
    return last is None or last <= since


def told(schedule: Mapping[str, Any], seconds: float) -> str:
    """In words, for people."""
    if line := schedule.get("cron"):
        return f"at {line} ({schedule.get('zone', 'UTC')})"
    return f"every {schedule.get('every', seconds):g} s"
