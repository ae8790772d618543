"""What members do: activity by day, and when they were last seen; and how they leave, which reaches the CRMs."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from uuid import UUID

from sqlalchemy import Table, select

from kequn.domain import keeping, memberships
from kequn.domain.community import belonging, rules, welcome
from kequn.domain.community.belonging import Event
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.problems import Code, refuse
from kequn.store import tables, tenants

_standings: Table = tables.Attendance.__table__  # type: ignore[attr-defined]
_days: Table = tables.ActivityDay.__table__  # type: ignore[attr-defined]
MOST = 1_000_000


async def active(
    desk: Desk, group_id: UUID, customer_id: UUID, day: date, messages: int = 0, interactions: int = 0
) -> UUID:
    """Set what a member did on a day: told twice, it counts once. Raises Refused."""
    one = await welcome.standing(desk, group_id, customer_id)
    local = await tenants.zone(desk.session, desk.scope)
    if day > keeping.now(desk).astimezone(local).date():
        raise refuse(Code.BAD_DATE, "day")
    counts = {
        "messages": keeping.number(messages, "messages", 0, MOST),
        "interactions": keeping.number(interactions, "interactions", 0, MOST),
    }
    moment = datetime.combine(day, time(), local).astimezone(UTC)
    if one["last_seen_at"] is None or one["last_seen_at"] < moment:
        await keeping.change(desk, _standings, one["id"], last_seen_at=moment)
    mine = (_days.c.tenant_id == desk.scope.tenant, _days.c.group_id == one["group_id"])
    query = select(_days.c.id).where(*mine, _days.c.customer_id == one["customer_id"], _days.c.day == day)
    there = (await desk.session.execute(query)).scalar()
    if there is not None:
        return await keeping.change(desk, _days, there, **counts)
    return await keeping.add(desk, _days, group_id=one["group_id"], customer_id=one["customer_id"], day=day, **counts)


async def exempt(desk: Desk, group_id: UUID, customer_id: UUID, reason: str | None = None) -> UUID:
    """The sweep of silent members leaves this one alone, for a reason; without one no more. Raises Refused."""
    one = await welcome.standing(desk, group_id, customer_id)
    return await keeping.change(desk, _standings, one["id"], exempt=keeping.text(reason, "reason", 1000) or None)


async def tell(
    desk: Desk, group_id: UUID, occasion: str, subject: str, body: str, due_at: datetime | None = None
) -> int:
    """Queue a notice to everybody who is in a group. How many have not been told of this occasion before. Raises
    Refused."""
    group = await keeping.group(desk, group_id)
    why = keeping.text(occasion, "occasion", keeping.NAME, required=True)
    people = await rules.members(desk, group)
    return len(await outbox.tell_all(desk, people, why, subject, body, group=group, due_at=due_at))


async def leave(desk: Desk, group_id: UUID, customer_id: UUID, reason: str = "", how: str = "left") -> UUID:
    """End a membership by the ordinary road, and say how and why. Raises Refused."""
    one = await welcome.standing(desk, group_id, customer_id)
    return await end(desk, one, how, keeping.text(reason, "reason", 1000))


async def end(desk: Desk, one: Mapping[object, object], how: str, reason: str) -> UUID:
    """Raises Refused."""
    group, customer = UUID(str(one["group_id"])), UUID(str(one["customer_id"]))
    [ended] = await end_all(desk, group, {customer: reason}, how)
    return ended


async def end_all(desk: Desk, group: UUID, reasons: Mapping[UUID, str], how: str) -> list[UUID]:
    """The same of many, whose standings there are: each for a reason, in a few statements. Raises Refused."""
    ids = await memberships.remove_all(desk, group, list(reasons))
    told = [Event(group, customer, how, reason) for customer, reason in reasons.items()]
    await belonging.happened_all(desk, told)
    now = keeping.now(desk)
    ended = [
        {"id": id, "ended": how, "ended_at": now, "ended_reason": reason or None}
        for id, reason in zip(ids, reasons.values(), strict=True)
    ]
    await keeping.change_each(desk, _standings, ended)
    return ids
