"""The sync path: records a second through pull, merge and apply, on both databases, beside what the same machine needs
to write the same rows without kequn; and requests made against the least that the CRM's paging allows."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

import plugins.zoho
from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.emulator import EmulatorOptions
from kequn.contracts.records import Kind
from kequn.contracts.secrets import Keyring, new_key
from kequn.registry import Registry
from kequn.store import connections, rows, tenants
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.rows import Row
from kequn.store.scope import Scope
from kequn.store.tables import Tenant
from kequn.store.vault import Vault
from kequn.sync.connect import Switchboard
from kequn.sync.engine import Engine
from kequn.testing.emulator.transport import EmulatorTransport

CHANGED = 0.05
PAGE = 200
MODULES = ("Accounts", "Contacts", "Deals", "Cases", "Calls", "Events", "Tasks")


@dataclass(frozen=True)
class Round:
    """Seconds of one round on one database, and what was done in them."""

    database: str
    records: int
    customers: int
    first: float
    quiet: float
    changed: float
    bare: float
    requests: int
    least: int


async def measure(name: str, url: str, records: int, seed: int) -> Round:
    """A first load, a run that finds nothing new, a run after 5 % of the contacts changed; and the bare write."""
    clock, random = ManualClock(), SeededRandom(seed)
    keyring = Keyring.parse(new_key(random), random)
    ledger = Ledger(Vault(keyring), clock, random)
    registry = Registry.load([plugins.zoho], entry_points=False)
    zoho = registry.emulators["zoho"].build(EmulatorOptions(clock, SeededRandom(seed), seed, records))
    database = Database(url)
    try:
        scope = await _connect(database, registry, zoho.settings("http://zoho.test"), keyring, clock, random)
        board = Switchboard(database, registry, keyring, clock, random, EmulatorTransport(zoho.app))
        engine = Engine(database, ledger, clock, "bench")

        async def sync() -> float:
            async with board.connect(scope, "zoho") as remote:
                began = time.perf_counter()
                outcome = await engine.sync(remote, full=True)
                assert outcome.state == "done", outcome.message
                return time.perf_counter() - began

        first = await sync()
        reads = sum(request.method == "GET" for request in zoho.requests)
        clock.move(3600)
        quiet = await sync()
        contacts = list(zoho.people.read("Contacts"))
        for contact in contacts[: int(len(contacts) * CHANGED)]:
            zoho.people.edit("Contacts", contact, {"Description": f"seen again {contact}"})
        clock.move(1)
        changed = await sync()
        stored = await _stored(database, scope)
        bare = await _bare(database, stored, ledger, clock)
        records = sum(len(zoho.people.read(module)) for module in MODULES)
        return Round(name, records, len(stored), first, quiet, changed, bare, reads, _least(zoho.people))
    finally:
        await database.close()


async def _connect(
    database: Database, registry: Registry, settings: Any, keyring: Keyring, clock: ManualClock, random: SeededRandom
) -> Scope:
    async with database.writing() as session:
        scope = Scope((await tenants.get(session)).id)
        plugin = registry.crm("zoho")
        given = {**settings, "bulk_threshold": 10_000_000}
        await connections.add(session, scope, plugin, "zoho", given, keyring=keyring, clock=clock, chance=random)
    return scope


async def _stored(database: Database, scope: Scope) -> list[Row]:
    table = rows.table(Kind.CUSTOMER)
    async with database.reading() as session:
        ids = (await session.execute(select(table.c.id).where(table.c.tenant_id == scope.tenant))).scalars().all()
        found: list[Row] = []
        for start in range(0, len(ids), 5000):
            found += (await rows.load(session, scope, Kind.CUSTOMER, ids[start : start + 5000])).values()
    return found


async def _bare(database: Database, stored: Sequence[Row], ledger: Ledger, clock: ManualClock) -> float:
    """The least that storing the customers can cost here: the same columns, a page at a time, and nothing else."""
    tenant = Tenant(id=ledger.new_id(), slug="bare", name="bare", created_at=clock.now())
    values = [
        {"tenant_id": tenant.id, "id": row.id, "created_at": clock.now(), "updated_at": clock.now(), **_columns(row)}
        for row in stored
    ]
    async with database.writing() as session:
        session.add(tenant)
    began = time.perf_counter()
    for start in range(0, len(values), PAGE):
        async with database.writing() as session:
            await session.execute(insert(rows.table(Kind.CUSTOMER)), values[start : start + PAGE])
    return time.perf_counter() - began


def _columns(row: Row) -> dict[str, Any]:
    return {
        **rows.columns(row.kind, row.facts),
        "tier_id": None,
        "parent_id": None,
        "owner_id": None,
        "version": 1,
        "extra": {},
    }


def _least(people: Any) -> int:
    """Pages of 200 that hold all records of the feeds, at least one for each feed and one for its deletes."""
    return sum(max(1, math.ceil(len(people.read(module)) / PAGE)) + 1 for module in MODULES)
