"""Low activity 活跃度低: who runs a group is told, once a month, what is too low in it and what helps. What that is
stands in figures.py; whether to do it is left to people."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, select

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain import keeping, rights
from kequn.domain.community import figures, running
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.store import rows, tables
from kequn.store.where import live

_charters: Table = tables.Charter.__table__  # type: ignore[attr-defined]
_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
_groups: Table = rows.table(Kind.GROUP)


async def remind(desk: Desk) -> int:
    """Of groups that are a month old and have a charter. How many people were told. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    told = 0
    for group in await _old_enough(desk):
        occasion = f"low activity {format_id('group', group.id)} {keeping.now(desk):%Y-%m}"
        people = await running.who(desk, group.id, group.owner_id)
        if people and not await _known(desk, occasion):
            told += await _tell(desk, group, people, occasion)
    return told


async def _old_enough(desk: Desk) -> Sequence[Any]:
    here = and_(_groups.c.tenant_id == _charters.c.tenant_id, _groups.c.id == _charters.c.id)
    mine = (_groups.c.tenant_id == desk.scope.tenant, live(_groups))
    old = _groups.c.created_at <= keeping.now(desk) - figures.USUAL_PERIOD
    query = select(_groups.c.id, _groups.c.name, _groups.c.owner_id).join(_charters, here).where(*mine, old)
    return (await desk.session.execute(query.order_by(_groups.c.id))).all()


async def _known(desk: Desk, occasion: str) -> bool:
    query = select(_notices.c.id).where(_notices.c.tenant_id == desk.scope.tenant, _notices.c.occasion == occasion)
    return (await desk.session.execute(query.limit(1))).first() is not None


async def _tell(desk: Desk, group: Any, people: Sequence[UUID], occasion: str) -> int:
    now = keeping.now(desk)
    found = await figures.read(desk.session, desk.scope, group.id, now - figures.USUAL_PERIOD, now)
    if not found.members or not found.measures:
        return 0
    low = [f"{one['figure']} {one['value']} < {one['wanted']}: {one['measure']}" for one in found.measures]
    body = "\n".join([f"Low activity in {group.name} 群活跃度偏低", *low])
    return sum([await outbox.tell_staff(desk, one, occasion, "low activity 活跃度偏低", body) for one in people])
