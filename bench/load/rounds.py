"""A round in which nothing has changed: what it asks the CRM for, and what it takes of a processor."""

import time
from dataclasses import dataclass

from bench.load.importing import customers_for
from bench.load.place import placed
from bench.requests import CRMS

ZOHO = next(crm for crm in CRMS if crm.name == "zoho")
ROUNDS = 3
SECONDS = 2.0


@dataclass(frozen=True)
class Quiet:
    """The dearest of the rounds. `processor`: of kequn's thread alone, in seconds."""

    linked: int
    requests: int
    processor: float
    seconds: float

    @property
    def order(self) -> float:
        return self.processor

    @property
    def holds(self) -> bool:
        return self.requests <= ZOHO.bound and self.processor <= SECONDS

    def __str__(self) -> str:
        return (
            f"{self.linked:,} linked records, nothing changed: {self.requests} requests (bound {ZOHO.bound}), "
            f"{self.processor:.2f} s of a processor (bound {SECONDS:g}), {self.seconds:.2f} s"
        )


async def measure(url: str, linked: int) -> Quiet:
    """`linked`: how many records are to be linked; of a customer come more than two and a half."""
    async with placed(["zoho"], customers_for(linked * 3 // 4), url) as place:
        first = place.start("sync", "run", "zoho")
        assert first.wait() == 0, "the import failed"
        rounds = []
        for _ in range(ROUNDS):
            before, began, thread = len(place.zoho.emulator.requests), time.perf_counter(), time.thread_time()
            async with place.here.switchboard.connect(place.here.scope, "zoho") as remote:
                outcome = await place.here.engine.sync(remote)
            took, processor = time.perf_counter() - began, time.thread_time() - thread
            assert outcome.well, outcome.message
            rounds.append(Quiet(await place.linked(), len(place.zoho.emulator.requests) - before, processor, took))
        return max(rounds, key=lambda one: (one.requests, one.processor))
