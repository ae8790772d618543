"""What those who signed up for an event are told 活动通知: that it does not take place, that it was moved, and the day
before that it is near; each once. Moments are told as clocks of the tenant's zone show them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, update

from kequn.domain import keeping, rights
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.store import tables, tenants

_gatherings: Table = tables.Gathering.__table__  # type: ignore[attr-defined]
_signs: Table = tables.SignUp.__table__  # type: ignore[attr-defined]
SOON = timedelta(days=1)
COMING = ("seated", "waiting")
Gathering = Mapping[Any, Any]


async def called_off(desk: Desk, one: Gathering) -> None:
    """Who has a seat or waits is told, and comes no more. Raises Refused."""
    words = f"「{one['name']}」（{await when(desk, one)}）已取消。 {one['name']} does not take place."
    await _tell(desk, one, COMING, f"cancelled:{one['id'].hex}", "活动取消", words)
    mine = (_signs.c.tenant_id == desk.scope.tenant, _signs.c.gathering_id == one["id"], _signs.c.state.in_(COMING))
    ended = {"state": "cancelled", "changed_at": keeping.now(desk)}
    await desk.session.execute(update(_signs).where(*mine).values(**ended))


async def moved(desk: Desk, one: Gathering) -> None:
    """Who has a seat or waits is told when and where it is now. Raises Refused."""
    words = f"「{one['name']}」改为{await when(desk, one)}。 {one['name']} is at another time or place."
    await _tell(desk, one, COMING, f"moved:{one['id'].hex}:{keeping.now(desk).isoformat()}", "活动变更", words)


async def remind(desk: Desk) -> int:
    """Tell who has a seat of what begins within a day. How many. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    now, begins = keeping.now(desk), _gatherings.c.starts_at
    mine = (_gatherings.c.tenant_id == desk.scope.tenant, _gatherings.c.state.in_(("open", "closed")))
    query = select(_gatherings).where(*mine, begins > now, begins <= now + SOON).order_by(begins, _gatherings.c.id)
    told = 0
    for one in (await desk.session.execute(query)).mappings().all():
        words = f"「{one['name']}」将于{await when(desk, one)}开始。 {one['name']} begins within a day."
        occasion = f"reminder:{one['id'].hex}:{one['starts_at'].isoformat()}"
        told += await _tell(desk, one, ("seated",), occasion, "活动提醒", words)
    return told


async def when(desk: Desk, one: Gathering) -> str:
    """When it begins, and where."""
    local = one["starts_at"].astimezone(await tenants.zone(desk.session, desk.scope))
    return f"{local:%Y-%m-%d %H:%M} {one['place']}".strip()


async def _tell(desk: Desk, one: Gathering, states: Sequence[str], occasion: str, subject: str, words: str) -> int:
    people = await _signed(desk, one["id"], states)
    return len(await outbox.tell_all(desk, people, occasion, subject, words, group=one["group_id"]))


async def _signed(desk: Desk, id: UUID, states: Sequence[str]) -> Sequence[UUID]:
    mine = (_signs.c.tenant_id == desk.scope.tenant, _signs.c.gathering_id == id, _signs.c.state.in_(states))
    query = select(_signs.c.customer_id).where(*mine, _signs.c.customer_id.in_(keeping.living(desk)))
    return (await desk.session.execute(query.order_by(_signs.c.customer_id))).scalars().all()
