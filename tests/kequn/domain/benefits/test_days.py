"""The calendar of benefits: where a welfare day falls, and surprises that anybody can draw again."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kequn.domain.benefits import days
from kequn.domain.care import calendar

DAYS = some.dates(date(2024, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("rule", "want"),
    [("before", date(2026, 2, 14)), ("after", date(2026, 2, 24)), ("same", date(2026, 2, 18))],
)
def test_a_welfare_day_in_the_spring_festival_is_moved(rule: str, want: date) -> None:
    assert days.welfare(date(2026, 2, 1), 1, 18, rule) == [(date(2026, 2, 18), want)]


def test_a_month_with_fewer_days_has_it_on_its_last() -> None:
    found = [named for named, _ in days.welfare(date(2026, 1, 1), 4, 31, "same")]
    assert found == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


@given(DAYS, some.integers(1, 12), some.integers(1, 31))
def test_there_is_one_in_each_month_and_people_work_on_it(first: date, months: int, number: int) -> None:
    found = days.welfare(first, months, number, "after")
    assert len({(named.year, named.month) for named, _ in found}) == months
    assert all(calendar.is_work_day(day) and day >= named for named, day in found)


@given(DAYS, some.integers(0, 60), some.integers(1, 10), some.text(max_size=5))
def test_surprises_are_work_days_and_can_be_drawn_again(start: date, span: int, count: int, seed: str) -> None:
    end = start + timedelta(days=span)
    found = days.surprises(start, end, count, seed)
    assert found == days.surprises(start, end, count, seed) == sorted(set(found))
    assert all(start <= day <= end and calendar.is_work_day(day) for day in found)
