"""Arguments of mutations that may be unreadable: a moment that is none comes as such, and is refused."""

from datetime import datetime
from typing import Any

from kequn.domain.checks import Unreadable
from kequn.domain.problems import Code, refuse


def moment(entered: Any, *path: str | int) -> datetime | None:
    """Raises Refused when it is no moment."""
    if isinstance(entered, Unreadable):
        raise refuse(Code.BAD_DATE, *path)
    found: datetime | None = entered
    return found
