"""An engine whose own database is locked: it is said, and nothing is lost or done twice."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest

from jobs.census import Census
from jobs.chores import HOUR, Chore
from jobs.durable import Durable
from jobs.errands import Errands
from jobs.light import Light
from jobs.patience import Patience
from jobs.runner import Runner
from jobs.worker import Worker
from kequn.log import EventLog
from kequn.store import tenants
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Scope
from kequn.store.trouble import LOCKED, NoAnswer, name
from tests.jobs.shift import Said
from tests.jobs.shop import Shop

pytestmark = pytest.mark.anyio
SHORT, LONG = 0.2, 60.0
UNTENDED = "worker cannot look after its queue"


class Ended:
    """Tells when something has been done."""

    def __init__(self) -> None:
        self.times = 0
        self.once = asyncio.Event()

    async def after_run(self, scope: Scope) -> None:
        self.times += 1
        self.once.set()

    async def work(self, database: Database, ledger: Ledger, actor: Actor) -> None:
        await self.after_run(Scope(actor.tenant))


@pytest.fixture
async def local(sqlite_url: str, anyio_backend: str) -> AsyncIterator[Shop]:
    """On SQLite, where the engine's tables have a file of their own."""
    database = Database(sqlite_url)
    async with database.reading() as session:
        [scope] = [Scope(one.id) for one in await tenants.everyone(session)]
    yield Shop(database, scope)
    await database.close()


async def test_an_engine_that_waits_for_its_file_is_named_and_its_run_is_done_once(
    local: Shop, sqlite_url: str
) -> None:
    ran, chore, said = Ended(), Ended(), Said()
    connection = await local.add()
    runner = local.runner("here:1", lambda worker: False, after=[ran])
    runner.log = said
    chores = (Chore("noted", HOUR, chore.work),)
    file = Path(sqlite_url.partition(":///")[2] + "-jobs")
    async with Durable(
        runner, Errands(local.database, local.ledger, EventLog(), chores), sqlite_url, "here:1"
    ) as engine:
        census = Census(local.database, local.clock, "here:1", silence=30.0)
        worker = Worker(runner, engine, census, chores, patience=SHORT)
        with closing(sqlite3.connect(file, isolation_level=None, timeout=LONG)) as other:
            other.execute("BEGIN IMMEDIATE")
            await worker.turn()
            await worker.turn()
            await worker.beat()
            assert [event for event, _ in said.lines] == ["worker cannot look", "worker cannot look", UNTENDED]
            assert {facts["type"] for _, facts in said.lines} == {LOCKED}
        async with asyncio.timeout(LONG):
            while not (ran.times and chore.times):
                await worker.turn()
                await asyncio.wait([asyncio.ensure_future(one.once.wait()) for one in (ran, chore)], timeout=SHORT)
    [run] = await local.runs()
    assert (run.connection_id, run.state, run.generation) == (connection.id, "done", 1)
    assert (ran.times, chore.times) == (1, 1)


class Forgetful(Light):
    """How far chores have come, it tells when it is let."""

    def __init__(self, runner: Runner, errands: Errands) -> None:
        super().__init__(runner, errands)
        self.asked = 0
        self.free = asyncio.Event()

    async def reached(self, now: datetime) -> None:
        self.asked += 1
        await self.free.wait()


async def test_a_worker_waits_for_what_was_done_before_it_and_not_for_ever(local: Shop) -> None:
    chore, said = Ended(), Said()
    runner = local.runner("here:1", lambda worker: False)
    runner.log = said
    chores = (Chore("noted", HOUR, chore.work),)
    engine = Forgetful(runner, Errands(local.database, local.ledger, EventLog(), chores))
    worker = Worker(runner, engine, Census(local.database, local.clock, "here:1", silence=30.0), chores, patience=SHORT)
    async with asyncio.timeout(LONG):
        await worker.turn()
        await worker.turn()
    assert said.lines == [("worker cannot look", {"type": LOCKED})] * 2
    engine.free.set()
    await worker.turn()
    await engine.settle()
    assert (engine.asked, chore.times) == (1, 1)


async def test_what_is_not_answered_is_not_asked_twice() -> None:
    asked: list[str] = []
    free, patience = asyncio.Event(), Patience(0.01)

    def question(what: str) -> Callable[[], asyncio.Future[None]]:
        async def wait() -> None:
            asked.append(what)
            await free.wait()

        return lambda: asyncio.ensure_future(wait())

    for what in ("a", "a", "b"):
        with pytest.raises(NoAnswer):
            await patience.ask(what, question(what))
    assert asked == ["a"]
    free.set()
    await patience.ask("a", question("a"))
    assert asked == ["a"]
    await patience.ask("b", question("b"))
    assert asked == ["a", "b"]
    await patience.end()


async def test_an_error_comes_out_late_but_comes_out() -> None:
    free, patience = asyncio.Event(), Patience(0.01)

    async def fail() -> None:
        await free.wait()
        raise ValueError("broken")

    with pytest.raises(NoAnswer):
        await patience.ask(1, fail)
    free.set()
    with pytest.raises(ValueError, match="broken"):
        await patience.ask(1, fail)
    with pytest.raises(ValueError, match="broken"):
        await patience.ask(UUID(int=1), fail)


def test_no_answer_has_the_name_of_a_lock() -> None:
    assert name(NoAnswer()) == "DATABASE_LOCKED"
