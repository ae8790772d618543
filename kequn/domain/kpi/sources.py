"""Where customers come from, and how many of them buy: conversion by acquisition channel, with word of mouth as one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain.retention import Among, within
from kequn.store import rows, spend
from kequn.store.scope import Scope
from kequn.store.spend import Question
from kequn.store.where import live

_customers: Table = rows.table(Kind.CUSTOMER)
_purchases: Table = rows.table(Kind.PURCHASE)
WORD_OF_MOUTH = frozenset(
    {
        "word of mouth",
        "referral",
        "customer referral",
        "external referral",
        "employee referral",
        "partner referral",
        "recommendation",
        "口碑",
        "转介绍",
        "客户介绍",
        "老客户推荐",
        "朋友推荐",
        "推荐",
    }
)
"""What CRMs and people call it, in small letters."""


@dataclass(frozen=True)
class Source:
    """Of the customers who came in a period from one channel: how many, how many of them have bought, for how much."""

    name: str | None
    customers: int
    converted: int
    spend_micros: int

    @property
    def rate(self) -> float:
        return self.converted / self.customers

    @property
    def word_of_mouth(self) -> bool:
        return (self.name or "").strip().lower() in WORD_OF_MOUTH


async def read(
    session: AsyncSession, scope: Scope, since: datetime, until: datetime, asked: Question, among: Among
) -> list[Source]:
    """Those who came after `since` and until `until`, and what they paid until then; the largest source first."""
    bought, customer, sale, money = _purchases.c, _customers.c, spend.SALE, spend.worth(asked)
    paid = (bought.tenant_id == scope.tenant, live(_purchases), bought.paid_at <= until)
    each = select(
        bought.customer_id,
        func.sum(case((sale, 1), else_=0)).label("orders"),
        func.round(func.sum(money)).label("spend"),
    )
    one = each.where(*paid).group_by(bought.customer_id).subquery("each")
    came = (customer.created_at > since, customer.created_at <= until, within(customer.id, among))
    query = (
        select(
            customer.source,
            func.count(),
            func.sum(case((one.c.orders > 0, 1), else_=0)),
            func.coalesce(func.sum(one.c.spend), 0),
        )
        .select_from(_customers.outerjoin(one, one.c.customer_id == customer.id))
        .where(customer.tenant_id == scope.tenant, live(_customers), *came)
        .group_by(customer.source)
    )
    found = [Source(name, *(int(number) for number in numbers)) for name, *numbers in await session.execute(query)]
    return sorted(found, key=lambda one: (-one.customers, one.name or ""))
