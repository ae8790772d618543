"""Days of benefits, told of 福利日提醒: whoever may claim what is given out today hears of it once, on that day. Who
that is stands in eligibility.py; when it goes, in the contact policy."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select

from kequn.domain import keeping, rights
from kequn.domain.benefits import eligibility
from kequn.domain.benefits.days import DAYS
from kequn.domain.benefits.offering import BENEFITS
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.store import tables, tenants

_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]


async def announce(desk: Desk) -> int:
    """How many customers are told. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    told = 0
    for day, benefit in await _today(desk):
        occasion = f"benefit day {day}"
        if not await _known(desk, occasion):
            told += await _tell(desk, benefit, occasion)
    return told


async def _today(desk: Desk) -> Sequence[tuple[UUID, Any]]:
    """The days of today, each with its benefit."""
    today = keeping.now(desk).astimezone(await tenants.zone(desk.session, desk.scope)).date()
    mine = (DAYS.c.tenant_id == desk.scope.tenant, DAYS.c.day == today, DAYS.c.state != "dropped")
    query = select(DAYS.c.id, DAYS.c.benefit_id).where(*mine).order_by(DAYS.c.id)
    days = (await desk.session.execute(query)).all()
    some = (BENEFITS.c.tenant_id == desk.scope.tenant, BENEFITS.c.id.in_([day.benefit_id for day in days]))
    found = {one["id"]: one for one in (await desk.session.execute(select(BENEFITS).where(*some))).mappings()}
    return [(day.id, found[day.benefit_id]) for day in days]


async def _known(desk: Desk, occasion: str) -> bool:
    query = select(_notices.c.id).where(_notices.c.tenant_id == desk.scope.tenant, _notices.c.occasion == occasion)
    return (await desk.session.execute(query.limit(1))).first() is not None


async def _tell(desk: Desk, benefit: Any, occasion: str) -> int:
    now = keeping.now(desk)
    if not eligibility.is_there(benefit, now):
        return 0
    found: Any = (await desk.session.execute(await eligibility.may(desk.session, desk.scope, benefit, now))).scalars()
    people: list[UUID] = list(found)
    name = benefit["name"]
    body = f"今天可以领取「{name}」。{benefit['usage']} Today {name} can be claimed."
    return len(await outbox.tell_all(desk, people, occasion, name, body, group=benefit["group_id"]))
