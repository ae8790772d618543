"""Budgets: workers together stay under every limit of their connection, in any stretch of its length."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from kequn.clock import ManualClock
from kequn.contracts.errors import RetryLater
from kequn.contracts.hooks import EACH
from kequn.store.budgets import Limit, Pace, SharedBudget
from kequn.store.database import Database
from kequn.store.runs import Fenced
from kequn.store.scope import Scope

pytestmark = pytest.mark.anyio
MINUTE = Limit("minute", 60, 100)


class CommonClock(ManualClock):
    """Time passes only while all workers sleep, up to the first who wakes: nobody is overtaken between two steps."""

    def __init__(self, workers: int) -> None:
        super().__init__()
        self._workers = workers
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    async def sleep(self, seconds: float) -> None:
        awake = asyncio.Event()
        self._sleepers.append((self.monotonic() + seconds, awake))
        self._pass()
        await awake.wait()

    def leave(self) -> None:
        """One worker is done."""
        self._workers -= 1
        self._pass()

    def _pass(self) -> None:
        if self._sleepers and len(self._sleepers) == self._workers:
            first = min(self._sleepers, key=lambda sleeper: sleeper[0])
            self._sleepers.remove(first)
            self.move(max(first[0] - self.monotonic(), 0))
            first[1].set()


def budget(database: Database, tenant: UUID, connection: UUID, clock: ManualClock, *limits: Limit) -> SharedBudget:
    return SharedBudget(database, Scope(tenant), connection, limits, clock=clock)


async def spend(budget: SharedBudget, clock: CommonClock, seen: list[tuple[datetime, int]], cost: int) -> None:
    """Work as fast as the budget lets, for ten minutes."""
    while clock.monotonic() < 600:
        try:
            await budget.acquire(cost)
        except RetryLater as later:
            await clock.sleep(later.wait_seconds)
        else:
            seen.append((clock.now(), cost))
    clock.leave()


def most_in_any(seconds: float, seen: list[tuple[datetime, int]]) -> int:
    width = timedelta(seconds=seconds)
    return max(sum(cost for at, cost in seen if start <= at < start + width) for start, _ in seen)


async def test_two_workers_stay_under_every_limit_for_ten_minutes(
    database: Database, second_database: Database, tenant: UUID, connection: UUID
) -> None:
    clock, seen = CommonClock(workers=2), list[tuple[datetime, int]]()
    limits = (MINUTE, Limit("second", 1, 9))
    workers = [budget(db, tenant, connection, clock, *limits) for db in (database, second_database)]
    await asyncio.gather(*(spend(worker, clock, seen, cost) for worker, cost in zip(workers, (3, 4), strict=True)))
    assert most_in_any(60, seen) <= 100
    assert most_in_any(1, seen) <= 9
    assert sum(cost for _, cost in seen) > 800  # nine in ten of what is allowed, at least, is used


async def test_a_burst_at_the_end_of_a_window_counts_in_the_next(
    database: Database, tenant: UUID, connection: UUID
) -> None:
    clock = ManualClock()
    mine = budget(database, tenant, connection, clock, MINUTE)
    clock.move(59)
    await mine.acquire(100)
    clock.move(2)
    await mine.acquire(1)
    assert clock.monotonic() >= 59 + 60


async def test_a_long_wait_is_said_and_not_waited(database: Database, tenant: UUID, connection: UUID) -> None:
    clock = ManualClock()
    mine = budget(database, tenant, connection, clock, Limit("day", 86_400, 10))
    await mine.acquire(10)
    with pytest.raises(RetryLater) as later:
        await mine.acquire()
    assert clock.monotonic() == 0
    clock.move(later.value.wait_seconds)
    await mine.acquire()


async def test_a_refused_request_spends_nothing_of_the_other_limits(
    database: Database, tenant: UUID, connection: UUID
) -> None:
    clock = ManualClock()
    day, hour = Limit("day", 86_400, 10), Limit("hour", 3_600, 6)
    both = budget(database, tenant, connection, clock, day, hour)
    await both.acquire(6)
    with pytest.raises(RetryLater):
        await both.acquire(1)
    await budget(database, tenant, connection, clock, day).acquire(4)


async def test_a_cost_above_the_limit_is_refused(database: Database, tenant: UUID, connection: UUID) -> None:
    with pytest.raises(ValueError, match="never fit the limit minute"):
        await budget(database, tenant, connection, ManualClock(), MINUTE).acquire(101)


async def test_no_limit_no_wait(database: Database, tenant: UUID, connection: UUID) -> None:
    clock = ManualClock()
    mine = budget(database, tenant, connection, clock)
    for _ in range(3):
        await mine.acquire(1_000)
    assert clock.monotonic() == 0


async def test_a_limit_of_each_interface_counts_each_by_itself(
    database: Database, second_database: Database, tenant: UUID, connection: UUID
) -> None:
    clock, limits = ManualClock(), (Limit("calls", 20, 3, EACH), Limit("batches", 20, 1, "batch"), Limit("day", 40, 9))
    mine, other = (budget(db, tenant, connection, clock, *limits) for db in (database, second_database))
    for _ in range(3):
        await mine.acquire(of="query")
        await other.acquire(of="get")
    await other.acquire(of="batch")
    assert (clock.monotonic(), await mine.left()) == (0, {"calls": 0, "batches": 0, "day": 2})
    await other.acquire(of="query")
    assert clock.monotonic() >= 20
    assert (await mine.left())["day"] == 1


async def test_what_one_command_spent_the_next_one_does_not_spend_again(
    database: Database, tenant: UUID, connection: UUID
) -> None:
    """Both at the same CRM within its window, as runs of one worker one after the other are."""
    clock, limit = ManualClock(), Limit("calls", 20, 100, EACH)
    for _ in range(2):
        command = budget(database, tenant, connection, clock, limit)
        for _ in range(100):
            await command.acquire(of="/cgi/crm/v2/data/query")
    assert clock.monotonic() >= 20


async def test_bulk_work_leaves_nothing_where_nobody_waits_for_long(
    database: Database, tenant: UUID, connection: UUID
) -> None:
    clock, limits = ManualClock(), [Limit("calls", 20, 100)]
    mine = SharedBudget(database, Scope(tenant), connection, limits, clock=clock, pace=Pace(bulk=True))
    await mine.acquire(100)
    assert clock.monotonic() == 0


async def test_bulk_work_leaves_something_for_what_people_change(
    database: Database, tenant: UUID, connection: UUID
) -> None:
    clock, pace = ManualClock(), Pace(bulk=True)
    mine = SharedBudget(database, Scope(tenant), connection, [Limit("day", 86_400, 100)], clock=clock, pace=pace)
    for _ in range(90):
        await mine.acquire()
    with pytest.raises(RetryLater):
        await mine.acquire()
    pace.bulk = False
    for _ in range(10):
        await mine.acquire()
    with pytest.raises(RetryLater):
        await mine.acquire()
    assert pace.spent == 100


async def test_who_had_to_wait_is_asked_whether_it_may_go_on(
    database: Database, tenant: UUID, connection: UUID
) -> None:
    """A worker that was replaced meanwhile sends nothing any more."""

    async def refuse() -> None:
        raise Fenced("another worker took this run over")

    clock, pace = ManualClock(), Pace(after_wait=refuse)
    mine = SharedBudget(database, Scope(tenant), connection, [Limit("second", 10, 2)], clock=clock, pace=pace)
    await mine.acquire()
    await mine.acquire()
    with pytest.raises(Fenced):
        await mine.acquire()


def at(clock: ManualClock, **off: float) -> ManualClock:
    """Another clock, which is so far off this one."""
    return ManualClock(clock.now() + timedelta(**off))


@pytest.mark.parametrize("back", [30, 60, 100, 3600, 86_400])
async def test_after_the_clock_was_set_back_nobody_waits_for_as_long(
    database: Database, tenant: UUID, connection: UUID, back: float
) -> None:
    """Nor is more spent than the limit."""
    clock = ManualClock()
    await budget(database, tenant, connection, clock, MINUTE).acquire(100)
    now = at(clock, seconds=-back)
    mine, waits = budget(database, tenant, connection, now, MINUTE), list[float]()
    while wait := await mine._spend(90):
        waits.append(wait)
        now.move(wait)
    assert 60 <= sum(waits) <= 66 + min(back, 60)
    assert max(waits) <= 66  # a window and a cell
    assert (await mine.left())["minute"] == 10
    now.move(back)  # it is the time again at which the first were spent
    assert (await mine.left())["minute"] >= 10


@pytest.mark.parametrize("back", [3, 3600, 3603])
async def test_what_was_spent_before_the_clock_was_set_back_counts(
    database: Database, tenant: UUID, connection: UUID, back: float
) -> None:
    """Also where the cell of this moment would take the row of one that is ahead."""
    clock = ManualClock()
    await budget(database, tenant, connection, clock, MINUTE).acquire(60)
    now = at(clock, seconds=-back)
    mine = budget(database, tenant, connection, now, MINUTE)
    await mine.acquire(30)
    assert (await mine.left())["minute"] == 10
    assert await mine._spend(20) >= 60


async def test_a_clock_that_is_set_back_twice_is_waited_for_twice_at_most(
    database: Database, tenant: UUID, connection: UUID
) -> None:
    clock = ManualClock()
    await budget(database, tenant, connection, clock, MINUTE).acquire(100)
    first = budget(database, tenant, connection, at(clock, hours=-1), MINUTE)
    assert await first._spend(1) == 60
    second = at(clock, hours=-2)
    await budget(database, tenant, connection, second, MINUTE).acquire()
    assert second.monotonic() <= 60


@pytest.mark.parametrize("off", [0.3, 3600])
async def test_a_worker_whose_clock_is_ahead_gets_no_more_than_the_limit(
    database: Database, second_database: Database, tenant: UUID, connection: UUID, off: float
) -> None:
    """Whatever others think of what it has spent."""
    clock = ManualClock()
    ahead = at(clock, seconds=off)
    mine = budget(database, tenant, connection, clock, MINUTE)
    other = budget(second_database, tenant, connection, ahead, MINUTE)
    spent = 0
    for _ in range(120):
        spent += 10 if await other._spend(10) == 0 else 0
        await mine._spend(1)
        for one in (clock, ahead):
            one.move(1)
    assert 150 < spent <= 200
