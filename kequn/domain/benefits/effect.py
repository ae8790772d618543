"""What came of a benefit: how many claimed and redeemed it, what it cost, and what its customers bought in the days
after a claim against as many before it. A comparison in time, no experiment: other causes are not told apart."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, and_, case, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain import classifying, standards
from kequn.domain.benefits.claiming import CLAIMS
from kequn.store import spend
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.spend import Question
from kequn.store.types import UtcDateTime
from kequn.store.where import live

_purchases: Table = table(Kind.PURCHASE)


@dataclass(frozen=True)
class Effect:
    """`before`, `after`: what customers paid, less returns, in `days` days around the first claim of each, in
    millionths of the standard's currency; what has no rate counts nothing."""

    claimed: int
    redeemed: int
    expired: int
    customers: int
    cost_micros: int
    days: int
    orders_before: int
    orders_after: int
    before_micros: int
    after_micros: int

    @property
    def redemption(self) -> float | None:
        return self.redeemed / self.claimed if self.claimed else None

    @property
    def uplift(self) -> float | None:
        return self.after_micros / self.before_micros - 1 if self.before_micros > 0 else None


async def of(session: AsyncSession, scope: Scope, benefit: UUID, days: int, now: datetime) -> Effect:
    mine = (CLAIMS.c.tenant_id == scope.tenant, CLAIMS.c.benefit_id == benefit, CLAIMS.c.state != "cancelled")

    def among(state: str) -> Any:
        return func.count().filter(CLAIMS.c.state == state)

    cost = func.coalesce(func.sum(CLAIMS.c.cost_micros).filter(CLAIMS.c.state == "redeemed"), 0)
    people = func.count(CLAIMS.c.customer_id.distinct())
    query = select(func.count(), among("redeemed"), among("expired"), people, cost).where(*mine)
    claimed, redeemed, expired, customers, spent = (await session.execute(query)).one()
    asked = classifying.question((await standards.in_force(session, scope)).thresholds, now)
    span = timedelta(days=days)
    near = [one for one in await session.execute(_bought(scope, benefit, asked)) if abs(one.paid_at - one.first) < span]
    sides = [[one for one in near if (one.paid_at < one.first) is before] for before in (True, False)]
    orders = [sum(one.sold for one in some) for some in sides]
    money = [round(sum(one.paid for one in some)) for some in sides]
    return Effect(claimed, redeemed, expired, customers, int(spent), days, *orders, *money)


def _bought(scope: Scope, benefit: UUID, asked: Question) -> Select[Any]:
    """What those who claimed it ever paid for and brought back, each with the moment of their first claim."""
    mine = (CLAIMS.c.tenant_id == scope.tenant, CLAIMS.c.benefit_id == benefit, CLAIMS.c.state != "cancelled")
    query = select(CLAIMS.c.customer_id, func.min(CLAIMS.c.claimed_at).label("first"))
    firsts = query.where(*mine).group_by(CLAIMS.c.customer_id).subquery()
    bought = _purchases.c
    theirs = (bought.tenant_id == scope.tenant, live(_purchases), bought.customer_id == firsts.c.customer_id)
    sold, first = case((spend.SALE, 1), else_=0), type_coerce(firsts.c.first, UtcDateTime()).label("first")
    query = select(sold.label("sold"), spend.worth(asked).label("paid"), bought.paid_at, first)
    return query.join_from(firsts, _purchases, and_(*theirs)).where(bought.paid_at.is_not(None))
