"""Evaluations that would take longer than a request may: they are asked for here, and a worker makes them. The
evaluation itself stands in classifying.py."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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
from kequn.store.upsert import insert_or_change

_requests: Table = tables.EvaluationRequest.__table__  # type: ignore[attr-defined]
[_WAITING] = (one for one in _requests.indexes if one.unique)


async def too_many(session: AsyncSession, scope: Scope, most: int) -> bool:
    customers = table(Kind.CUSTOMER)
    some = select(customers.c.id).where(customers.c.tenant_id == scope.tenant).limit(most + 1).subquery()
    return int((await session.execute(select(func.count()).select_from(some))).scalar_one()) > most


async def ask(desk: Desk, as_of: datetime | None, *, whole: bool) -> None:
    """One that waits already learns what is wanted now; it stays a whole one where it was. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    said = {"as_of": as_of, "asked_at": desk.ledger.clock.now(), "asked_by": desk.actor.name}
    values = {"tenant_id": desk.scope.tenant, "id": desk.ledger.new_id(), **said, "whole": whole}
    statement = insert_or_change(desk.session, _requests, _WAITING, *said, *(["whole"] if whole else []))
    await desk.session.execute(statement.values(values))


async def carry_out(database: Database, ledger: Ledger, actor: Actor) -> bool:
    """Make the evaluation that waits; whether there was one. It waits until it is made."""
    async with database.reading() as session:
        waiting = (_requests.c.tenant_id == actor.tenant, _requests.c.done_at.is_(None))
        row = (await session.execute(select(_requests).where(*waiting))).mappings().first()
    if row is None:
        return False
    await classifying.evaluate(database, ledger, actor, as_of=row["as_of"], whole=row["whole"])
    await _done(database, ledger, actor, row)
    return True


async def _done(database: Database, ledger: Ledger, actor: Actor, row: Mapping[Any, Any]) -> None:
    """What was asked for again meanwhile waits on."""
    async with database.writing() as session:
        same = [_requests.c[name] == row[name] for name in ("tenant_id", "id", "asked_at")]
        await session.execute(update(_requests).where(*same).values(done_at=ledger.clock.now()))
