"""Who is a member of a group, and what happened to them there."""

from uuid import UUID

from sqlalchemy import Table, func, select

from kequn.domain import keeping
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import identities, tables

_events: Table = tables.MemberEvent.__table__  # type: ignore[attr-defined]


async def membership(desk: Desk, group: UUID, customer: UUID) -> UUID | None:
    """The live membership of a customer in a group."""
    found = await identities.memberships_of(desk.session, desk.scope, [(customer, group)])
    some = found.get((customer, group))
    return some[0] if some else None


async def member(desk: Desk, group: UUID, customer: UUID) -> UUID:
    """Raises Refused."""
    found = await membership(desk, group, customer)
    if found is None:
        raise refuse(Code.NOT_A_MEMBER, "customer_id")
    return found


async def happened(desk: Desk, group: UUID, customer: UUID, kind: str, reason: str | None = None) -> UUID:
    """Into the member's history, behind all that happened in the group before."""
    mine = (_events.c.tenant_id == desk.scope.tenant, _events.c.group_id == group)
    place = select(func.coalesce(func.max(_events.c.place), 0) + 1).where(*mine).scalar_subquery()
    said = {"kind": kind, "place": place, "reason": reason or None}
    who = {"group_id": group, "customer_id": customer, "actor": desk.actor.name}
    return await keeping.add(desk, _events, **who, **said, happened_at=keeping.now(desk))
