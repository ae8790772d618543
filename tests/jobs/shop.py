"""A shop for tests of the worker: a connection to an emulated Zoho, and workers that share its database. Time stands
still unless a test moves it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

import plugins.zoho
from jobs.census import Census
from jobs.errands import Errands
from jobs.light import Light
from jobs.runner import Runner
from jobs.worker import Worker
from kequn.clock import Clock, ManualClock, SeededRandom
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.host import Log
from kequn.contracts.secrets import Keyring, new_key
from kequn.domain.editing import Desk
from kequn.log import EventLog
from kequn.registry import Registry
from kequn.store import connections
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Actor, Role, Scope
from kequn.store.tables import Connection, Run
from kequn.store.vault import Vault
from kequn.sync.connect import Switchboard
from kequn.sync.engine import Engine
from kequn.testing.emulator import EmulatorTransport

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
        runner = self.runner("here:1", lambda worker: worker == "here:1", **more)
        self.light = Light(runner, Errands(self.database, self.ledger, EventLog(), ()))
        return Worker(runner, self.light, Census(self.database, self.clock, "here:1", silence=30.0))

    def runner(
        self,
        name: str,
        is_dead: Callable[[str], bool],
        log: Log | None = None,
        clock: Clock | None = None,
        **more: Any,
    ) -> Runner:
        """`clock`: of a machine of its own."""
        clock, transport = clock or self.clock, EmulatorTransport(self.zoho.app)
        board = Switchboard(self.database, self.registry, self.keyring, clock, self.random, transport=transport)
        engine = Engine(self.database, self.ledger, clock, name, is_dead)
        return Runner(board, engine, log or EventLog(), seconds=INTERVAL, **more)

    async def add(self, name: str = "zoho", **settings: Any) -> Connection:
        given = {**self.zoho.settings("http://zoho.test"), **settings}
        plugin = self.registry.crm("zoho")
        async with self.database.writing() as session:
            return await connections.add(
                session, self.scope, plugin, name, given,
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
