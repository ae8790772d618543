"""Days in the calendars that customers live by: holidays of the sun and of the moon, birthdays in either, and days on
which people work. Pure. Official days off are known for the years that have been announced; else weekends are off."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache

import chinese_calendar  # type: ignore[import-untyped]

OLDEST = 1900
"""Nobody who is wished a happy birthday was born before."""

SOLAR: Mapping[tuple[int, int], str] = {(1, 1): "new_year", (3, 8): "womens_day", (10, 1): "national_day"}
LUNAR: Mapping[tuple[int, int], str] = {
    (1, 1): "spring_festival",
    (1, 15): "lantern_festival",
    (5, 5): "dragon_boat",
    (7, 7): "qixi",
    (8, 15): "mid_autumn",
    (9, 9): "double_ninth",
}
_DAY = timedelta(days=1)


def holidays(day: date) -> Sequence[str]:
    """What is celebrated on this day."""
    found = (SOLAR.get((day.month, day.day)), LUNAR.get(_lunar(day)[1:]))
    return [name for name in found if name is not None]


def _lunar(day: date) -> tuple[int, int, int]:
    """Year, month and day; a leap month is below 0."""
    year = day.year if day >= _months(day.year)[1][0] else day.year - 1
    for month, (first, length) in _months(year).items():
        if first <= day < first + _DAY * length:
            return year, month, (day - first).days + 1
    raise ValueError("the months of a year follow each other without a gap")


def births(day: date, *, lunar: bool = False) -> list[date]:
    """The days on which somebody was born who celebrates today."""
    return list(_by_moon(day) if lunar else _by_sun(day))


def _by_sun(day: date) -> Iterator[date]:
    for year in range(OLDEST, day.year + 1):
        if (day.month, day.day) != (2, 29) or _leap(year):
            yield day.replace(year=year)
        if (day.month, day.day) == (2, 28) and not _leap(day.year) and _leap(year):
            yield date(year, 2, 29)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _by_moon(day: date) -> Iterator[date]:
    """Who was born in a leap month celebrates in the month of the same name, and who was born on a 30th on the 29th
    where the month has no more days."""
    here, month, number = _lunar(day)
    if month < 0:
        return
    last = number == 29 == _months(here)[month][1]
    for year in range(OLDEST, day.year + 1):
        for name in (month, -month):
            first, length = _months(year).get(name, (day, 0))
            yield from (first + _DAY * (one - 1) for one in (number, 30 if last else 0) if 0 < one <= length)


@cache
def _months(year: int) -> Mapping[int, tuple[date, int]]:
    """The months of a lunar year: the first day of each, and how many days it has."""
    from lunar_python import LunarYear, Solar  # type: ignore[import-untyped] # a quarter of a second: only who asks

    found = {}
    for month in LunarYear.fromYear(year).getMonthsInYear():
        first = Solar.fromJulianDay(month.getFirstJulianDay())
        found[month.getMonth()] = date(first.getYear(), first.getMonth(), first.getDay()), month.getDayCount()
    return found


def is_work_day(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # a year whose days off have not been announced yet
        return day.weekday() < 5


def work_day(day: date, rule: str) -> date:
    """Where what falls on this day is done. `rule`: on the work day `before` or `after`, or the `same` day."""
    step = {"before": -_DAY, "after": _DAY, "same": timedelta(0)}[rule]
    while step and not is_work_day(day):
        day += step
    return day
