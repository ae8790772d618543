"""Evaluations that would take longer than a request may: they are asked for here, and a worker makes them. The
evaluation itself stands in classifying.py."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain import classifying, rights
from kequn.domain.editing import Desk
from kequn.store import tables
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.rows import table
from kequn.store.scope import Actor, Scope
from kequn.store.upsert import insert_new

_requests: Table = tables.EvaluationRequest.__table__  # type: ignore[attr-defined]


async def too_many(session: AsyncSession, scope: Scope, most: int) -> bool:
    customers = table(Kind.CUSTOMER)
    some = select(customers.c.id).where(customers.c.tenant_id == scope.tenant).limit(most + 1).subquery()
    return int((await session.execute(select(func.count()).select_from(some))).scalar_one()) > most


async def ask(desk: Desk, as_of: datetime | None, *, whole: bool) -> None:
    """One that waits already is enough. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    said = {"as_of": as_of, "whole": whole, "asked_at": desk.ledger.clock.now(), "asked_by": desk.actor.name}
    values = {"tenant_id": desk.scope.tenant, "id": desk.ledger.new_id(), **said}
    await desk.session.execute(insert_new(desk.session, _requests).values(values))


async def carry_out(database: Database, ledger: Ledger, actor: Actor) -> bool:
    """Make the evaluation that waits; whether there was one. It waits until it is made."""
    async with database.reading() as session:
        waiting = (_requests.c.tenant_id == actor.tenant, _requests.c.done_at.is_(None))
        row = (await session.execute(select(_requests).where(*waiting))).mappings().first()
    if row is None:
        return False
    await classifying.evaluate(database, ledger, actor, as_of=row["as_of"], whole=row["whole"])
    await _done(database, ledger, actor, row["id"])
    return True


async def _done(database: Database, ledger: Ledger, actor: Actor, id: UUID) -> None:
    async with database.writing() as session:
        mine = (_requests.c.tenant_id == actor.tenant, _requests.c.id == id)
        await session.execute(update(_requests).where(*mine).values(done_at=ledger.clock.now()))
