"""The worker of a server: every second it looks which connections have something to do, and syncs each of them, one run
at a time per connection. Decides when a run starts and how long a failing connection rests; a run itself is the
engine's. `async with Worker(...)`: it works while the block lasts."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from uuid import UUID

from jobs.classifying import Classifying
from jobs.doorbell import keep_subscribed
from jobs.due import Due, due
from jobs.suggesting import Suggesting
from kequn.contracts.errors import CrmError
from kequn.contracts.host import Log
from kequn.store import runs
from kequn.store.runs import Busy, Fenced
from kequn.sync.connect import Switchboard
from kequn.sync.engine import Engine, Outcome

LOOK_SECONDS = 1.0
LONGEST_REST = 300.0
STARTER = "schedule"


@dataclass(frozen=True)
class Rest:
    """A connection that did not do well is left alone until a moment of the clock; twice as long each time."""

    failures: int
    until: float


class Worker:
    """`interval`: how often each connection is synced when nothing else asks for it. `public_url`: the outside address
    of this server, for webhooks."""

    def __init__(
        self, board: Switchboard, engine: Engine, log: Log, *, interval: float = 60.0, public_url: str | None = None
    ) -> None:
        self._board = board
        self._engine = engine
        self._log = log
        self._suggesting = Suggesting(board.database, engine.ledger, log)
        self._classifying = Classifying(board.database, engine.ledger, log)
        self._interval = timedelta(seconds=interval)
        self._public_url = public_url
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._rests: dict[UUID, Rest] = {}
        self._watch: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._watch = asyncio.create_task(self._watching())
        return self

    async def __aexit__(self, *_: object) -> None:
        """What is under way is broken off: a run that is cut goes on from its last transaction."""
        tasks = [*self._running.values(), *([self._watch] if self._watch else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self) -> None:
        """Start a run for every connection that is due, is not at it and does not rest."""
        for one in await self._due():
            rest = self._rests.get(one.id)
            resting = rest is not None and self._board.clock.monotonic() < rest.until
            if one.id not in self._running and (one.asked or not resting):
                task = asyncio.create_task(self._sync(one))
                self._running[one.id] = task
                task.add_done_callback(lambda _, id=one.id: self._running.pop(id, None))  # type: ignore[misc]

    async def settle(self) -> None:
        """Wait for the runs that are under way."""
        await asyncio.gather(*self._running.values())

    async def _watching(self) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:  # the database may be away for a while; the words may quote data
                self._log.warning("worker cannot look", type=type(error).__name__)
            await self._board.clock.sleep(LOOK_SECONDS)

    async def _due(self) -> list[Due]:
        async with self._board.database.reading() as session:
            return await due(session, self._board.clock.now(), self._interval)

    async def _sync(self, one: Due) -> None:
        """One run. Whatever goes wrong is noted, and the connection rests."""
        try:
            well = await self._run(one)
        except (Busy, Fenced):
            well = False  # somebody else is at it
        except Exception as error:
            self._log.warning("run broke off", connection=one.name, type=type(error).__name__)
            well = False
        self._rest(one.id, well)

    async def _run(self, one: Due) -> bool:
        """Whether it went well and left nothing that is due at once."""
        try:
            async with self._board.connect(one.scope, one.name) as remote:
                outcome = await self._engine.sync(remote, starter=STARTER)
                if self._public_url and outcome.state == "done":
                    await keep_subscribed(self._board, remote, self._public_url, self._log)
        except CrmError as error:
            await self._fail(one, error)
            return False
        self._note(one, outcome)
        if outcome.state == "done":
            await self._suggesting.after_run(one.scope)
            await self._classifying.after_run(one.scope)
        return outcome.well and not any(left.id == one.id and left.waiting for left in await self._due())

    async def _fail(self, one: Due, error: CrmError) -> None:
        """A connection that cannot even be made has failed its run: whoever asked for it is told."""
        engine, now = self._engine, self._board.clock.now()
        async with self._board.database.writing() as session:
            claim = await runs.claim(
                session, one.scope, one.id, engine.ledger.new_id(), engine.worker, now,
                starter=STARTER, is_dead=engine.is_dead,
            )  # fmt: skip
            await runs.finish(session, claim, "failed", now, {}, error.code, f"{one.name}: {error.message}")
        self._log.warning("run failed", connection=one.name, code=error.code)

    def _note(self, one: Due, outcome: Outcome) -> None:
        tally = outcome.tally
        facts = {"connection": one.name, "pulled": tally.pulled, "pushed": tally.pushed, "conflicts": tally.conflicts}
        if outcome.well:
            self._log.info("run done", **facts, problems=len(tally.problems))
        else:
            self._log.warning(f"run {outcome.state}", **facts, code=outcome.code, problems=len(tally.problems))

    def _rest(self, id: UUID, well: bool) -> None:
        if well:
            self._rests.pop(id, None)
            return
        failures = self._rests[id].failures + 1 if id in self._rests else 1
        seconds = min(2.0**failures, LONGEST_REST) * (0.75 + self._board.random.fraction() / 2)
        self._rests[id] = Rest(failures, self._board.clock.monotonic() + seconds)
