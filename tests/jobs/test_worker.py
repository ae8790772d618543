"""The worker: what makes a run due, how a failing connection rests, how it stops. Time stands still unless moved."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

import plugins.zoho
from jobs.census import Census
from jobs.errands import Errands
from jobs.light import Light
from jobs.runner import Runner
from jobs.worker import Worker
from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.secrets import Keyring, new_key
from kequn.domain import customers, runs
from kequn.domain.editing import Desk
from kequn.log import EventLog
from kequn.registry import Registry
from kequn.store import connections
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.runs import claim
from kequn.store.scope import Actor, Role, Scope
from kequn.store.tables import Connection, Run
from kequn.store.vault import Vault
from kequn.sync.connect import Switchboard
from kequn.sync.engine import Engine
from kequn.testing.emulator import EmulatorTransport

pytestmark = pytest.mark.anyio
INTERVAL = 60.0


class Shop:
    """A connection to an emulated Zoho, and a worker."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self.database, self.scope = database, scope
        self.clock, self.random = ManualClock(), SeededRandom(3)
        self.keyring = Keyring.parse(new_key(SeededRandom(4)), self.random)
        self.ledger = Ledger(Vault(self.keyring), self.clock, self.random)
        self.registry = Registry.load([plugins.zoho], entry_points=False)
        options = EmulatorOptions(clock=self.clock, random=SeededRandom(5), records=3)
        self.zoho: Emulator = plugins.zoho.emulate(options)
        self.worker = self.make()

    def make(self, **more: Any) -> Worker:
        transport = EmulatorTransport(self.zoho.app)
        board = Switchboard(self.database, self.registry, self.keyring, self.clock, self.random, transport=transport)
        engine = Engine(self.database, self.ledger, self.clock, "here:1", lambda worker: worker == "here:1")
        runner = Runner(board, engine, EventLog(), seconds=INTERVAL, **more)
        self.light = Light(runner, Errands(self.database, self.ledger, EventLog(), ()))
        return Worker(runner, self.light, Census(self.database, self.clock, "here:1", silence=30.0))

    async def add(self, **settings: Any) -> Connection:
        given = {**self.zoho.settings("http://zoho.test"), **settings}
        plugin = self.registry.crm("zoho")
        async with self.database.writing() as session:
            return await connections.add(
                session, self.scope, plugin, "zoho", given,
                keyring=self.keyring, clock=self.clock, chance=self.random, policy={"customer": {"create": "always"}},
            )  # fmt: skip

    async def edit(self, **settings: Any) -> None:
        plugin = self.registry.crm("zoho")
        async with self.database.writing() as session:
            await connections.edit(session, self.scope, plugin, "zoho", keyring=self.keyring, settings=settings)

    def desk(self, session: AsyncSession) -> Desk:
        return Desk(session, Actor(self.scope.tenant, Role.OPERATOR, "ops"), self.ledger)

    async def look(self) -> list[Run]:
        """Let the worker look once, and wait for what it starts; all runs so far, oldest first."""
        await self.worker.look()
        await self.light.settle()
        return await self.runs()

    async def runs(self) -> list[Run]:
        async with self.database.reading() as session:
            return list((await session.execute(select(Run).order_by(col(Run.id)))).scalars())


@pytest.fixture
async def shop(database: Database, scope: Scope) -> AsyncIterator[Shop]:
    shop = Shop(database, scope)
    yield shop
    await shop.light.settle()


async def test_a_new_connection_is_synced_at_once_and_then_on_its_interval(shop: Shop) -> None:
    await shop.add()
    (first,) = await shop.look()
    assert (first.state, first.starter) == ("done", "schedule")
    assert len(await shop.look()) == 1
    shop.clock.move(INTERVAL)
    assert len(await shop.look()) == 2


async def test_an_edit_goes_out_without_waiting_for_the_interval(shop: Shop) -> None:
    await shop.add()
    await shop.look()
    async with shop.database.writing() as session:
        await customers.create(shop.desk(session), {"type": "person", "name": "东一", "last_name": "东一"})
    before = len(shop.zoho.people.read("Contacts"))
    shop.clock.move(1)
    assert len(await shop.look()) == 2
    assert len(shop.zoho.people.read("Contacts")) == before + 1


async def test_a_run_that_was_asked_for_is_taken_up(shop: Shop) -> None:
    connection = await shop.add()
    await shop.look()
    shop.clock.move(1)
    async with shop.database.writing() as session:
        asked = await runs.start(shop.desk(session), connection.id)
    _, second = await shop.look()
    assert (second.id, second.state, second.starter) == (asked, "done", "api")


async def test_a_paused_connection_is_left_alone(shop: Shop) -> None:
    await shop.add()
    async with shop.database.writing() as session:
        await connections.pause(session, shop.scope, "zoho")
    assert await shop.look() == []


async def test_a_failing_connection_rests_longer_each_time(shop: Shop) -> None:
    await shop.add(client_secret="wrong")
    (first,) = await shop.look()
    assert (first.state, first.code) == ("failed", "NEEDS_LOGIN")
    async with shop.database.writing() as session:
        await customers.create(shop.desk(session), {"type": "person", "name": "东一", "last_name": "东一"})
    tried: list[int] = []
    for second in range(60):
        shop.clock.move(1)
        if len(await shop.look()) > len(tried) + 1:
            tried.append(second)
    gaps = [later - earlier for earlier, later in pairwise(tried)]
    assert 3 <= len(tried) <= 6
    assert gaps == sorted(gaps)


async def test_a_person_who_asks_is_answered_though_the_connection_rests(shop: Shop) -> None:
    connection = await shop.add(client_secret="wrong")
    await shop.look()
    async with shop.database.writing() as session:
        await runs.start(shop.desk(session), connection.id)
    assert [run.starter for run in await shop.look()] == ["schedule", "api"]


async def test_a_connection_that_cannot_be_made_fails_its_run(shop: Shop) -> None:
    connection = await shop.add()
    shop.registry = Registry.load([], entry_points=False)
    shop.worker = shop.make()
    async with shop.database.writing() as session:
        await runs.start(shop.desk(session), connection.id)
    (run,) = await shop.look()
    assert (run.state, run.code) == ("failed", "BAD_SETTINGS")
    assert "there is no plugin 'zoho'" in str(run.message)


async def test_a_run_that_a_predecessor_left_goes_on(shop: Shop) -> None:
    connection = await shop.add()
    async with shop.database.writing() as session:
        await claim(session, shop.scope, connection.id, shop.ledger.new_id(), "here:1", shop.clock.now())
    shop.clock.move(INTERVAL)
    assert [(run.state, run.code, run.generation) for run in await shop.look()] == [("done", None, 2)]


async def test_webhooks_are_asked_for_and_renewed_in_time(shop: Shop) -> None:
    await shop.add()
    shop.worker = shop.make(public_url="https://kequn.example.com")
    await shop.look()
    until = [await subscribed_until(shop)]
    for _ in range(2):
        shop.clock.move(INTERVAL)
        await shop.look()
        until.append(await subscribed_until(shop))
    assert until[0] is not None
    assert until[0] == until[1] == until[2]
    shop.clock.move((until[0] - shop.clock.now()).total_seconds() - INTERVAL)
    await shop.look()
    assert await subscribed_until(shop) > until[0]


async def subscribed_until(shop: Shop) -> Any:
    async with shop.database.reading() as session:
        return (await session.execute(select(Connection.subscription_until))).scalar_one()


async def test_it_works_while_the_block_lasts_and_stops_at_its_end(shop: Shop) -> None:
    await shop.add()
    done = asyncio.Event()

    async def watch() -> None:
        while not any(run.state == "done" for run in await shop.runs()):
            await shop.clock.sleep(0)
        done.set()

    async with shop.worker:
        await asyncio.wait_for(watch(), 30)
    count = len(await shop.runs())
    await shop.clock.sleep(INTERVAL * 5)
    assert done.is_set()
    assert len(await shop.runs()) == count


async def test_a_run_under_way_is_broken_off_when_it_stops_and_the_next_one_completes_it(shop: Shop) -> None:
    await shop.add()
    reached, never = asyncio.Event(), asyncio.Event()

    async def wait(method: str, path: str) -> None:
        if path.endswith("/Contacts"):
            reached.set()
            await never.wait()

    shop.zoho.faults.before(wait)
    async with shop.worker:
        await asyncio.wait_for(reached.wait(), 30)
    shop.zoho.faults.before(None)
    shop.worker = shop.make()
    shop.clock.move(INTERVAL)
    assert (await shop.look())[-1].state == "done"
