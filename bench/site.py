"""A CRM's emulator and a kequn that is connected to it, in one process, on a database that was upgraded before."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.secrets import Keyring, new_key
from kequn.registry import Registry
from kequn.store import connections, tenants
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.scope import Scope
from kequn.store.vault import Vault
from kequn.sync.connect import Switchboard
from kequn.sync.engine import Engine
from kequn.testing.emulator.transport import EmulatorTransport


@dataclass(frozen=True)
class Site:
    name: str
    clock: ManualClock
    emulator: Emulator
    database: Database
    scope: Scope
    ledger: Ledger
    board: Switchboard

    async def sync(self, *, full: bool = False) -> float:
        """One run, as a process of its own would make it; its seconds."""
        engine = Engine(self.database, self.ledger, self.clock, "bench")
        async with self.board.connect(self.scope, self.name) as remote:
            began = time.perf_counter()
            outcome = await engine.sync(remote, full=full)
            assert outcome.well, outcome.message
            return time.perf_counter() - began


@asynccontextmanager
async def opened(name: str, url: str, records: int, seed: int, **settings: Any) -> AsyncIterator[Site]:
    """`records`: customers that the emulator of this plugin is seeded with. `settings`: beside the emulator's own."""
    clock, random = ManualClock(), SeededRandom(seed)
    keyring = Keyring.parse(new_key(random), random)
    registry = Registry.load([import_module(f"plugins.{name}")], entry_points=False)
    emulator = registry.emulators[name].build(EmulatorOptions(clock, SeededRandom(seed), seed, records))
    database = Database(url)
    try:
        async with database.writing() as session:
            scope = Scope((await tenants.get(session)).id)
            given = {**emulator.settings(f"http://{name}.test"), **settings}
            tools: dict[str, Any] = {"keyring": keyring, "clock": clock, "chance": random}
            await connections.add(session, scope, registry.crm(name), name, given, **tools)
        board = Switchboard(database, registry, keyring, clock, random, EmulatorTransport(emulator.app))
        yield Site(name, clock, emulator, database, scope, Ledger(Vault(keyring), clock, random), board)
    finally:
        await database.close()
