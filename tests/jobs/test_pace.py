"""Chores while clocks are set: each comes within its interval, and once, on however many machines."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from jobs.census import Census
from jobs.chores import MINUTE, Chore, Errand
from jobs.durable import Durable
from jobs.errands import Errands
from jobs.pace import Pace
from jobs.runner import Runner
from jobs.worker import Worker
from kequn.clock import ManualClock
from kequn.log import EventLog
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor
from tests.jobs.shift import OurClock
from tests.jobs.shop import Shop

pytestmark = pytest.mark.anyio
AN_HOUR, NOT_AT_ALL = timedelta(hours=1), timedelta()


def test_it_is_the_clocks_time_and_never_goes_back() -> None:
    true = ManualClock()
    clock = OurClock(true)
    pace = Pace(clock)
    true.move(59)
    assert pace.now() == true.now()
    clock.wrong = -AN_HOUR
    true.move(1)
    assert pace.now() == true.now()
    clock.wrong = AN_HOUR
    assert pace.now() == true.now() + AN_HOUR


def test_it_learns_how_far_others_are() -> None:
    clock = ManualClock()
    pace = Pace(clock)
    pace.learn(clock.now() + AN_HOUR)
    pace.learn(clock.now() - AN_HOUR)
    pace.learn(None)
    clock.move(1)
    assert pace.now() == clock.now() + AN_HOUR


class Engine(Durable):
    """It does each errand once, by its name; this one remembers the names."""

    def __init__(self, runner: Runner, errands: Errands, url: str) -> None:
        super().__init__(runner, errands, url, "here:1")
        self.names: set[str] = set()

    async def send(self, errand: Errand) -> None:
        self.names.add(errand.id)
        await super().send(errand)


class Minutes:
    """A chore of every minute, done by the durable engine for workers whose clocks may be set."""

    def __init__(self, shop: Shop, url: str) -> None:
        self._done = 0
        self._shop = shop
        self._news = asyncio.Condition()
        self._chores = (Chore("noted", MINUTE, self._note),)
        runner = shop.runner("here:1", lambda worker: False)
        self.engine = Engine(runner, Errands(shop.database, shop.ledger, EventLog(), self._chores), url)

    async def _note(self, database: Database, ledger: Ledger, actor: Actor) -> None:
        async with self._news:
            self._done += 1
            self._news.notify_all()

    async def all(self) -> int:
        """How often it was done, when all that was sent is."""
        async with self._news, asyncio.timeout(60):
            await self._news.wait_for(lambda: self._done >= len(self.engine.names))
        return self._done

    def worker(self, name: str, wrong: timedelta = NOT_AT_ALL) -> tuple[Worker, OurClock]:
        """One that has just begun."""
        shop, clock = self._shop, OurClock(self._shop.clock)
        clock.wrong = wrong
        runner = shop.runner(name, lambda worker: False, clock=clock)
        return Worker(runner, self.engine, Census(shop.database, clock, name, silence=30.0), self._chores), clock


@pytest.fixture
async def minutes(shop: Shop, database_url: str) -> AsyncIterator[Minutes]:
    minutes = Minutes(shop, database_url)
    async with minutes.engine:
        yield minutes


async def go(shop: Shop, count: int, *workers: Worker) -> None:
    """So many minutes in which all of these look."""
    for _ in range(count):
        shop.clock.move(60)
        for one in workers:
            await one.look()


async def test_a_clock_that_is_set_back_holds_up_no_chore(shop: Shop, minutes: Minutes) -> None:
    (alpha, here), (beta, there) = minutes.worker("alpha"), minutes.worker("beta")
    await go(shop, 4, alpha, beta)
    here.wrong = there.wrong = -4 * MINUTE
    await go(shop, 2, alpha, beta)
    gamma, _ = minutes.worker("gamma", wrong=-4 * MINUTE)
    await go(shop, 3, gamma)  # it begins in the minute that was done last
    assert await minutes.all() == 4 + 2 + 2


async def test_chores_go_on_when_the_worker_is_gone_whose_clock_was_ahead(shop: Shop, minutes: Minutes) -> None:
    (alpha, _), (beta, _) = minutes.worker("alpha", wrong=AN_HOUR), minutes.worker("beta")
    await go(shop, 2, alpha, beta)
    await go(shop, 2, beta)
    assert await minutes.all() == 4
