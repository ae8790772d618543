"""The worker of a server: every second it looks which connections have something to do, and has each of them synced,
one run at a time per connection, here or on another machine. Decides when a run is asked for; a run itself is the
engine's. `async with Worker(...)`: it works while the block lasts."""

import asyncio
import math
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Protocol, Self
from uuid import UUID

from jobs.census import Census
from jobs.chores import Chore, Errand, errands
from jobs.due import AUTOMATIC, Due
from jobs.pace import Pace
from jobs.patience import PATIENCE_SECONDS, Patience
from jobs.runner import Order, Runner
from kequn.store import runs, tenants, trouble

LOOK_SECONDS = 1.0
OTHERS_LOOK_SECONDS = 5.0  # of those that do not lead: what one hands over, any takes up
TIDY_SECONDS = 60.0
LEARN_SECONDS = 60.0
AGAIN_SECONDS = 15.0  # a run that was handed over and still waits is handed over anew


class Driver(Protocol):
    """Who executes what is handed over: jobs/durable.py or jobs/light.py. Entered and left with the worker. `reached`:
    how far chores have come, whoever sent them."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...
    async def hand(self, order: Order) -> None: ...
    async def send(self, errand: Errand) -> None: ...
    async def reached(self, now: datetime) -> datetime | None: ...
    async def adopt(self, worker: str) -> None: ...
    async def tidy(self, now: datetime) -> None: ...


class Worker:
    """`chores`: what is done for every tenant besides. `patience`: seconds until it is said that the driver does not
    answer."""

    def __init__(
        self,
        runner: Runner,
        driver: Driver,
        census: Census,
        chores: tuple[Chore, ...] = (),
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._runner = runner
        self._driver = driver
        self._handing, self._tending = Patience(patience), Patience(patience)
        self._census = census
        self._chores = chores
        self._clock = runner.board.clock
        self._pace = Pace(self._clock)
        self._handed: dict[UUID, float] = {}
        self._sent: dict[tuple[int, UUID], int] = {}
        self._learn_at = -math.inf
        self._tidy_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self._census.beat()
        await self._driver.__aenter__()
        self._tasks = [asyncio.create_task(self._looking()), asyncio.create_task(self._beating())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, self._handing.end(), self._tending.end(), return_exceptions=True)
        await self._driver.__aexit__(None, None, None)
        await self._census.leave()

    async def look(self) -> None:
        """Hand over runs for the connections that are due, the first in line, and the chores of this moment."""
        line = await self._runner.due()
        for one in line.front(self._census.living, self._is_lost):
            await self._hand(one)
        for errand in await self._errands():
            if self._sent.get((errand.every, errand.tenant)) != errand.slot:
                await self._handing.ask(errand, partial(self._driver.send, errand))
                self._sent[errand.every, errand.tenant] = errand.slot

    async def turn(self) -> None:
        """A look; or a word that none is possible. The database may be away for a while."""
        try:
            await self.look()
        except Exception as error:  # the words may quote data
            self._runner.log.warning("worker cannot look", type=trouble.name(error))

    async def beat(self) -> None:
        """Tell that this worker lives, and take over what dead ones have left."""
        dead = await self._census.beat(self._runner.held)
        try:
            await self._tend(dead)
        except trouble.NoAnswer as error:
            self._runner.log.warning("worker cannot look after its queue", type=trouble.name(error))

    async def _tend(self, dead: Iterable[str]) -> None:
        for one in dead:
            self._runner.log.warning("worker is dead, its runs are taken over", worker=one)
            await self._tending.ask(one, partial(self._driver.adopt, one))
            await self._census.bury(one)
        if self._clock.monotonic() >= self._tidy_at:
            self._tidy_at = self._clock.monotonic() + TIDY_SECONDS
            await self._tending.ask("tidy", partial(self._driver.tidy, self._clock.now()))

    def _is_lost(self, one: Due) -> bool:
        """What this worker itself holds and does not drive, it has let go of when something broke."""
        if one.holder == self._runner.engine.worker:
            return not any(claim.connection == one.id for claim in self._runner.held)
        return one.until is None or one.until <= self._clock.now() or self._runner.engine.is_dead(str(one.holder))

    async def _hand(self, one: Due) -> None:
        run = one.held or one.asked or await self._ask(one)
        now = self._clock.monotonic()
        self._handed = {id: until for id, until in self._handed.items() if until > now}
        if run not in self._handed:
            order = Order(one.scope, one.id, one.name, run)
            await self._handing.ask(order, partial(self._driver.hand, order))
            self._handed[run] = now + AGAIN_SECONDS

    async def _ask(self, one: Due) -> UUID:
        """The run that waits, whichever worker has asked for it."""
        board, ledger = self._runner.board, self._runner.engine.ledger
        async with board.database.writing() as session:
            return await runs.ask(session, one.scope, one.id, ledger.new_id(), AUTOMATIC, self._clock.now())

    async def _errands(self) -> list[Errand]:
        if not self._chores:
            return []
        await self._learn()
        async with self._runner.board.database.reading() as session:
            everyone = [one.id for one in await tenants.everyone(session)]
        return list(errands(self._chores, everyone, self._pace.now()))

    async def _learn(self) -> None:
        """How far chores have come: by a worker whose clock was ahead, maybe this one before."""
        if self._clock.monotonic() >= self._learn_at:
            await self._handing.ask("reached", self._ask_how_far)
            self._learn_at = self._clock.monotonic() + LEARN_SECONDS

    async def _ask_how_far(self) -> None:
        self._pace.learn(await self._driver.reached(self._clock.now()))

    async def _looking(self) -> None:
        while True:
            await self.turn()
            await self._clock.sleep(LOOK_SECONDS if self._census.leads else OTHERS_LOOK_SECONDS)

    async def _beating(self) -> None:
        while True:
            await self._clock.sleep(self._census.every)
            try:
                await self.beat()
            except Exception as error:
                self._runner.log.warning("worker cannot tell that it lives", type=trouble.name(error))
