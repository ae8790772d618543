"""The organisation's currencies (contract, 13). The first one is the home currency."""

from decimal import Decimal, InvalidOperation
from typing import Any

from plugins.zoho.emulator.call import Call, Reply
from plugins.zoho.emulator.errors import ApiError
from plugins.zoho.emulator.org import Currency, Org

_KNOWN = {"CNY": ("Chinese Yuan", "¥"), "USD": ("US Dollar", "$"), "EUR": ("Euro", "€"), "JPY": ("Japanese Yen", "¥")}
_FIRST_ID = 554023000000780002
_EDITIONS = {"enterprise", "ultimate"}


def add_currencies(org: Org) -> None:
    set_currency(org, "CNY", "1")
    set_currency(org, "USD", "0.14")


def set_currency(org: Org, code: str, rate: str) -> None:
    """An administrator adds one, or says its rate anew. Raises ValueError."""
    try:
        written = f"{Decimal(rate):.9f}"
    except InvalidOperation:
        raise ValueError(f"no rate: {rate}") from None
    if code not in _KNOWN or Decimal(written) <= 0:
        raise ValueError(f"{code}: unknown, or worth nothing")
    known, (name, symbol) = org.currencies.get(code), _KNOWN[code]
    id = known.id if known else str(_FIRST_ID + len(org.currencies))
    org.currencies[code] = Currency(id, f"{name} - {code}", symbol, written, org.now())


def list_currencies(call: Call) -> Reply:
    knobs = call.org.knobs
    if knobs.edition not in _EDITIONS:
        raise ApiError("FEATURE_NOT_SUPPORTED", "the feature is not supported in this edition", status=403)
    if not knobs.multi_currency:
        raise ApiError("CURRENCIES_NOT_ENABLED", "currencies are not enabled", status=403)
    home = next(iter(call.org.currencies))
    shown = [_show(call.org, code, one, base=code == home) for code, one in call.org.currencies.items()]
    return Reply(200, {"currencies": shown})


def _show(org: Org, code: str, one: Currency, *, base: bool) -> dict[str, Any]:
    first = next(iter(org.users.values()))
    by = org.user(first.id)
    return {
        "symbol": one.symbol, "created_time": org.time(first.created), "is_active": True, "exchange_rate": one.rate,
        "format": {"decimal_separator": "Period", "thousand_separator": "Comma", "decimal_places": "2"},
        "created_by": by, "prefix_symbol": True, "is_base": base, "modified_time": org.time(one.modified),
        "name": one.name, "modified_by": by, "id": one.id, "iso_code": code,
    }  # fmt: skip
