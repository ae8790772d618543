"""Everything of one history: kequn as a process that may die and start anew, CRMs that are emulated, people who work in
all of them. Builds it and runs syncs; what happens when is play.py's."""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from kequn.clock import Clock, ManualClock, SeededRandom
from kequn.contracts.crm import Conditional, Crm
from kequn.contracts.emulator import Emulator, EmulatorOptions, Telling
from kequn.contracts.records import OUTBOUND, Kind, Type
from kequn.contracts.secrets import Keyring
from kequn.registry import Registry
from kequn.store import connections, links, tenants
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.links import Address, Link
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from kequn.sync import policy, revise
from kequn.sync.connect import Switchboard
from kequn.sync.door import Door
from kequn.sync.engine import Engine, Outcome
from kequn.sync.remote import Remote
from kequn.testing.emulator.transport import EmulatorTransport
from kequn.testing.simulation.bells import Bells, ask_to_ring
from kequn.testing.simulation.calm import CalmCrm, Weather
from kequn.testing.simulation.crash import Crash, Trip
from kequn.testing.simulation.dice import Dice
from kequn.testing.simulation.direct import open_database
from kequn.testing.simulation.history import HUB, History
from kequn.testing.simulation.hub import Hub
from kequn.testing.simulation.people import People
from kequn.testing.simulation.screens import Screens
from kequn.testing.simulation.script import Script, allowed
from kequn.testing.simulation.sites import Standing
from kequn.testing.simulation.things import ORGANISATION, PERSON, TIERS, Thing, kind_of, thing_of, type_of, written

SKEWS = (-3600.0, -40.0, 0.0, 0.0, 7.0, 5000.0)
RARE: frozenset[Thing] = frozenset({ORGANISATION, *OUTBOUND})
"""What a connection has to be told of."""


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
    """One history while it is played. `silent`: CRMs that are not connected, not yet or not any more; `narrowed`: the
    scope of a connection, as the beginning of the keys that it takes in; `paused`: connections that rest."""

    script: Script
    registry: Registry
    file: Path
    history: History
    clock: ManualClock = field(default_factory=ManualClock)
    emulators: dict[str, Emulator] = field(default_factory=dict)
    connections: dict[str, UUID] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    paused: set[str] = field(default_factory=set)
    narrowed: dict[str, str] = field(default_factory=dict)
    crashes: int = 0

    def __post_init__(self) -> None:
        self.random = SeededRandom(self.history.seed)
        self.dice = Dice(SeededRandom(self.history.seed + 1_000_003))
        self.trip = Trip(self.dice, self.script.crash)
        self.weather = Weather(self._perhaps_act, races=self.script.races)
        self.bells = Bells(self._door, self.dice)
        self.deaf: set[str] = set()
        self.listening: set[str] = set()

    # -- building ------------------------------------------------------------------------------------------------------

    async def build(self) -> None:
        await self._open()
        async with self.database.reading() as session:
            self.scope = Scope((await tenants.get(session)).id)
        self.plugins = {f"{plugin}-{number + 1}": plugin for number, plugin in enumerate(self._chosen())}
        self.things = [PERSON, *self._others(), *self._rare()]
        self.deletes = "ask" if self.dice.falls(self.script.asks) else "propagate"
        for name, plugin in self.plugins.items():
            self._emulate(name, plugin)
        self.deaf = {name for name in self.plugins if not self.dice.falls(self.script.hears)}
        late = {name for name in list(self.plugins)[1:] if self.dice.falls(self.script.late)}
        self.silent |= late
        for name in self.plugins:
            if name not in late:
                await self.connect(name)
        self._people()
        if Kind.TIER in self.things:
            await self.people.have_tiers(TIERS)
        await self.people.settle_in(self.script.crowd)

    def _chosen(self) -> list[str]:
        """Each CRM in turn; or the same one twice, as two accounts of it."""
        every = sorted(self.registry.emulators)
        chosen = [every[(self.history.seed + number) % len(every)] for number in range(self.script.systems)]
        return [chosen[0], chosen[0], *chosen[2:]] if chosen[1:] and self.dice.falls(self.script.twins) else chosen

    def _others(self) -> list[Thing]:
        """What travels beside customers."""
        script, drawn = self.script, self.dice.falls
        groups = [Kind.GROUP, Kind.MEMBERSHIP] if drawn(script.groups) else []
        voices = [Kind.FEEDBACK] if drawn(script.voices) else []
        # What a script has not is not drawn: its histories stay what they were, and the mutants' seeds with them.
        rest = ((Kind.PURCHASE, script.orders), (Kind.INTERACTION, script.talks))
        return [*groups, *voices, *(kind for kind, chance in rest if chance and drawn(chance))]

    def _rare(self) -> list[Thing]:
        """Drawn by dice of their own, so that histories without them stay what they were."""
        drawn = Dice(SeededRandom(self.history.seed + 2_000_003)).falls
        script = self.script
        rare: tuple[tuple[Thing, float], ...] = (
            (ORGANISATION, script.firms),
            (Kind.BENEFIT_CLAIM, script.claims),
            (Kind.SURVEY_ANSWER, script.answers),
            (Kind.TIER, script.tiers),
        )
        return [thing for thing, chance in rare if drawn(chance)]

    def _people(self) -> None:
        screens = [Screens(name, emulator, self.things) for name, emulator in self.emulators.items()]
        # Whoever deletes a record must have seen all of it: people write what every system shows.
        common = [thing for thing in self.things if all(thing in site.fields for site in screens)]
        shown = {
            thing: [name for name in names if all(name in site.fields[thing] for site in screens)]
            for thing, names in written(common).items()
        }
        for site in screens:
            site.fields = shown
        self.hub = Hub(HUB, self.database, self.ledger, self.scope, shown)
        self.people = People(
            [self.hub, *screens],
            self.history,
            self.dice,
            self.standing,
            self.silent,
            self.is_racing,
            self.script.merges,
            self.script.deletes,
            self.script.known,
            self.script.alone,
        )
        self.history.systems = [HUB, *self.plugins]
        self.history.fields = sorted({name for names in shown.values() for name in names})
        self.history.references = sorted(
            {name for thing, names in shown.items() for name in names if type_of(thing, name) is Type.REF}
        )

    def _emulate(self, name: str, plugin: str) -> None:
        skew, seed = self.dice.one_of(SKEWS), self.dice.below(1 << 30)
        clock = SkewedClock(self.clock, skew)
        options = EmulatorOptions(clock, SeededRandom(seed), seed, transport=self.bells)
        self.emulators[name] = self.registry.emulators[plugin].build(options)
        self.emulators[name].faults.before(self._between)

    async def connect(self, name: str) -> None:
        """Add the connection; what kequn holds already is to be created there."""
        wanted = allowed(self.deletes, self.things)
        async with self.database.writing() as session:
            added = await connections.add(
                session,
                self.scope,
                self.registry.crm(self.plugins[name]),
                name,
                self._settings(name),
                keyring=self.keyring,
                clock=self.clock,
                chance=self.random,
                policy=wanted,
            )
            await revise.revise(session, self.scope, added.id, None, policy.read(wanted), self.clock)
        self.connections[name] = added.id
        self.silent.discard(name)

    def _settings(self, name: str) -> Mapping[str, Any]:
        emulator = self.emulators[name]
        if isinstance(emulator, Telling) and not RARE.isdisjoint(self.things):
            return emulator.telling(self.address(name))
        return emulator.settings(self.address(name))

    @property
    def keyring(self) -> Keyring:
        return Keyring([bytes(32)], self.random)

    # -- kequn as a process --------------------------------------------------------------------------------------------

    def opened(self) -> Database:
        """The database, opened anew."""
        return open_database(f"sqlite+aiosqlite:///{self.file}")

    def address(self, name: str) -> str:
        """Where this CRM is served."""
        return f"http://{name}.test"

    async def _open(self) -> None:
        self.database = self.opened()
        self.process = AsyncExitStack()
        self.remotes: dict[str, Remote] = {}
        self.ledger = Ledger(Vault(self.keyring), self.clock, self.random)
        worker = f"worker {self.crashes}"
        self.engine = Engine(self.database, self.ledger, self.clock, worker, lambda other: other != worker)

    async def close(self) -> None:
        await self.process.aclose()
        await self.database.close()

    async def restart(self) -> None:
        self.crashes += 1
        await self.close()
        await self._open()
        self.hub.database, self.hub.ledger = self.database, self.ledger

    def back_up(self) -> Path:
        """A copy of the database, as of now."""
        copy = self.file.with_suffix(".bak")
        source, target = sqlite3.connect(self.file), sqlite3.connect(copy)
        with source, target:
            source.backup(target)
        source.close()
        target.close()
        return copy

    async def restore(self, copy: Path) -> None:
        """The old database takes the place of the present one."""
        await self.close()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(copy, self.file)
        await self._open()
        await self.restart()
        self.listening.clear()

    async def forget_remotes(self) -> None:
        """Settings have changed: a worker opens its connections anew."""
        await self.process.aclose()
        self.process, self.remotes = AsyncExitStack(), {}

    # -- syncing -------------------------------------------------------------------------------------------------------

    async def sync(self, name: str) -> Outcome | None:
        """One run of one connection. None: it crashed, and kequn was started anew."""
        try:
            with self.trip.watching(self.database):
                remote = await self.remote(name)
                await self.listen(remote)
                return await self.engine.sync(remote)
        except Crash:
            await self.restart()
            return None
        finally:
            self.weather.window = None

    async def listen(self, remote: Remote) -> None:
        """Ask for webhooks, once, as a worker does."""
        name, people = remote.name, self.emulators[remote.name].people
        if name not in self.listening | self.deaf and await ask_to_ring(self._door(), remote, people):
            self.listening.add(name)

    def _door(self) -> Door:
        return Door(self.database, self.registry, self.keyring, self.clock, self.random)

    async def ring(self, name: str) -> None:
        """Deliver the webhooks of this CRM that are under way. Whoever hears them works beside the sync."""
        armed, self.trip.armed = self.trip.armed, False
        await self.emulators[name].settle()
        self.trip.armed = armed

    @property
    def awake(self) -> list[str]:
        """The connections that are synced."""
        return [name for name in self.plugins if name not in self.silent | self.paused]

    async def remote(self, name: str) -> Remote:
        """The open connection: a worker keeps it from run to run."""
        if name not in self.remotes:
            opened = await self.process.enter_async_context(self.board(name).connect(self.scope, name))
            self.remotes[name] = self._calmed(opened)
        return self.remotes[name]

    def board(self, name: str) -> Switchboard:
        """Where connections to this CRM are made."""
        transport = EmulatorTransport(self.emulators[name].app)
        return Switchboard(self.database, self.registry, self.keyring, self.clock, self.random, transport)

    def _calmed(self, remote: Remote) -> Remote:
        def turned(feed: str) -> None:
            self.history.events.append(["page", remote.name, feed])

        return replace(remote, crm=cast(Crm, CalmCrm(remote.crm, self.weather, remote.name, turned)))

    def is_racing(self, site: Screens, key: str) -> bool:
        """kequn has read a record by id there, and will write, on no exact condition."""
        if self.weather.window != site.name:
            return False
        can = self.remotes[site.name].can(site.address(key)[0])
        return can.conditional is not Conditional.EXACT

    async def _between(self, method: str, path: str) -> None:
        """Before every request: the process may die, and people may act."""
        self.trip.point()
        await self.weather.meanwhile()

    async def _perhaps_act(self) -> None:
        if self.trip.armed and self.dice.falls(self.script.busy):
            armed, self.trip.armed = self.trip.armed, False
            await self.people.act()
            self.trip.armed = armed
            await self.ring(self.dice.one_of(list(self.emulators)))

    # -- what is known -------------------------------------------------------------------------------------------------

    async def standing(self, site: Screens, key: str) -> Standing:
        """What kequn knows of the live record of this key."""
        if site.name in self.silent:
            return Standing.OUTSIDE
        link = await self.link(site.name, site.address(key))
        if link is None:
            return Standing.OUTSIDE if self.leaves_out(site.name, key) else Standing.UNMET
        return Standing.MET if link.in_scope and not self.leaves_out(site.name, key) else Standing.OUTSIDE

    async def link(self, name: str, address: Address) -> Link | None:
        async with self.database.reading() as session:
            found = await links.at(session, self.scope, self.ledger.vault, self.connections[name], {address})
        return found.get(address)

    def leaves_out(self, name: str, key: str) -> bool:
        """Whether nothing flows between this CRM and kequn about this key. (A membership begins with its customer.)"""
        if name in self.silent:
            return True
        kind = kind_of(thing_of(key))
        return kind in (Kind.CUSTOMER, Kind.MEMBERSHIP) and not key.startswith(self.narrowed.get(name, ""))
