"""Who came into groups and went from them by another road: a CRM, or a person who edited memberships. After a first
load that is everybody: so many are noted in one transaction, and whoever goes on after a crash notes the others."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain import rights
from kequn.domain.community import belonging
from kequn.domain.community.belonging import Event
from kequn.domain.editing import Desk
from kequn.store import tables
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.pairs import one_of
from kequn.store.rows import table
from kequn.store.scope import Actor, Scope
from kequn.store.upsert import insert_many, insert_plain

_standings: Table = tables.Attendance.__table__  # type: ignore[attr-defined]
_memberships: Table = table(Kind.MEMBERSHIP)
_known = and_(_standings.c.tenant_id == _memberships.c.tenant_id, _standings.c.id == _memberships.c.id)
_both = _memberships.outerjoin(_standings, _known)
PIECE = 1000
News = tuple[ColumnElement[bool], ...]
CAME: News = (_standings.c.id.is_(None), _memberships.c.deleted_at.is_(None))
WENT: News = (_standings.c.id.is_not(None), _standings.c.ended.is_(None), _memberships.c.deleted_at.is_not(None))


async def catch_up(database: Database, ledger: Ledger, actor: Actor, piece: int = PIECE) -> int:
    """How many came or went, noted so many in a transaction; the longest known first. Raises Refused."""
    rights.require(actor, rights.EDIT)
    count = 0
    for news, note in ((CAME, _came), (WENT, _went)):
        some: Sequence[UUID] = [UUID(int=0)]
        while some:
            async with database.reading() as session:  # looking through all of them keeps nobody from writing
                some = await _next(session, actor.scope, news, some[-1], piece)
            if some:
                async with database.writing() as session:
                    count += await _noted(Desk(session, actor, ledger), news, note, some)
    return count


async def _next(session: AsyncSession, scope: Scope, news: News, after: UUID, most: int) -> Sequence[UUID]:
    mine = (_memberships.c.tenant_id == scope.tenant, _memberships.c.merged_into.is_(None), _memberships.c.id > after)
    query = select(_memberships.c.id).select_from(_both).where(*mine, *news).order_by(_memberships.c.id).limit(most)
    return (await session.execute(query)).scalars().all()


async def _noted(
    desk: Desk, news: News, note: Callable[[Desk, Sequence[Any]], Awaitable[None]], ids: Sequence[UUID]
) -> int:
    """Of these, those of whom it is still so once nobody else notes anything in their groups. How many."""
    row = _memberships.c
    these = (row.tenant_id == desk.scope.tenant, one_of(row.id, ids))
    await belonging.hold(desk, select(row.group_id).where(*these))
    seen = func.coalesce(row.joined_at, row.created_at).label("seen")
    query = select(row.id, row.group_id, row.customer_id, seen).select_from(_both)
    found = (await desk.session.execute(query.where(*these, row.merged_into.is_(None), *news).order_by(row.id))).all()
    if found:
        await note(desk, found)
    return len(found)


async def _came(desk: Desk, some: Sequence[Any]) -> None:
    usual = {"tenant_id": desk.scope.tenant, "way": "elsewhere", "joined_by": "sync"}
    usual |= {"introduction": "waived", "gift": "none", "warnings": 0}
    made = [
        {**usual, "id": one.id, "group_id": one.group_id, "customer_id": one.customer_id, "last_seen_at": one.seen}
        for one in some
    ]
    made.sort(key=lambda one: one["customer_id"])  # their rows are locked in the order of all who lock some
    await insert_many(desk.session, insert_plain(desk.session, _standings), made)
    await belonging.happened_all(desk, [Event(one.group_id, one.customer_id, "joined", "elsewhere") for one in some])


async def _went(desk: Desk, some: Sequence[Any]) -> None:
    when = select(_memberships.c.deleted_at).where(_known).scalar_subquery()
    mine = (_standings.c.tenant_id == desk.scope.tenant, one_of(_standings.c.id, [one.id for one in some]))
    await desk.session.execute(update(_standings).where(*mine).values(ended="elsewhere", ended_at=when))
    await belonging.happened_all(desk, [Event(one.group_id, one.customer_id, "left", "elsewhere") for one in some])
