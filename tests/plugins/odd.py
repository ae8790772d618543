"""What a CRM should never send: values of every shape, in each of which a person can be recognised."""

from collections.abc import Callable, Iterable
from typing import Any

SOMEBODY = "Lin Xiaoyue, 13912345678"
ODD: tuple[Any, ...] = (
    SOMEBODY, f"2026-13-01 {SOMEBODY}", "", "9" * 400, "1e999", "0001-01-01T00:00:00+14:00",
    "0001-01-01", "9999-12-31",
    0, -1, 2**70, 10**400, 1.5, 1e308, float("inf"), float("nan"), True,
    [], [SOMEBODY], [None], [[SOMEBODY]], [{"id": SOMEBODY}],
    {}, {"id": SOMEBODY}, {"name": SOMEBODY}, {"id": [SOMEBODY]},
)  # fmt: skip


def rows_of(names: tuple[str, ...]) -> list[list[dict[str, Any]]]:
    """Rows of a table inside the record, each with one odd cell."""
    whole = dict.fromkeys(names, "1")
    return [[{**whole, name: odd}] for name in names for odd in ODD]


def betrayed(read: Callable[[Any], object], values: Iterable[Any]) -> list[str]:
    """What is said of the values that cannot be read, where it quotes them; and which are read as numbers that no
    database takes. Whatever is no ValueError comes out: it would end a walk."""
    return [one for value in values if (one := _said(read, value))]


def _said(read: Callable[[Any], object], value: Any) -> str:
    try:
        found = read(value)
    except ValueError as error:
        return str(error) if SOMEBODY in str(error) or len(str(error)) > 100 else ""
    return "a number that is too large" if isinstance(found, int) and abs(found) >= 2**63 else ""
