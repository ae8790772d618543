"""One connection to one emulator in this process: the host that a test gives to the adapter, and shorthands for both
sides. Time is a ManualClock that both share; chance is seeded."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.changes import Batch, Change, Op, Receipt
from kequn.contracts.crm import Cursor, Page
from kequn.contracts.emulator import EmulatorOptions
from kequn.contracts.errors import CrmError
from kequn.contracts.host import CrmHost, Slate, Token
from kequn.contracts.http import BoundClient
from kequn.contracts.manifest import origins, validate
from kequn.contracts.records import Gone, Kind, Record, Roster, Value
from kequn.testing.emulator import EmulatorTransport
from plugins.zoho import MANIFEST
from plugins.zoho.adapter import ZohoCrm
from plugins.zoho.emulator import build
from plugins.zoho.emulator.emulator import ZohoEmulator

BASE = "http://zoho.test"


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


@dataclass
class Purse:
    """A budget that counts what is spent."""

    spent: int = 0

    async def acquire(self, cost: int = 1) -> None:
        self.spent += cost


@dataclass
class Events:
    """A log that keeps what it is told."""

    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def info(self, event: str, **facts: Any) -> None:
        self.seen.append((event, facts))

    def warning(self, event: str, **facts: Any) -> None:
        self.seen.append((event, facts))


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


class Rig:
    def __init__(
        self, *, knobs: Mapping[str, Any] | None = None, records: int = 0,
        transport: httpx.AsyncBaseTransport | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        """`transport`: where the emulator's notifications go."""
        self.clock = ManualClock()
        options = EmulatorOptions(self.clock, SeededRandom(1), 1, records, transport=transport, knobs=knobs or {})
        self.emulator: ZohoEmulator = build(options)
        self.tokens, self.purse, self.log = MemoryTokens(), Purse(), Events()
        self._base = {**self.emulator.settings(BASE), **settings}
        given = validate(MANIFEST, self._base)
        self.tap = Tap(self.emulator.app)
        http = BoundClient(MANIFEST.hosts, origins(MANIFEST, given), transport=self.tap)
        self.host = CrmHost("zoho", http, self.tokens, self.purse, self.clock, SeededRandom(2), self.log)
        self.crm = ZohoCrm(given, self.host)

    async def reopen(self, **settings: Any) -> None:
        """As another process would, perhaps with other settings: then the notebook is empty again."""
        if settings:
            self.host = replace(self.host, notebook=Slate())
        self.crm = ZohoCrm(validate(MANIFEST, {**self._base, **settings}), self.host)
        await self.crm.open()

    @property
    def people(self) -> Any:
        return self.emulator.people

    def later(self, seconds: float = 5.0) -> None:
        self.clock.move(seconds)

    def writes(self) -> int:
        return sum(seen.write for seen in self.emulator.requests)

    async def walk(self, feed: str, cursor: Cursor | None = None) -> "Walked":
        walked = Walked()
        while True:
            page = await self.crm.pull(feed, cursor)
            cursor = page.next_cursor
            walked.add(page)
            if page.complete:
                walked.cursor = cursor
                return walked

    async def record(self, object: str, id: str) -> Record:
        found = [one for one in await self.crm.fetch(object, [id]) if isinstance(one, Record)]
        assert len(found) == 1
        return found[0]

    async def push(self, *changes: Change) -> Sequence[Receipt | CrmError]:
        return await self.crm.push(Batch("batch", changes))

    async def create(self, kind: Kind, object: str, reference: str, **fields: Value) -> Receipt:
        (answer,) = await self.push(Change(Op.CREATE, kind, object, reference, fields=fields))
        assert isinstance(answer, Receipt), answer
        return answer


@dataclass
class Walked:
    """All pages of one walk."""

    records: list[Record] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    rosters: list[Roster] = field(default_factory=list)
    problems: list[Any] = field(default_factory=list)
    pages: int = 0
    cursor: Cursor | None = None

    def add(self, page: Page) -> None:
        self.pages += 1
        self.records += page.records
        self.gone += page.gone
        self.rosters += page.rosters
        self.problems += page.problems

    @property
    def ids(self) -> list[str]:
        return [record.id for record in self.records]


async def opened(**parts: Any) -> Rig:
    rig = Rig(**parts)
    await rig.crm.open()
    return rig
