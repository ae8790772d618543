"""The outbox: row R may differ from connection C. Says only that; what to write is worked out when it is pushed."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store.pairs import one_of
from kequn.store.scope import Scope
from kequn.store.tables import Connection, Outbox
from kequn.store.upsert import insert_many, insert_or_update

_outbox = Outbox.__table__  # type: ignore[attr-defined]
_connections = Connection.__table__  # type: ignore[attr-defined]
_AGAIN = {"generation": _outbox.c.generation + 1, "attempts": 0, "code": None, "cause": None, "field": None}


async def connections(session: AsyncSession, scope: Scope) -> list[UUID]:
    """The connections that changes go to: all but the removed ones (a paused one gets them when it is resumed)."""
    query = select(_connections.c.id).where(_connections.c.tenant_id == scope.tenant, _connections.c.state != "removed")
    return list((await session.execute(query.order_by(_connections.c.id))).scalars())


async def queue(
    session: AsyncSession,
    scope: Scope,
    pairs: Iterable[tuple[UUID, Kind, UUID]],
    now: datetime,
    *,
    urgent: Collection[UUID] = (),
) -> None:
    """Note that these rows may differ: (row, its kind, connection). A pair that is noted already is noted anew: its
    generation rises, and what had kept it waiting is forgotten. `urgent`: rows that people have changed, which go out
    before the others; they stay so until they are out."""
    noted = [
        {
            "tenant_id": scope.tenant,
            "connection_id": connection,
            "row_id": row,
            "kind": kind.value,
            "generation": 1,
            "urgent": row in urgent,
            "attempts": 0,
            "queued_at": now,
            "next_try_at": now,
        }
        for row, kind, connection in sorted(set(pairs))
    ]
    for some, again in ((False, _AGAIN), (True, _AGAIN | {"urgent": True})):
        if said := [one for one in noted if one["urgent"] is some]:
            await insert_many(session, insert_or_update(session, _outbox, "next_try_at", **again), said)


async def awaits(session: AsyncSession, scope: Scope, connection: UUID, codes: Collection[str]) -> bool:
    """Whether anything waits at this connection for one of these reasons."""
    mine = (_outbox.c.tenant_id == scope.tenant, _outbox.c.connection_id == connection, _outbox.c.code.in_(codes))
    return (await session.execute(select(_outbox.c.row_id).where(*mine).limit(1))).first() is not None


async def wake(
    session: AsyncSession, scope: Scope, connection: UUID, codes: Collection[str], rows: Collection[UUID], now: datetime
) -> None:
    """What waits for one of these reasons is tried now; the reason stands until then."""
    if rows:
        mine = (_outbox.c.tenant_id == scope.tenant, _outbox.c.connection_id == connection, _outbox.c.code.in_(codes))
        await session.execute(update(_outbox).where(*mine, one_of(_outbox.c.row_id, rows)).values(next_try_at=now))


async def kinds(session: AsyncSession, scope: Scope, connection: UUID) -> set[Kind]:
    """Of which kinds rows wait."""
    mine = (_outbox.c.tenant_id == scope.tenant, _outbox.c.connection_id == connection)
    return {Kind(row[0]) for row in await session.execute(select(_outbox.c.kind).where(*mine).distinct())}


async def silence(session: AsyncSession, scope: Scope, connection: UUID, kinds: Iterable[Kind]) -> None:
    """Forget all rows of these kinds: the connection is not to be told of them."""
    mine = (_outbox.c.tenant_id == scope.tenant, _outbox.c.connection_id == connection)
    await session.execute(delete(_outbox).where(*mine, _outbox.c.kind.in_([kind.value for kind in kinds])))


async def drop(session: AsyncSession, scope: Scope, connection: UUID, rows: dict[UUID, int]) -> None:
    """Forget pairs that were settled at this generation (row -> generation); those that moved on stay."""
    by_generation: dict[int, list[UUID]] = {}
    for row, generation in rows.items():
        by_generation.setdefault(generation, []).append(row)
    for generation, some in by_generation.items():
        await session.execute(
            delete(_outbox).where(
                _outbox.c.tenant_id == scope.tenant,
                _outbox.c.connection_id == connection,
                _outbox.c.generation == generation,
                one_of(_outbox.c.row_id, some),
            )
        )
