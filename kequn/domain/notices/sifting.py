"""Which of the notices that are due may go now, a piece of them in a few statements. Those that may not are put off, or
held for good; those that may are claimed one by one (outbox.py), and the contact policy is asked again. Begins with
those that fell due last, or first: nobody waits behind what everybody is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, literal, select, tuple_

from kequn.contracts.records import Kind
from kequn.domain import editing, keeping, rights
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox, policy
from kequn.domain.notices.policy import Policy, Verdict
from kequn.store import tables

_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
PIECE = 500
Place = tuple[datetime, UUID]
Waiting = Mapping[Any, Any]


@dataclass(frozen=True)
class Sifted:
    """Which ones of a piece may go, as they fell due. `last`: where the next piece begins, if there is one."""

    may: Sequence[UUID]
    last: Place | None


async def sift(desk: Desk, behind: Place | None, *, newest: bool, piece: int = PIECE) -> Sifted:
    """The next piece of what is due, from either end. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    found = await _due(desk, behind, newest, piece)
    verdicts = await _verdicts(desk, found)
    judged = list(zip(found, verdicts, strict=True))
    later = [{"id": one["id"], **outbox.put_off(one["due_at"], why)} for one, why in judged if not why.allowed]
    await keeping.change_each(desk, _notices, later)
    may = [one["id"] for one, verdict in judged if verdict.allowed]
    last = (found[-1]["due_at"], found[-1]["id"]) if len(found) == piece else None
    return Sifted(may[::-1] if newest else may, last)


async def _due(desk: Desk, behind: Place | None, newest: bool, piece: int) -> Sequence[Waiting]:
    """Locked; what somebody else is at work on is left to them."""
    order = (_notices.c.due_at, _notices.c.id)
    query = select(*order, _notices.c.customer_id, _notices.c.staff_id).where(outbox.due(desk))
    if behind is not None:
        here, there = tuple_(*order), tuple_(*(literal(at, by.type) for at, by in zip(behind, order, strict=True)))
        query = query.where(here < there if newest else here > there)
    query = query.order_by(*(by.desc() if newest else by for by in order)).limit(piece)
    return (await desk.session.execute(query.with_for_update(skip_locked=True))).mappings().all()


async def _verdicts(desk: Desk, found: Sequence[Waiting]) -> list[Verdict]:
    if not found:
        return []
    rule, now = await policy.read(desk.session, desk.scope), keeping.now(desk)
    whom = {one["customer_id"] for one in found if one["customer_id"] is not None}
    here = await editing.survivors(desk, Kind.CUSTOMER, whom, lock=False)
    told = await outbox.told_since(desk, {row.id for row in here.values()}, now - timedelta(days=rule.days))
    out = {id for id, row in here.items() if row.facts["opted_out"] is True}
    sent = {id: told.get(row.id, []) for id, row in here.items()}
    return [_verdict(one, rule, now, sent, out) for one in found]


def _verdict(
    one: Waiting, rule: Policy, now: datetime, sent: Mapping[UUID, Sequence[datetime]], out: set[UUID]
) -> Verdict:
    """`sent`: of those who are there; `out`: who wants to be left alone."""
    customer = one["customer_id"]
    if one["staff_id"] is not None:
        return Verdict()
    return policy.judge(rule, now, sent.get(customer, ()), opted_out=customer not in sent or customer in out)
