"""Where the demo takes place: an emulator of each built-in CRM on a port of this machine, a fresh database and key, and
a connection to each. The first CRM is told of everybody, the others of those whom they know: some take one record at a
time, and a newcomer does not wait. Decides nothing about what happens there."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL

import migrations
from cli import built_in
from cli.installation import Installation
from cli.people import Beside
from kequn.clock import Random, SystemClock, SystemRandom
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.records import Kind
from kequn.contracts.secrets import new_key
from kequn.registry import Registry
from kequn.settings import Settings
from kequn.store import connections, tenants
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.testing.emulator import serve

DATABASE, KEY = "kequn.db", "secret.key"
SECONDS_BETWEEN_RUNS = 5.0  # a newcomer does not wait a minute
SEED = 7
WITHOUT_EMAIL = {"jiandaoyun"}  # CRMs whose staff cannot be told to be the others'


@dataclass(frozen=True)
class Crm:
    """An emulated CRM, and the pages of the people who work in it."""

    name: str
    emulator: Emulator
    door: Beside
    url: str

    @property
    def requests(self) -> int:
        return len(self.emulator.requests)

    @property
    def writes(self) -> int:
        return sum(request.write for request in self.emulator.requests)


@contextmanager
def emulated(registry: Registry, records: int) -> Iterator[list[Crm]]:
    """Every CRM that has an emulator, seeded with this many customers."""
    with ExitStack() as stack:
        crms = []
        for name, plugin in registry.emulators.items():
            emulator = plugin.build(EmulatorOptions(seed=SEED, records=records))
            door = Beside(emulator.app)
            crms.append(Crm(name, emulator, door, stack.enter_context(serve(door))))
        yield crms


@asynccontextmanager
async def installed(
    folder: Path, registry: Registry, crms: list[Crm], url: str | None = None
) -> AsyncIterator[Installation]:
    """kequn in this folder, or in the database at `url`, connected to these CRMs. The environment does not count."""
    clock, random = SystemClock(), SystemRandom()
    settings = settings_in(folder, random, url)
    await migrations.upgrade(settings.database_url, clock, random)
    database = Database(settings.database_url)
    try:
        async with database.writing() as session:
            scope = Scope((await tenants.get(session)).id)
            for crm in crms:
                await connections.add(
                    session, scope, registry.crm(crm.name), crm.name, _settings_of(crm),
                    keyring=settings.keyring(random), clock=clock, chance=random, policy=_policy(first=crm is crms[0]),
                )  # fmt: skip
        yield Installation(settings, database, registry, scope, clock, random)
    finally:
        await database.close()


def _policy(*, first: bool) -> dict[str, Any]:
    create = "always" if first else "never"
    return {kind.value: {"create": create} for kind in Kind if kind is not Kind.STAFF}


def _settings_of(crm: Crm) -> dict[str, Any]:
    """Where one colleague is two people for kequn, who owns a customer would be a conflict for each of them: the owners
    of such a CRM are left out."""
    settings = dict(crm.emulator.settings(crm.url))
    if crm.name in WITHOUT_EMAIL:
        for form in settings["forms"].values():
            form["fields"] = {name: widget for name, widget in form["fields"].items() if name != "owner"}
    return settings


def built_in_alone() -> Registry:
    return Registry.load(built_in(), entry_points=False)


def settings_in(folder: Path, random: Random, url: str | None) -> Settings:
    """Nothing of the environment: whatever else a newcomer runs is neither used nor told of. The key stands in a file
    for its owner alone, so that other commands can be tried on the demo's database."""
    key = new_key(random)
    descriptor = os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(key.reveal())
    return Settings.apart(
        database_url=url or URL.create("sqlite+aiosqlite", database=str(folder / DATABASE)).render_as_string(),
        secret_key=key,
        dev=True,
        sync_seconds=SECONDS_BETWEEN_RUNS,
    )
