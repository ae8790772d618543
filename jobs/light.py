"""Drives runs as tasks of this process: for tests, and where the durable engine is too much (KEQUN_DURABLE=off). What a
process leaves is found in kequn's own run table by the next one."""

import asyncio
from collections import defaultdict
from datetime import datetime
from typing import Self
from uuid import UUID

from jobs.chores import Errand
from jobs.errands import Errands
from jobs.runner import Order, Runner, Said

PAUSE = 2.0


class Light:
    def __init__(self, runner: Runner, errands: Errands) -> None:
        self._runner = runner
        self._errands = errands
        self._running: dict[UUID | str, asyncio.Task[None]] = {}
        self._turns: defaultdict[UUID, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._runner.close()

    async def hand(self, order: Order) -> None:
        if order.run not in self._running:
            self._start(order.run, asyncio.create_task(self._run(order)))

    async def send(self, errand: Errand) -> None:
        if errand.id not in self._running:
            self._start(errand.id, asyncio.create_task(self._go(errand)))

    async def reached(self, now: datetime) -> None:
        """Nothing is kept of what other processes did."""

    async def adopt(self, worker: str) -> None:
        """There is nothing to adopt: who looks for what is due finds it."""

    async def tidy(self, now: datetime) -> None:
        """There is nothing to tidy up."""

    async def settle(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._running.values())

    def _start(self, key: UUID | str, task: asyncio.Task[None]) -> None:
        self._running[key] = task
        task.add_done_callback(lambda _: self._running.pop(key, None))

    async def _go(self, errand: Errand) -> None:
        """One at a time for each tenant, the first in line, as the durable engine's queue has it: an errand that
        outlasts its slot does not meet the next."""
        async with self._turns[errand.tenant]:
            await self._errands.go(errand)

    async def _run(self, order: Order) -> None:
        while (said := await self._runner.advance(order)) is not Said.OVER:
            if said is Said.BUSY:
                await self._runner.board.clock.sleep(PAUSE)
