"""What a CRM should never send: values of every shape, in each of which a person can be recognised."""

from collections.abc import Callable
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


def tell_nobody(read: Callable[[Any], object], odd: Any) -> None:
    """It is read, or refused in words that quote nothing. Nothing else may come out, and no number that a database does
    not take: that would end the walk."""
    told = ""
    try:
        value = read(odd)
    except ValueError as error:
        value, told = None, str(error)
    assert not isinstance(value, int) or abs(value) < 2**63
    assert SOMEBODY not in told
    assert len(told) < 100
