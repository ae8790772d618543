"""Tiers that a person has decided: a pin fixes a customer's tier, with a reason and perhaps an end; an approval lets
the rules give the highest one. What rules do with the rest stands in tiering.py."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, insert, or_, select, update

from kequn.contracts.records import Kind
from kequn.domain import editing, rights
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import tables
from kequn.store.ledger import Edit

_pins: Table = tables.Pin.__table__  # type: ignore[attr-defined]
LONGEST_REASON = 1000


def in_force(moment: datetime) -> ColumnElement[bool]:
    """Neither ended nor run out."""
    return and_(_pins.c.ended_at.is_(None), or_(_pins.c.until.is_(None), _pins.c.until > moment))


async def pin(desk: Desk, customer: UUID, tier: UUID, reason: str, until: datetime | None = None) -> UUID:
    """The customer is in this tier from now on, whatever the rules say; a pin of before ends. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    row = await editing.find(desk, Kind.CUSTOMER, customer)
    target = await editing.survivor(desk, Kind.TIER, tier)
    if target is None:
        raise refuse(Code.UNKNOWN_TIER, "tier_id")
    cause = replace(desk.cause, rule="tier pinned")
    await desk.write(Edit(row, replace(row, facts={**row.facts, "tier": target.id}), cause))
    return await _put(desk, row.id, reason, until, tier_id=target.id, approval=False)  # settles the change before it


async def approve(desk: Desk, customer: UUID, reason: str, until: datetime | None = None) -> UUID:
    """The rules may give the customer the highest tier, once the facts are there too. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    row = await editing.find(desk, Kind.CUSTOMER, customer)
    return await _put(desk, row.id, reason, until, approval=True)


async def _put(desk: Desk, customer: UUID, reason: str, until: datetime | None, **what: Any) -> UUID:
    reason, now = reason.strip(), desk.ledger.clock.now()
    if not reason:
        raise refuse(Code.REQUIRED, "reason")
    if len(reason) > LONGEST_REASON:
        raise refuse(Code.TOO_LONG, "reason", limit=LONGEST_REASON)
    if until is not None and until <= now:
        raise refuse(Code.BAD_DATE, "until")
    await _end(desk, _pins.c.customer_id == customer, _pins.c.approval.is_(what["approval"]))
    id = desk.ledger.new_id()
    made = {"since": now, "until": until, "made_by": desk.actor.name}
    values = {"tenant_id": desk.scope.tenant, "id": id, "customer_id": customer, "reason": reason, **what, **made}
    await desk.session.execute(insert(_pins).values(values))
    return id


async def release(desk: Desk, id: UUID) -> UUID:
    """End a pin or an approval: rules decide again. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    if not await _end(desk, _pins.c.id == id):
        raise refuse(Code.NOT_FOUND, "id")
    return id


async def _end(desk: Desk, *which: ColumnElement[bool]) -> int:
    """How many there were."""
    mine = and_(_pins.c.tenant_id == desk.scope.tenant, _pins.c.ended_at.is_(None), *which)
    ids = (await desk.session.execute(select(_pins.c.id).where(mine).with_for_update())).scalars().all()
    ended = {"ended_at": desk.ledger.clock.now(), "ended_by": desk.actor.name}
    await desk.session.execute(
        update(_pins).where(_pins.c.tenant_id == desk.scope.tenant, _pins.c.id.in_(ids)).values(ended)
    )
    return len(ids)
