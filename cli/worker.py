"""The worker of a server, or of a process of its own: put together here, started by serve.py."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from cli.installation import Installation
from jobs.census import Census
from jobs.chores import CHORES, Chore, bells, opinions, post, tidings
from jobs.classifying import Classifying
from jobs.death import is_dead
from jobs.errands import Errands
from jobs.forgetting import forgetting
from jobs.light import Light
from jobs.runner import Runner
from jobs.suggesting import Suggesting
from jobs.tracing import ExtraMissing, Span, traced
from jobs.worker import Driver, Worker
from kequn.log import EventLog
from kequn.sync.engine import Engine
from kequn.terminal import Failure


@asynccontextmanager
async def worker_of(here: Installation) -> AsyncIterator[Worker]:
    """It works while the block lasts."""
    settings = here.settings
    try:
        with traced(settings.traces_url, settings.worker_id) as span:
            async with _worker(here, span) as working:
                yield working
    except ExtraMissing as error:
        raise Failure(str(error)) from error


def _worker(here: Installation, span: Span) -> Worker:
    settings, log, me = here.settings, EventLog(), here.settings.worker_id
    census = Census(here.database, here.clock, me, silence=settings.worker_silence)
    engine = Engine(
        here.database, here.ledger, here.clock, me, lambda other: is_dead(other, me) or census.is_dead(other)
    )
    runner = Runner(
        here.switchboard,
        engine,
        log,
        seconds=settings.sync_seconds,
        public_url=settings.public_url,
        after=[Suggesting(here.database, engine.ledger, log), Classifying(here.database, engine.ledger, log)],
        span=span,
    )
    chores = (*CHORES, *_chores(here, log))
    errands = Errands(here.database, engine.ledger, log, chores)
    return Worker(runner, _driver(here, runner, errands), census, chores)


def _chores(here: Installation, log: EventLog) -> Iterator[Chore]:
    """Those that the plugins and settings of this installation make."""
    yield opinions(here.registry.judges, log)
    yield tidings(here.registry.listeners, log)
    yield post(here.registry.senders, log)
    if here.settings.public_url:
        yield bells(here.switchboard, here.settings.public_url, log)
    if here.settings.idle_run_days:
        yield forgetting(here.settings.idle_run_days)


def _driver(here: Installation, runner: Runner, errands: Errands) -> Driver:
    if not here.settings.durable:
        return Light(runner, errands)
    from jobs.durable import Durable  # the engine takes its time to load, and no other command needs it

    return Durable(runner, errands, here.settings.database_url, here.settings.worker_id)
