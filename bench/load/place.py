"""A kequn on PostgreSQL, its emulated CRMs, and the commands that are run against them as a user would run them.
Decides nothing about what is measured."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Table, func, select

import migrations
from bench.load.machine import ON_ITS_OWN, Taken, taken
from cli import built_in
from cli.installation import Installation
from kequn.clock import SystemClock, SystemRandom
from kequn.contracts.emulator import Emulator, EmulatorOptions
from kequn.contracts.records import Kind
from kequn.contracts.secrets import new_key
from kequn.registry import Registry
from kequn.settings import Settings
from kequn.store import connections, tables, tenants
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.testing.emulator import serve

KEQUN = [*ON_ITS_OWN, str(Path(sys.executable).with_name("kequn"))]
SEED = 7
LIFTED: dict[str, dict[str, Any]] = {"zoho": {"bulk_seconds": 0.0, "token_limits": False}}
"""Knobs without which an emulator makes its client wait."""
ZOHO: dict[str, Any] = {"bulk_threshold": 1_000_000}
"""Pages and no export: as everybody else reads them who is measured beside kequn."""
_links: Table = tables.Link.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Crm:
    name: str
    emulator: Emulator
    url: str


@dataclass(frozen=True)
class Place:
    here: Installation
    crms: Sequence[Crm]
    folder: Path

    @property
    def zoho(self) -> Crm:
        return next(crm for crm in self.crms if crm.name == "zoho")

    @property
    def environment(self) -> dict[str, str]:
        key = self.here.settings.secret_key
        assert key is not None
        ours = {"DATABASE_URL": self.here.settings.database_url, "SECRET_KEY": key.reveal(), "LOG_LEVEL": "warning"}
        return {**os.environ, **{f"KEQUN_{name}": value for name, value in ours.items()}}

    def start(self, *words: str, **settings: str) -> "subprocess.Popen[bytes]":
        """A command of kequn, on a core of its own. `settings`: by their names in the environment."""
        return subprocess.Popen(  # noqa: S603 - the command is ours
            [*KEQUN, *words], env={**self.environment, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    async def linked(self) -> int:
        async with self.here.database.reading() as session:
            return int((await session.execute(select(func.count()).select_from(_links))).scalar_one())

    async def count(self, table: Table, *where: Any) -> int:
        async with self.here.database.reading() as session:
            return int((await session.execute(select(func.count()).select_from(table).where(*where))).scalar_one())


@asynccontextmanager
async def placed(names: Sequence[str], customers: int, url: str, *, seconds: float = 3600.0) -> AsyncIterator[Place]:
    """Every CRM is seeded with the same customers, and told of everybody. `seconds`: between a connection's runs."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        registry = Registry.load(built_in(), entry_points=False)
        crms = [stack.enter_context(_emulated(registry, name, customers)) for name in names]
        clock, random = SystemClock(), SystemRandom()
        settings = Settings(database_url=url, secret_key=new_key(random), tenant=tenants.DEFAULT, sync_seconds=seconds)
        await migrations.upgrade(url, clock, random)
        database = Database(url)
        try:
            async with database.writing() as session:
                scope = Scope((await tenants.get(session)).id)
                tools: dict[str, Any] = {"keyring": settings.keyring(random), "clock": clock, "chance": random}
                for crm in crms:
                    given = {**crm.emulator.settings(crm.url), **(ZOHO if crm.name == "zoho" else {})}
                    await connections.add(
                        session, scope, registry.crm(crm.name), crm.name, given, **tools, policy=_everybody()
                    )
            yield Place(Installation(settings, database, registry, scope, clock, random), crms, Path(folder))
        finally:
            await database.close()


@contextmanager
def _emulated(registry: Registry, name: str, customers: int) -> Iterator[Crm]:
    options = EmulatorOptions(seed=SEED, records=customers, knobs=LIFTED.get(name, {}))
    emulator = registry.emulators[name].build(options)
    with serve(emulator.app) as url:
        yield Crm(name, emulator, url)


def _everybody() -> dict[str, Any]:
    return {kind.value: {"create": "always"} for kind in Kind if kind is not Kind.STAFF}


@dataclass(frozen=True)
class Serving:
    """A server with its worker."""

    url: str
    pid: int

    def taken(self) -> Taken:
        found = taken(self.pid)
        assert found is not None, "the server has ended"
        return found


@contextmanager
def serving(place: Place, **settings: str) -> Iterator[Serving]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    given = {"KEQUN_SYNC_SECONDS": str(place.here.settings.sync_seconds), **settings}
    server = place.start("serve", "--port", str(port), **given)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, server)
        yield Serving(url, server.pid)
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(url: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and server.poll() is None:
        try:
            httpx.get(f"{url}/healthz").raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


async def until(holds: Callable[[], Any], seconds: float, every: float = 0.25) -> float:
    """Seconds until an awaitable answer is true. Raises TimeoutError."""
    began = time.monotonic()
    while not await holds():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"still waiting after {seconds:g} s")
        await asyncio.sleep(every)
    return time.monotonic() - began
