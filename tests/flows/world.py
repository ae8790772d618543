"""A whole kequn in one process for stories: a database, an emulator (Zoho's, unless told otherwise), a connection
between them, the engine, and people on both sides. Time stands still unless a story moves it."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

import plugins.zoho
from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.records import Kind
from kequn.contracts.secrets import Keyring, new_key
from kequn.domain import customers
from kequn.domain.editing import Desk
from kequn.registry import Registry
from kequn.store import connections, rows, tenants
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.rows import Row
from kequn.store.scope import Actor, Role, Scope
from kequn.store.tables import Outbox
from kequn.store.vault import Vault
from kequn.sync.connect import Switchboard
from kequn.sync.engine import Engine, Outcome
from kequn.testing.emulator.transport import EmulatorTransport

KINDS = ("customer", "tier", "group", "membership", "feedback", "purchase", "interaction")
ALWAYS = {kind: {"create": "always"} for kind in KINDS} | {"customer": {"create": "always", "delete": "propagate"}}


class World:
    """`await World.open(url)`, `await world.close()`. `policy`: of the connection, which is named like its plugin."""

    database: Database
    scope: Scope
    board: Switchboard

    def __init__(
        self, seed: int = 0, records: int = 0, knobs: Mapping[str, Any] | None = None, plugin: ModuleType = plugins.zoho
    ) -> None:
        self.clock = ManualClock()
        self.random = SeededRandom(seed)
        self.keyring = Keyring.parse(new_key(SeededRandom(99)).reveal(), self.random)
        self.ledger = Ledger(Vault(self.keyring), self.clock, self.random)
        self.registry = Registry.load([plugin], entry_points=False)
        self.name = next(iter(self.registry.crms))
        options = EmulatorOptions(
            clock=self.clock, random=SeededRandom(seed + 1), seed=seed, records=records, knobs=knobs or {}
        )
        self.emulator: Emulator = self.registry.emulators[self.name].build(options)

    async def open(self, url: str, policy: Mapping[str, Any] = ALWAYS, base_url: str | None = None) -> "World":
        """`base_url`: where the emulator is served; None: it answers in this process."""
        self.transport: httpx.AsyncBaseTransport | None = None if base_url else EmulatorTransport(self.emulator.app)
        self.database = Database(url)
        async with self.database.writing() as session:
            self.scope = Scope((await tenants.get(session)).id)
            added = await connections.add(
                session,
                self.scope,
                self.registry.crm(self.name),
                self.name,
                self.emulator.settings(base_url or f"http://{self.name}.test"),
                keyring=self.keyring,
                clock=self.clock,
                chance=self.random,
                policy=policy,
            )
            self._connection: UUID = added.id
        self.wire()
        return self

    def wire(self) -> None:
        self.board = Switchboard(
            self.database, self.registry, self.keyring, self.clock, self.random, transport=self.transport
        )
        self.engine = Engine(self.database, self.ledger, self.clock, "story")

    async def reopen(self, url: str) -> None:
        """As after a crash: a new engine on the same database."""
        await self.database.close()
        self.database = Database(url)
        self.wire()

    async def close(self) -> None:
        await self.database.close()

    async def sync(self, **options: Any) -> Outcome:
        async with self.board.connect(self.scope, self.name) as remote:
            return await self.engine.sync(remote, **options)

    async def resettle(self, settings: Mapping[str, Any]) -> None:
        """Somebody enters other settings of the connection."""
        async with self.database.writing() as session:
            plugin = self.registry.crm(self.name)
            await connections.edit(session, self.scope, plugin, self.name, keyring=self.keyring, settings=settings)

    def break_path(self, broken: str, fault: str = "status_500") -> None:
        """From now on every request of this path meets the fault, until `zoho.faults.before(None)`."""

        async def before(method: str, path: str) -> None:
            if path.startswith(broken):
                self.zoho.faults.script(fault)

        self.zoho.faults.before(before)

    def spoil(self, module: str, id: str, values: Mapping[str, Any]) -> None:
        """A record as an import has left it: what the API would never take."""
        self.zoho.org.modules[module].table.rows[id].update(values)  # type: ignore[attr-defined]

    @property
    def zoho(self) -> Emulator:
        return self.emulator

    @property
    def connection(self) -> UUID:
        return self._connection

    async def waiting(self) -> list[tuple[str | None, str | None]]:
        """What waits in the outbox: code and field."""
        async with self.database.reading() as session:
            return [(row.code, row.field) for row in (await session.execute(select(Outbox))).scalars()]

    @property
    def writes(self) -> int:
        return sum(request.write for request in self.emulator.requests)

    # -- people at kequn -----------------------------------------------------------------------------------------

    @property
    def actor(self) -> Actor:
        return Actor(self.scope.tenant, Role.OPERATOR, "ops")

    async def customers(self) -> dict[UUID, Row]:
        """The live customers."""
        async with self.database.reading() as session:
            table = rows.table(Kind.CUSTOMER)
            query = select(table.c.id).where(table.c.tenant_id == self.scope.tenant, table.c.deleted_at.is_(None))
            ids = (await session.execute(query)).scalars().all()
            return await rows.load(session, self.scope, Kind.CUSTOMER, ids)

    async def customer(self, **wanted: Any) -> Row:
        """The one live customer with these facts."""
        found = [
            row
            for row in (await self.customers()).values()
            if all(row.facts[name] == value for name, value in wanted.items())
        ]
        assert len(found) == 1, f"{len(found)} customers with {wanted}"
        return found[0]

    async def create(self, **entered: Any) -> Row:
        async with self.database.writing() as session:
            return await customers.create(Desk(session, self.actor, self.ledger), entered)

    async def change(self, id: UUID, **entered: Any) -> Row:
        async with self.database.writing() as session:
            return await customers.change(Desk(session, self.actor, self.ledger), id, entered)

    async def delete(self, id: UUID) -> None:
        async with self.database.writing() as session:
            await customers.delete(Desk(session, self.actor, self.ledger), id)
