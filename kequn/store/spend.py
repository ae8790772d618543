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
from kequn.store.rates import Dated

_purchases: Table = tables.Purchase.__table__  # type: ignore[attr-defined]
_lines: Table = tables.PurchaseLine.__table__  # type: ignore[attr-defined]
_Money = Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[float]]
"""An amount (micros and currency) in the money that is reckoned in; null where nobody knows."""

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
    return _worth(lambda micros, currency: cast(micros, Float) * rated(asked, currency))


def worth_in_its_own_money() -> ColumnElement[float]:
    """In the currency of the purchase; lines in another one count nothing."""
    own = _purchases.c.amount_currency
    return _worth(lambda micros, currency: case((currency.is_not_distinct_from(own), cast(micros, Float))))


def of_line(asked: Question, what: str = "amount") -> ColumnElement[float]:
    """The amount or cost of a line in the standard's money, below 0 for a return; null where nobody knows."""
    micros, currency = _lines.c[f"{what}_micros"], _lines.c[f"{what}_currency"]
    money = cast(micros, Float) * rated(asked, currency)
    return case((SALE, money), else_=-money)


def _worth(money: _Money) -> ColumnElement[float]:
    """Never below 0 for a sale. Where every line was brought back nothing is left, whatever the lines say of money."""
    paid = func.coalesce(money(_purchases.c.amount_micros, _purchases.c.amount_currency), 0.0)
    line = _lines.alias()
    of_it = and_(line.c.tenant_id == _purchases.c.tenant_id, line.c.purchase_id == _purchases.c.id)
    some_back, some_kept = (exists().where(of_it, which).correlate(_purchases) for which in
                            (line.c.returned, ~line.c.returned))  # fmt: skip
    amount = func.sum(money(line.c.amount_micros, line.c.amount_currency))
    back = select(amount).where(of_it, line.c.returned).correlate(_purchases).scalar_subquery()
    left = paid - func.coalesce(back, 0.0)
    return case((~SALE, -paid), (~some_back, paid), (and_(some_kept, left > 0), left), else_=0.0)
