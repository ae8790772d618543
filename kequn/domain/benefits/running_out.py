"""Points that run out soon 积分到期提醒: who has them is told once a month at most. Which those are: points.py."""

from datetime import date
from uuid import UUID

from sqlalchemy import Table, select

from kequn.domain import keeping, points, rights
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.store import tables, tenants

_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
AT_ONCE = 500


async def remind(desk: Desk) -> int:
    """How many are told; the rest the next time. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    local = await tenants.zone(desk.session, desk.scope)
    found = await points.running_out(desk.session, desk.scope, keeping.now(desk))
    due = [(one, one.at.astimezone(local).date()) for one in found]
    told = await _told(desk, {_occasion(day) for _, day in due})
    fresh = [(one, day) for one, day in due if (one.customer, _occasion(day)) not in told][:AT_ONCE]
    for one, day in fresh:
        body = f"您有{one.points}积分将于{day}前到期。 {one.points} of your points run out by {day}."
        await outbox.tell(desk, one.customer, _occasion(day), "积分到期提醒", body)
    return len(fresh)


def _occasion(day: date) -> str:
    return f"points {day:%Y-%m}"


async def _told(desk: Desk, occasions: set[str]) -> set[tuple[UUID, str]]:
    query = select(_notices.c.customer_id, _notices.c.occasion).where(_notices.c.tenant_id == desk.scope.tenant)
    return {(row[0], row[1]) for row in await desk.session.execute(query.where(_notices.c.occasion.in_(occasions)))}
