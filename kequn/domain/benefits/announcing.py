"""Days of benefits, told of 福利日提醒: whoever may claim what is given out today hears of it once, on that day. Who
that is stands in eligibility.py; when it goes, in the contact policy. That may be everybody: so many are told in one
transaction, and whoever goes on after a crash tells those who were not."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, exists, select

from kequn.domain import keeping, rights
from kequn.domain.benefits import eligibility
from kequn.domain.benefits.days import DAYS
from kequn.domain.benefits.offering import BENEFITS
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.store import tables, tenants
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor

_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
PIECE = 500


async def announce(database: Database, ledger: Ledger, actor: Actor, piece: int = PIECE) -> int:
    """How many customers are told, so many in a transaction. Raises Refused."""
    rights.require(actor, rights.EDIT)
    async with database.reading() as session:
        days = (await session.execute(await _today(Desk(session, actor, ledger), DAYS.c.id))).scalars().all()
    told = 0
    for day in days:
        after: UUID | None = UUID(int=0)
        while after is not None:
            async with database.writing() as session:
                count, after = await _tell(Desk(session, actor, ledger), day, after, piece)
            told += count
    return told


async def _today(desk: Desk, *columns: Any) -> Select[Any]:
    """The days of today that were not dropped."""
    today = keeping.now(desk).astimezone(await tenants.zone(desk.session, desk.scope)).date()
    mine = (DAYS.c.tenant_id == desk.scope.tenant, DAYS.c.day == today, DAYS.c.state != "dropped")
    return select(*columns).where(*mine).order_by(DAYS.c.id)


async def _tell(desk: Desk, day: UUID, after: UUID, most: int) -> tuple[int, UUID | None]:
    """How many were told, of those who come behind `after` by id and were not yet; and the last of them, where more may
    follow. What has changed since the piece before counts: the day may be over or dropped, the benefit used up."""
    its = (BENEFITS.c.tenant_id == DAYS.c.tenant_id) & (BENEFITS.c.id == DAYS.c.benefit_id)
    query = (await _today(desk, BENEFITS)).join_from(DAYS, BENEFITS, its).where(DAYS.c.id == day)
    benefit = (await desk.session.execute(query)).mappings().first()
    now = keeping.now(desk)
    if benefit is None or not eligibility.is_there(benefit, now):
        return 0, None
    occasion = f"benefit day {day}"
    may = await eligibility.may(desk.session, desk.scope, benefit, now)
    [id] = may.selected_columns
    same = (_notices.c.tenant_id == desk.scope.tenant, _notices.c.occasion == occasion)
    query = may.where(id > after, ~exists().where(*same, _notices.c.customer_id == id)).limit(most)
    people: list[UUID] = list((await desk.session.execute(query)).scalars())  # type: ignore[arg-type]
    name = benefit["name"]
    body = f"今天可以领取「{name}」。{benefit['usage']} Today {name} can be claimed."
    fresh = await outbox.tell_all(desk, people, occasion, name, body, group=benefit["group_id"])
    return len(fresh), people[-1] if len(people) == most else None
