"""Who is a member of a group, and what happened to them there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, func, select

from kequn.contracts.records import Kind
from kequn.domain import keeping
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import identities, tables
from kequn.store.pairs import one_of
from kequn.store.rows import table
from kequn.store.upsert import insert_many, insert_plain

_events: Table = tables.MemberEvent.__table__  # type: ignore[attr-defined]
_groups: Table = table(Kind.GROUP)


@dataclass(frozen=True)
class Event:
    """Something that happened to a member."""

    group: UUID
    customer: UUID
    kind: str
    reason: str | None = field(default=None, repr=False)


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


async def hold(desk: Desk, groups: Select[tuple[UUID]]) -> None:
    """What is counted in these groups is counted by nobody else until the end of the transaction. Members are written
    meanwhile: a sync that brings some does not wait."""
    mine = (_groups.c.tenant_id == desk.scope.tenant, _groups.c.id.in_(groups))
    await desk.session.execute(select(_groups.c.id).where(*mine).order_by(_groups.c.id).with_for_update(key_share=True))


async def happened(desk: Desk, group: UUID, customer: UUID, kind: str, reason: str | None = None) -> None:
    await happened_all(desk, [Event(group, customer, kind, reason)])


async def happened_all(desk: Desk, events: Sequence[Event]) -> None:
    """Into the members' histories, one after the other, behind all that happened in each group before; in two
    statements. The caller holds the groups."""
    places = await _places(desk, {one.group for one in events})
    usual = {"tenant_id": desk.scope.tenant, "happened_at": keeping.now(desk), "actor": desk.actor.name}
    made: list[dict[str, Any]] = []
    for one in events:
        places[one.group] += 1
        said = {"kind": one.kind, "place": places[one.group], "reason": one.reason or None}
        who = {"group_id": one.group, "customer_id": one.customer}
        made.append({**usual, "id": desk.ledger.new_id(), **who, **said})
    await insert_many(desk.session, insert_plain(desk.session, _events), made)


async def _places(desk: Desk, groups: set[UUID]) -> dict[UUID, int]:
    """The last place in each of these groups."""
    here = (_events.c.tenant_id == desk.scope.tenant, _events.c.group_id == _groups.c.id)
    last = select(func.max(_events.c.place)).where(*here).scalar_subquery()
    mine = (_groups.c.tenant_id == desk.scope.tenant, one_of(_groups.c.id, groups))
    query = select(_groups.c.id, func.coalesce(last, 0)).where(*mine)
    return {row[0]: row[1] for row in await desk.session.execute(query)}
