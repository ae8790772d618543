"""The sweep of silent members 清理长期不活跃成员: who has been silent for how long, shown first with the reasons and
the exceptions; then removed by the ordinary road, no more than were shown and no more than the guard allows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Table, and_, func, select

from kequn.contracts.records import Kind
from kequn.domain import keeping, rights
from kequn.domain.community import charters, members, welcome
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import tables
from kequn.store.rows import table
from kequn.store.where import live

_standings: Table = tables.Attendance.__table__  # type: ignore[attr-defined]
_memberships: Table = table(Kind.MEMBERSHIP)
LEAST, SHARE = 20, 10
"""At most so many at once, or so many percent of the group, whichever is more; as the guard of a sync."""


@dataclass(frozen=True)
class Silent:
    """A member who has been silent. `spared`: why they stay all the same."""

    customer: UUID
    last_seen: datetime | None
    days: int
    spared: str | None = None


async def preview(desk: Desk, group_id: UUID) -> list[Silent]:
    """Who has been silent for longer than the charter allows, the longest first. Raises Refused."""
    rights.require(desk.actor, rights.READ)
    silent_days = (await charters.read(desk, group_id))["silent_days"]
    now = keeping.now(desk)
    joined = and_(_standings.c.tenant_id == _memberships.c.tenant_id, _standings.c.id == _memberships.c.id)
    query = (
        select(
            _memberships.c.customer_id,
            _memberships.c.role,
            _memberships.c.created_at,
            _standings.c.last_seen_at,
            _standings.c.exempt,
        )
        .select_from(_memberships.outerjoin(_standings, joined))
        .where(_memberships.c.tenant_id == desk.scope.tenant, _memberships.c.group_id == group_id, live(_memberships))
    )
    found = []
    for customer, role, created, seen, exempt in await desk.session.execute(query):
        days = (now - (seen or created)) // timedelta(days=1)
        if days >= silent_days:
            spared = exempt or (role if role != "member" else None)
            found.append(Silent(customer, seen, days, spared))
    return sorted(found, key=lambda one: (-one.days, one.customer))


async def sweep(desk: Desk, group_id: UUID, customers: list[UUID]) -> UUID:
    """Remove these, who must be silent and not spared. Raises Refused."""
    group = await keeping.group(desk, group_id)
    there = {one.customer: one for one in await preview(desk, group)}
    chosen = sorted(set(customers))
    if any(one not in there or there[one].spared for one in chosen):
        raise refuse(Code.BAD_VALUE, "customer_ids")
    most = max(LEAST, await _size(desk, group) * SHARE // 100)
    if len(chosen) > most:
        raise refuse(Code.TOO_MANY, "customer_ids", limit=most)
    if chosen:
        await welcome.begin(desk, group, chosen)
        reasons = {customer: f"silent for {there[customer].days} days" for customer in chosen}
        await members.end_all(desk, group, reasons, "swept")
    return group


async def _size(desk: Desk, group: UUID) -> int:
    query = select(func.count()).where(
        _memberships.c.tenant_id == desk.scope.tenant, _memberships.c.group_id == group, live(_memberships)
    )
    return int((await desk.session.execute(query)).scalar_one())
