"""What came of an offer: of those whom it reached, how many bought within its window, how often and for how much, at
what cost; beside it the same customers in as many days before. By value class, frequency class or stage."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, case, func, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain import classifying, standards
from kequn.store import rows, spend, tables
from kequn.store.scope import Scope
from kequn.store.spend import Question
from kequn.store.where import live

_offers: Table = tables.Offer.__table__  # type: ignore[attr-defined]
_recipients: Table = tables.OfferRecipient.__table__  # type: ignore[attr-defined]
_purchases: Table = rows.table(Kind.PURCHASE)


class By(StrEnum):
    """What recipients are told apart by: as they were when they got it."""

    ALL = "all"
    VALUE = "value_class"
    FREQUENCY = "frequency_class"
    STAGE = "lifecycle"


@dataclass(frozen=True)
class Outcome:
    """Of the recipients of one class. `bought_before`: how many of them bought in as many days before."""

    value: str | None
    reached: int
    bought: int
    bought_before: int
    orders: int
    spend_micros: int
    cost_micros: int

    @property
    def rate(self) -> float:
        return self.bought / self.reached

    @property
    def uplift(self) -> float:
        """How much more of them bought than before, as a share of all of them."""
        return (self.bought - self.bought_before) / self.reached


async def outcomes(session: AsyncSession, scope: Scope, offer: UUID, by: By, as_of: datetime) -> list[Outcome]:
    """The largest class first; of an offer that has not started: nothing."""
    mine = (_offers.c.tenant_id == scope.tenant, _offers.c.id == offer)
    row = (await session.execute(select(_offers).where(*mine))).mappings().first()
    if row is None or row["started_at"] is None:
        return []
    thresholds = (await standards.in_force(session, scope)).thresholds
    query = _measured(scope, row, by, classifying.question(thresholds, as_of))
    found = [_outcome(one, row["cost_micros"]) for one in await session.execute(query)]
    return sorted(found, key=lambda one: (-one.reached, one.value or ""))


def _outcome(row: Any, cost: int) -> Outcome:
    value, reached, bought, before, orders, spend = row
    return Outcome(value, int(reached), int(bought), int(before), int(orders), int(spend), int(reached) * cost)


def _measured(scope: Scope, offer: Any, by: By, asked: Question) -> Select[Any]:
    begin, length = offer["started_at"], timedelta(days=offer["window_days"])
    each = _orders(scope, begin, min(begin + length, asked.as_of), length, asked).subquery("each")
    joined = _recipients.outerjoin(each, each.c.customer_id == _recipients.c.customer_id)
    value: ColumnElement[Any] = null() if by is By.ALL else _recipients.c[by.value]
    sums = [
        func.count(),
        _count(each.c.orders > 0),
        _count(each.c.before > 0),
        func.coalesce(func.sum(each.c.orders), 0),
        func.coalesce(func.sum(each.c.spend), 0),
    ]
    mine = (_recipients.c.tenant_id == scope.tenant, _recipients.c.offer_id == offer["id"])
    query = select(value, *sums).select_from(joined).where(*mine).having(func.count() > 0)
    return query if by is By.ALL else query.group_by(value)


def _orders(scope: Scope, begin: datetime, end: datetime, length: timedelta, asked: Question) -> Select[Any]:
    """Per customer: paid orders and spend in the window, and orders before it."""
    bought, at = _purchases.c, _purchases.c.paid_at
    during, sale, money = and_(at > begin, at <= end), spend.SALE, spend.worth(asked)
    return (
        select(
            bought.customer_id,
            _count(and_(sale, during)).label("orders"),
            _count(and_(sale, at <= begin)).label("before"),
            func.round(func.sum(case((during, money), else_=0.0))).label("spend"),
        )
        .where(bought.tenant_id == scope.tenant, live(_purchases), at > begin - length, at <= end)
        .group_by(bought.customer_id)
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
