"""Sales of a period beside as long a time before: orders, customers, money, by product category; and where the openings
are: categories that grow, and customers of a category who have not bought what others of it buy as well."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain.retention import Among, within
from kequn.store import rows, spend, tables
from kequn.store.scope import Scope
from kequn.store.spend import Question
from kequn.store.where import live

_purchases: Table = rows.table(Kind.PURCHASE)
_lines: Table = tables.PurchaseLine.__table__  # type: ignore[attr-defined]
MOST_PAIRS = 5
LEAST_TOGETHER = 2
"""A pair of categories that fewer customers bought together says nothing."""


@dataclass(frozen=True)
class Sales:
    """Money is paid less returned, in the standard's currency."""

    orders: int
    customers: int
    spend_micros: int
    orders_before: int
    spend_before_micros: int

    @property
    def average_micros(self) -> int | None:
        return self.spend_micros // self.orders if self.orders else None

    @property
    def growth(self) -> float | None:
        return growth(self.spend_micros, self.spend_before_micros)


@dataclass(frozen=True)
class Category:
    name: str | None
    customers: int
    spend_micros: int
    spend_before_micros: int

    @property
    def growth(self) -> float | None:
        return growth(self.spend_micros, self.spend_before_micros)


@dataclass(frozen=True)
class Opening:
    """Of the customers who bought `having`, so many bought `wanting` too, and `open` have not yet."""

    having: str
    wanting: str
    together: int
    open: int


def growth(now: int, before: int) -> float | None:
    return now / before - 1 if before > 0 else None


async def read(
    session: AsyncSession, scope: Scope, since: datetime, until: datetime, asked: Question, among: Among
) -> Sales:
    bought, at, money = _purchases.c, _purchases.c.paid_at, spend.worth(asked)
    sale, now = spend.SALE, at > since
    figures = (
        _count(and_(sale, now)),
        func.count(case((and_(sale, now), bought.customer_id)).distinct()),
        func.round(func.sum(case((now, money), else_=0.0))),
        _count(and_(sale, ~now)),
        func.round(func.sum(case((now, 0.0), else_=money))),
    )
    mine = (bought.tenant_id == scope.tenant, live(_purchases), within(bought.customer_id, among))
    query = select(*figures).where(*mine, at > since - (until - since), at <= until)
    return Sales(*(int(number or 0) for number in (await session.execute(query)).one()))


async def categories(
    session: AsyncSession, scope: Scope, since: datetime, until: datetime, asked: Question, among: Among
) -> list[Category]:
    """What sold most first, less returns. Lines that were brought back do not count."""
    line, now, sale = _lines.c, _purchases.c.paid_at > since, spend.SALE
    money = func.coalesce(spend.of_line(asked), 0.0)
    query = (
        select(
            line.category,
            func.count(case((and_(sale, now), _purchases.c.customer_id)).distinct()),
            func.round(func.sum(case((now, money), else_=0.0))),
            func.round(func.sum(case((now, 0.0), else_=money))),
        )
        .join_from(_lines, _purchases, _of_line())
        .where(*_kept(scope, among), _purchases.c.paid_at > since - (until - since), _purchases.c.paid_at <= until)
        .group_by(line.category)
    )
    found = [Category(name, *(int(number) for number in numbers)) for name, *numbers in await session.execute(query)]
    return sorted(found, key=lambda one: (-one.spend_micros, one.name or ""))


async def openings(session: AsyncSession, scope: Scope, until: datetime, among: Among) -> list[Opening]:
    """Pairs of categories that the same customers buy, those with the most of them first."""
    buyers = (
        select(_purchases.c.customer_id, _lines.c.category)
        .join_from(_lines, _purchases, _of_line())
        .where(*_sold(scope, among), _purchases.c.paid_at <= until, _lines.c.category.is_not(None))
        .distinct()
        .cte("buyers")
    )
    sizes = select(buyers.c.category, func.count()).group_by(buyers.c.category)
    size = {category: int(count) for category, count in await session.execute(sizes)}
    one, other = buyers.alias("one"), buyers.alias("other")
    both = and_(one.c.customer_id == other.c.customer_id, one.c.category < other.c.category)
    pairs = select(one.c.category, other.c.category, func.count()).join_from(one, other, both)
    pairs = pairs.group_by(one.c.category, other.c.category).having(func.count() >= LEAST_TOGETHER)
    found = [
        Opening(having, wanting, together, size[having] - together)
        for first, second, together in await session.execute(pairs)
        for having, wanting in ((first, second), (second, first))
    ]
    some = sorted(found, key=lambda pair: (-pair.together, -pair.open, pair.having, pair.wanting))
    return [pair for pair in some if pair.open][:MOST_PAIRS]


def _of_line() -> ColumnElement[bool]:
    return and_(_purchases.c.tenant_id == _lines.c.tenant_id, _purchases.c.id == _lines.c.purchase_id)


def _sold(scope: Scope, among: Among) -> Sequence[ColumnElement[bool]]:
    return (*_kept(scope, among), spend.SALE)


def _kept(scope: Scope, among: Among) -> Sequence[ColumnElement[bool]]:
    """Lines of customers that were not brought back, and those of returns."""
    bought = _purchases.c
    whose = (bought.customer_id.is_not(None), live(_purchases), within(bought.customer_id, among))
    return (_lines.c.tenant_id == scope.tenant, spend.KEPT, *whose)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
