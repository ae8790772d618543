"""One connection to one emulator in this process: the host that a test gives to the adapter, and shorthands for both
sides. Time is a ManualClock that both share; chance is seeded."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.changes import Batch, Change, Op, Receipt
from kequn.contracts.crm import Cursor, Page, Problem
from kequn.contracts.emulator import EmulatorOptions
from kequn.contracts.errors import CrmError
from kequn.contracts.host import CrmHost, Token
from kequn.contracts.http import BoundClient
from kequn.contracts.manifest import origins, validate
from kequn.contracts.records import Kind, Record, Value
from kequn.testing.emulator import EmulatorTransport
from plugins.jiandaoyun import MANIFEST
from plugins.jiandaoyun.adapter import JiandaoyunCrm
from plugins.jiandaoyun.emulator import JiandaoyunEmulator, build

BASE = "http://jdy.test"


class NoTokens:
    """Jiandaoyun has none."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def load(self) -> Token | None:
        return None

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        async with self._lock:
            yield

    async def replace(self, token: Token) -> None:
        raise AssertionError("a token is stored")


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


@dataclass
class Walked:
    """All pages of one walk. `partial`: as the last page says."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    pages: int = 0
    partial: bool = False
    cursor: Cursor | None = None

    def add(self, page: Page) -> None:
        self.pages += 1
        self.records += page.records
        self.problems += page.problems
        self.partial = page.partial
        self.cursor = None if page.next_cursor is None else orjson.loads(orjson.dumps(page.next_cursor))

    @property
    def ids(self) -> list[str]:
        return [record.id for record in self.records]


class Rig:
    """`settings`: beside or in place of the emulator's own."""

    def __init__(self, *, records: int = 0, knobs: dict[str, Any] | None = None, **settings: Any) -> None:
        self.clock = ManualClock()
        options = EmulatorOptions(self.clock, SeededRandom(1), 1, records, knobs=knobs or {})
        self.emulator: JiandaoyunEmulator = build(options)
        self.purse, self.log = Purse(), Events()
        self._base = dict(self.emulator.settings(BASE))
        self.connect(**settings)

    def connect(self, **settings: Any) -> None:
        """Another connection, with other settings."""
        given = validate(MANIFEST, {**self._base, **settings})
        transport = EmulatorTransport(self.emulator.app)
        http = BoundClient(MANIFEST.hosts, origins(MANIFEST, given), transport=transport)
        chance = SeededRandom(2)
        self.host = CrmHost("jiandaoyun", http, NoTokens(), self.purse, self.clock, chance, self.log)
        self.crm = JiandaoyunCrm(given, self.host)

    def restart(self) -> None:
        """As another process would go on: with the same settings, and what was noted."""
        self.crm = JiandaoyunCrm(validate(MANIFEST, self._base), self.host)

    def forms(self, **more: Any) -> dict[str, Any]:
        """The emulator's setting `forms`, with other words for some."""
        forms: dict[str, Any] = {name: dict(form) for name, form in self._base["forms"].items()}
        return {name: {**forms.get(name, {}), **more.get(name, {})} for name in {**forms, **more}}

    @property
    def people(self) -> Any:
        return self.emulator.people

    @property
    def faults(self) -> Any:
        return self.emulator.faults

    def later(self, seconds: float = 10.0) -> None:
        self.clock.move(seconds)

    def calls(self, since: int = 0) -> list[str]:
        """The calls that were made, without what all begin with."""
        return [seen.path.removeprefix("/api/v5/app/entry/") for seen in self.emulator.requests[since:]]

    def writes(self) -> int:
        return sum(seen.write for seen in self.emulator.requests)

    async def walk(self, feed: str = "customer", cursor: Cursor | None = None) -> Walked:
        walked = Walked()
        while True:
            page = await self.crm.pull(feed, cursor)
            walked.add(page)
            cursor = walked.cursor
            if page.complete:
                return walked

    async def record(self, object: str, id: str) -> Record:
        found = [one for one in await self.crm.fetch(object, [id]) if isinstance(one, Record)]
        assert len(found) == 1
        return found[0]

    async def push(self, *changes: Change, batch: str = "batch") -> Sequence[Receipt | CrmError]:
        return await self.crm.push(Batch(batch, changes))

    async def create(self, kind: Kind, reference: str, /, **fields: Value) -> Receipt:
        answer = await self.answer(creation(kind, reference, **fields))
        assert isinstance(answer, Receipt), answer
        return answer

    async def answer(self, change: Change) -> Receipt | CrmError:
        (answer,) = await self.push(change)
        return answer


def creation(kind: Kind, reference: str, /, **fields: Value) -> Change:
    more: dict[str, Value] = {"type": "person", **fields} if kind is Kind.CUSTOMER else dict(fields)
    return Change(Op.CREATE, kind, kind.value, reference, fields=more)


def update(record: Record, **fields: Value) -> Change:
    return Change(
        Op.UPDATE, record.kind, record.object, record.reference or "none", record.id, record.version, fields
    )  # fmt: skip


def deletion(record: Record) -> Change:
    return Change(Op.DELETE, record.kind, record.object, record.reference or "none", record.id, record.version)


async def opened(**parts: Any) -> Rig:
    rig = Rig(**parts)
    await rig.crm.open()
    return rig
