"""When a connection is synced though nothing asks for it: every so many seconds, or at the times of a cron line."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter  # type: ignore[import-untyped]

SHORTEST = 1.0


class BadSchedule(ValueError):
    """The message says what a schedule looks like."""


def every(seconds: float) -> dict[str, Any]:
    """Raises BadSchedule."""
    if seconds < SHORTEST:
        raise BadSchedule("a schedule is a second or longer")
    return {"every": seconds}


def cron(line: str, zone: str = "UTC") -> dict[str, Any]:
    """Five fields, as in `0 3 * * 1-5`, in a time zone. Raises BadSchedule."""
    if len(line.split()) != 5 or not croniter.is_valid(line):
        raise BadSchedule("a cron line has five fields: minute hour day month weekday, as in `0 3 * * 1-5`")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadSchedule(f"there is no time zone {zone}; one is Asia/Shanghai") from None
    return {"cron": line, "zone": zone}


def has_come(schedule: Mapping[str, Any], last: datetime | None, now: datetime, seconds: float) -> bool:
    """Whether it is time, the last run having begun at `last`. `seconds`: of a connection without a schedule."""
    if line := schedule.get("cron"):
        local = now.astimezone(ZoneInfo(schedule.get("zone", "UTC")))
        latest: datetime = croniter(line, local + timedelta(seconds=1)).get_prev(datetime)  # this second counts
        return last is None or last < latest
    return last is None or last <= now - timedelta(seconds=schedule.get("every", seconds))


def told(schedule: Mapping[str, Any], seconds: float) -> str:
    """In words, for people."""
    if line := schedule.get("cron"):
        return f"at {line} ({schedule.get('zone', 'UTC')})"
    return f"every {schedule.get('every', seconds):g} s"
