"""When a connection is synced though nothing asks for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kequn.domain.schedules import BadSchedule, cron, every, has_come

NOW = datetime(2026, 1, 5, 3, 0, 0, tzinfo=UTC)  # a Monday; 11:00 in Shanghai


@pytest.mark.parametrize(
    ("schedule", "last", "now", "want"),
    [
        ({}, None, NOW, True),
        ({}, NOW - timedelta(seconds=59), NOW, False),
        ({}, NOW - timedelta(seconds=60), NOW, True),
        (every(600), NOW - timedelta(seconds=599), NOW, False),
        (every(600), NOW - timedelta(seconds=600), NOW, True),
        (cron("0 3 * * *"), None, NOW, True),
        (cron("0 3 * * *"), NOW - timedelta(hours=1), NOW, True),
        (cron("0 3 * * *"), NOW - timedelta(hours=1), NOW - timedelta(seconds=1), False),
        (cron("0 3 * * *"), NOW, NOW + timedelta(hours=23), False),
        (cron("0 11 * * 1", "Asia/Shanghai"), NOW - timedelta(hours=1), NOW, True),
        (cron("0 11 * * 2", "Asia/Shanghai"), NOW - timedelta(hours=1), NOW, False),
    ],
)
def test_its_time_has_come(schedule: dict[str, Any], last: datetime | None, now: datetime, want: bool) -> None:
    assert has_come(schedule, last, now, 60.0) is want


@pytest.mark.parametrize(
    ("line", "zone", "words"),
    [("* * * *", "UTC", "five fields"), ("99 * * * *", "UTC", "five fields"), ("0 3 * * *", "Mars", "no time zone")],
)
def test_a_schedule_that_cannot_be_is_refused(line: str, zone: str, words: str) -> None:
    with pytest.raises(BadSchedule, match=words):
        cron(line, zone)
