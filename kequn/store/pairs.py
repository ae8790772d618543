"""Rows whose pair of columns is one of many. A list of seconds for each first: PostgreSQL takes a list of pairs apart
into as many conditions, and plans each of them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, false, or_


def among(first: ColumnElement[Any], second: ColumnElement[Any], pairs: Iterable[tuple[Any, Any]]) -> Any:
    """Give the column with fewer different values first."""
    seconds: dict[Any, set[Any]] = {}
    for one, other in pairs:
        seconds.setdefault(one, set()).add(other)
    return or_(false(), *((first == one) & second.in_(sorted(some)) for one, some in sorted(seconds.items())))
