"""Moments that are said by their distance from another ("30 days ago"). Pure; which moment that is, and where days
begin, is the caller's: years to days are those of the calendar in the moment's own time zone, hours and minutes are as
long everywhere."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True)
class Span:
    """A stretch of time. Years and months are those of the calendar."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0


@dataclass(frozen=True)
class Distance:
    """A moment by its distance from another, or (`day`) the date of that moment where the other is."""

    ago: Span = Span()
    ahead: Span = Span()
    day: bool = False

    def at(self, now: datetime) -> date | datetime:
        """Raises OverflowError beyond the calendar."""
        moment = after(before(now, self.ago), self.ahead)
        return moment.date() if self.day else moment.astimezone(UTC)


def after(moment: datetime, span: Span) -> datetime:
    """A month after the 31st of January is the last of February. Raises OverflowError beyond the calendar."""
    return _later(_months(moment, 12 * span.years + span.months) + _days(span), _hours(span))


def before(moment: datetime, span: Span) -> datetime:
    return _later(_months(moment, -12 * span.years - span.months) - _days(span), -_hours(span))


def years_between(first: date, then: date) -> int:
    """Whole years: somebody's age. Who was born on the 29th of February is older from the 1st of March on."""
    return then.year - first.year - ((then.month, then.day) < (first.month, first.day))


def _days(span: Span) -> timedelta:
    return timedelta(weeks=span.weeks, days=span.days)


def _hours(span: Span) -> timedelta:
    return timedelta(hours=span.hours, minutes=span.minutes)


def _later(moment: datetime, distance: timedelta) -> datetime:
    """By the clock, not by its hands."""
    return (moment.astimezone(UTC) + distance).astimezone(moment.tzinfo)


def _months(moment: datetime, count: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + count, 12)
    if not 1 <= year <= 9999:
        raise OverflowError("there is no such year")
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
