"""Revise: what follows from a new policy. Rows that the connection may be told of now go to the outbox, and its feeds
are read from the start where other records, or other fields, are taken in now. Says nothing about a single row."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.clock import Clock
from kequn.contracts.records import FIELDS, Kind
from kequn.store import cursors, outbox, rows
from kequn.store.scope import Scope
from kequn.store.where import live
from kequn.sync.match import ORDER
from kequn.sync.policy import Create, KindPolicy, Policy

CHUNK = 1000
_SILENT = KindPolicy(create=Create.NEVER)


async def revise(
    session: AsyncSession, scope: Scope, connection: UUID, before: Policy | None, after: Policy, clock: Clock
) -> None:
    """`before`: None for a connection that was just added."""
    for kind in ORDER:
        if _tells_more(kind, before.of(kind) if before else _SILENT, after.of(kind)):
            await _queue(session, scope, connection, kind, clock)
    if before and any(_reads_otherwise(before.of(kind), after.of(kind)) for kind in ORDER):
        await cursors.rewind(session, scope, connection)


def _tells_more(kind: Kind, before: KindPolicy, after: KindPolicy) -> bool:
    """Rows may be told of that were not before. What stands there is told of its changes in any case."""
    creates = after.create in {Create.ALWAYS, Create.WHERE} or (
        after.create is Create.LINKED_ONLY and "customer" in FIELDS[kind]
    )
    other = (before.create, before.where) != (after.create, after.where)
    return after.writes and (not before.writes or before.unwritten != after.unwritten or (creates and other))


def _reads_otherwise(before: KindPolicy, after: KindPolicy) -> bool:
    return after.pulls and _taken(before) != _taken(after)


def _taken(policy: KindPolicy) -> tuple[object, ...]:
    return policy.pulls, policy.pull, policy.unread, policy.ours_alone


async def _queue(session: AsyncSession, scope: Scope, connection: UUID, kind: Kind, clock: Clock) -> None:
    source = rows.table(kind)
    query = select(source.c.id).where(source.c.tenant_id == scope.tenant, live(source)).order_by(source.c.id)
    ids = (await session.execute(query)).scalars().all()
    for start in range(0, len(ids), CHUNK):
        some = [(row, kind, connection) for row in ids[start : start + CHUNK]]
        await outbox.queue(session, scope, some, clock.now())
