"""A scenario of the matrix whose work real processes do: `kequn worker` gets `kill -9` at its n-th statement or commit,
or at the n-th request of its CRMs; another worker does what is left, and all is judged once it is quiet. Decides
nothing about what is right."""

import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from ctypes import c_int
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from sqlalchemy import Engine, event
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Asked

from kequn.clock import ManualClock, SystemClock
from kequn.registry import Registry
from kequn.testing.emulator import serve
from tests.flows.matrix import judged, quiet
from tests.flows.scenarios import Scenario
from tests.flows.scene import Place, Scene

CONTEXT = get_context("forkserver")  # each process is forked from one that has imported everything, and has no threads
CONTEXT.set_forkserver_preload(["kequn.__main__", "cli.worker", "jobs.durable", "tests.flows.killing"])
KEY = "00" * 32
SOON = 30.0
BEFORE = timedelta(days=2)


@dataclass
class Trap:
    """What the CRMs do at their client's n-th request, or at `every` n-th one: before they read it, or once they have
    done what was asked and before they answer. `tick`: at each."""

    passed: int = 0
    at: int = 0
    every: int = 0
    late: bool = False
    spring: Callable[[], None] = lambda: None
    first: Callable[[], None] = lambda: None
    tick: Callable[[], None] = lambda: None

    def across(self, app: ASGIApp) -> ASGIApp:
        async def trapped(asked: Asked, receive: Receive, send: Send) -> None:
            if asked["type"] != "http":
                await app(asked, receive, send)
                return
            self.passed += 1
            self.tick()
            if self.passed == 1:
                self.first()
            strikes = self.passed == self.at or (self.every > 0 and self.passed % self.every == 0)
            if strikes and not self.late:
                self.spring()
                return

            async def send_or_spring(message: Message) -> None:
                if strikes:
                    self.spring()
                await send(message)

            await app(asked, receive, send_or_spring)

        return trapped


class Yard(Scene):
    """A scene whose CRMs are served on ports of this machine. What people do there happens while no worker runs, and
    long before: workers have the clock of this machine, and do nothing that is still to come."""

    def __init__(self, scenario: Scenario, registry: Registry, place: Place) -> None:
        super().__init__(scenario.first, scenario.script, registry, place, ManualClock(SystemClock().now() - BEFORE))
        self.trap = Trap(tick=self.catch_up)
        self.ports = ExitStack()

    def address(self, name: str) -> str:
        return self.ports.enter_context(serve(self.trap.across(self.emulators[name].app)))

    def catch_up(self) -> None:
        """It is now there, too."""
        self.clock.move(max((SystemClock().now() - self.clock.now()).total_seconds(), 0.0))

    async def end(self) -> None:
        self.ports.close()
        await super().end()


@dataclass(frozen=True)
class Cut:
    """Where a worker is killed: at its n-th statement or commit, or at the n-th request, before or after it was
    carried out; or at every n-th request."""

    statement: int = 0
    request: int = 0
    every: int = 0
    late: bool = False


NOWHERE = Cut()


@dataclass
class Lived:
    """Of one worker: how many points it had passed at its first request and in the end, how many requests it made, and
    whether it was killed."""

    began: int = 0
    ended: int = 0
    requests: int = 0
    killed: bool = False


def live(yard: Yard, folder: Path, cut: Cut = NOWHERE, spring: Callable[[], None] | None = None) -> Lived:
    """A worker lives until it has synced every connection, or is killed. `spring`: what happens at the cut instead."""
    lived = Lived()
    passed = CONTEXT.Value("i", 0, lock=False)  # whoever is killed gives no lock back
    trap = yard.trap
    trap.passed, trap.at, trap.every, trap.late = 0, cut.request, cut.every, cut.late
    with _worker(_environment(yard.url), folder / "worker.log", cut.statement, passed) as (process, lines):
        trap.first = lambda: setattr(lived, "began", passed.value)
        trap.spring = spring or (lambda: os.kill(process.pid or 0, signal.SIGKILL))
        missing = set(yard.awake)
        for line in lines:
            missing -= {one for one in missing if "run done" in line and f"connection={one} " in line}
            if not missing:
                break
        lived.ended, lived.requests = passed.value, trap.passed
        process.join(SOON if missing else 0)
        lived.killed = process.exitcode == -signal.SIGKILL
    return lived


@asynccontextmanager
async def ready(scenario: Scenario, registry: Registry, place: Place) -> AsyncIterator[Yard]:
    """All has happened that comes before the work."""
    yard = Yard(scenario, registry, place)
    await yard.build()
    try:
        for step in (*scenario.before, scenario.asked):
            await step(yard)
        await yard.close()
        assert yard.clock.now() < SystemClock().now()
        yard.catch_up()
        yield yard
    finally:
        await yard.end()


async def refused(yard: Yard) -> tuple[str, ...]:
    """What the judge says once all is quiet; no worker runs any more."""
    await yard.wake(yard.url)
    yard.catch_up()
    return judged(await quiet(yard))


async def kill(scenario: Scenario, registry: Registry, place: Place, folder: Path, cut: Cut) -> tuple[Lived, list[str]]:
    """Kill a worker there; let another one do what is left. How the first one lived, and what the judge refuses."""
    async with ready(scenario, registry, place) as yard:
        lived = live(yard, folder, cut)
        if lived.killed:
            assert not live(yard, folder).killed
        return lived, [f"{cut}: {words}" for words in await refused(yard)]


def _environment(url: str) -> Mapping[str, str]:
    plain = {key: value for key, value in os.environ.items() if not key.startswith("KEQUN_")}
    ours = {"DATABASE_URL": url, "SECRET_KEY": KEY, "SYNC_SECONDS": "1", "WORKER_ID": "alpha", "WORKER_SILENCE": "3"}
    return {**plain, **{f"KEQUN_{key}": value for key, value in ours.items()}}


@contextmanager
def _worker(
    environment: Mapping[str, str], log: Path, cut: int, passed: c_int
) -> Iterator[tuple[ForkServerProcess, Iterator[str]]]:
    """`kequn worker`, and what it tells, line by line."""
    log.unlink(missing_ok=True)
    os.mkfifo(log)
    process = CONTEXT.Process(target=_work, args=(dict(environment), str(log), cut, passed))
    process.start()
    try:
        with log.open() as lines:
            yield process, lines
    finally:
        process.terminate()
        process.join()
        process.close()


def _work(environment: dict[str, str], log: str, cut: int, passed: c_int) -> None:
    """In the process: every statement and commit of any engine counts, the durable one's too."""
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(log, os.O_WRONLY), 2)

    def struck(*_: object) -> None:
        passed.value += 1
        if passed.value == cut:
            os.kill(os.getpid(), signal.SIGKILL)

    for moment in ("before_cursor_execute", "commit"):
        event.listen(Engine, moment, struck)
    from kequn.__main__ import main

    sys.argv = ["kequn", "worker"]
    main()
