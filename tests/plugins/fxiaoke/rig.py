"""One connection to one emulator in this process: the host that a test gives to the adapter, and shorthands for both
sides. Time is a ManualClock that both share; chance is seeded."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.changes import Batch, Change, Op, Receipt
from kequn.contracts.crm import Cursor, Page
from kequn.contracts.emulator import EmulatorOptions
from kequn.contracts.errors import CrmError
from kequn.contracts.host import CrmHost, Token
from kequn.contracts.http import BoundClient
from kequn.contracts.manifest import origins, validate
from kequn.contracts.records import Gone, Kind, Record, Value
from kequn.testing.emulator import EmulatorTransport
from plugins.fxiaoke import MANIFEST
from plugins.fxiaoke.adapter import FxiaokeCrm
from plugins.fxiaoke.emulator import FxiaokeEmulator, build

BASE = "http://fxiaoke.test"


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


class Rig:
    def __init__(
        self, *, knobs: Mapping[str, Any] | None = None, records: int = 0,
        transport: httpx.AsyncBaseTransport | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        """`transport`: where the emulator's events go."""
        self.clock = ManualClock()
        options = EmulatorOptions(self.clock, SeededRandom(1), 1, records, transport=transport, knobs=knobs or {})
        self.emulator: FxiaokeEmulator = build(options)
        self.tokens, self.purse, self.log = MemoryTokens(), Purse(), Events()
        self._base = dict(self.emulator.settings(BASE))
        self.connect(**settings)

    def connect(self, *, far_end: httpx.AsyncBaseTransport | None = None, **settings: Any) -> None:
        """Another connection, with other settings. `far_end`: what answers in place of the emulator."""
        given = validate(MANIFEST, {**self._base, **settings})
        answering = far_end or EmulatorTransport(self.emulator.app)
        http = BoundClient(MANIFEST.hosts, origins(MANIFEST, given), transport=answering)
        self.host = CrmHost("fxiaoke", http, self.tokens, self.purse, self.clock, SeededRandom(2), self.log)
        self.crm = FxiaokeCrm(given, self.host)

    def restart(self) -> None:
        """As another process would go on: with the same settings, and what was noted."""
        self.crm = FxiaokeCrm(validate(MANIFEST, self._base), self.host)

    @property
    def people(self) -> Any:
        return self.emulator.people

    def later(self, seconds: float = 5.0) -> None:
        self.clock.move(seconds)

    def writes(self) -> int:
        return sum(seen.write for seen in self.emulator.requests)

    def paths(self, since: int = 0) -> list[str]:
        """What was asked, by the last part of each path."""
        return [seen.path.rpartition("/")[2] for seen in self.emulator.requests[since:]]

    def trouble(self, *faults: str | None) -> None:
        self.emulator.faults.script(*faults)

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

    async def create(self, kind: Kind, object: str, reference: str, /, **fields: Value) -> Receipt:
        (answer,) = await self.push(Change(Op.CREATE, kind, object, reference, fields=fields))
        assert isinstance(answer, Receipt), answer
        return answer


class Odd(httpx.AsyncBaseTransport):
    """A far end that logs people in and then answers everything with one body."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        token = {"errorCode": 0, "corpAccessToken": "T", "corpId": "FSCID_1", "expiresIn": 7200}
        if request.url.path.endswith("/V2"):
            return httpx.Response(200, json=token)
        return httpx.Response(200, content=self._body)


@dataclass
class Walked:
    """All pages of one walk."""

    records: list[Record] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    problems: list[Any] = field(default_factory=list)
    pages: int = 0
    partial: bool = False
    cursor: Cursor | None = None

    def add(self, page: Page) -> None:
        self.pages += 1
        self.records += page.records
        self.gone += page.gone
        self.problems += page.problems
        self.partial = page.partial

    @property
    def ids(self) -> list[str]:
        return [record.id for record in self.records]


async def opened(**parts: Any) -> Rig:
    rig = Rig(**parts)
    await rig.crm.open()
    return rig
