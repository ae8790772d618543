"""A stage: one emulator, connections to it, and the other people who work there. Time is a ManualClock that all share;
chance is seeded. Everything a connection may touch is made here, as kequn makes it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import count
from typing import Any, Protocol

from kequn.clock import Clock, ManualClock, SeededRandom
from kequn.contracts.changes import Batch, Change, Op, Receipt
from kequn.contracts.crm import Crm, ObjectSchema
from kequn.contracts.emulator import Emulator, EmulatorOptions, Telling
from kequn.contracts.errors import CrmError
from kequn.contracts.hooks import CrmPlugin, EmulatorPlugin, Limit
from kequn.contracts.host import CrmHost
from kequn.contracts.http import BoundClient
from kequn.contracts.manifest import origins, validate
from kequn.contracts.records import Gone, Record, Roster
from kequn.testing.conformance.case import expect
from kequn.testing.conformance.crowd import Crowd
from kequn.testing.conformance.office import Events, Purse, Tokens
from kequn.testing.conformance.reading import Reading
from kequn.testing.conformance.wire import Doorstep, Wire

YEAR = timedelta(days=365).total_seconds()


class StageClock(Clock, Protocol):
    """A clock that moves when told to."""

    def move(self, seconds: float) -> None: ...


@dataclass(frozen=True)
class Ground:
    """What stages stand on. `clock`: makes each one's clock. `made`: notes object and kequn id of each create that is
    sent. In a CRM in which others work: `tag`, with the number of the stage behind it, stands in every text that is
    written, and `tokens` are the connection's: a CRM gives few."""

    clock: Callable[[], StageClock] = ManualClock
    tag: str = ""
    tokens: Tokens | None = None
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    made: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True)
class Line:
    """One connection, and what it was given."""

    crm: Crm
    host: CrmHost
    http: BoundClient
    wire: Wire
    tokens: Tokens
    purse: Purse
    log: Events
    made: set[tuple[str, str]]

    def reading(self) -> Reading:
        """A reader of all feeds, from the start."""
        return Reading(self.crm)

    async def fetch(self, object: str, id: str) -> Record | Gone | None:
        """The record with this id, or that it is gone."""
        found = [one for one in await self.crm.fetch(object, [id]) if not isinstance(one, Roster)]
        expect(len(found) <= 1, f"fetch gives {len(found)} answers for one id of {object}")
        return found[0] if found else None

    async def record(self, object: str, id: str) -> Record:
        """The record with this id, which must be there."""
        found = await self.fetch(object, id)
        expect(isinstance(found, Record), f"fetch does not give the record of {object} that is there")
        assert isinstance(found, Record)
        return found

    async def push(self, *changes: Change) -> Sequence[Receipt | CrmError]:
        """The answers, in order. An error that strikes all of them is each one's answer."""
        self.made.update((change.object, change.reference) for change in changes if change.op is Op.CREATE)
        try:
            answers = await self.crm.push(Batch("batch", changes))
        except CrmError as error:
            return [error for _ in changes]
        expect(len(answers) == len(changes), f"push gives {len(answers)} answers for {len(changes)} changes")
        return answers


class Stage:
    """See the top. `line` is the usual connection; `connect` makes others."""

    def __init__(
        self,
        plugin: CrmPlugin,
        emulator: EmulatorPlugin,
        knobs: Mapping[str, Any],
        ground: Ground,
        records: int,
        seed: int,
        years: int,
    ) -> None:
        self.tag = f"{ground.tag}x{next(ground.numbers)}" if ground.tag else ""
        self.ground = ground
        self.clock = ground.clock()
        if years:
            self.clock.move(years * YEAR)
        self.door = Doorstep()
        self.plugin = plugin
        options = EmulatorOptions(self.clock, SeededRandom(seed), seed, records, transport=self.door, knobs=dict(knobs))
        self.emulator: Emulator = emulator.build(options)
        told = self.emulator.telling if isinstance(self.emulator, Telling) else self.emulator.settings
        self.settings: dict[str, Any] = dict(told(f"https://{plugin.name}.test"))
        self._lines: list[Line] = []

    @cached_property
    def line(self) -> Line:
        return self.connect()

    @property
    def limits(self) -> Sequence[Limit]:
        """Those that the plugin declares with the emulator's settings."""
        return self.plugin.limits(validate(self.plugin.manifest, self.settings))

    @cached_property
    def crowd(self) -> Crowd:
        return Crowd(self.emulator, self.line.crm, self.tag)

    async def schemas(self) -> dict[str, ObjectSchema]:
        """What the CRM says of its objects, by name."""
        return {schema.name: schema for schema in await self.line.crm.describe()}

    def connect(
        self,
        settings: Mapping[str, Any] | None = None,
        *,
        hosts: Iterable[str] | None = None,
        tokens: Tokens | None = None,
        purse: Purse | None = None,
        seed: int = 2,
    ) -> Line:
        """Another connection. `settings`: in place of the emulator's own. `hosts`: in place of those that the manifest
        and the settings allow."""
        manifest = self.plugin.manifest
        given = validate(manifest, self.settings if settings is None else settings)
        wire = Wire(self.emulator.app, self.clock)
        allowed = (manifest.hosts, origins(manifest, given)) if hosts is None else (hosts, ())
        http = BoundClient(*allowed, transport=wire)
        shared = self.ground.tokens if settings is None else None
        tokens = tokens or shared or Tokens(lambda: len(wire.sent))
        purse, log = purse or Purse(self.clock, limits=self.plugin.limits(given)), Events()
        wire.login, wire.paid = lambda: tokens.held, lambda: purse.paid
        host = CrmHost(self.plugin.name, http, tokens, purse, self.clock, SeededRandom(seed), log)
        line = Line(self.plugin.build(given, host), host, http, wire, tokens, purse, log, self.ground.made)
        self._lines.append(line)
        return line

    def writes(self) -> int:
        """How many requests have asked the CRM to change a record."""
        return sum(seen.write for seen in self.emulator.requests)

    def later(self, seconds: float = 5.0) -> None:
        self.clock.move(seconds)

    def settle(self) -> None:
        """Wait until reads show what was written."""
        self.clock.move(self.line.crm.capabilities.settle_seconds + 2)

    def knows(self, fault: str) -> bool:
        """Whether the emulator can play this fault."""
        try:
            self.emulator.faults.script(fault)
        except ValueError:
            return False
        return True

    def strike(self, *faults: str | None) -> None:
        """The next requests meet these. Fails when the emulator cannot play one that every CRM can have."""
        try:
            self.emulator.faults.script(*faults)
        except ValueError as error:
            expect(False, f"the emulator cannot play a fault: {error}")

    async def close(self) -> None:
        for line in self._lines:
            line.wire.broken, line.wire.silent = None, False
            await line.crm.aclose()
            await line.http.aclose()
