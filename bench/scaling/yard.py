"""The yard: tenants, connections and workers over kequn's own code - what is due and in whose turn (jobs/due.py),
claims and leases (kequn/store/runs.py), heartbeats (jobs/census.py), budgets (kequn/store/budgets.py). Simulated are
the clock, the queue that the durable engine is, the work of a run, and deaths."""

import heapq
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert

from jobs.census import Census
from jobs.due import AT_ONCE, AUTOMATIC, Due, due
from kequn.clock import ManualClock, SeededRandom, uuid7
from kequn.store import runs, tables
from kequn.store.budgets import Limit, Spent
from kequn.store.database import Database
from kequn.store.runs import Busy, Claim, Ended, Fenced
from kequn.store.scope import Scope

LOOK, SLOTS, PAUSE, SILENCE = 1.0, 0.5, 2.0, 30.0
_tenants: Table = tables.Tenant.__table__  # type: ignore[attr-defined]
_connections: Table = tables.Connection.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Work:
    """What a round without news takes, as measured: requests, seconds of a core; `latency`: of a request, assumed."""

    requests: int
    seconds: float
    latency: float


@dataclass
class Worker:
    census: Census
    free_at: float = 0.0
    busy: float = 0.0
    held: dict[UUID, Claim] = field(default_factory=dict)
    alive: bool = True


@dataclass
class Told:
    """`waits`: seconds from when a connection was due until its run began, by tenant; `adopted`: from a worker's death
    until a run of its went on; `doubled`: runs of one connection at the same time."""

    waits: list[tuple[UUID, float]] = field(default_factory=list)
    adopted: list[float] = field(default_factory=list)
    ended: int = 0
    lost: int = 0
    doubled: int = 0
    throttled: int = 0


class Yard:
    """`seconds`: between two runs of a connection."""

    def __init__(self, database: Database, work: Work, limit: Limit, *, workers: int, seconds: float) -> None:
        self.clock = ManualClock()
        self.told = Told()
        self._database = database
        self._work = work
        self._limit = limit
        self._seconds = seconds
        self._chance = SeededRandom(3)
        self._events: list[tuple[float, int, Callable[[], Coroutine[Any, Any, None]]]] = []
        self._numbers = count()
        self._queue: list[tuple[Due, UUID]] = []
        self._waiting: set[UUID] = set()
        self._spent: dict[UUID, Spent] = {}
        self._due_since: dict[UUID, float] = {}
        self._died: dict[UUID, float] = {}
        self._under_way: set[UUID] = set()
        self.workers = [
            Worker(Census(database, self.clock, f"worker-{number:03}:1", silence=SILENCE)) for number in range(workers)
        ]

    async def fill(self, tenants: int, connections: int, heavy: int) -> UUID:
        """`heavy`: connections of one more tenant, which is returned. All were synced at moments of their own."""
        now = self.clock.now()
        ids = [self._id() for _ in range(tenants + 1)]
        owners = [id for id in ids[:-1] for _ in range(connections)] + [ids[-1]] * heavy
        begun = [now - timedelta(seconds=self._seconds * self._chance.fraction()) for _ in owners]
        made = [{"tenant_id": owner, "id": self._id()} for owner in owners]
        async with self._database.writing() as session:
            named = [{"id": id, "slug": f"tenant-{number}", "name": f"{number}"} for number, id in enumerate(ids)]
            await session.execute(insert(_tenants), [{**one, "created_at": now} for one in named])
            await session.execute(
                insert(_connections),
                [
                    {**one, "name": f"crm-{number}", "plugin": "zoho", "created_at": now}
                    for number, one in enumerate(made)
                ],
            )
            for one, at in zip(made, begun, strict=True):
                claim = await runs.claim(session, Scope(one["tenant_id"]), one["id"], self._id(), "before:1", at)
                await runs.finish(session, claim, "done", at, {})
                self._due_since[one["id"]] = (at - now).total_seconds() + self._seconds
        return ids[-1]

    async def go(self, seconds: float, deaths: int) -> None:
        """`deaths`: workers that are killed half way."""
        self._at(0.0, self._look)
        for number, worker in enumerate(self.workers):
            self._at(number * SLOTS / len(self.workers), lambda worker=worker: self._take(worker))  # type: ignore[misc]
            self._at(
                number * worker.census.every / len(self.workers),
                lambda worker=worker: self._beat(worker),  # type: ignore[misc]
            )
        for worker in self.workers[1 : deaths + 1]:
            self._at(seconds / 2, lambda worker=worker: self._die(worker))  # type: ignore[misc]
        while self._events and self._events[0][0] <= seconds:
            at, _, happen = heapq.heappop(self._events)
            self.clock.move(max(at - self.clock.monotonic(), 0.0))
            await happen()

    def _at(self, when: float, happen: Callable[[], Coroutine[Any, Any, None]]) -> None:
        heapq.heappush(self._events, (when, next(self._numbers), happen))

    def _id(self) -> UUID:
        return uuid7(self.clock, self._chance)

    async def _look(self) -> None:
        """As the worker that leads does every second: what is due stands in the queue, the first in line."""
        async with self._database.reading() as session:
            line = await due(session, self.clock.now(), self._seconds)
        for one in line.front(sum(worker.alive for worker in self.workers), self._is_lost):
            if one.id not in self._waiting:
                self._queue.append((one, one.held or one.asked or self._id()))
                self._waiting.add(one.id)
        self._at(self.clock.monotonic() + LOOK, self._look)

    def _is_lost(self, one: Due) -> bool:
        leader = next(worker.census for worker in self.workers if worker.alive)
        return one.until is None or one.until <= self.clock.now() or leader.is_dead(str(one.holder))

    async def _take(self, worker: Worker) -> None:
        """As the durable engine does: a worker with room takes of what waits, in any order."""
        if not worker.alive:
            return
        room = AT_ONCE - len(worker.held)
        if room and self._queue:
            async with self._database.writing() as session:
                for _ in range(min(room, len(self._queue))):
                    await self._begin(session, worker, *self._draw())
        self._at(self.clock.monotonic() + SLOTS, lambda: self._take(worker))

    def _draw(self) -> tuple[Due, UUID]:
        at = int(self._chance.fraction() * len(self._queue))
        self._queue[at], self._queue[-1] = self._queue[-1], self._queue[at]
        return self._queue.pop()

    async def _begin(self, session: Any, worker: Worker, one: Due, run: UUID) -> None:
        me, now, at = worker.census.me, self.clock.now(), self.clock.monotonic()
        try:
            claim = await runs.claim(
                session, one.scope, one.id, run, me, now,
                starter=AUTOMATIC, is_dead=worker.census.is_dead, run=run if run in self._died else None,
            )  # fmt: skip
        except (Busy, Ended) as reason:
            if isinstance(reason, Busy) and run in self._died:  # this worker has not heard yet: as jobs/durable.py
                self._at(at + PAUSE, lambda: self._hand(one, run))
            else:
                self._waiting.discard(one.id)
            return
        self.told.doubled += one.id in self._under_way
        self._under_way.add(one.id)
        if run in self._died:
            self.told.adopted.append(at - self._died.pop(run))
        else:
            self.told.waits.append((one.scope.tenant, at - self._due_since[one.id]))
            self._due_since[one.id] = at + self._seconds
        worker.held[run] = claim
        ends = self._spend(one.id, now) + self._core(worker, at) + self._work.requests * self._work.latency
        self._at(ends, lambda: self._end(worker, one, run))

    async def _hand(self, one: Due, run: UUID) -> None:
        self._queue.append((one, run))

    def _core(self, worker: Worker, at: float) -> float:
        """When its core has done this, which does one thing after the other."""
        worker.free_at = max(worker.free_at, at) + self._work.seconds
        worker.busy += self._work.seconds
        return worker.free_at

    def _spend(self, connection: UUID, now: datetime) -> float:
        """Seconds to wait for the budget."""
        spent = self._spent.get(connection, ())
        wait = self._limit.wait(spent, self._work.requests, now, bulk=True)
        filled = self._limit.filled(spent, self._work.requests, now + timedelta(seconds=wait))
        self._spent[connection] = [filled, *(one for one in spent if one.row != filled.row)]
        self.told.throttled += wait > 0
        return wait

    async def _end(self, worker: Worker, one: Due, run: UUID) -> None:
        if not worker.alive:
            return
        try:
            async with self._database.writing() as session:
                await runs.finish(session, worker.held[run], "done", self.clock.now(), {})
            self.told.ended += 1
        except Fenced:
            self.told.lost += 1
        del worker.held[run]
        self._under_way.discard(one.id)
        self._waiting.discard(one.id)

    async def _beat(self, worker: Worker) -> None:
        """As every worker does; who finds one dead puts its runs back into the queue."""
        if not worker.alive:
            return
        for dead in await worker.census.beat(worker.held.values()):
            body = next(other for other in self.workers if other.census.me == dead)
            for run, claim in body.held.items():
                one = Due(claim.scope, claim.connection, "", None, waiting=False)
                self._queue.append((one, run))
                self._under_way.discard(claim.connection)
            body.held = {}
            await worker.census.bury(dead)
        self._at(self.clock.monotonic() + worker.census.every, lambda: self._beat(worker))

    async def _die(self, worker: Worker) -> None:
        worker.alive = False
        self._died |= dict.fromkeys(worker.held, self.clock.monotonic())
