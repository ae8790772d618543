"""Low activity 活跃度低: who runs a group is told, once a month, what is too low in it and what helps. What that is
stands in figures.py; whether to do it is left to people."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, and_, select

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain import keeping, rights
from kequn.domain.community import figures, running
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.notices.outbox import Message
from kequn.store import rows, tables
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.pairs import one_of
from kequn.store.scope import Actor
from kequn.store.where import live

_charters: Table = tables.Charter.__table__  # type: ignore[attr-defined]
_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
_groups: Table = rows.table(Kind.GROUP)


async def remind(database: Database, ledger: Ledger, actor: Actor) -> int:
    """Of groups that are a month old and have a charter, one after the other: nobody waits while they are looked at,
    and whoever goes on after a crash comes to those of which nobody was told. How many people were told. Raises
    Refused."""
    rights.require(actor, rights.EDIT)
    async with database.reading() as session:
        desk = Desk(session, actor, ledger)
        groups = await _not_told(desk, await _old_enough(desk))
        people = await running.who(desk, {group.id: group.owner_id for group in groups})
    told = 0
    for group in groups:
        async with database.reading() as session:
            body = await _body(Desk(session, actor, ledger), group) if people[group.id] else ""
        if body:
            async with database.writing() as session:
                desk = Desk(session, actor, ledger)
                words = (_occasion(desk, group), "low activity 活跃度偏低", body)
                told += len(await outbox.tell_each(desk, [Message(None, *words, one) for one in people[group.id]]))
    return told


async def _old_enough(desk: Desk) -> Sequence[Any]:
    here = and_(_groups.c.tenant_id == _charters.c.tenant_id, _groups.c.id == _charters.c.id)
    mine = (_groups.c.tenant_id == desk.scope.tenant, live(_groups))
    old = _groups.c.created_at <= keeping.now(desk) - figures.USUAL_PERIOD
    query = select(_groups.c.id, _groups.c.name, _groups.c.owner_id).join(_charters, here).where(*mine, old)
    return (await desk.session.execute(query.order_by(_groups.c.id))).all()


async def _not_told(desk: Desk, groups: Sequence[Any]) -> Sequence[Any]:
    """Those of which nobody was told this month."""
    asked = one_of(_notices.c.occasion, [_occasion(desk, group) for group in groups])
    mine = (_notices.c.tenant_id == desk.scope.tenant, _notices.c.staff_id.is_not(None))
    known = set((await desk.session.execute(select(_notices.c.occasion).where(*mine, asked))).scalars())
    return [group for group in groups if _occasion(desk, group) not in known]


def _occasion(desk: Desk, group: Any) -> str:
    return f"low activity {format_id('group', group.id)} {keeping.now(desk):%Y-%m}"


async def _body(desk: Desk, group: Any) -> str:
    """What is too low and what helps, or nothing."""
    now = keeping.now(desk)
    found = await figures.read(desk.session, desk.scope, group.id, now - figures.USUAL_PERIOD, now)
    if not found.members or not found.measures:
        return ""
    low = [f"{one['figure']} {one['value']} < {one['wanted']}: {one['measure']}" for one in found.measures]
    return "\n".join([f"Low activity in {group.name} 群活跃度偏低", *low])
