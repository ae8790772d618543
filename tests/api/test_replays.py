"""Webhooks of each CRM that come again: within their window they are answered and leave nothing, on whichever server;
after it they are refused. What the CRM itself repeats, for want of an answer, is neither lost nor doubled."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import delete, select
from starlette.applications import Starlette

import api
import plugins.fxiaoke
import plugins.jiandaoyun
import plugins.zoho
from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.secrets import Keyring
from kequn.registry import Registry
from kequn.settings import Settings
from kequn.store import connections, heard
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.store.tables import Heard, Hint
from kequn.sync.connect import Switchboard
from kequn.sync.door import Door
from kequn.testing.emulator import EmulatorTransport
from kequn.testing.simulation.bells import ask_to_ring

pytestmark = pytest.mark.anyio
PERSON: Mapping[str, Mapping[str, Any]] = {
    "zoho": {"object": "Contacts", "fields": {"Last_Name": "Bado"}},
    "fxiaoke": {"object": "AccountObj", "fields": {"name": "Bado"}},
    "jiandaoyun": {"object": "customer", "fields": {"name": "Bado"}},
}
WINDOW = {"zoho": 86_400, "fxiaoke": 21_600, "jiandaoyun": 600}


class Wire(httpx.AsyncBaseTransport):
    """From the CRM to kequn. Keeps what went over it; `deaf`: so many answers of kequn's get lost."""

    def __init__(self) -> None:
        self.app: Starlette | None = None
        self.sent: list[httpx.Request] = []
        self.deaf = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.sent.append(request)
        answer = await self.deliver(request)
        if self.deaf:
            self.deaf -= 1
            raise httpx.ReadTimeout("the answer is lost")
        return answer

    async def deliver(self, request: httpx.Request, app: Starlette | None = None) -> httpx.Response:
        transport = httpx.ASGITransport(app=app or self.app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport) as client:
            url, headers = request.url, dict(request.headers)
            answer = await client.request(request.method, url, content=request.content, headers=headers)
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)


class Street:
    """A CRM that rings, and the server at whose door."""

    def __init__(self, plugin: ModuleType, database: Database, tenant: Scope) -> None:
        self.clock, self.random, self.wire = ManualClock(), SeededRandom(4), Wire()
        self.database, self.scope = database, tenant
        self.registry = Registry.load([plugin], entry_points=False)
        self.name = next(iter(self.registry.crms))
        self.keyring = Keyring([b"k" * 32], self.random)
        options = EmulatorOptions(self.clock, SeededRandom(1), 1, 0, transport=self.wire)
        self.emulator: Emulator = self.registry.emulators[self.name].build(options)
        self.wire.app = self.server()

    def server(self) -> Starlette:
        parts: dict[str, Any] = {"keyring": self.keyring, "clock": self.clock, "random": self.random}
        return api.build(Settings(), self.registry, database=self.database, **parts)

    async def open(self) -> None:
        plugin, settings = self.registry.crm(self.name), self.emulator.settings(f"http://{self.name}.test")
        parts: dict[str, Any] = {"keyring": self.keyring, "clock": self.clock, "chance": self.random}
        async with self.database.writing() as session:
            await connections.add(session, self.scope, plugin, self.name, settings, **parts)
        board = Switchboard(
            self.database, self.registry, self.keyring, self.clock, self.random,
            transport=EmulatorTransport(self.emulator.app),
        )  # fmt: skip
        door = Door(self.database, self.registry, self.keyring, self.clock, self.random)
        async with board.connect(self.scope, self.name) as remote:
            assert await ask_to_ring(door, remote, self.emulator.people)

    async def happens(self) -> httpx.Request:
        """Somebody makes a record; the first webhook that tells of it."""
        before = len(self.wire.sent)
        self.emulator.people.create(PERSON[self.name]["object"], PERSON[self.name]["fields"])
        await self.emulator.settle()
        return self.wire.sent[before]

    async def taken(self) -> int:
        """How many records are to be looked at; a run then looks at them."""
        async with self.database.writing() as session:
            found = (await session.execute(select(Hint))).all()
            await session.execute(delete(Hint))
        return len(found)

    async def remembered(self) -> int:
        async with self.database.reading() as session:
            return len((await session.execute(select(Heard))).all())


@pytest.fixture(params=[plugins.zoho, plugins.fxiaoke, plugins.jiandaoyun], ids=["zoho", "fxiaoke", "jiandaoyun"])
async def street(request: pytest.FixtureRequest, database: Database, tenant: UUID) -> Street:
    street = Street(request.param, database, Scope(tenant))
    await street.open()
    return street


async def test_a_repeat_within_the_window_leaves_nothing(street: Street) -> None:
    rung = await street.happens()
    assert await street.taken() == 1
    for app in (street.wire.app, street.server()):
        street.clock.move(WINDOW[street.name] / 3)
        answer = await street.wire.deliver(rung, app)
        assert answer.is_success
        assert await street.taken() == 0


async def test_a_repeat_after_the_window_is_refused(street: Street) -> None:
    rung = await street.happens()
    street.clock.move(WINDOW[street.name] + 1)
    assert (await street.wire.deliver(rung)).status_code == 403


async def test_the_next_event_is_news(street: Street) -> None:
    await street.happens()
    assert await street.taken() == 1
    street.clock.move(1)
    await street.happens()
    assert (await street.taken(), await street.remembered()) == (1, 2)


async def test_it_is_forgotten_when_a_repeat_would_be_refused(street: Street) -> None:
    rung = await street.happens()
    await street.taken()
    for later in (WINDOW[street.name], WINDOW[street.name] + 1):
        street.clock.move(later)
        async with street.database.writing() as session:
            await heard.forget(session, street.scope, street.clock.now())
    assert await street.remembered() == 0
    assert (await street.wire.deliver(rung)).status_code == 403
    assert await street.taken() == 0


async def test_what_the_crm_repeats_for_want_of_an_answer_is_taken_once(street: Street) -> None:
    """Fxiaoke signs a repeat anew, Jiandaoyun's is the same; of Zoho it is known only that doubles happen."""
    street.wire.deaf = 1
    if street.name == "zoho":
        street.emulator.faults.script("webhook_duplicate")
    await street.happens()
    street.clock.move(5)
    await street.emulator.settle()
    assert len(street.wire.sent) == 2
    async with street.database.reading() as session:
        assert [hint.attempts for hint in (await session.execute(select(Hint))).scalars()] == [0]
    assert await street.remembered() == 1
