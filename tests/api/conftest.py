"""An app over a fresh database, tokens of every role, and a plugin for a CRM in memory."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

import api
from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.hooks import CrmPlugin, Manifest, hookimpl
from kequn.contracts.secrets import Keyring
from kequn.registry import Registry
from kequn.settings import Settings
from kequn.store import tokens
from kequn.store.database import Database
from kequn.store.scope import Role, Scope
from kequn.testing.memory import Book, MemoryCrm, Options


@dataclass
class House:
    """An app and what it stands on."""

    app: Starlette
    database: Database
    tenant: UUID
    clock: ManualClock
    random: SeededRandom
    keyring: Keyring
    registry: Registry

    def browser(self, base: str = "http://localhost", peer: str = "127.0.0.1", **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, client=(peer, 4000))
        return httpx.AsyncClient(transport=transport, base_url=base, headers=headers)

    async def token(self, role: Role, lasts: timedelta | None = None) -> str:
        async with self.database.writing() as session:
            issued = await tokens.issue(
                session, Scope(self.tenant), role, role.name, clock=self.clock, chance=self.random, lasts=lasts
            )
        return issued.reveal()

    async def graphql(
        self, query: str, role: Role | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        sent = dict(headers or {})
        if role is not None:
            sent["Authorization"] = f"Bearer {await self.token(role)}"
        async with self.browser() as browser:
            return await browser.post("/graphql", json={"query": query}, headers=sent)


Build = Callable[..., Awaitable[House]]


@pytest.fixture
async def build(database: Database, tenant: UUID) -> Build:
    """Makes an app; keyword arguments are settings."""
    clock, chance = ManualClock(), SeededRandom(4)
    keyring = Keyring([b"k" * 32], chance)
    book = Book(clock, Options())

    class Memory:
        __name__ = "memory"

        @hookimpl
        def register_crm(self) -> CrmPlugin:
            return CrmPlugin(
                "memory", Manifest("Memory", 1, (), hosts=("memory.test",)), lambda settings, host: MemoryCrm(book)
            )

    registry = Registry.load([Memory()], entry_points=False)

    async def make(**settings: Any) -> House:
        app = api.build(Settings(**settings), registry, database=database, keyring=keyring, clock=clock, random=chance)
        return House(app, database, tenant, clock, chance, keyring, registry)

    return make


@pytest.fixture
async def house(build: Build) -> House:
    """As in production."""
    return await build()
