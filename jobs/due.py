"""Which connections have something to do now: a run that was asked for, rows to push, records to look at, or simply
that its time has come. One question to the database, whatever there is; in turns for the tenants, so that none of them
waits behind all the connections of another."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain.schedules import BadSchedule, has_come
from kequn.store import rests, runs, tables
from kequn.store.scope import Scope

_connections: Table = tables.Connection.__table__  # type: ignore[attr-defined]
_runs: Table = tables.Run.__table__  # type: ignore[attr-defined]
_outbox: Table = tables.Outbox.__table__  # type: ignore[attr-defined]
_hints: Table = tables.Hint.__table__  # type: ignore[attr-defined]
AUTOMATIC = "schedule"
AT_ONCE = 20  # runs, and as many chores, in one process


@dataclass(frozen=True)
class Due:
    """A connection with work. `asked`: the run that waits for a worker; `waiting`: rows or records whose time has come.
    `held`: the run under way, `holder`: its worker, `until`: how long its lease lasts."""

    scope: Scope
    id: UUID
    name: str
    asked: UUID | None
    waiting: bool
    held: UUID | None = None
    holder: str | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Line:
    """Who stands in line, the first in front, and how many runs are under way."""

    due: list[Due]
    under_way: int

    def front(self, workers: int, is_lost: Callable[[Due], bool]) -> list[Due]:
        """Those to be handed over now. What waits with the engine is taken up in any order, so that few may wait there;
        and whoever is done with a run must find the next one before somebody looks again."""
        free = [one for one in self.due if one.held is None or is_lost(one)]
        return free[: max(2 * AT_ONCE * workers - self.under_way, 0)]


async def due(
    session: AsyncSession, now: datetime, seconds: float, amiss: Callable[[UUID, str], None] = lambda id, name: None
) -> Line:
    """Of all tenants, what people ask for first. Paused connections have nothing to do, and one that rests only what
    somebody asked for. `seconds`: between two runs where the connection says nothing of its own. `amiss` is told of
    those whose schedule cannot be read; of itself their time never comes."""
    found = (await session.execute(question(now))).mappings().all()
    some = sorted((one for one in found if _is_due(one, now, seconds, amiss)), key=_waits_since)
    under_way = Counter(one["tenant_id"] for one in found if one["held"])
    persons = in_turns((_due(one) for one in some if one["person"]), under_way)
    return Line([*persons, *in_turns((_due(one) for one in some if not one["person"]), under_way)], under_way.total())


def question(now: datetime) -> Select[Any]:
    """How every active connection stands."""
    waits = runs.OPEN & (_runs.c.state == "queued")
    queued = select(_runs.c.id).where(*_of_this(_runs), waits).order_by(_runs.c.id).limit(1)
    person = _has(_runs, waits & (_runs.c.starter != AUTOMATIC))
    held = (*_of_this(_runs), runs.OPEN, _runs.c.state == "running")
    columns = select(
        _connections.c.tenant_id,
        _connections.c.id,
        _connections.c.name,
        _connections.c.schedule,
        _connections.c.rests_until,
        queued.scalar_subquery().label("asked"),
        person.label("person"),
        (_has(_outbox, _outbox.c.next_try_at <= now) | _has(_hints, _hints.c.next_try_at <= now)).label("waiting"),
        select(_runs.c.started_at)
        .where(
            *_of_this(_runs),
            _runs.c.state != "queued",
            _runs.c.started_at <= now,  # our clock may have been set back
            _runs.c.code.is_distinct_from(runs.PAUSED),  # resumed, it goes on
        )
        .order_by(_runs.c.started_at.desc())
        .limit(1)
        .scalar_subquery()
        .label("started"),
        select(_runs.c.id).where(*held).scalar_subquery().label("held"),
        select(_runs.c.worker).where(*held).scalar_subquery().label("holder"),
        select(_runs.c.lease_until).where(*held).scalar_subquery().label("until"),
    )
    return columns.where(_connections.c.state == "active").order_by(_connections.c.id)


async def left(session: AsyncSession, scope: Scope, connection: UUID, since: datetime, now: datetime) -> bool:
    """Whether rows or records of this connection are due that were so before `since`."""
    for table, noted in ((_outbox, _outbox.c.queued_at), (_hints, _hints.c.noted_at)):
        mine = (table.c.tenant_id == scope.tenant, table.c.connection_id == connection)
        query = select(exists(select(noted).where(*mine, noted < since, table.c.next_try_at <= now)))
        if (await session.execute(query)).scalar_one():
            return True
    return False


def _is_due(one: Mapping[Any, Any], now: datetime, seconds: float, amiss: Callable[[UUID, str], None]) -> bool:
    if one["person"]:
        return True
    if one["rests_until"] is not None and now < one["rests_until"] <= now + rests.LONGEST:
        return False
    try:
        its_time = has_come(one["schedule"], one["started"], now, seconds)
    except BadSchedule:
        amiss(one["id"], one["name"])
        its_time = False
    return its_time or bool(one["asked"] or one["waiting"])


def _due(one: Mapping[Any, Any]) -> Due:
    scope, waiting = Scope(one["tenant_id"]), bool(one["waiting"])
    return Due(scope, one["id"], one["name"], one["asked"], waiting, one["held"], one["holder"], one["until"])


def _waits_since(one: Mapping[Any, Any]) -> tuple[bool, Any, UUID]:
    """Whoever was synced longest ago comes first: were it always the same ones, the last would never have their turn
    where there is more to do than can be done."""
    return one["started"] is not None, one["started"], one["id"]


def in_turns(some: Iterable[Due], held: Mapping[UUID, int]) -> Iterator[Due]:
    """One of each tenant, then the second of each, and so on; what it has under way are turns that it had."""
    by_tenant: dict[UUID, list[Due | None]] = {}
    for one in some:
        by_tenant.setdefault(one.scope.tenant, [None] * held.get(one.scope.tenant, 0)).append(one)
    for turn in zip_longest(*by_tenant.values()):
        yield from (one for one in turn if one is not None)


def _of_this(table: Table) -> tuple[Any, Any]:
    return table.c.tenant_id == _connections.c.tenant_id, table.c.connection_id == _connections.c.id


def _has(table: Table, condition: Any) -> Any:
    return exists(select(table.c.connection_id).where(*_of_this(table), condition))
