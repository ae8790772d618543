"""What clocks show in a time zone, for a database that knows no zones: when its distance from UTC changed, and to what.
Decides nothing of days; expressions.py cuts moments into them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2070, 1, 1, tzinfo=UTC)
"""Before and after it counts as it did then: nobody's purchases lie there."""
STEP = timedelta(days=28)
"""Shorter than any summer time."""


@lru_cache(maxsize=64)
def offsets(zone: ZoneInfo) -> Sequence[tuple[datetime | None, int]]:
    """Until when a distance from UTC held, and its seconds; the last one holds on."""
    changes = list(_changes(zone))
    before = [_seconds(zone, change - timedelta(seconds=1)) for change in changes]
    return *zip(changes, before, strict=True), (None, _seconds(zone, LAST))


def _changes(zone: ZoneInfo) -> Iterator[datetime]:
    start = FIRST
    while start < LAST:
        end = start + STEP
        if _seconds(zone, start) != _seconds(zone, end):
            yield _change(zone, start, end)
        start = end


def _change(zone: ZoneInfo, start: datetime, end: datetime) -> datetime:
    """To the second, between two moments that differ."""
    while end - start > timedelta(seconds=1):
        middle = start + timedelta(seconds=(end - start) // timedelta(seconds=2))
        start, end = (middle, end) if _seconds(zone, middle) == _seconds(zone, start) else (start, middle)
    return end


def _seconds(zone: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0
