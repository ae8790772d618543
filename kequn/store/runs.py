"""Runs: one sync of one connection, claimed by one worker at a time. A claim is a lease with a generation: whoever lost
it may write nothing any more (fencing). Decides who may work; knows nothing of the work."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, and_, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store import tables
from kequn.store.scope import Scope

_runs = tables.Run.__table__  # type: ignore[attr-defined]
_connections = tables.Connection.__table__  # type: ignore[attr-defined]
LEASE = timedelta(seconds=60)
PAUSED = "PAUSED"
"""The code of a run that was stopped because its connection is not active any more."""
OPEN = _runs.c.finished_at.is_(None)
"""Queued or running, as the index of those says it."""
_HELD = (
    _runs.c.tenant_id == bindparam("held_tenant"),
    _runs.c.id == bindparam("held_run"),
    _runs.c.generation == bindparam("held_generation"),
    _runs.c.state == "running",
)
_HOLD = update(_runs).where(*_HELD).values(lease_until=bindparam("until"), counts=bindparam("told"))
_ITS = and_(_connections.c.tenant_id == _runs.c.tenant_id, _connections.c.id == _runs.c.connection_id)
_CHECK = select(_connections.c.state).select_from(_runs).join(_connections, _ITS).where(*_HELD)


class Busy(Exception):
    """Another worker syncs this connection now."""


class Ended(Exception):
    """This run is over, or somebody else has done it."""


class Fenced(Exception):
    """This run was taken over by somebody else. Nothing may be written any more."""


class Paused(Exception):
    """The connection was paused or removed meanwhile: nothing more may be asked of its CRM. What was already done may
    still be noted. The message is the state of the connection."""


@dataclass(frozen=True)
class Claim:
    """The right to work on a connection. `counts`: what the worker before has counted, where the run goes on."""

    scope: Scope
    run: UUID
    connection: UUID
    generation: int
    counts: Mapping[str, Any] = field(default_factory=dict, compare=False)


async def enqueue(
    session: AsyncSession, scope: Scope, connection: UUID, run: UUID, starter: str, now: datetime
) -> None:
    """Ask for a run; a worker picks it up."""
    await session.execute(
        insert(_runs).values(
            tenant_id=scope.tenant,
            id=run,
            connection_id=connection,
            state="queued",
            starter=starter,
            generation=0,
            started_at=now,
            counts={},
        )
    )


async def ask(session: AsyncSession, scope: Scope, connection: UUID, new_id: UUID, starter: str, now: datetime) -> UUID:
    """The run of this connection that waits for a worker; a new one where none does. It serves all who ask: who asks
    at the same time waits for the other."""
    here = (_connections.c.tenant_id == scope.tenant, _connections.c.id == connection)
    await session.execute(select(_connections.c.id).where(*here).with_for_update(key_share=True))
    waiting = await queued(session, scope, connection)
    if waiting is None:
        await enqueue(session, scope, connection, new_id, starter, now)
    return waiting or new_id


async def queued(session: AsyncSession, scope: Scope, connection: UUID) -> UUID | None:
    """The run of this connection that waits for a worker, if one does."""
    query = (
        select(_runs.c.id)
        .where(_runs.c.tenant_id == scope.tenant, _runs.c.connection_id == connection, OPEN, _runs.c.state == "queued")
        .order_by(_runs.c.id)
        .limit(1)
    )
    found: UUID | None = (await session.execute(query)).scalar_one_or_none()
    return found


async def claim(
    session: AsyncSession,
    scope: Scope,
    connection: UUID,
    new_id: UUID,
    worker: str,
    now: datetime,
    *,
    starter: str = "command",
    is_dead: Callable[[str], bool] = lambda worker: False,
    run: UUID | None = None,
) -> Claim:
    """Take the oldest queued run of this connection, or start a new one. Raises Busy while another worker holds one;
    a run whose lease is over, or whose worker `is_dead`, is given up for lost. `run`: take this one alone, and go on
    with it where its worker is lost. Raises Ended when it is over."""
    mine = (_runs.c.tenant_id == scope.tenant, _runs.c.connection_id == connection)
    query = select(_runs).where(*mine, OPEN).order_by(_runs.c.id)
    found = (await session.execute(query.with_for_update())).mappings().all()
    for one in found:
        if one["state"] == "running" and one["lease_until"] > now and not is_dead(one["worker"]):
            raise Busy(f"{one['worker']} is syncing this connection, since {one['started_at']:%H:%M:%S} UTC")
    chosen = next((one for one in found if (one["id"] == run if run else one["state"] == "queued")), None)
    if run and chosen is None:
        raise Ended("this run is over")
    for one in found:
        if one["state"] == "running" and one is not chosen:
            await _finish(session, scope, one["id"], "failed", now, "LOST", "its worker was lost")
    run_id = chosen["id"] if chosen else new_id
    if chosen is None:
        await enqueue(session, scope, connection, run_id, starter, now)
    taken = {"state": "running", "worker": worker, "generation": _runs.c.generation + 1, "lease_until": now + LEASE}
    began = chosen["started_at"] if chosen and chosen["state"] == "running" else now
    await session.execute(
        update(_runs).where(_runs.c.tenant_id == scope.tenant, _runs.c.id == run_id).values(**taken, started_at=began)
    )
    generation, counts = (chosen["generation"], chosen["counts"]) if chosen else (0, {})
    return Claim(scope, run_id, connection, generation + 1, counts)


async def hold(session: AsyncSession, claim: Claim, now: datetime, counts: Mapping[str, Any]) -> None:
    """Renew the lease and note progress, in the transaction of the work itself. Raises Fenced."""
    held = await session.execute(_HOLD, {**_held(claim), "until": now + LEASE, "told": dict(counts)})
    if cast(CursorResult[Any], held).rowcount != 1:
        raise Fenced("another worker took this run over")


async def check(session: AsyncSession, claim: Claim) -> None:
    """Raises Fenced when somebody else has this run by now, and Paused."""
    state = (await session.execute(_CHECK, _held(claim))).scalar_one_or_none()
    if state is None:
        raise Fenced("another worker took this run over")
    if state != "active":
        raise Paused(state)


async def renew(session: AsyncSession, claims: Iterable[Claim], now: datetime) -> None:
    """The worker of these runs is alive, however long one of them waits for its CRM."""
    for claim in claims:
        await session.execute(update(_runs).where(*_HELD).values(lease_until=now + LEASE), _held(claim))


async def release(session: AsyncSession, claims: Iterable[Claim]) -> None:
    """Give these runs back before they are over: whoever looks next goes on with them."""
    for claim in claims:
        given_back = update(_runs).where(*_HELD).values(state="queued", worker=None, lease_until=None)
        await session.execute(given_back, _held(claim))


async def finish(
    session: AsyncSession,
    claim: Claim,
    state: str,
    now: datetime,
    counts: Mapping[str, Any],
    code: str | None = None,
    message: str | None = None,
) -> None:
    """End the run: done, stopped or failed. Raises Fenced."""
    await hold(session, claim, now, counts)
    await _finish(session, claim.scope, claim.run, state, now, code, message)


def _held(claim: Claim) -> dict[str, Any]:
    return {"held_tenant": claim.scope.tenant, "held_run": claim.run, "held_generation": claim.generation}


async def _finish(
    session: AsyncSession, scope: Scope, run: UUID, state: str, now: datetime, code: str | None, message: str | None
) -> None:
    await session.execute(
        update(_runs)
        .where(_runs.c.tenant_id == scope.tenant, _runs.c.id == run)
        .values(state=state, finished_at=now, lease_until=None, code=code, message=message)
    )


async def others_read(session: AsyncSession, scope: Scope, connection: UUID) -> list[datetime | None]:
    """For every other connection that was not removed, when its last whole run began; None: there was none yet."""
    ended = (_runs.c.state == "done", _runs.c.code.is_(None))
    whole = and_(_runs.c.tenant_id == _connections.c.tenant_id, _runs.c.connection_id == _connections.c.id, *ended)
    query = (
        select(func.max(_runs.c.started_at))
        .select_from(_connections.outerjoin(_runs, whole))
        .where(
            _connections.c.tenant_id == scope.tenant, _connections.c.id != connection, _connections.c.state != "removed"
        )
        .group_by(_connections.c.id)
    )
    return list((await session.execute(query)).scalars())
