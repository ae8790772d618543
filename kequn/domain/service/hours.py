"""Business hours: when so many minutes of them are over. Work days are those of the Chinese calendar. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kequn.domain.care import calendar

_DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Hours:
    """From `opens` to `closes`, hours of `zone`, on work days; or always."""

    opens: int = 9
    closes: int = 18
    around_the_clock: bool = False
    zone: ZoneInfo = SHANGHAI


def after(start: datetime, minutes: int, hours: Hours) -> datetime:
    """The moment at which so many minutes are over. Where none are asked for: the first moment of business."""
    if hours.around_the_clock:
        return start + timedelta(minutes=minutes)
    moment, left = start.astimezone(hours.zone), timedelta(minutes=minutes)
    while True:
        begins, ends = _day(moment, hours)
        moment = max(moment, begins)
        if calendar.is_work_day(moment.date()) and moment < ends:
            if moment + left <= ends:
                return (moment + left).astimezone(UTC)
            left -= ends - moment
        moment = datetime.combine(moment.date() + _DAY, time(), hours.zone)


def _day(moment: datetime, hours: Hours) -> tuple[datetime, datetime]:
    midnight = datetime.combine(moment.date(), time(), hours.zone)
    return midnight + timedelta(hours=hours.opens), midnight + timedelta(hours=hours.closes)
