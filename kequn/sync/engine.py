"""The engine: one run of one connection - claim, open, pull, push, finish. Has three callers (the command line, the
worker, the simulation) and no clock, chance or network of its own."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import dataclass, field, replace
from uuid import UUID

from kequn.clock import Clock
from kequn.contracts.errors import CrmError, UnsafePlan
from kequn.store import runs
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.runs import PAUSED, Claim, Fenced, Paused
from kequn.sync import proposal
from kequn.sync.job import Job, Progress, Tally
from kequn.sync.lines import WorldMoved, planned
from kequn.sync.look import look
from kequn.sync.proposal import Proposal
from kequn.sync.pull import pull
from kequn.sync.push import push
from kequn.sync.remote import Remote


@dataclass(frozen=True)
class Outcome:
    """How a run ended: done, stopped (a brake, or the connection was paused; `message` says what to do) or failed. Done
    with the code PARTLY: some feed or kind failed as a whole, and the next run tries it again."""

    state: str
    tally: Tally
    code: str | None = None
    message: str | None = None
    run: UUID | None = None
    requests: int = 0

    @property
    def well(self) -> bool:
        return self.state == "done" and self.code is None


@dataclass(frozen=True)
class Engine:
    """Runs syncs. `worker` names this process in the run. `keep`: what renews the lease of a run while a CRM takes its
    time, where no worker does (a worker renews those of all its runs)."""

    database: Database
    ledger: Ledger
    clock: Clock
    worker: str
    is_dead: Callable[[str], bool] = field(default=lambda worker: False)
    keep: Callable[[Claim], AbstractAsyncContextManager[None]] = field(default=lambda claim: nullcontext())

    async def sync(
        self,
        remote: Remote,
        *,
        full: bool = False,
        allow_unsafe: bool = False,
        allow_deletes: bool = False,
        report: Callable[[Progress], None] = lambda progress: None,
        starter: str = "command",
    ) -> Outcome:
        """One run: pull everything that is due, then push. `allow_deletes` lets go of the brakes on deletes,
        `allow_unsafe` of all. Raises Busy when another worker holds the connection, and
        Fenced when this one was replaced; every other failure is an outcome."""
        claim = await self._claim(remote, starter)
        braked = _braked(remote, allow_deletes)
        job = Job(self.database, self.ledger, braked, claim, self.clock, allow_unsafe, report)
        async with self.keep(claim), aclosing(self.steps(job, full=full)) as steps:
            async for said in steps:
                if isinstance(said, Outcome):
                    return said
                report(said)
        raise AssertionError("a run ends with its outcome")

    async def begin(self, remote: Remote, run: UUID) -> Job:
        """Take up this run, which was asked for, or left by a worker that is lost. Raises Busy while another worker
        holds the connection, and Ended when there is nothing left to do."""
        claim = await self._claim(remote, "schedule", run)
        job = Job(self.database, self.ledger, remote, claim, self.clock)
        job.tally.resume(claim.counts)
        return job

    async def steps(self, job: Job, *, full: bool = False) -> AsyncGenerator[Progress | Outcome, None]:
        """The run, a page or a batch at a time, and at last how it ended. Whoever stops in between, for whatever
        reason, loses nothing: each step is safe when it is told of."""
        try:
            async for progress in self._phases(job, full=full):
                yield progress
            outcome = _done(job)
        except Fenced:
            raise
        except Paused as paused:
            outcome = _paused(job, paused)
        except UnsafePlan as error:
            outcome = Outcome("stopped", job.tally, error.code, error.message)
        except CrmError as error:
            outcome = Outcome("failed", job.tally, error.code, f"{job.remote.name}: {error.message}")
        except Exception as error:  # a fault of ours or of a plugin: the run must not look alive until its lease ends
            await self._finish(job, Outcome("failed", job.tally, "INTERNAL", type(error).__name__))
            raise
        await self._finish(job, outcome)
        yield replace(outcome, run=job.run, requests=job.remote.pace.requests())

    async def _phases(self, job: Job, *, full: bool) -> AsyncIterator[Progress]:
        job.remote.pace.after_wait = job.check
        await job.check()
        await job.remote.crm.open()
        await job.count_linked()
        job.remote.pace.bulk = True  # push says itself when something is urgent
        for phase in (pull(job, full=full), look(job), push(job)):
            async for progress in phase:
                yield progress
                await job.check()

    async def _finish(self, job: Job, outcome: Outcome) -> None:
        assert job.claim  # noqa: S101 - only runs are finished
        async with self.database.writing() as session:
            now = self.clock.now()
            await runs.finish(session, job.claim, outcome.state, now, job.counts, outcome.code, outcome.message)

    async def propose(
        self, remote: Remote, *, full: bool = False, report: Callable[[Progress], None] = lambda progress: None
    ) -> Proposal:
        """What a run would do. Writes nothing anywhere. Raises the errors of the CRM."""
        job = Job(self.database, self.ledger, remote, None, self.clock, report=report)
        await remote.crm.open()
        await job.count_linked()
        return await proposal.propose(job, full=full)

    async def apply(
        self,
        remote: Remote,
        plan: Proposal,
        *,
        allow_unsafe: bool = False,
        allow_deletes: bool = False,
        report: Callable[[Progress], None] = lambda progress: None,
    ) -> Outcome:
        """A run that does exactly what the plan lists. Raises WorldMoved, with nothing written on our side."""
        claim = await self._claim(remote, "command")
        only = planned(plan.lines)
        braked = _braked(remote, allow_deletes)
        job = Job(self.database, self.ledger, braked, claim, self.clock, allow_unsafe, report, only=only)
        job.tally.planned = plan.cost.total
        try:
            async with self.keep(claim):
                outcome = await self._carry_out(job, plan)
        except WorldMoved as moved:
            await self._finish(job, Outcome("stopped", job.tally, "WORLD_MOVED", str(moved)))
            raise
        await self._finish(job, outcome)
        return replace(outcome, run=claim.run, requests=remote.pace.requests())

    async def _carry_out(self, job: Job, plan: Proposal) -> Outcome:
        try:
            await job.remote.crm.open()
            await job.count_linked()
            await proposal.carry_out(job, plan)
            async for progress in push(job):
                job.report(progress)
        except Paused as paused:
            return _paused(job, paused)
        except UnsafePlan as error:
            return Outcome("stopped", job.tally, error.code, error.message)
        except CrmError as error:
            return Outcome("failed", job.tally, error.code, f"{job.remote.name}: {error.message}")
        return _done(job)

    async def _claim(self, remote: Remote, starter: str, run: UUID | None = None) -> Claim:
        async with self.database.writing() as session:
            return await runs.claim(
                session,
                remote.scope,
                remote.id,
                self.ledger.new_id(),
                self.worker,
                self.clock.now(),
                starter=starter,
                is_dead=self.is_dead,
                run=run,
            )


def _braked(remote: Remote, allow_deletes: bool) -> Remote:
    limits = replace(remote.policy.limits, allow_deletes=allow_deletes)
    return replace(remote, policy=replace(remote.policy, limits=limits))


def _paused(job: Job, paused: Paused) -> Outcome:
    name = job.remote.name
    what = f"{name} was {paused} during the run; what is left is done by the next one, after `kequn connection resume`"
    return Outcome("stopped", job.tally, PAUSED, what if str(paused) == "paused" else f"{name} was {paused}")


def _done(job: Job) -> Outcome:
    left_out = job.tally.left_out
    if not left_out:
        return Outcome("done", job.tally)
    what = f"{job.remote.name}: {', '.join(left_out)} could not be synced; the rest was, and the next run tries again"
    return Outcome("done", job.tally, "PARTLY", what)
