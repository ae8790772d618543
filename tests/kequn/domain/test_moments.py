"""Moments by their distance from another, and ages."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.domain.moments import Distance, Span, after, before, years_between

moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
days = st.dates(date(1900, 1, 1), date(2100, 1, 1))
few = st.integers(0, 400)


@pytest.mark.parametrize(
    ("moment", "span", "want"),
    [
        ("2026-03-31", Span(months=1), "2026-02-28"),
        ("2024-03-31", Span(months=1), "2024-02-29"),
        ("2024-02-29", Span(years=1), "2023-02-28"),
        ("2026-01-15", Span(months=13), "2024-12-15"),
        ("2026-01-15", Span(weeks=2, days=1), "2025-12-31"),
    ],
)
def test_before(moment: str, span: Span, want: str) -> None:
    assert before(_utc(moment), span) == _utc(want)


def test_after() -> None:
    moment = datetime(2026, 1, 31, 10, tzinfo=UTC)
    assert after(moment, Span(months=1, hours=1, minutes=30)) == datetime(2026, 2, 28, 11, 30, tzinfo=UTC)


@given(moments, few, few)
def test_there_and_back(moment: datetime, days: int, minutes: int) -> None:
    span = Span(days=days, minutes=minutes)
    assert after(before(moment, span), span) == moment


@given(moments, few)
def test_a_month_is_between_28_and_31_days(moment: datetime, months: int) -> None:
    gone = moment - before(moment, Span(months=months))
    assert timedelta(days=28 * months) <= gone <= timedelta(days=31 * months)


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("distance", "want"),
    [
        (Distance(ago=Span(days=1)), "2026-03-28T11:00"),  # noon of the day before
        (Distance(ago=Span(hours=24)), "2026-03-28T10:00"),
        (Distance(ahead=Span(months=1)), "2026-04-29T10:00"),
        (Distance(ago=Span(hours=13), day=True), "2026-03-28"),
        (Distance(day=True), "2026-03-29"),
    ],
)
def test_a_day_in_which_clocks_are_put_forward(distance: Distance, want: str) -> None:
    found = distance.at(datetime(2026, 3, 29, 12, tzinfo=BERLIN))
    assert found.strftime("%Y-%m-%dT%H:%M" if isinstance(found, datetime) else "%Y-%m-%d") == want
    assert not isinstance(found, datetime) or found.tzinfo is UTC


@given(moments)
def test_there_is_an_end_of_time(moment: datetime) -> None:
    with pytest.raises(OverflowError):
        before(moment, Span(years=3000))


@given(days, days)
def test_an_age_is_as_many_birthdays_as_there_were(born: date, today: date) -> None:
    birthdays = [date(year, 3, 1) if (born.month, born.day) == (2, 29) else born.replace(year=year)
                 for year in range(born.year + 1, today.year + 1)]  # fmt: skip
    leap = [
        born.replace(year=day.year) if _leap(day.year) and (born.month, born.day) == (2, 29) else day
        for day in birthdays
    ]
    if born <= today:
        assert years_between(born, today) == sum(day <= today for day in leap)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _utc(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)
