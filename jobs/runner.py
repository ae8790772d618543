"""Executes runs, a step at a time: whoever drives them (jobs/durable.py, jobs/light.py) asks for one step after the
other, and may be another process each time. Decides what becomes of a run that goes wrong; a run itself is the
engine's."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from jobs.doorbell import keep_subscribed
from jobs.due import Line, due, left
from jobs.rates import keep_rates
from jobs.tracing import Span, silent
from kequn.contracts.errors import CrmError
from kequn.contracts.host import Log
from kequn.store import rests, runs, trouble
from kequn.store.runs import PAUSED, Busy, Claim, Ended, Fenced
from kequn.store.scope import Scope
from kequn.sync.connect import Switchboard
from kequn.sync.engine import Engine, Outcome
from kequn.sync.job import Job, Progress
from kequn.sync.remote import Remote


class Said(StrEnum):
    """What a step comes to: there is more to do; the connection is held by somebody else; the run is over."""

    MORE = "more"
    BUSY = "busy"
    OVER = "over"


@dataclass(frozen=True)
class Order:
    """A run that is to be executed."""

    scope: Scope
    connection: UUID
    name: str
    run: UUID


class After(Protocol):
    """What follows a run that went well. Never fails it."""

    async def after_run(self, scope: Scope) -> None: ...


@dataclass
class _Underway:
    """A run that this process has begun: its connection is open."""

    order: Order
    job: Job
    remote: Remote
    steps: AsyncGenerator[Progress | Outcome, None]
    stack: AsyncExitStack
    began: datetime


class Runner:
    """`seconds`: see jobs/due.py. `public_url`: the outside address of this server, for webhooks."""

    def __init__(
        self,
        board: Switchboard,
        engine: Engine,
        log: Log,
        *,
        seconds: float = 60.0,
        public_url: str | None = None,
        after: Sequence[After] = (),
        span: Span = silent,
    ) -> None:
        self.board = board
        self.engine = engine
        self.log = log
        self.seconds = seconds
        self._public_url = public_url
        self._after = after
        self._span = span
        self._underway: dict[UUID, _Underway] = {}
        self._amiss: set[UUID] = set()

    @property
    def held(self) -> list[Claim]:
        """The runs that are under way here."""
        return [one.job.claim for one in self._underway.values() if one.job.claim]

    async def due(self) -> Line:
        async with self.board.database.reading() as session:
            return await due(session, self.board.clock.now(), self.seconds, self._tell_amiss)

    def _tell_amiss(self, id: UUID, name: str) -> None:
        """Once: it is looked at every second."""
        if id not in self._amiss:
            self._amiss.add(id)
            self.log.warning("schedule cannot be read", connection=name)

    async def advance(self, order: Order) -> Said:
        """One step. Whatever goes wrong is noted, and the connection rests; only what stops the process comes out."""
        try:
            return await self._advance(order)
        except Busy:
            return Said.BUSY
        except Ended:
            return Said.OVER
        except Fenced:
            self.log.warning("run was replaced by another worker's", connection=order.name)
            await self._close(order.run)
            return Said.OVER
        except Exception as error:  # the words may quote data
            self.log.warning("run broke off", connection=order.name, type=trouble.name(error))
            await self._break_off(order)
            return Said.OVER

    async def close(self) -> None:
        """Everything under way is broken off and given back: a run that is cut goes on from its last transaction."""
        held = self.held
        for run in list(self._underway):
            await self._close(run)
        if held:
            async with self.board.database.writing() as session:
                await runs.release(session, held)

    async def _advance(self, order: Order) -> Said:
        try:
            underway = self._underway.get(order.run) or await self._begin(order)
        except CrmError as error:
            await self._fail(order, error)
            return Said.OVER
        with self._span("step", connection=order.name, run=order.run.hex):
            said = await anext(underway.steps)
        if isinstance(said, Progress):
            return Said.MORE
        await self._end(underway, said)
        return Said.OVER

    async def _begin(self, order: Order) -> _Underway:
        async with AsyncExitStack() as stack:
            remote = await stack.enter_async_context(self.board.connect(order.scope, order.name))
            job = await self.engine.begin(remote, order.run)
            began = self.board.clock.now()
            underway = _Underway(order, job, remote, self.engine.steps(job), stack.pop_all(), began)
        self._underway[order.run] = underway
        return underway

    async def _fail(self, order: Order, error: CrmError) -> None:
        """A connection that cannot even be made has failed its run: whoever asked for it is told."""
        engine, now = self.engine, self.board.clock.now()
        async with self.board.database.writing() as session:
            claim = await runs.claim(
                session, order.scope, order.connection, engine.ledger.new_id(), engine.worker, now,
                is_dead=engine.is_dead, run=order.run,
            )  # fmt: skip
            await runs.finish(session, claim, "failed", now, {}, error.code, f"{order.name}: {error.message}")
        self.log.warning("run failed", connection=order.name, code=error.code)
        await self._rest(order, well=False)

    async def _end(self, underway: _Underway, outcome: Outcome) -> None:
        order = underway.order
        self._note(order, outcome)
        if self._public_url and outcome.state == "done":
            await keep_subscribed(self.board, underway.remote, self._public_url, self.log)
        if outcome.state == "done":
            await keep_rates(self.board.database, self.engine.ledger, underway.remote, self.log)
        await self._close(order.run)
        if outcome.code != PAUSED:
            await self._rest(order, well=outcome.well and not await self._left(underway))
        if outcome.state == "done":
            for one in self._after:
                await one.after_run(order.scope)

    async def _break_off(self, order: Order) -> None:
        """It may be the database that is broken. Then the run stays as it stands there, and a worker finds it again."""
        try:
            await self._close(order.run)
            await self._rest(order, well=False)
        except Exception as error:
            self.log.warning("how a run ended could not be noted", connection=order.name, type=trouble.name(error))

    async def _left(self, underway: _Underway) -> bool:
        """Whether something is due still that was there before: to try it again at once would help nobody. What came
        meanwhile is another matter."""
        async with self.board.database.reading() as session:
            now, order = self.board.clock.now(), underway.order
            return await left(session, order.scope, order.connection, underway.began, now)

    async def _close(self, run: UUID) -> None:
        underway = self._underway.pop(run, None)
        if underway:
            async with underway.stack:
                await underway.steps.aclose()

    async def _rest(self, order: Order, *, well: bool) -> None:
        async with self.board.database.writing() as session:
            now, chance = self.board.clock.now(), self.board.random
            await rests.note(session, order.scope, order.connection, now, chance, well=well)

    def _note(self, order: Order, outcome: Outcome) -> None:
        tally = outcome.tally
        facts = {"connection": order.name, "pulled": tally.pulled, "pushed": tally.pushed, "conflicts": tally.conflicts}
        if outcome.well:
            self.log.info("run done", **facts, problems=len(tally.problems))
        else:
            self.log.warning(f"run {outcome.state}", **facts, code=outcome.code, problems=len(tally.problems))
