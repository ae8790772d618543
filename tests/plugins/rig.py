"""One connection to one emulator in this process: the host that a test gives to the adapter, and shorthands for both
sides. Time is a ManualClock that both share; chance is seeded. Each CRM's rig.py adds what is its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import httpx
import orjson

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.changes import Batch, Change, Op, Receipt
from kequn.contracts.crm import Crm, Cursor, Page, Problem
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.errors import CrmError
from kequn.contracts.hooks import Limit, Manifest, unlimited
from kequn.contracts.host import CrmHost, Slate, Token
from kequn.contracts.http import BoundClient
from kequn.contracts.manifest import origins, validate
from kequn.contracts.records import Gone, Kind, Record, Roster, Value
from kequn.testing.conformance.office import Events, Purse
from kequn.testing.emulator import EmulatorTransport

E = TypeVar("E", bound=Emulator)
C = TypeVar("C", bound=Crm)


class MemoryTokens:
    def __init__(self) -> None:
        self.token: Token | None = None
        self._lock = asyncio.Lock()

    async def load(self) -> Token | None:
        return self.token

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        async with self._lock:
            yield

    async def replace(self, token: Token) -> None:
        self.token = token


class Tap(EmulatorTransport):
    """Keeps what goes over the wire. `nonsense`: what every request is answered with from now on."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.sent: list[httpx.Request] = []
        self.nonsense: Any = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        if self.nonsense is not None:
            return httpx.Response(200, json=self.nonsense, request=request)
        return await super().handle_async_request(request)


@dataclass(frozen=True)
class Subject(Generic[E, C]):
    """A plugin under test. `base`: where its emulator is. `limits`: what its budget keeps to."""

    name: str
    manifest: Manifest
    emulate: Callable[[EmulatorOptions], E]
    build: Callable[[Mapping[str, Any], CrmHost], C]
    base: str
    limits: Callable[[Mapping[str, Any]], Sequence[Limit]] = unlimited


class Rig(Generic[E, C]):
    """`settings`: beside or in place of the emulator's own. `transport`: where the emulator's webhooks go."""

    subject: Subject[E, C]

    def __init__(
        self, *, knobs: Mapping[str, Any] | None = None, records: int = 0,
        transport: httpx.AsyncBaseTransport | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        self.clock = ManualClock()
        options = EmulatorOptions(self.clock, SeededRandom(1), 1, records, transport=transport, knobs=knobs or {})
        self.emulator: E = self.subject.emulate(options)
        self.tokens, self.log = MemoryTokens(), Events()
        self.tap = Tap(self.emulator.app)
        self.base = {**self.emulator.settings(self.subject.base), **settings}
        self.purse = Purse(self.clock, limits=self.subject.limits(validate(self.subject.manifest, self.base)))
        self.connect()

    def connect(self, *, far_end: httpx.AsyncBaseTransport | None = None, **settings: Any) -> None:
        """Another connection, with other settings. `far_end`: what answers in place of the emulator."""
        manifest = self.subject.manifest
        given = validate(manifest, {**self.base, **settings})
        http = BoundClient(manifest.hosts, origins(manifest, given), transport=far_end or self.tap)
        chance = SeededRandom(2)
        self.host = CrmHost(self.subject.name, http, self.tokens, self.purse, self.clock, chance, self.log)
        self.crm: C = self.subject.build(given, self.host)

    def restart(self, **settings: Any) -> None:
        """As another process would go on: with what was noted, unless the settings are others."""
        if settings:
            self.host = replace(self.host, notebook=Slate())
        self.crm = self.subject.build(validate(self.subject.manifest, {**self.base, **settings}), self.host)

    @property
    def people(self) -> Any:
        return self.emulator.people

    def later(self, seconds: float = 10.0) -> None:
        self.clock.move(seconds)

    def writes(self) -> int:
        return sum(seen.write for seen in self.emulator.requests)

    async def walk(self, feed: str, cursor: Cursor | None = None) -> "Walked":
        """To the end of the feed. Cursors pass through JSON, as they do between runs."""
        walked = Walked()
        while True:
            page = await self.crm.pull(feed, cursor)
            cursor = None if page.next_cursor is None else orjson.loads(orjson.dumps(page.next_cursor))
            walked.add(page)
            if page.complete:
                walked.cursor = cursor
                return walked

    async def record(self, object: str, id: str) -> Record:
        found = [one for one in await self.crm.fetch(object, [id]) if isinstance(one, Record)]
        assert len(found) == 1
        return found[0]

    async def push(self, *changes: Change, batch: str = "batch") -> Sequence[Receipt | CrmError]:
        return await self.crm.push(Batch(batch, changes))

    async def answer(self, change: Change) -> Receipt | CrmError:
        (answer,) = await self.push(change)
        return answer

    async def create(self, kind: Kind, object: str, reference: str, /, **fields: Value) -> Receipt:
        answer = await self.answer(Change(Op.CREATE, kind, object, reference, fields=fields))
        assert isinstance(answer, Receipt), answer
        return answer


@dataclass
class Walked:
    """All pages of one walk. `partial`: as the last page says."""

    records: list[Record] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    rosters: list[Roster] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    pages: int = 0
    partial: bool = False
    cursor: Cursor | None = None

    def add(self, page: Page) -> None:
        self.pages += 1
        self.records += page.records
        self.gone += page.gone
        self.rosters += page.rosters
        self.problems += page.problems
        self.partial = page.partial

    @property
    def ids(self) -> list[str]:
        return [record.id for record in self.records]
