"""Plays one history: builds kequn and some CRMs, lets people and the sync go on under faults and crashes, waits
until all is quiet, and writes down how everything stands."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from kequn.clock import Clock, ManualClock, SeededRandom
from kequn.contracts.crm import Crm
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.records import Kind
from kequn.contracts.secrets import Keyring
from kequn.registry import Registry
from kequn.store import conflicts, connections, links, rows, tenants
from kequn.store.conflicts import Conflict
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Scope
from kequn.store.tables import metadata
from kequn.store.vault import Vault
from kequn.sync.connect import Switchboard
from kequn.sync.engine import Engine, Outcome
from kequn.sync.remote import Remote
from kequn.testing.emulator.transport import EmulatorTransport
from kequn.testing.simulation.calm import CalmCrm, Weather
from kequn.testing.simulation.crash import Crash, Trip
from kequn.testing.simulation.dice import Dice
from kequn.testing.simulation.direct import open_database
from kequn.testing.simulation.history import HUB, History, Shown
from kequn.testing.simulation.people import People
from kequn.testing.simulation.sites import Hub, Screens

FIELDS = ("notes", "city", "street", "occupation")
POLICY: Mapping[str, Any] = {
    **{kind.value: {"direction": "off"} for kind in Kind if kind is not Kind.CUSTOMER},
    "customer": {"create": "always", "delete": "propagate"},
    "guard": {"least": 1000, "share": 1.0},
}
ROUNDS = 3


@dataclass(frozen=True)
class Script:
    """What kind of history to play. `systems`: CRMs beside kequn; `faults`: per request; `crash`: per request and
    transaction; `races`: people also act between a guard's read and the write."""

    systems: int = 3
    faults: float = 0.12
    crash: float = 0.03
    races: bool = False
    steps: int = 30


class SkewedClock:
    """A CRM's clock, which is never quite ours."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._skew = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self._clock.now() + self._skew

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


@dataclass
class Stage:
    """Everything of one history."""

    script: Script
    registry: Registry
    url: str
    history: History
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        self.random = SeededRandom(self.history.seed)
        self.dice = Dice(SeededRandom(self.history.seed + 1_000_003))
        self.trip = Trip(self.dice, self.script.crash)
        self.emulators: dict[str, Emulator] = {}
        self.connections: dict[str, UUID] = {}
        self.crashes = 0

    # -- building ------------------------------------------------------------------------------------------------------

    async def build(self) -> None:
        await self._open()
        async with self.database.reading() as session:
            self.scope = Scope((await tenants.get(session)).id)
        every = sorted(self.registry.emulators)
        chosen = [every[(self.history.seed + number) % len(every)] for number in range(self.script.systems)]
        self.plugins = {f"{plugin}-{number + 1}": plugin for number, plugin in enumerate(chosen)}
        for name, plugin in self.plugins.items():
            await self._add(name, plugin)
        screens = [Screens(name, emulator, FIELDS) for name, emulator in self.emulators.items()]
        # Whoever deletes a record must have seen all of it: people write what every system shows.
        shown = [name for name in FIELDS if all(name in site.fields for site in screens)]
        for site in screens:
            site.fields = shown
        self.hub = Hub(HUB, self.database, self.ledger, self.scope, shown)
        self.people = People([self.hub, *screens], self.history, self.dice, self._has_met)
        self.weather = Weather(self._perhaps_act)
        self.history.systems = [HUB, *self.plugins]
        self.history.fields = shown

    async def _open(self) -> None:
        self.database = open_database(self.url)
        self.process = AsyncExitStack()
        self.remotes: dict[str, Remote] = {}
        self.ledger = Ledger(Vault(Keyring([bytes(32)], self.random)), self.clock, self.random)
        worker = f"worker {self.crashes}"
        self.engine = Engine(self.database, self.ledger, self.clock, worker, lambda other: other != worker)

    async def _add(self, name: str, plugin: str) -> None:
        skew = self.dice.one_of((-3600.0, -40.0, 0.0, 0.0, 7.0, 5000.0))
        seed = self.dice.below(1 << 30)
        options = EmulatorOptions(SkewedClock(self.clock, skew), SeededRandom(seed), seed)
        emulator = self.registry.emulators[plugin].build(options)
        emulator.faults.before(self._between)
        self.emulators[name] = emulator
        async with self.database.writing() as session:
            added = await connections.add(
                session,
                self.scope,
                self.registry.crm(plugin),
                name,
                emulator.settings(f"http://{name}.test"),
                keyring=Keyring([bytes(32)], self.random),
                clock=self.clock,
                chance=self.random,
                policy=POLICY,
            )
        self.connections[name] = added.id

    async def _has_met(self, site: Screens, key: str) -> bool:
        address = site.address(key)
        async with self.database.reading() as session:
            return bool(await links.rows_at(session, self.scope, self.connections[site.name], {address}))

    async def close(self) -> None:
        await self.process.aclose()
        await self.database.close()

    # -- what happens --------------------------------------------------------------------------------------------------

    async def _between(self, method: str, path: str) -> None:
        """Before every request: the process may die, and people may act."""
        self.trip.point()
        await self.weather.meanwhile()

    async def _perhaps_act(self) -> None:
        if self.trip.armed and self.dice.falls(0.04):
            armed, self.trip.armed = self.trip.armed, False
            await self.people.act()
            self.trip.armed = armed

    async def sync(self, name: str) -> Outcome | None:
        """One run of one connection. None: it crashed, and kequn was started anew."""
        try:
            with self.trip.watching(self.database):
                return await self.engine.sync(await self._remote(name))
        except Crash:
            await self._restart()
            return None
        finally:
            self.weather.calm = False

    async def _remote(self, name: str) -> Remote:
        """The open connection: a worker keeps it from run to run."""
        if name not in self.remotes:
            transport = EmulatorTransport(self.emulators[name].app)
            keyring = Keyring([bytes(32)], self.random)
            board = Switchboard(self.database, self.registry, keyring, self.clock, self.random, transport)
            self.remotes[name] = self._calmed(await self.process.enter_async_context(board.connect(self.scope, name)))
        return self.remotes[name]

    def _calmed(self, remote: Remote) -> Remote:
        if self.script.races:
            return remote
        crm = cast(Crm, CalmCrm(remote.crm, self.weather))
        return Remote(remote.id, remote.name, remote.scope, crm, remote.policy)

    async def _restart(self) -> None:
        self.crashes += 1
        await self.close()
        await self._open()
        self.hub.database, self.hub.ledger = self.database, self.ledger

    async def live(self) -> None:
        """The troubled part."""
        for emulator in self.emulators.values():
            emulator.faults.probability = self.script.faults
        self.trip.armed = True
        for _ in range(self.script.steps):
            self.trip.armed = False
            if self.dice.falls(0.7):
                await self.people.act()
            self.trip.armed = True
            if self.dice.falls(0.45):
                name = self.dice.one_of(sorted(self.emulators))
                outcome = await self.sync(name)
                self.history.events.append(["sync", name, outcome.state if outcome else "crash"])
            self.clock.move(self.dice.one_of((0, 0, 1, 5, 90, 700)))
        self.trip.armed = False
        for emulator in self.emulators.values():
            emulator.faults.probability = 0.0

    async def settle(self) -> None:
        """Faults are over: after three rounds all must agree, and two more must write nothing."""
        for _ in range(ROUNDS):
            await self._round()
        before = self._writes()
        for _ in range(2):
            await self._round()
        self.history.quiet_writes = self._writes() - before
        self.history.writes_made = before
        edits = len(self.history.writes) + len(self.history.deletes)
        self.history.bound = 3 * edits * len(self.history.systems) + 10 * len(self.emulators)

    async def _round(self) -> None:
        for name in self.emulators:
            self.clock.move(200)
            outcome = await self.sync(name)
            state = outcome.state if outcome else "crash"
            self.history.events.append(["round", name, state, *(outcome.tally.problems if outcome else ())])
            if outcome is None or outcome.state != "done":
                raise RuntimeError(f"{name}: {state} without faults: {outcome.message if outcome else ''}")

    def _writes(self) -> int:
        return sum(request.write for emulator in self.emulators.values() for request in emulator.requests)

    # -- the end -------------------------------------------------------------------------------------------------------

    async def write_down(self) -> None:
        for site in self.people.sites:
            records = await site.read()
            self.history.final[site.name] = {key: dict(shown) for key, shown in records}
            keys = [key for key, _ in records]
            self.history.copies[site.name] = {key: keys.count(key) for key in sorted(set(keys))}
        async with self.database.reading() as session:
            found = await conflicts.load(session, self.scope, self.ledger.vault)
            named = {row for one in found for row in (one.row_id, *one.candidates) if row}
            known = await rows.load(session, self.scope, Kind.CUSTOMER, named)
        keys_of = {row.id: str(row.facts["email"]) for row in known.values()}
        self.history.conflicts = [shown for one in found for shown in _shown(one, keys_of)]


def _shown(one: Conflict, keys: Mapping[Any, str]) -> list[Shown]:
    """The conflict under every key that it is about: two records whose e-mail differs are two keys of one conflict."""
    sides = (one.base, one.ours, one.theirs)
    values = [str(side[name]) for side in sides for name in sorted(side) if side[name] is not None]
    named = {keys.get(row) for row in (one.row_id, *one.candidates)} | {side.get("email") for side in sides}
    name = one.field if one.type == "field" and one.field not in ("email", "name", "last_name") else None
    return [
        Shown(str(key), name, values, one.type == "delete", one.state == "open")
        for key in sorted(str(key) for key in named if key)
    ]


def blank(folder: Path) -> Path:
    """An empty database with its tenant, made once and copied for every history."""
    path = folder / "blank.db"
    if not path.exists():
        asyncio.run(_make_blank(path))
    return path


async def _make_blank(path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{path}")
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    async with database.writing() as session:
        await tenants.create(session, "default", clock=ManualClock(), chance=SeededRandom())
    await database.close()


async def play(registry: Registry, seed: int, script: Script, folder: Path) -> History:
    """Play the history of this seed. The same seed gives the same history."""
    history = History(seed, [], [])
    file = folder / f"{seed}.db"
    shutil.copyfile(folder / "blank.db", file)
    stage = Stage(script, registry, f"sqlite+aiosqlite:///{file}", history)
    await stage.build()
    try:
        await stage.live()
        await stage.settle()
        await stage.write_down()
    finally:
        await stage.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
    return history


def run(registry: Registry, seeds: Sequence[int], script: Script, folder: Path) -> list[History]:
    """Play some histories, one after the other, in files of `folder`."""
    blank(folder)

    async def all_of_them() -> list[History]:
        return [await play(registry, seed, script, folder) for seed in seeds]

    return asyncio.run(all_of_them())
