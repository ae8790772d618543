"""The durable engine, as it stops."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import cast
from uuid import UUID

import pytest

from jobs.chores import Chore
from jobs.durable import Durable
from jobs.errands import Errands
from jobs.runner import Order, Runner, Said
from kequn.store.scope import Scope

pytestmark = pytest.mark.anyio


class Hearer(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


class Busy:
    """A step of it is under way until the engine's threads are gone."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def advance(self, order: Order) -> Said:
        self.begun.set()
        with suppress(RuntimeError):
            while True:
                await asyncio.to_thread(int)
        return Said.MORE

    async def close(self) -> None:
        pass


class Nothing:
    chores: Sequence[Chore] = ()


async def test_a_step_that_is_cut_off_by_its_end_is_no_error(sqlite_url: str) -> None:
    hearer, logger, busy = Hearer(), logging.getLogger("dbos"), Busy()
    logger.addHandler(hearer)
    try:
        async with Durable(cast(Runner, busy), cast(Errands, Nothing()), sqlite_url, "here:1") as engine:
            await engine.hand(Order(Scope(UUID(int=1)), UUID(int=2), "zoho", UUID(int=3)))
            await asyncio.wait_for(busy.begun.wait(), 30)
        assert hearer.said == []
    finally:
        logger.removeHandler(hearer)
