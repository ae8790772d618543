"""Business hours: against a count of every minute, and over holidays."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kequn.domain.care import calendar
from kequn.domain.service.hours import SHANGHAI, Hours, after

START = datetime(2026, 2, 12, tzinfo=UTC)
MOMENTS = some.integers(0, 14 * 24 * 4).map(lambda quarters: START + timedelta(minutes=15 * quarters))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("start", "minutes", "want"),
    [
        (local(2026, 1, 5, 10), 60, local(2026, 1, 5, 11)),
        (local(2026, 1, 5, 17, 30), 60, local(2026, 1, 6, 9, 30)),
        (local(2026, 1, 5, 3), 30, local(2026, 1, 5, 9, 30)),
        (local(2026, 2, 14, 17), 120, local(2026, 2, 24, 10)),
        (local(2026, 2, 28, 10), 60, local(2026, 2, 28, 11)),
    ],
    ids=["within", "over night", "before opening", "over the spring festival", "a Saturday that is worked"],
)
def test_when_the_minutes_are_over(start: datetime, minutes: int, want: datetime) -> None:
    assert after(start, minutes, Hours()) == want


def test_around_the_clock_no_holiday_counts() -> None:
    assert after(local(2026, 2, 17, 23), 120, Hours(around_the_clock=True)) == local(2026, 2, 18, 1)


@settings(max_examples=40)
@given(MOMENTS, some.integers(1, 40), some.integers(7, 10), some.integers(15, 20))
def test_as_somebody_who_counts_every_quarter(start: datetime, quarters: int, opens: int, closes: int) -> None:
    hours, moment, left = Hours(opens, closes), start, quarters
    while left:
        here = moment.astimezone(SHANGHAI)
        left -= calendar.is_work_day(here.date()) and opens <= here.hour < closes
        moment += timedelta(minutes=15)
    assert after(start, 15 * quarters, hours) == moment
