"""Arguments that may be unreadable: a moment or a day that is none comes as such, and is refused. So is one so far off
that to count from it would leave the calendar."""

from datetime import date, datetime
from typing import Any

from kequn.domain.checks import Unreadable, is_near
from kequn.domain.problems import Code, refuse


def moment(entered: Any, *path: str | int) -> datetime | None:
    """Raises Refused when it is no moment."""
    found: datetime | None = near(entered, *path)
    return found


def day(entered: Any, *path: str | int) -> date:
    """Raises Refused when it is no day."""
    found: date = near(entered, *path)
    return found


def near(entered: Any, *path: str | int) -> Any:
    """What was entered. Raises Refused when it is a day or a moment that is none, or is too far off."""
    if isinstance(entered, Unreadable) or (isinstance(entered, date) and not is_near(entered)):
        raise refuse(Code.BAD_DATE, *path)
    return entered
