"""Points 积分: a ledger that is only ever appended to; a balance is its sum. Points run out the oldest first, and
nobody redeems more than there is. What purchases bring stands in earning.py."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, Table, and_, case, cast, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain import editing, rights, standards
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import rows, tables
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.pairs import one_of
from kequn.store.scope import Actor, Scope
from kequn.store.upsert import insert_many, insert_plain
from kequn.store.where import live

_entries: Table = tables.PointEntry.__table__  # type: ignore[attr-defined]
_purchases: Table = rows.table(Kind.PURCHASE)
_customers: Table = rows.table(Kind.CUSTOMER)
MOST = 10**12
LONGEST_REASON, PIECE = 1000, 1000


@dataclass(frozen=True)
class Expiry:
    """So many of a customer's points are lost at that time, unless they are redeemed before."""

    customer: UUID
    points: int
    at: datetime


async def balance(session: AsyncSession, scope: Scope, customer: UUID) -> int:
    mine = (_entries.c.tenant_id == scope.tenant, _entries.c.customer_id == customer)
    query = select(func.coalesce(func.sum(_entries.c.points), 0)).where(*mine)
    return int((await session.execute(query)).scalar_one())


async def redeem(desk: Desk, customer: UUID, points: int, reason: str) -> UUID:
    """Take points out. Raises Refused; also when there are too few, however many redeem at once."""
    rights.require(desk.actor, rights.EDIT)
    row = await editing.find(desk, Kind.CUSTOMER, customer)  # locked: who redeems for the same customer waits
    _check(points, reason, least=1)
    await _run_out(desk, [row.id])
    there = await balance(desk.session, desk.scope, row.id)
    if points > there:
        raise refuse(Code.TOO_FEW_POINTS, "points", balance=there)
    return await _append(desk, row.id, "redeem", -points, reason)


async def adjust(desk: Desk, customer: UUID, points: int, reason: str) -> UUID:
    """Give or take points by hand, for a reason that is kept. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    row = await editing.find(desk, Kind.CUSTOMER, customer)
    _check(points, reason, least=-MOST)
    there = await balance(desk.session, desk.scope, row.id)
    if points < 0 and there + points < 0:
        raise refuse(Code.TOO_FEW_POINTS, "points", balance=there)
    return await _append(desk, row.id, "adjust", points, reason)


def _check(points: int, reason: str, *, least: int) -> None:
    if not least <= points <= MOST or points == 0:
        raise refuse(Code.BAD_NUMBER, "points")
    if not reason.strip():
        raise refuse(Code.REQUIRED, "reason")
    if len(reason) > LONGEST_REASON:
        raise refuse(Code.TOO_LONG, "reason", limit=LONGEST_REASON)


async def _append(desk: Desk, customer: UUID, kind: str, points: int, reason: str) -> UUID:
    entry = _entry(desk, customer, kind, points, reason)
    await desk.session.execute(insert(_entries).values(entry))
    id: UUID = entry["id"]
    return id


def _entry(desk: Desk, customer: UUID, kind: str, points: int, reason: str) -> dict[str, Any]:
    id, now = desk.ledger.new_id(), desk.ledger.clock.now()
    about = {
        "customer_id": customer,
        "kind": kind,
        "points": points,
        "reason": reason.strip(),
        "rule": "",
        "inputs": {},
    }
    return {"tenant_id": desk.scope.tenant, "id": id, "at": now, "noted_at": now, "actor": desk.actor.name, **about}


def _left(scope: Scope, until: datetime, among: Collection[UUID] | None = None) -> Select[Any]:
    """Per customer, of the awards that run out by `until`, less what was taken back of them: how much nobody has used.
    What was used was used from those that run out first."""
    entry = _entries.c
    out, for_good = entry.expires_at <= until, and_(entry.points < 0, entry.expires_at.is_(None))
    running_out: ColumnElement[int] = func.sum(case((out, entry.points), else_=0))
    used: ColumnElement[int] = func.sum(case((for_good, -entry.points), else_=0))
    left = cast(running_out - used, BigInteger)
    query = select(entry.customer_id, left.label("points"), func.max(case((out, entry.expires_at))).label("at"))
    if among is not None:
        query = query.where(one_of(entry.customer_id, among))
    return query.where(entry.tenant_id == scope.tenant).group_by(entry.customer_id).having(left > 0)


async def expire(desk: Desk) -> int:
    """Take out what has run out. How many customers lost points. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    return sum([await _expire(desk, some) for some in await _losing(desk, PIECE)])


async def expire_all(database: Database, ledger: Ledger, actor: Actor, piece: int = PIECE) -> int:
    """The same, so many customers in a transaction. Raises Refused."""
    rights.require(actor, rights.EDIT)
    async with database.reading() as session:
        losing = await _losing(Desk(session, actor, ledger), piece)
    count = 0
    for some in losing:
        async with database.writing() as session:
            count += await _expire(Desk(session, actor, ledger), some)
    return count


async def _losing(desk: Desk, piece: int) -> list[Sequence[UUID]]:
    """Whose points have run out, so many at a time."""
    found = [owner for owner, *_ in await desk.session.execute(_left(desk.scope, desk.ledger.clock.now()))]
    found.sort()
    return [found[start : start + piece] for start in range(0, len(found), piece)]


async def _expire(desk: Desk, customers: Sequence[UUID]) -> int:
    """Who redeems meanwhile is waited for."""
    await rows.load(desk.session, desk.scope, Kind.CUSTOMER, customers, lock=True)
    return await _run_out(desk, customers)


async def _run_out(desk: Desk, customers: Sequence[UUID]) -> int:
    """The caller holds the lock of these customers."""
    found = (await desk.session.execute(_left(desk.scope, desk.ledger.clock.now(), customers))).all()
    lost = [_entry(desk, owner, "expire", -points, "ran out") for owner, points, _ in found]
    await insert_many(desk.session, insert_plain(desk.session, _entries), lost)
    return len(lost)


async def running_out(
    session: AsyncSession, scope: Scope, now: datetime, days: int | None = None, most: int | None = None,
    *, among: Collection[UUID] | None = None,
) -> list[Expiry]:  # fmt: skip
    """Whose points run out in the days to come (None: those that the standard warns of), the soonest first. `among`: of
    these customers alone."""
    if days is None:
        days = (await standards.in_force(session, scope)).thresholds.points.warn_days
    left = _left(scope, now + timedelta(days=days), among).subquery()
    here = and_(_customers.c.tenant_id == scope.tenant, _customers.c.id == left.c.customer_id, live(_customers))
    query = select(left).join(_customers, here).order_by(left.c.at, left.c.customer_id).limit(most)
    return [Expiry(*row) for row in await session.execute(query)]
