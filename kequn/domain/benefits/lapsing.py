"""Claims whose time runs out 福利到期: they end, and whoever has one is told before, once for each claim. There may be
as many as there are customers: so many are seen to in one transaction, and whoever goes on after a crash does the
rest."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, false, or_, select, update

from kequn.contracts.records import Kind
from kequn.domain import editing, keeping, pieces, rights
from kequn.domain.benefits import claiming
from kequn.domain.benefits.claiming import CLAIMS
from kequn.domain.benefits.offering import BENEFITS
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.notices.outbox import Message
from kequn.store import tenants
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.pairs import one_of
from kequn.store.scope import Actor

PIECE = 500
_both = (BENEFITS.c.tenant_id == CLAIMS.c.tenant_id) & (BENEFITS.c.id == CLAIMS.c.benefit_id)


async def expire(desk: Desk) -> int:
    """What has run out. How many. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    done = 0
    while some := await _expire(desk, PIECE):
        done += some
    return done


async def expire_all(database: Database, ledger: Ledger, actor: Actor, piece: int = PIECE) -> int:
    """The same, so many in a transaction. Raises Refused."""
    rights.require(actor, rights.EDIT)
    return await pieces.all_of(database, ledger, actor, _expire, piece)


async def _expire(desk: Desk, most: int) -> int:
    """What somebody else is at work on just now is left to them."""
    mine = (CLAIMS.c.tenant_id == desk.scope.tenant, CLAIMS.c.state == "claimed")
    due = select(CLAIMS.c.id).where(*mine, CLAIMS.c.expires_at <= keeping.now(desk))
    due = due.order_by(CLAIMS.c.expires_at, CLAIMS.c.id).limit(most).with_for_update(skip_locked=True)
    some = (await desk.session.execute(due)).scalars().all()
    if some:
        await claiming.move(desk, some, {"state": "expired"})
    return len(some)


async def remind(desk: Desk) -> int:
    """Tell those whose claims run out soon; the rest the next time. How many. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    return await _remind(desk, await _due(desk, PIECE))


async def remind_all(database: Database, ledger: Ledger, actor: Actor, piece: int = PIECE) -> int:
    """All of them, so many in a transaction. Raises Refused."""
    rights.require(actor, rights.EDIT)
    told = 0
    while True:
        async with database.writing() as session:
            desk = Desk(session, actor, ledger)
            due = await _due(desk, piece)
            told += await _remind(desk, due)
        if not due:
            return told


async def _due(desk: Desk, most: int) -> Sequence[Mapping[Any, Any]]:
    """Claims of the living of which nobody was reminded yet, the first to run out first."""
    now = keeping.now(desk)
    columns = (CLAIMS.c.id, CLAIMS.c.customer_id, CLAIMS.c.code, CLAIMS.c.expires_at, BENEFITS.c.name)
    here = CLAIMS.c.customer_id.in_(keeping.living(desk))
    query = select(*columns).join_from(CLAIMS, BENEFITS, _both).where(_waiting(desk), here, CLAIMS.c.expires_at > now)
    query = query.where(await _soon(desk, now)).order_by(CLAIMS.c.expires_at, CLAIMS.c.id)
    return (await desk.session.execute(query.limit(most))).mappings().all()


def _waiting(desk: Desk) -> ColumnElement[bool]:
    mine = (CLAIMS.c.tenant_id == desk.scope.tenant, CLAIMS.c.state == "claimed")
    return and_(*mine, CLAIMS.c.reminded_at.is_(None))


async def _soon(desk: Desk, now: datetime) -> ColumnElement[bool]:
    """Each benefit says how many days before: a condition for every such number."""
    query = select(BENEFITS.c.remind_days).where(BENEFITS.c.tenant_id == desk.scope.tenant).distinct()
    days = sorted((await desk.session.execute(query)).scalars())
    ends = ((BENEFITS.c.remind_days == one) & (CLAIMS.c.expires_at <= now + timedelta(days=one)) for one in days)
    longest = CLAIMS.c.expires_at <= now + timedelta(days=max(days, default=0))
    return and_(longest, or_(false(), *ends))


async def _remind(desk: Desk, due: Sequence[Mapping[Any, Any]]) -> int:
    """How many were told: who is gone meanwhile, or was told by somebody else, is not."""
    if not due:
        return 0
    await editing.survivors(desk, Kind.CUSTOMER, {one["customer_id"] for one in due})  # before what hangs on them
    marked = update(CLAIMS).where(_waiting(desk), one_of(CLAIMS.c.id, [one["id"] for one in due]))
    marked = marked.values(reminded_at=keeping.now(desk)).returning(CLAIMS.c.id)
    ours: set[UUID] = set((await desk.session.execute(marked)).scalars())
    local = await tenants.zone(desk.session, desk.scope)
    await outbox.tell_each(desk, [_message(one, local) for one in due if one["id"] in ours])
    return len(ours)


def _message(one: Mapping[Any, Any], local: ZoneInfo) -> Message:
    day = one["expires_at"].astimezone(local).date().isoformat()
    body = (
        f"您领取的「{one['name']}」将于{day}到期，兑换码{one['code']}。"
        f" Your benefit {one['name']} runs out on {day}; its code is {one['code']}."
    )
    return Message(one["customer_id"], f"benefit claim {one['id']}", one["name"], body)
