"""Who may claim a benefit now: every condition with whether it holds, so that whoever is refused learns why. Reads;
who claims holds the lock of the benefit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain import points
from kequn.domain.segments import membership
from kequn.store import tables, tenants
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.where import Every, Where, live

_customers: Table = table(Kind.CUSTOMER)
_memberships: Table = table(Kind.MEMBERSHIP)
_claims: Table = tables.BenefitClaim.__table__  # type: ignore[attr-defined]
_days: Table = tables.BenefitDay.__table__  # type: ignore[attr-defined]
Benefit = Mapping[Any, Any]


@dataclass(frozen=True)
class Fact:
    """One condition. `about`: open, day, stock, budget, limit, segment, tier, group, points, or what a condition on
    customers asks about."""

    about: str
    held: bool


async def judge(session: AsyncSession, scope: Scope, benefit: Benefit, customer: UUID, now: datetime) -> Sequence[Fact]:
    """The customer is live, and no row that went into another."""
    facts = [Fact("open", _open(benefit, now))]
    if benefit["on_days"]:
        facts.append(Fact("day", await _on_a_day(session, scope, benefit["id"], now)))
    facts += _bounds(benefit)
    facts.append(Fact("limit", await _had(session, scope, benefit, customer, now) < benefit["per_customer"]))
    facts += await _of_customer(session, scope, benefit, customer, now)
    if benefit["points"]:
        facts.append(Fact("points", await points.balance(session, scope, customer) >= benefit["points"]))
    return facts


def _open(benefit: Benefit, now: datetime) -> bool:
    if benefit["state"] != "published" or benefit["starts_at"] is None or benefit["ends_at"] is None:
        return False
    return bool(benefit["starts_at"] <= now < benefit["ends_at"])


async def _had(session: AsyncSession, scope: Scope, benefit: Benefit, customer: UUID, now: datetime) -> int:
    """How many of them the customer has claimed: ever, or within so many days of the tenant's calendar, with today."""
    mine = (_claims.c.tenant_id == scope.tenant, _claims.c.benefit_id == benefit["id"])
    query = select(func.count()).where(*mine, _claims.c.customer_id == customer, _claims.c.state != "cancelled")
    if benefit["every_days"]:
        local = await tenants.zone(session, scope)
        first = now.astimezone(local).date() - timedelta(days=benefit["every_days"] - 1)
        query = query.where(_claims.c.claimed_at >= datetime.combine(first, time(), local).astimezone(UTC))
    return int((await session.execute(query)).scalar_one())


def is_there(benefit: Benefit, now: datetime) -> bool:
    """Whether it can be claimed by anybody: it is open, and something is left of it."""
    return _open(benefit, now) and all(fact.held for fact in _bounds(benefit))


async def may(session: AsyncSession, scope: Scope, benefit: Benefit, now: datetime) -> Select[tuple[UUID]]:
    """The living customers for whom everything holds that it asks of a customer, but for those who want to be left
    alone."""
    one = _customers.alias()
    asked = [condition for _, condition in await _asked(session, scope, benefit, now, one)]
    there = (one.c.tenant_id == scope.tenant, live(one), one.c.opted_out.is_not(True))
    return select(one.c.id).where(*there, *asked).order_by(one.c.id)


def _bounds(benefit: Benefit) -> list[Fact]:
    stock, budget = benefit["stock"], benefit["budget_micros"]
    facts = [] if stock is None else [Fact("stock", benefit["claimed"] < stock)]
    if budget:
        facts.append(Fact("budget", benefit["spent_micros"] + benefit["cost_micros"] <= budget))
    return facts


async def _on_a_day(session: AsyncSession, scope: Scope, benefit: UUID, now: datetime) -> bool:
    today = now.astimezone(await tenants.zone(session, scope)).date()
    mine = (_days.c.tenant_id == scope.tenant, _days.c.benefit_id == benefit, _days.c.day == today)
    return (await session.execute(select(_days.c.id).where(*mine, _days.c.state != "dropped"))).first() is not None


async def _of_customer(
    session: AsyncSession, scope: Scope, benefit: Benefit, customer: UUID, now: datetime
) -> list[Fact]:
    """What is asked of the customer, in one statement."""
    one = _customers.alias()
    asked = await _asked(session, scope, benefit, now, one)
    if not asked:
        return []
    columns = [condition.label(f"fact_{place}") for place, (_, condition) in enumerate(asked)]
    query = select(*columns).where(one.c.tenant_id == scope.tenant, one.c.id == customer)
    row = (await session.execute(query)).one()
    return [Fact(about, bool(held)) for (about, _), held in zip(asked, row, strict=True)]


async def _asked(
    session: AsyncSession, scope: Scope, benefit: Benefit, now: datetime, one: Any
) -> list[tuple[str, ColumnElement[bool]]]:
    found: list[tuple[str, ColumnElement[bool]]] = []
    known = await membership.known(session, scope)
    if benefit["segment_id"]:
        whole = membership.unfold(known.trees[benefit["segment_id"]], known, now)
        found.append(("segment", membership.said(whole, one, scope)))
    if benefit["tier_id"]:
        found.append(("tier", one.c.tier_id == literal(benefit["tier_id"], one.c.tier_id.type)))
    if benefit["group_id"]:
        found.append(("group", _in_group(scope, one, benefit["group_id"])))
    for about, part in _parts(benefit):
        found.append((about, membership.said(membership.unfold(part, known, now), one, scope)))
    return found


def _in_group(scope: Scope, one: Any, group: UUID) -> ColumnElement[bool]:
    mine = (_memberships.c.tenant_id == scope.tenant, _memberships.c.group_id == group, live(_memberships))
    return exists(select(literal(1)).where(*mine, _memberships.c.customer_id == one.c.id))


def _parts(benefit: Benefit) -> list[tuple[str, Where]]:
    """The parts of the condition, each with what it asks about: a field of `where`."""
    tree, names = membership.read(benefit["tree"]), list(benefit["asked"])
    if isinstance(tree, Every) and len(tree.parts) == len(names):
        return list(zip(names, tree.parts, strict=True))
    return [("where", tree)]
