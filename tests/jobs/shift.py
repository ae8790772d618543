"""A worker's shift: a scene of the simulation whose connections a worker looks after, minute by minute, while something
is broken. People go on writing on all sides, and the judge looks at what has come of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlmodel import col, select

from jobs.census import Census
from jobs.errands import Errands
from jobs.light import Light
from jobs.runner import Runner
from jobs.worker import Worker
from kequn.clock import Clock, ManualClock
from kequn.contracts.emulator import Emulator
from kequn.registry import Registry
from kequn.store.ledger import Ledger
from kequn.store.tables import Connection, Run
from kequn.store.vault import Vault
from kequn.sync.connect import Switchboard
from kequn.sync.engine import Engine
from kequn.testing.emulator.transport import EmulatorTransport
from tests.flows.matrix import judged, quiet
from tests.flows.scenarios import calm
from tests.flows.scene import Place, Scene

INTERVAL = 60.0
LOOK = 15.0  # simulated seconds between two looks
ME = "here:1"


class ByName(httpx.AsyncBaseTransport):
    """To each CRM at its address."""

    def __init__(self, emulators: dict[str, Emulator]) -> None:
        self._lines = {f"{name}.test": EmulatorTransport(one.app) for name, one in emulators.items()}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._lines[request.url.host].handle_async_request(request)


@dataclass
class Said:
    """A log that remembers: (event, facts)."""

    lines: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def info(self, event: str, **facts: Any) -> None:
        self.lines.append((event, facts))

    warning = info


class OurClock:
    """kequn's clock, which somebody may set; the CRMs' are not touched."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.wrong = timedelta()

    def now(self) -> datetime:
        return self._clock.now() + self.wrong

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


class Shift:
    """`scene`: the CRMs and the people, `names`: of the connections, the one that breaks first."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.names = scene.awake
        self.said = Said()
        self.clock = OurClock(scene.clock)
        self.worker = self._hired(self.clock)

    @classmethod
    async def begin(cls, registry: Registry, place: Place, systems: int) -> "Shift":
        """All is in sync."""
        scene = Scene(0, calm(systems=systems), registry, place, ManualClock())
        await scene.build()
        shift = cls(scene)
        await shift.go(minutes=2.5)
        return shift

    def _hired(self, clock: Clock) -> Worker:
        scene = self.scene
        ledger = scene.ledger = scene.hub.ledger = Ledger(Vault(scene.keyring), clock, scene.random)
        transport = ByName(scene.emulators)
        board = Switchboard(scene.database, scene.registry, scene.keyring, clock, scene.random, transport)
        engine = Engine(scene.database, ledger, clock, ME, lambda worker: worker == ME)
        runner = Runner(board, engine, self.said, seconds=INTERVAL)
        self.light = Light(runner, Errands(scene.database, ledger, self.said, ()))
        return Worker(runner, self.light, Census(scene.database, clock, ME, silence=30.0))

    async def go(self, minutes: float, people: int = 0) -> None:
        """So long the worker works; so many times, evenly, somebody writes something somewhere."""
        looks = round(minutes * 60 / LOOK)
        for number in range(looks):
            if number * people // looks < (number + 1) * people // looks:
                await self.scene.people.act()
            await self.worker.turn()
            await self.light.settle()
            self.scene.clock.move(LOOK)

    async def judged(self) -> tuple[str, ...]:
        """What is refused once all is quiet."""
        return judged(await quiet(self.scene))

    def ail(self, name: str, fault: str, often: Callable[[], bool] = lambda: True) -> None:
        """From now on the requests to this CRM meet the fault."""
        faults = self.scene.emulators[name].faults

        async def before(method: str, path: str) -> None:
            if often():
                faults.script(fault)

        faults.before(before)

    def heal(self, name: str) -> None:
        self.scene.emulators[name].faults.before(None)

    async def runs(self, name: str) -> list[Run]:
        """Of this connection, oldest first."""
        query = (
            select(Run).join(Connection, col(Connection.id) == col(Run.connection_id)).where(Connection.name == name)
        )
        async with self.scene.database.reading() as session:
            return list((await session.execute(query.order_by(col(Run.id)))).scalars())

    def told(self, event: str) -> list[dict[str, Any]]:
        return [facts for said, facts in self.said.lines if said == event]
