"""Values of fields as a person reads them: money in its unit, moments by the tenant's clock, ids with their kind. What
machines read is JSON, and stands where it is made."""

from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import UUID

from kequn.contracts.identity import format_id
from kequn.contracts.records import FIELDS, Kind, Line, Money
from kequn.store.values import from_json


def readable(kind: Kind | None, name: str, plain: Any, zone: tzinfo = UTC) -> str:
    """`plain`: as JSON (store/values.py); of a reference also words in its place. `kind`: None where the fields are
    those of no row."""
    field = FIELDS[kind].get(name) if kind else None
    if field is None or plain is None:
        return _bare(plain)
    if field.to:
        return format_id(field.to.value, UUID(plain)) if _is_id(plain) else str(plain)
    match fact := from_json(field.type, plain):
        case Money():
            return _money(fact)
        case datetime():
            return f"{fact.astimezone(zone):%Y-%m-%d %H:%M:%S%z}"
        case frozenset():
            return ", ".join(sorted(fact)) or _bare(None)
        case tuple():
            return "; ".join(map(_line, fact)) or _bare(None)
    return _bare(plain)


def _is_id(plain: Any) -> bool:
    return isinstance(plain, str) and len(plain) == 32 and all(letter in "0123456789abcdef" for letter in plain)


def _bare(plain: Any) -> str:
    """Texts in quotes, so that blanks are seen."""
    return "empty" if plain is None else repr(plain)


def _money(money: Money) -> str:
    return f"{money.amount.normalize():f} {money.currency}"


def _line(line: Line) -> str:
    paid = f" for {_money(line.amount)}" if line.amount else ""
    return f"{line.quantity.normalize():f} {line.product!r}{paid}{', brought back' if line.returned else ''}"
