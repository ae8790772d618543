"""From a stored connection to a Remote that can be synced: its CRM, built with everything that it may touch, and its
policy. Decides nothing about the sync."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from kequn.clock import Clock, Random
from kequn.contracts.hooks import CrmPlugin, Limit
from kequn.contracts.host import CrmHost, HttpClient
from kequn.contracts.http import BoundClient
from kequn.contracts.manifest import origins
from kequn.contracts.secrets import Keyring
from kequn.durations import Durations
from kequn.log import EventLog
from kequn.registry import Registry
from kequn.store import connections, tenants
from kequn.store.budgets import Pace, SharedBudget
from kequn.store.database import Database
from kequn.store.notebooks import StoredNotebook
from kequn.store.scope import Scope
from kequn.store.tables import Connection
from kequn.store.token_store import SealedTokens
from kequn.sync import policy, rules
from kequn.sync.policy import Policy
from kequn.sync.remote import Remote


@dataclass(frozen=True)
class Line:
    """A stored connection, its plugin, and what it may touch."""

    connection: Connection
    plugin: CrmPlugin
    settings: Mapping[str, Any] = field(repr=False)
    host: CrmHost = field(repr=False)
    pace: Pace


Heard = Callable[[httpx.Response], None]


@dataclass(frozen=True)
class Timed:
    """An HttpClient whose requests are counted by how long they took. `heard`: told of every answer."""

    http: HttpClient
    plugin: str
    clock: Clock
    durations: Durations
    heard: Heard | None = None

    async def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        began, status = self.clock.monotonic(), "none"
        try:
            reply = await self.http.request(method, url, **options)
            status = f"{reply.status_code // 100}xx"
            if self.heard:
                self.heard(reply)
            return reply
        finally:
            self.durations.note(self.clock.monotonic() - began, self.plugin, status)


@dataclass(frozen=True)
class Switchboard:
    """Makes connections. `transport`: an application in this process in place of the network. `before(method, path)`:
    awaited before each request of a CRM; what it raises comes out. `durations`: of requests, by plugin and status.
    `heard`: told of every answer."""

    database: Database
    registry: Registry
    keyring: Keyring = field(repr=False)
    clock: Clock
    random: Random
    transport: httpx.AsyncBaseTransport | None = None
    before: Callable[[str, str], Awaitable[None]] | None = None
    durations: Durations = field(default_factory=Durations, compare=False)
    heard: Heard | None = field(default=None, compare=False)

    @asynccontextmanager
    async def connect(self, scope: Scope, name: str) -> AsyncIterator[Remote]:
        """The connection of this name, closed when the block ends. Raises NoSuchConnection; BadSettings when the plugin
        is gone or the settings do not fit it; CrmError when the plugin fails."""
        async with self.line(scope, name) as line:
            allowed = await self.policy(scope, line.connection)
            crm = self.registry.build(line.plugin.name, line.settings, line.host)
            try:
                yield Remote(line.connection.id, line.connection.name, scope, crm, allowed, line.pace)
            finally:
                await crm.aclose()

    @asynccontextmanager
    async def line(self, scope: Scope, name: str) -> AsyncIterator[Line]:
        """What a connection is made of, before it is made: for the plugin's login. Raises as `connect`."""
        connection, plugin = await self._fresh(scope, name)
        settings = connections.settings_of(connection, plugin.manifest, self.keyring)
        allowed = origins(plugin.manifest, settings)
        async with BoundClient(plugin.manifest.hosts, allowed, transport=self.transport, before=self.before) as http:
            pace = Pace(requests=lambda: http.requests)
            host = self._host(scope, connection, http, plugin.limits(settings), pace)
            yield Line(connection, plugin, settings, host, pace)

    async def policy(self, scope: Scope, connection: Connection) -> Policy:
        """What the connection may do, under the tenant's rules. Raises BadSettings."""
        async with self.database.reading() as session:
            found = policy.read(connection.policy, rules.read(await tenants.rules_of(session, scope)))
            return replace(found, region=(await tenants.place(session, scope)).region)

    async def _fresh(self, scope: Scope, name: str) -> tuple[Connection, CrmPlugin]:
        """The connection with its settings brought to the plugin's present version."""
        async with self.database.writing() as session:
            plugin = self.registry.crm((await connections.get(session, scope, name)).plugin)
            return await connections.refresh(session, scope, plugin, name, keyring=self.keyring), plugin

    def _host(
        self, scope: Scope, connection: Connection, http: BoundClient, limits: Sequence[Limit], pace: Pace
    ) -> CrmHost:
        database, clock, random = self.database, self.clock, self.random
        return CrmHost(
            connection.name,
            Timed(http, connection.plugin, clock, self.durations, self.heard),
            SealedTokens(database, scope, connection.id, self.keyring, clock=clock, chance=random),
            SharedBudget(database, scope, connection.id, limits, clock=clock, pace=pace),
            clock,
            random,
            EventLog(connection=connection.name, plugin=connection.plugin),
            StoredNotebook(database, scope, connection.id),
        )
