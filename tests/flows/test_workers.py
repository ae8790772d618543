"""Two `kequn worker` on one database, as processes of their own. One is killed in the middle of a run, or stopped and
woken when the other has done its work: the run is taken over, what comes late is refused, nothing stands twice."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlmodel import col, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import plugins.zoho
from cli import stage
from cli.installation import Installation
from cli.people import Beside
from cli.stage import Crm
from kequn.clock import SeededRandom
from kequn.contracts.emulator import EmulatorOptions
from kequn.domain import customers
from kequn.domain.editing import Desk
from kequn.store.scope import Actor, Role
from kequn.store.tables import Customer, Run
from kequn.testing.emulator import serve

pytestmark = pytest.mark.anyio
PROGRAM = str(Path(sys.executable).with_name("kequn"))
OURS = 12
USUAL_SILENCE = 30.0


class Trap:
    """The CRM, which does something to its client at its n-th write (`every`: its n-th request), when that was done and
    before it is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.left = 0
        self.every = False
        self.spring: Callable[[], None] = lambda: None
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        write = scope["type"] == "http" and scope["method"] in {"POST", "PUT"} and "/crm/" in scope["path"]
        counts = write or self.every
        self.left -= counts
        springs = counts and self.left == 0

        async def send_or_spring(message: Message) -> None:
            if springs and message["type"] == "http.response.start":
                self.spring()
            await send(message)

        await self._app(scope, receive, send_or_spring)


class Yard:
    """A kequn whose workers are processes, and its CRM."""

    def __init__(self, here: Installation, crm: Crm, trap: Trap, url: str) -> None:
        self.here, self.crm, self.trap = here, crm, trap
        key = here.settings.secret_key
        assert key is not None
        plain = {name: value for name, value in os.environ.items() if not name.startswith("KEQUN_")}
        ours = {"DATABASE_URL": url, "SECRET_KEY": key.reveal(), "SYNC_SECONDS": "3600"}
        self._environment = {**plain, **{f"KEQUN_{name}": value for name, value in ours.items()}}

    @contextmanager
    def worker(self, name: str, silence: float = 1.5) -> Iterator[subprocess.Popen[str]]:
        environment = {**self._environment, "KEQUN_WORKER_ID": name, "KEQUN_WORKER_SILENCE": str(silence)}
        with subprocess.Popen([PROGRAM, "worker"], env=environment, stderr=subprocess.PIPE, text=True) as process:
            try:
                yield process
            finally:
                process.send_signal(signal.SIGCONT)
                process.terminate()

    async def runs(self) -> list[tuple[str, str | None, int]]:
        async with self.here.database.reading() as session:
            found = (await session.execute(select(Run).order_by(col(Run.id)))).scalars()
            return [(run.state, run.worker, run.generation) for run in found]

    def names(self) -> list[str]:
        return sorted(str(entry["Last_Name"]) for entry in self.crm.emulator.people.read("Contacts").values())


def until(process: subprocess.Popen[str], words: str) -> None:
    """Read what the worker tells until it tells this."""
    assert process.stderr is not None
    told = []
    for line in process.stderr:
        told.append(line)
        if words in line:
            return
    raise AssertionError("".join(told))


@pytest.fixture
async def yard(tmp_path: Path, database_url: str, anyio_backend: str) -> AsyncIterator[Yard]:
    emulator = plugins.zoho.emulate(EmulatorOptions(random=SeededRandom(1), seed=1, records=5))
    trap = Trap(emulator.app)
    with serve(trap) as url:
        crm = Crm("zoho", emulator, Beside(emulator.app), url)
        async with stage.installed(tmp_path, stage.built_in_alone(), [crm], database_url) as here:
            for number in range(OURS):
                await enter(here, number)
            yield Yard(here, crm, trap, database_url)


async def enter(here: Installation, number: int) -> None:
    """Somebody adds a customer in kequn."""
    async with here.database.writing() as session:
        desk = Desk(session, Actor(here.scope.tenant, Role.OPERATOR, "ops"), here.ledger)
        await customers.create(desk, {"type": "person", "name": f"Ours {number}", "last_name": f"Ours {number}"})


@pytest.mark.parametrize(("database_url", "at"), [("sqlite", 1), ("postgresql", 3)], indirect=["database_url"])
async def test_the_run_of_a_worker_that_is_gone_for_good_goes_on_elsewhere(yard: Yard, at: int) -> None:
    with yard.worker("alpha") as alpha:
        yard.trap.left, yard.trap.spring = at, lambda: alpha.send_signal(signal.SIGKILL)
        assert alpha.wait() == -signal.SIGKILL
    with yard.worker("beta") as beta:
        until(beta, "run done")
    assert await yard.runs() == [("done", "beta", 2)]
    names = yard.names()
    assert [name for name in names if name.startswith("Ours")] == sorted(f"Ours {number}" for number in range(OURS))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_a_stopped_worker_does_late_is_refused(yard: Yard) -> None:
    """On SQLite a process that is stopped may hold the lock of the file, and then everybody waits for it."""
    with stopped(yard, silence=1.5) as alpha, yard.worker("beta") as beta:
        until(beta, "run done")
        assert await wakes_late(yard, alpha)
    assert await done_once(yard)


@pytest.mark.soak
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_worker_that_is_stopped_for_a_minute_is_replaced_within_it(yard: Yard) -> None:
    """With the lease and the silence that are usual."""
    with stopped(yard, USUAL_SILENCE) as alpha, yard.worker("beta", USUAL_SILENCE) as beta:
        with pytest.raises(subprocess.TimeoutExpired):
            alpha.wait(60)
        assert [(worker, generation) for _, worker, generation in await yard.runs()] == [("beta", 2)]
        until(beta, "run done")
        assert await wakes_late(yard, alpha)
    assert await done_once(yard)


@contextmanager
def stopped(yard: Yard, silence: float) -> Iterator[subprocess.Popen[str]]:
    """A worker, stopped when the CRM had carried out its second write."""
    with yard.worker("alpha", silence) as alpha:
        yard.trap.left, yard.trap.spring = 2, lambda: alpha.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, alpha.pid, os.WSTOPPED | os.WNOWAIT)
        yield alpha


async def wakes_late(yard: Yard, alpha: subprocess.Popen[str]) -> bool:
    """Another one has done its work by now; whether all stays as that one left it."""
    before = await yard.runs(), yard.names(), yard.crm.writes
    alpha.send_signal(signal.SIGCONT)
    until(alpha, "replaced")
    return (await yard.runs(), yard.names(), yard.crm.writes) == before


async def done_once(yard: Yard) -> bool:
    """By the second worker, and nothing twice."""
    ours = [name for name in yard.names() if name.startswith("Ours")]
    return await yard.runs() == [("done", "beta", 2)] and ours == sorted(f"Ours {number}" for number in range(OURS))


@pytest.mark.soak
async def test_twenty_workers_that_are_killed_lose_nothing_and_double_nothing(yard: Yard) -> None:
    """One after the other, each at a request drawn by chance, while people add customers on both sides."""
    chance, ends, theirs = SeededRandom(20), [], yard.crm.emulator.people
    yard.trap.every = True
    for number in range(20):
        theirs.create("Contacts", {"Last_Name": f"Theirs {number}"})
        await enter(yard.here, OURS + number)
        with yard.worker(f"worker {number}") as worker:
            kill = 1 + int(chance.fraction() * 25)
            yard.trap.left, yard.trap.spring = kill, lambda worker=worker: worker.send_signal(signal.SIGKILL)  # type: ignore[misc]
            ends.append(end_of(worker))
    assert ends.count("killed") >= 10
    yard.trap.left = 0
    await enter(yard.here, OURS + 20)
    with yard.worker("last") as last:
        until(last, "run done")
    names = yard.names()
    wanted = [f"Ours {number}" for number in range(OURS + 21)] + [f"Theirs {number}" for number in range(20)]
    assert [name for name in names if name.startswith(("Ours", "Theirs"))] == sorted(wanted)
    async with yard.here.database.reading() as session:
        query = select(Customer.last_name).where(col(Customer.deleted_at).is_(None), col(Customer.type) == "person")
        assert sorted(str(name) for name in (await session.execute(query)).scalars()) == names


def end_of(worker: subprocess.Popen[str]) -> str:
    """killed, or done with its run before that."""
    assert worker.stderr is not None
    return "done" if any("run done" in line for line in worker.stderr) else "killed"
