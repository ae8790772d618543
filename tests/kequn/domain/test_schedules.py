"""When a connection is synced though nothing asks for it."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kequn.domain.schedules import LONGEST, BadSchedule, cron, every, has_come
from kequn.settings import BadEnvironment, Settings

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
    [
        ("* * * *", "UTC", "five fields"),
        ("99 * * * *", "UTC", "five fields"),
        ("0 3 * * *", "Mars", "no time zone"),
        ("0 3 * * *", "Asia", "no time zone"),
        ("0 0 30 2 *", "UTC", "never comes"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(line: str, zone: str, words: str) -> None:
    with pytest.raises(BadSchedule, match=words):
        cron(line, zone)


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf, 1e12, LONGEST + 1])
def test_an_interval_is_a_second_to_a_year(seconds: float) -> None:
    with pytest.raises(BadSchedule, match="from 1 to 31622400"):
        every(seconds)


def test_a_leap_day_comes() -> None:
    assert has_come(cron("0 0 29 2 *"), None, NOW, 60.0)


@pytest.mark.parametrize(
    "schedule",
    [
        {"cron": "0 0 30 2 *"},
        {"cron": "now and then"},
        {"cron": "0 3 * * *", "zone": "Mars"},
        {"every": 1e12},
        {"every": math.nan},
        {"every": None},
        {"every": "often"},
    ],
)
def test_one_that_cannot_be_read_is_said_to_be_so(schedule: dict[str, Any]) -> None:
    for last in (None, NOW - timedelta(days=1)):
        with pytest.raises(BadSchedule, match="cannot be read"):
            has_come(schedule, last, NOW, 60.0)


def test_the_servers_own_interval_is_bounded_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings(sync_seconds=LONGEST).sync_seconds == LONGEST
    for wrong in ("0.5", "nan", "inf", str(LONGEST + 1)):
        monkeypatch.setenv("KEQUN_SYNC_SECONDS", wrong)
        with pytest.raises(BadEnvironment, match="KEQUN_SYNC_SECONDS"):
            Settings.read()
