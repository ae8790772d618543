"""The sync path: records a second through pull, merge and apply, on both databases, beside what the same machine needs
to write the same rows without kequn."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from bench.site import Site, opened
from kequn.contracts.records import Kind
from kequn.store import rows
from kequn.store.rows import Row
from kequn.store.tables import Tenant

CHANGED = 0.05
PAGE = 200
DAY = 86_400
MODULES = ("Accounts", "Contacts", "Deals", "Cases", "Calls", "Events", "Tasks")


@dataclass(frozen=True)
class Round:
    """Seconds of one round on one database, and what was done in them. `contacts`: what the CRM was seeded with."""

    database: str
    contacts: int
    records: int
    customers: int
    first: float
    quiet: float
    changed: float
    bare: float


async def measure(name: str, url: str, records: int, seed: int) -> Round:
    """A first load, a run a day later that reads all tags again and finds nothing new, a run after 5 % of the contacts
    changed; and the bare write."""
    async with opened("zoho", url, records, seed) as site:
        first = await site.sync(full=True)
        site.clock.move(DAY)
        quiet = await site.sync(full=True)
        people = site.emulator.people
        contacts = list(people.read("Contacts"))
        for contact in contacts[: int(len(contacts) * CHANGED)]:
            people.edit("Contacts", contact, {"Description": f"seen again {contact}"})
        site.clock.move(1)
        changed = await site.sync(full=True)
        stored = await _stored(site)
        bare = await _bare(site, stored)
        total = sum(len(people.read(module)) for module in MODULES)
        return Round(name, records, total, len(stored), first, quiet, changed, bare)


async def _stored(site: Site) -> list[Row]:
    table = rows.table(Kind.CUSTOMER)
    async with site.database.reading() as session:
        mine = select(table.c.id).where(table.c.tenant_id == site.scope.tenant)
        ids = (await session.execute(mine)).scalars().all()
        found: list[Row] = []
        for start in range(0, len(ids), 5000):
            found += (await rows.load(session, site.scope, Kind.CUSTOMER, ids[start : start + 5000])).values()
    return found


async def _bare(site: Site, stored: Sequence[Row]) -> float:
    """The least that storing the customers can cost here: the same columns, a page at a time, and nothing else."""
    now = site.clock.now()
    tenant = Tenant(id=site.ledger.new_id(), slug="bare", name="bare", created_at=now)
    values = [
        {"tenant_id": tenant.id, "id": row.id, "created_at": now, "updated_at": now, **_columns(row)} for row in stored
    ]
    async with site.database.writing() as session:
        session.add(tenant)
    began = time.perf_counter()
    for start in range(0, len(values), PAGE):
        async with site.database.writing() as session:
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
