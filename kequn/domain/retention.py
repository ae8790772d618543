"""How many customers stay: retention, churn and repurchase by month, cohorts, and what those who left have in common.
Counts paid orders, in months of the tenant's time zone; `window`: for so many days after one somebody is active.
`among`: the ids of these customers alone count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, Table, and_, case, exists, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store import rows, spend, tables, tenants
from kequn.store.kinds import is_kind, said_at
from kequn.store.scope import Scope
from kequn.store.where import live

_customers, _purchases = rows.table(Kind.CUSTOMER), rows.table(Kind.PURCHASE)
_feedback, _tiers = rows.table(Kind.FEEDBACK), rows.table(Kind.TIER)
_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
_answers: Table = tables.Answer.__table__  # type: ignore[attr-defined]
_tickets: Table = tables.Ticket.__table__  # type: ignore[attr-defined]
_lines: Table = tables.PurchaseLine.__table__  # type: ignore[attr-defined]
Among = Select[tuple[UUID]] | None


@dataclass(frozen=True)
class Period:
    """What became of the customers from `since` (excluded) to `until` (included). `kept`: of those at the end, who are
    not new; in a period that is longer than the window some of the new are gone again."""

    since: datetime
    until: datetime
    at_start: int
    at_end: int
    new: int
    buyers: int
    repeaters: int
    kept: int

    @property
    def retention(self) -> float | None:
        return self.kept / self.at_start if self.at_start else None

    @property
    def churn(self) -> float | None:
        return None if self.retention is None else 1 - self.retention

    @property
    def repurchase(self) -> float | None:
        return self.repeaters / self.buyers if self.buyers else None


@dataclass(frozen=True)
class Cohort:
    """Customers whose first order was in the month that begins at `since`: how many bought in it, and in each month
    after."""

    since: datetime
    active: Sequence[int]


class By(StrEnum):
    """What customers who left may have in common."""

    TIER = "tier"
    SOURCE = "source"
    REGION = "region"
    VALUE = "value"
    COMPLAINT = "complaint"
    LAST_COMPLAINT = "last_complaint"
    CATEGORY = "category"


@dataclass(frozen=True)
class Cause:
    """Of those who ever bought and share this, how many there are, and how many have left."""

    value: str | None
    customers: int
    churned: int


@dataclass(frozen=True)
class Voice:
    """What customers said in a period, whenever it came to be here. Shares are of the answers on that scale; None where
    there is none."""

    answers: int
    csat: float | None
    nps: float | None
    feedback: int
    complaints: int


async def months(session: AsyncSession, scope: Scope, now: datetime, count: int) -> list[datetime]:
    """The edges of the last `count` months, the running one included, in the tenant's time zone."""
    zone = await tenants.zone(session, scope)
    here = now.astimezone(zone)
    number = here.year * 12 + here.month - 1
    return [
        datetime(one // 12, one % 12 + 1, 1, tzinfo=zone).astimezone(UTC)
        for one in range(number - count + 1, number + 2)
    ]


def within(column: ColumnElement[UUID], among: Among) -> ColumnElement[bool]:
    return true() if among is None else column.in_(among)


def _orders(scope: Scope, until: datetime, among: Among = None) -> tuple[ColumnElement[bool], ...]:
    bought = _purchases.c
    paid = (bought.tenant_id == scope.tenant, live(_purchases), bought.paid_at <= until)
    whose = (bought.customer_id.is_not(None), within(bought.customer_id, among))
    return (*paid, spend.SALE, *whose)


async def period(
    session: AsyncSession, scope: Scope, since: datetime, until: datetime, window: int, among: Among = None
) -> Period:
    at, length = _purchases.c.paid_at, timedelta(days=window)
    start = func.max(case((and_(at > since - length, at <= since), 1), else_=0)).label("start")
    end = func.max(case((at > until - length, 1), else_=0)).label("end")
    new = case((func.min(at) > since, 1), else_=0).label("new")
    lately = func.sum(case((at > until - length, 1), else_=0)).label("lately")
    query = select(start, end, new, lately).where(*_orders(scope, until, among))
    each = query.group_by(_purchases.c.customer_id).subquery()
    repeated = func.sum(case((each.c.lately >= 2, 1), else_=0))
    kept = func.sum(case((and_(each.c.end == 1, each.c.new == 0), 1), else_=0))
    sums = (func.sum(each.c.start), func.sum(each.c.end), func.sum(each.c.new), func.sum(each.c.end), repeated, kept)
    found = (await session.execute(select(*sums))).one()
    return Period(since, until, *(int(one or 0) for one in found))


async def by_month(session: AsyncSession, scope: Scope, edges: Sequence[datetime], window: int) -> list[Period]:
    moment = timedelta(microseconds=1)  # a month ends just before the next begins
    return [await period(session, scope, since - moment, until - moment, window) for since, until in pairwise(edges)]


async def cohorts(session: AsyncSession, scope: Scope, edges: Sequence[datetime]) -> list[Cohort]:
    """Of each month in which customers began: how many bought in each month since."""
    each = _months_of(scope, edges)
    first = func.min(each.c.month).over(partition_by=each.c.customer_id).label("first")
    placed = select(first, each.c.month).subquery()
    query = select(placed.c.first, placed.c.month, func.count()).group_by(placed.c.first, placed.c.month)
    counts = {(begun, month): count for begun, month, count in await session.execute(query)}
    size = len(edges) - 1
    return [
        Cohort(edges[begun], [counts.get((begun, month), 0) for month in range(begun, size)]) for begun in range(size)
    ]


def _months_of(scope: Scope, edges: Sequence[datetime]) -> Subquery:
    """Each month in which a customer bought, once. Months before the first edge are one: -1."""
    at = _purchases.c.paid_at
    month = case(*((at >= edge, place) for place, edge in reversed(list(enumerate(edges[:-1])))), else_=-1)
    query = select(_purchases.c.customer_id, month.label("month")).distinct()
    return query.where(*_orders(scope, edges[-1]), at < edges[-1]).subquery()


async def causes(session: AsyncSession, scope: Scope, by: By) -> list[Cause]:
    """Those who ever bought by what they have in common, most customers first."""
    facts = _standings.c
    complained = exists().where(
        _feedback.c.tenant_id == facts.tenant_id,
        _feedback.c.customer_id == facts.id,
        is_kind(_feedback.c.kind, "complaint"),
        live(_feedback),
    )
    shared: ColumnElement[Any] = {
        By.TIER: select(_tiers.c.name).where(_tiers.c.tenant_id == facts.tenant_id, _tiers.c.id == _customers.c.tier_id)
        .scalar_subquery(),
        By.SOURCE: _customers.c.source,
        By.REGION: _customers.c.region,
        By.VALUE: facts.value_class,
        By.COMPLAINT: case((complained, literal("complained")), else_=literal("never complained")),
        By.LAST_COMPLAINT: _last_complaint(),
        By.CATEGORY: _category(),
    }[by]  # fmt: skip
    each = (
        select(shared.label("value"), case((facts.lifecycle == "churn", 1), else_=0).label("churned"))
        .join(_customers, and_(_customers.c.tenant_id == facts.tenant_id, _customers.c.id == facts.id))
        .where(facts.tenant_id == scope.tenant, facts.orders > 0)
        .subquery()
    )
    size = func.count()
    query = select(each.c.value, size, func.sum(each.c.churned)).group_by(each.c.value)
    found = await session.execute(query.order_by(size.desc(), each.c.value))
    return [Cause(value, count, int(churned)) for value, count, churned in found]


def _last_complaint() -> ColumnElement[Any]:
    """What a customer last complained about, as its ticket says."""
    told, seen_to = _feedback.c, _tickets.c
    ticket = and_(seen_to.tenant_id == told.tenant_id, seen_to.feedback_id == told.id)
    mine = (told.tenant_id == _standings.c.tenant_id, told.customer_id == _standings.c.id, live(_feedback))
    query = (
        select(seen_to.category).join_from(_feedback, _tickets, ticket).where(*mine, is_kind(told.kind, "complaint"))
    )
    return query.order_by(said_at(_feedback).desc(), told.id.desc()).limit(1).scalar_subquery()


def _category() -> ColumnElement[Any]:
    """What a customer bought most often."""
    bought, line = _purchases.c, _lines.c
    mine = (bought.tenant_id == _standings.c.tenant_id, bought.customer_id == _standings.c.id, live(_purchases))
    sold = (bought.paid_at.is_not(None), spend.SALE, spend.KEPT)
    of_line = and_(bought.tenant_id == line.tenant_id, bought.id == line.purchase_id)
    query = select(line.category).join_from(_purchases, _lines, of_line).where(*mine, *sold, line.category.is_not(None))
    return query.group_by(line.category).order_by(func.count().desc(), line.category).limit(1).scalar_subquery()


async def voice(session: AsyncSession, scope: Scope, since: datetime, until: datetime, among: Among = None) -> Voice:
    said = _answers.c
    mine = (said.tenant_id == scope.tenant, said.given_at > since, said.given_at <= until)
    query = (
        select(said.scale, said.score, func.count())
        .where(*mine, within(said.customer_id, among))
        .group_by(said.scale, said.score)
    )
    counts = {(scale, score): count for scale, score, count in await session.execute(query)}
    told, at = _feedback.c, said_at(_feedback)
    lately = (told.tenant_id == scope.tenant, live(_feedback), at > since, at <= until)
    complaints = func.coalesce(func.sum(case((is_kind(told.kind, "complaint"), 1), else_=0)), 0)
    feedback, complained = (
        await session.execute(select(func.count(), complaints).where(*lately, within(told.customer_id, among)))
    ).one()
    csat = {score: count for (scale, score), count in counts.items() if scale == "csat"}
    nps = {score: count for (scale, score), count in counts.items() if scale == "nps"}
    promoters, critics = _share(nps, range(9, 11)), _share(nps, range(7))
    recommended = None if promoters is None or critics is None else promoters - critics
    return Voice(sum(counts.values()), _share(csat, range(4, 6)), recommended, feedback, complained)


def _share(counts: dict[int, int], scores: range) -> float | None:
    whole = sum(counts.values())
    return sum(count for score, count in counts.items() if score in scores) / whole if whole else None
