"""The figures of a report on all customers, as the last evaluation saw them: how many and what worth, who stays,
who may leave and why. Reads what was worked out; decides which figures a report has, not how they look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Table, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain import classifying, retention, standards
from kequn.domain.retention import By, Cause, Cohort, Period
from kequn.store import tables, tenants
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.where import live

_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
_predictions: Table = tables.Prediction.__table__  # type: ignore[attr-defined]
_assessments: Table = tables.Assessment.__table__  # type: ignore[attr-defined]
_alerts: Table = tables.Alert.__table__  # type: ignore[attr-defined]
_customers, _tiers = table(Kind.CUSTOMER), table(Kind.TIER)
MONTHS, RISKS, FLOW_DAYS = 12, 25, 90
CAUSES = (By.TIER, By.SOURCE, By.CATEGORY, By.COMPLAINT)


@dataclass(frozen=True)
class Worth:
    """The customers of a value class, and what they spent in the window."""

    name: str
    customers: int
    spend_micros: int


@dataclass(frozen=True)
class Risk:
    """A customer of value who may leave: the chance to be one still, and what speaks for it."""

    name: str
    owner: str | None
    value_class: str | None
    alive: float
    spend_micros: int
    last_order_at: datetime | None
    reasons: Sequence[str]


@dataclass(frozen=True)
class Summary:
    """`zone`: the tenant's; `rfm`: customers by recency and frequency, with mean spend; `flow`: customers who went
    from one stage to another within FLOW_DAYS; `alerts`: by kind and state; `unpriced`: purchases in money that has no
    rate."""

    as_of: datetime
    zone: ZoneInfo
    version: int
    currency: str
    customers: int
    counts: Mapping[str, Mapping[str, int]]
    worth: Sequence[Worth]
    tiers: Sequence[tuple[str | None, int]]
    rfm: Mapping[tuple[int, int], tuple[int, int]]
    flow: Mapping[tuple[str, str], int]
    periods: Sequence[Period]
    cohorts: Sequence[Cohort]
    causes: Mapping[By, Sequence[Cause]]
    risks: Sequence[Risk]
    alerts: Mapping[tuple[str, str], int]
    unpriced: Mapping[str, int]


async def summary(session: AsyncSession, scope: Scope) -> Summary | None:
    """None before the first evaluation."""
    last = await classifying.last(session, scope)
    if last is None:
        return None
    by = (await standards.numbered(session, scope, last.version)).thresholds
    edges = await retention.months(session, scope, last.as_of - timedelta(microseconds=1), MONTHS)
    standing = _standings.c.tenant_id == scope.tenant
    size = (await session.execute(select(func.count()).select_from(_standings).where(standing))).scalar_one()
    return Summary(
        as_of=last.as_of,
        zone=await tenants.zone(session, scope),
        version=last.version,
        currency=by.currency,
        customers=size,
        counts=last.counts,
        worth=await _worth(session, scope),
        tiers=await _by_tier(session, scope),
        rfm=await _rfm(session, scope),
        flow=await _flow(session, scope, last.as_of - timedelta(days=FLOW_DAYS)),
        periods=await retention.by_month(session, scope, edges, by.windows.window_days),
        cohorts=await retention.cohorts(session, scope, edges),
        causes={one: await retention.causes(session, scope, one) for one in CAUSES},
        risks=await _risks(session, scope),
        alerts=await _by_alert(session, scope),
        unpriced=last.unpriced,
    )


async def _worth(session: AsyncSession, scope: Scope) -> list[Worth]:
    name, spend = _standings.c.value_class, func.sum(_standings.c.spend_window_micros)
    query = select(name, func.count(), spend).where(_standings.c.tenant_id == scope.tenant, name.is_not(None))
    found = {value: Worth(value, count, int(sum)) for value, count, sum in await session.execute(query.group_by(name))}
    return [found.get(value, Worth(value, 0, 0)) for value in ("high", "medium", "low")]


async def _by_tier(session: AsyncSession, scope: Scope) -> list[tuple[str | None, int]]:
    """From the highest; None: in no tier."""
    same = and_(_tiers.c.tenant_id == _customers.c.tenant_id, _tiers.c.id == _customers.c.tier_id)
    query = (
        select(_tiers.c.name, func.count())
        .select_from(_customers.outerjoin(_tiers, same))
        .where(_customers.c.tenant_id == scope.tenant, live(_customers))
        .group_by(_tiers.c.id, _tiers.c.name, _tiers.c.rank)
        .order_by(_tiers.c.rank.desc().nulls_last(), _tiers.c.name)
    )
    return [(name, count) for name, count in await session.execute(query)]


async def _rfm(session: AsyncSession, scope: Scope) -> dict[tuple[int, int], tuple[int, int]]:
    """(recency, frequency) -> (customers, mean spend in micros)."""
    rfm = _standings.c.rfm
    digits = (func.substr(rfm, 1, 1), func.substr(rfm, 2, 1))
    query = select(*digits, func.count(), func.sum(_standings.c.spend_window_micros))
    found = await session.execute(
        query.where(_standings.c.tenant_id == scope.tenant, rfm.is_not(None)).group_by(*digits)
    )
    return {(int(recency), int(often)): (count, int(sum) // count) for recency, often, count, sum in found}


async def _flow(session: AsyncSession, scope: Scope, since: datetime) -> dict[tuple[str, str], int]:
    """Of all who changed stage since then: from the stage that they were in, to the one that they are in."""
    mine = (_assessments.c.tenant_id == scope.tenant, _assessments.c.rule == "lifecycle")
    before = func.lag(_assessments.c.value).over(partition_by=_assessments.c.customer_id, order_by=_assessments.c.as_of)
    steps = select(before.label("before"), _assessments.c.value.label("after"), _assessments.c.as_of).where(*mine)
    each = steps.subquery("steps")
    query = select(each.c.before, each.c.after, func.count()).where(
        each.c.as_of > since, each.c.before.is_not(None), each.c.after.is_not(None)
    )
    found = await session.execute(query.group_by(each.c.before, each.c.after))
    return {(before, after): count for before, after, count in found}


async def _by_alert(session: AsyncSession, scope: Scope) -> dict[tuple[str, str], int]:
    query = select(_alerts.c.kind, _alerts.c.state, func.count()).where(_alerts.c.tenant_id == scope.tenant)
    return {
        (kind, state): count
        for kind, state, count in await session.execute(query.group_by(_alerts.c.kind, _alerts.c.state))
    }


async def _risks(session: AsyncSession, scope: Scope) -> list[Risk]:
    """Customers of high or medium value, or with much spend ever, who are at risk: the most valuable first."""
    staff = table(Kind.STAFF)
    facts, chance = _standings.c, _predictions.c.alive_millionths
    joined = (
        _standings.join(_customers, and_(_customers.c.tenant_id == facts.tenant_id, _customers.c.id == facts.id))
        .outerjoin(_predictions, and_(_predictions.c.tenant_id == facts.tenant_id, _predictions.c.id == facts.id))
        .outerjoin(staff, and_(staff.c.tenant_id == facts.tenant_id, staff.c.id == _customers.c.owner_id))
    )
    columns = (facts.id, _customers.c.name, staff.c.name.label("owner"), facts.value_class, chance, facts.spend_micros)
    more = (facts.last_order_at, facts.frequency_class, facts.lifecycle)
    rank = case((facts.value_class == "high", 0), (facts.value_class == "medium", 1), else_=2)
    at_risk = or_(facts.frequency_class == "at_risk", facts.lifecycle == "churn", chance < 500_000)
    query = select(*columns, *more).select_from(joined)
    mine = (facts.tenant_id == scope.tenant, facts.orders > 0, live(_customers), at_risk)
    ordered = query.where(*mine).order_by(rank, facts.spend_micros.desc(), facts.id).limit(RISKS)
    rows = (await session.execute(ordered)).mappings().all()
    said = await _reasons(session, scope, [row["id"] for row in rows])
    return [_risk(row, said.get(row["id"], [])) for row in rows]


def _risk(row: Mapping[Any, Any], alerts: Sequence[str]) -> Risk:
    classes = [row["frequency_class"] if row["frequency_class"] == "at_risk" else None]
    classes.append("churn" if row["lifecycle"] == "churn" else None)
    alive = row["alive_millionths"]
    return Risk(
        row["name"], row["owner"], row["value_class"], 1.0 if alive is None else alive / 1_000_000,
        row["spend_micros"], row["last_order_at"], [*(one for one in classes if one), *alerts],
    )  # fmt: skip


async def _reasons(session: AsyncSession, scope: Scope, customers: Sequence[UUID]) -> dict[UUID, list[str]]:
    """What their open alerts say."""
    mine = (_alerts.c.tenant_id == scope.tenant, _alerts.c.customer_id.in_(customers), _alerts.c.state != "closed")
    found: dict[UUID, list[str]] = {}
    for customer, reasons in await session.execute(select(_alerts.c.customer_id, _alerts.c.reasons).where(*mine)):
        found.setdefault(customer, []).extend(reasons)
    return {id: list(dict.fromkeys(reasons)) for id, reasons in found.items()}
