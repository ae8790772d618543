"""Incentive rules 激励规则: what members do that earns points. A rule is published in versions that members read, and
holds for everybody in the same way. A review measures participation and says how the next version might be tuned."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain import editing, keeping, rights, states
from kequn.domain.care import reviewing
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.states import Step, Steps
from kequn.store import tables, tenants
from kequn.store.rows import table
from kequn.store.scope import Scope
from kequn.store.where import live

INCENTIVES: Table = tables.Incentive.__table__  # type: ignore[attr-defined]
_entries: Table = tables.PointEntry.__table__  # type: ignore[attr-defined]
_customers: Table = table(Kind.CUSTOMER)
STATES = ("draft", "published", "retired")
MOST_POINTS, MOST_A_DAY = 10**6, 1000
FEW, MANY, TIGHT = 0.05, 0.5, 0.3
"""Shares: of members who take part, and of days on which somebody reached the limit."""

STEPS: Steps = {
    ("draft", "publish"): Step("published", rights.MANAGE, needs="body"),
    ("draft", "drop"): Step("retired"),
    ("published", "retire"): Step("retired", rights.MANAGE),
}


@dataclass(frozen=True)
class Review:
    """What a rule brought in a period. `share`: of all customers; `full_days`: the share of days of a member on which
    the limit was reached; `advice`: raise_points, lower_points, raise_limit, keep."""

    since: datetime
    until: datetime
    participants: int
    share: float
    rewards: int
    points: int
    full_days: float
    advice: str


async def draft(desk: Desk, name: str, body: str, action: str, points: int, per_day: int) -> UUID:
    """The next version of a rule; of a new name the first. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    bare = keeping.text(name, "name", keeping.NAME, required=True)
    said = {"body": keeping.text(body, "body"), "action": keeping.text(action, "action", keeping.NAME, required=True)}
    keeping.number(points, "points", 1, MOST_POINTS)
    keeping.number(per_day, "per_day", 1, MOST_A_DAY)
    mine = (INCENTIVES.c.tenant_id == desk.scope.tenant, INCENTIVES.c.name == bare)
    last = (await desk.session.execute(select(func.max(INCENTIVES.c.version)).where(*mine))).scalar() or 0
    now = desk.ledger.clock.now()
    before = await _in_force(desk.session, desk.scope, bare)
    basis = await _basis(desk, before, now) if before else {}
    return await keeping.add(
        desk, INCENTIVES, name=bare, version=last + 1, state="draft", points=points, per_day=per_day, basis=basis,
        created_at=now, created_by=desk.actor.name, **said,
    )  # fmt: skip


async def _basis(desk: Desk, before: Mapping[Any, Any], now: datetime) -> dict[str, Any]:
    """What the version before brought since it was published."""
    found = asdict(await review(desk.session, desk.scope, before["name"], before["published_at"], now))
    return {**found, "since": found["since"].isoformat(), "until": found["until"].isoformat()}


async def step(desk: Desk, id: UUID, event: str) -> UUID:
    """Publish, retire or drop a version. Raises Refused."""
    known = await keeping.find(desk, INCENTIVES, id)
    way = states.step(STEPS, known["state"], event, desk.actor, {"body": known["body"]})
    now = desk.ledger.clock.now()
    if way.to == "published":
        others = (INCENTIVES.c.name == known["name"], INCENTIVES.c.state == "published")
        mine = (INCENTIVES.c.tenant_id == desk.scope.tenant, *others)
        await desk.session.execute(update(INCENTIVES).where(*mine).values(state="retired", retired_at=now))
        await reviewing.follow(desk, "incentive", id)
        return await keeping.change(desk, INCENTIVES, id, state=way.to, published_at=now)
    await reviewing.lapse(desk, "incentive", id)
    return await keeping.change(desk, INCENTIVES, id, state=way.to, retired_at=now)


async def _in_force(session: AsyncSession, scope: Scope, name: str) -> Mapping[Any, Any] | None:
    mine = (INCENTIVES.c.tenant_id == scope.tenant, INCENTIVES.c.name == name, INCENTIVES.c.state == "published")
    return (await session.execute(select(INCENTIVES).where(*mine))).mappings().first()


async def reward(desk: Desk, name: str, customer: UUID, reason: str = "") -> UUID:
    """Points for what a customer did, by the version in force; so often a day and no more. Gives back the customer.
    Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    row = await editing.find(desk, Kind.CUSTOMER, customer)  # locked: two at once are counted one after the other
    rule = await _in_force(desk.session, desk.scope, name)
    if rule is None:
        raise refuse(Code.NOT_FOUND, "name")
    now = desk.ledger.clock.now()
    local = now.astimezone(await tenants.zone(desk.session, desk.scope))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    mine = (_entries.c.tenant_id == desk.scope.tenant, _entries.c.customer_id == row.id, _entries.c.rule == _key(name))
    had = (await desk.session.execute(select(func.count()).where(*mine, _entries.c.at >= midnight))).scalar_one()
    if had >= rule["per_day"]:
        raise refuse(Code.NOT_ELIGIBLE, "name", about="limit")
    values = {"kind": "award", "points": rule["points"], "rule": _key(name), "version": rule["version"], "inputs": {}}
    who = {"tenant_id": desk.scope.tenant, "id": desk.ledger.new_id(), "customer_id": row.id, "actor": desk.actor.name}
    said = keeping.text(reason, "reason", 1000) or rule["action"]
    await desk.session.execute(insert(_entries).values(**values, **who, reason=said, at=now, noted_at=now))
    return row.id


def _key(name: str) -> str:
    return f"incentive {name}"


async def review(session: AsyncSession, scope: Scope, name: str, since: datetime, until: datetime) -> Review:
    """What the versions in force in this period brought."""
    mine = (_entries.c.tenant_id == scope.tenant, _entries.c.rule == _key(name))
    query = select(_entries.c.customer_id, _entries.c.at, _entries.c.points).where(
        *mine, _entries.c.at >= since, _entries.c.at < until
    )
    found = (await session.execute(query)).all()
    people = (_customers.c.tenant_id == scope.tenant, live(_customers))
    whole = (await session.execute(select(func.count()).where(*people))).scalar_one()
    rule = await _in_force(session, scope, name)
    limit, local = (rule["per_day"] if rule else MOST_A_DAY), await tenants.zone(session, scope)
    days: dict[tuple[UUID, Any], int] = {}
    for customer, at, _ in found:
        key = (customer, at.astimezone(local).date())
        days[key] = days.get(key, 0) + 1
    full = sum(count >= limit for count in days.values()) / len(days) if days else 0.0
    participants = len({customer for customer, *_ in found})
    share = participants / whole if whole else 0.0
    points = sum(one.points for one in found)
    return Review(since, until, participants, share, len(found), points, full, advise(share, full))


def advise(share: float, full: float) -> str:
    """What the figures speak for; people decide."""
    if share < FEW:
        return "raise_points"
    if full > TIGHT:
        return "raise_limit"
    return "lower_points" if share > MANY else "keep"
