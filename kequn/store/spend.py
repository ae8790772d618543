"""What a purchase is worth: what was paid for it, less the lines of it that were brought back; a return is worth as
much the other way. Spend, figures, results and points all take it from here. A CRM notes what came back in one of these
ways: where it does so in both, it counts twice. Decides no window and no customer."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Float, Table, and_, case, cast, exists, func, or_, select

from kequn.store import rates, tables
from kequn.store.measures import larger
from kequn.store.rates import Dated

_purchases: Table = tables.Purchase.__table__  # type: ignore[attr-defined]
_lines: Table = tables.PurchaseLine.__table__  # type: ignore[attr-defined]
_Money = Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[float]]
"""An amount (micros and currency) in the money that is reckoned in; null where nobody knows."""

_ALL = 1e19
"""More than any purchase is worth."""

SALE: ColumnElement[bool] = _purchases.c.kind.is_distinct_from("return")
"""Of a CRM that says nothing of kinds it is a sale."""
KEPT: ColumnElement[bool] = or_(~_lines.c.returned, ~SALE)
"""A line that was not brought back. All that a return names was; a mark on its lines says nothing more."""


@dataclass(frozen=True)
class Question:
    """At which moment, how far back, and in which money is counted. `rates`: what one unit of another currency is
    worth, where `dated` has none for the day. `customers`: these alone; None: everybody."""

    as_of: datetime
    window: int = 365
    recent: int = 90
    half: int = 182
    currency: str = "CNY"
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    customers: Collection[UUID] | None = None
    dated: Sequence[Dated] = ()

    def back(self, days: int) -> datetime:
        return self.as_of - timedelta(days=days)


def rated(asked: Question, currency: ColumnElement[Any]) -> ColumnElement[Any]:
    """What a unit of the currency was worth when the purchase was paid; null where nobody knows."""
    return rates.rate(currency, _purchases.c.paid_at, asked.currency, asked.rates, asked.dated)


def worth(asked: Question) -> ColumnElement[float]:
    """In the standard's money. What has no rate counts nothing, and facts.unpriced() tells of it."""

    def money(micros: ColumnElement[Any], currency: ColumnElement[Any]) -> ColumnElement[float]:
        return cast(micros, Float) * rated(asked, currency)

    paid = _paid(money)
    least = case((paid < 0, paid), else_=0.0)  # a CRM's own way of noting a refund
    return case((SALE, larger(paid - _brought_back(money), least)), else_=-paid)


def size_in_its_own_money() -> ColumnElement[float]:
    """In the currency of the purchase, of a sale and of a return alike, never below 0. Lines in another currency count
    nothing."""
    own = _purchases.c.amount_currency

    def money(micros: ColumnElement[Any], currency: ColumnElement[Any]) -> ColumnElement[float]:
        return case((currency.is_not_distinct_from(own), cast(micros, Float)))

    return larger(_paid(money) - case((SALE, _brought_back(money)), else_=0.0), 0.0)


def of_line(asked: Question, what: str = "amount") -> ColumnElement[float]:
    """The amount or cost of a line in the standard's money, below 0 for a return; null where nobody knows."""
    micros, currency = _lines.c[f"{what}_micros"], _lines.c[f"{what}_currency"]
    money = cast(micros, Float) * rated(asked, currency)
    return case((SALE, money), else_=-money)


def _paid(money: _Money) -> ColumnElement[float]:
    return func.coalesce(money(_purchases.c.amount_micros, _purchases.c.amount_currency), 0.0)


def _brought_back(money: _Money) -> ColumnElement[float]:
    """What the lines that were brought back take off. Where every line was, all of it, whatever they say of money. Few
    were: the usual answer is one look into an index of those."""
    line, kept = _lines.alias(), _lines.alias()
    of_it, kept_of_it = (
        and_(one.c.tenant_id == _purchases.c.tenant_id, one.c.purchase_id == _purchases.c.id) for one in (line, kept)
    )
    some_kept = exists().where(kept_of_it, ~kept.c.returned).correlate(_purchases)
    amount = func.coalesce(func.sum(money(line.c.amount_micros, line.c.amount_currency)), 0.0)
    off = select(case((some_kept, amount), else_=_ALL)).where(of_it, line.c.returned).having(func.count() > 0)
    return func.coalesce(off.correlate(_purchases).scalar_subquery(), 0.0)
