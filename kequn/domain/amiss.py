"""What is amiss with the points of purchases: entries that do not give a customer what they should. Found here, made
good by earning.py."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    Table,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)  # fmt: skip

from kequn.contracts.records import Kind
from kequn.domain import accrual
from kequn.domain.editing import Desk
from kequn.domain.standard import Thresholds
from kequn.store import rows, tables
from kequn.store.pairs import one_of
from kequn.store.scope import Scope
from kequn.store.where import live

_entries: Table = tables.PointEntry.__table__  # type: ignore[attr-defined]
_lines: Table = tables.PurchaseLine.__table__  # type: ignore[attr-defined]
_purchases: Table = rows.table(Kind.PURCHASE)
_moment = _entries.c.at.type


@dataclass(frozen=True)
class Amiss:
    """What the entries of a purchase give a customer is not what it should. `should`, `booked`: how many points;
    `lasting`: how many of those have not run out, which the first do at `until`. `at`: as of when; `rate`, `currency`:
    see PointEntry."""

    purchase: UUID
    customer: UUID
    should: int
    booked: int
    lasting: int
    until: datetime | None
    at: datetime
    rate: float | None
    currency: str | None
    why: str

    @property
    def owed(self) -> int:
        """How many a further entry gives, or takes."""
        owed = self.should - self.booked
        return owed if self.should < 0 else max(owed, -max(self.lasting, 0))


async def amiss(desk: Desk, by: Thresholds, customers: Collection[UUID] | None = None) -> list[Amiss]:
    """`customers`: of these alone. In their order, so that everybody waits for them in the same."""
    asked = (desk.scope, by, desk.ledger.clock.now())
    each = union_all(_changed(*asked), _handed_over(*asked)).subquery("each")
    whose = true() if customers is None else one_of(each.c.customer_id, customers)
    query = select(each).where(whose).order_by(each.c.customer_id, each.c.purchase_id)
    return [one for row in await desk.session.execute(query) if (one := Amiss(*row)).owed]


def _booked(scope: Scope, now: datetime) -> Subquery:
    """What each purchase has brought each customer, and at which rate for the money that it is in now."""
    entry, lasts = _entries.c, _entries.c.expires_at > now
    of_it = and_(_purchases.c.tenant_id == entry.tenant_id, _purchases.c.id == entry.purchase_id)
    same = entry.currency.is_not_distinct_from(_purchases.c.amount_currency)
    sums = (
        cast(func.sum(entry.points), BigInteger).label("booked"),
        cast(func.sum(case((lasts, entry.points), else_=0)), BigInteger).label("lasting"),
        func.min(case((and_(lasts, entry.points > 0), entry.expires_at))).label("until"),
        func.min(entry.at).label("at"),
        func.max(case((same, entry.rate))).label("rate"),
    )
    query = select(entry.purchase_id, entry.customer_id, *sums).join_from(_entries, _purchases, of_it)
    return (
        query.where(entry.tenant_id == scope.tenant).group_by(entry.purchase_id, entry.customer_id).subquery("booked")
    )


def _changed(scope: Scope, by: Thresholds, now: datetime) -> Select[Any]:
    """Purchases that have brought a customer something else than they should: nothing, where they are not theirs. In
    money that they were not in before it is by the rate of today."""
    bought, known = _purchases.c, _booked(scope, now)
    rate = func.coalesce(known.c.rate, accrual.rate(by, now))
    theirs = and_(*accrual.counting(scope, now), bought.customer_id == known.c.customer_id)
    should = case((theirs, func.coalesce(accrual.points(rate), 0)), else_=0)
    columns = (known.c.booked, known.c.lasting, known.c.until, known.c.at, rate, bought.amount_currency)
    query = select(
        known.c.purchase_id, known.c.customer_id, should.label("should"), *columns, _why(known.c.customer_id, now)
    )
    here = and_(bought.tenant_id == scope.tenant, bought.id == known.c.purchase_id)
    return query.join_from(_purchases, known, here).where(should != known.c.booked)


def _handed_over(scope: Scope, by: Thresholds, now: datetime) -> Select[Any]:
    """Purchases that have brought others something, and nothing yet to the customer whose they are now."""
    bought, none, first = _purchases.c, cast(literal(0), BigInteger), _entries.alias("first")
    entry = _entries.c
    of_it = (entry.tenant_id == bought.tenant_id, entry.purchase_id == bought.id)
    known = select(func.max(entry.rate)).where(*of_it, entry.currency.is_not_distinct_from(bought.amount_currency))
    rate = func.coalesce(known.correlate(_purchases).scalar_subquery(), accrual.rate(by, now))
    columns = (none, none, cast(null(), _moment), bought.paid_at, rate, bought.amount_currency)
    query = select(
        bought.id, bought.customer_id, func.coalesce(accrual.points(rate), 0), *columns, _why(bought.customer_id, now)
    )
    others = and_(
        first.c.tenant_id == bought.tenant_id, first.c.id == bought.id, first.c.customer_id != bought.customer_id
    )
    had = exists().where(*of_it, entry.customer_id == bought.customer_id).correlate(_purchases)
    return query.join_from(_purchases, first, others).where(*accrual.counting(scope, now), ~had)


def _why(customer: ColumnElement[Any], now: datetime) -> ColumnElement[str]:
    bought = _purchases.c
    of_it = (_lines.c.tenant_id == bought.tenant_id, _lines.c.purchase_id == bought.id)
    back = exists().where(*of_it, _lines.c.returned).correlate(_purchases)
    return case(
        (~live(_purchases), "the purchase was deleted 订单已删除"),
        (bought.customer_id.is_distinct_from(customer), "the purchase is somebody else's 订单归属变更"),
        (or_(bought.paid_at.is_(None), bought.paid_at > now), "the purchase is not paid 订单未付款"),
        (back, "lines were brought back 部分退货"),
        else_="the purchase changed 订单变更",
    )
