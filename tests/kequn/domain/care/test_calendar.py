"""The days of care: birthdays by sun and moon, holidays, and where what falls on a day off is done."""

from datetime import date, timedelta

import pytest
from lunar_python import Solar  # type: ignore[import-untyped]

from kequn.domain.care import calendar


@pytest.mark.parametrize(
    ("day", "names"),
    [
        (date(2026, 2, 17), ["spring_festival"]),
        (date(2025, 1, 29), ["spring_festival"]),
        (date(2026, 9, 25), ["mid_autumn"]),
        (date(2025, 10, 6), ["mid_autumn"]),
        (date(2020, 10, 1), ["national_day", "mid_autumn"]),
        (date(2025, 7, 26), []),  # the 2nd of the leap month
        (date(2026, 3, 9), []),
    ],
)
def test_holidays(day: date, names: list[str]) -> None:
    assert calendar.holidays(day) == names


def test_a_birthday_is_kept_once_a_year() -> None:
    born = [date(1988, 2, 29), date(1990, 12, 31), date(2001, 1, 1)]
    for one in born:
        days = [date(2026, 1, 1) + timedelta(days=place) for place in range(365)]
        assert sum(one in calendar.births(day) for day in days) == 1
    assert date(1988, 2, 29) in calendar.births(date(2026, 2, 28))
    assert date(1988, 2, 29) not in calendar.births(date(2028, 2, 28))


def test_a_birthday_by_the_moon_is_the_same_day_of_the_same_month() -> None:
    """Every day of a year with a leap month, looked up in the year of the moon 2026: it is there, on one day only."""
    kept: dict[date, list[date]] = {}
    for place in range(354):
        day = date(2026, 2, 17) + timedelta(days=place)
        for born in calendar.births(day, lunar=True):
            if born.year == 1984:
                kept.setdefault(born, []).append(day)
    assert len(kept) == 366
    for born, days in kept.items():
        moon = Solar.fromYmd(born.year, born.month, born.day).getLunar()
        [day] = days
        now = Solar.fromYmd(day.year, day.month, day.day).getLunar()
        assert now.getMonth() == abs(moon.getMonth())
        assert now.getDay() == moon.getDay() or (moon.getDay(), now.getDay()) == (30, 29)


@pytest.mark.parametrize(
    ("day", "rule", "done"),
    [
        (date(2026, 2, 17), "same", date(2026, 2, 17)),
        (date(2026, 2, 17), "before", date(2026, 2, 14)),  # a Saturday that makes up for the holiday
        (date(2026, 2, 17), "after", date(2026, 2, 24)),
        (date(2026, 3, 10), "before", date(2026, 3, 10)),
        (date(2040, 1, 7), "before", date(2040, 1, 6)),  # nothing announced: weekends are off
    ],
)
def test_what_falls_on_a_day_off(day: date, rule: str, done: date) -> None:
    assert calendar.work_day(day, rule) == done
