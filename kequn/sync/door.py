"""The door of a connection, where its CRM rings: what it says is verified by the plugin, kept as hints, and never taken
for true. A run reads the records themselves. Decides how long a webhook is remembered, so that a repeat leaves nothing
(noting.py)."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, NoReturn

from kequn.clock import Clock, Random
from kequn.contracts.crm import Crm, Hint, WebhookRequest
from kequn.contracts.errors import ForbiddenHost
from kequn.contracts.host import CrmHost, Token
from kequn.contracts.secrets import Keyring
from kequn.log import EventLog
from kequn.registry import Registry
from kequn.store import connections, subscriptions
from kequn.store.database import Database
from kequn.store.heard import Mark
from kequn.store.hints import Look
from kequn.store.scope import Scope
from kequn.store.tables import Connection
from kequn.sync.noting import Noting

REMEMBERED = timedelta(days=7)
"""At the longest, of a CRM whose webhooks may be of any age."""


@dataclass(frozen=True)
class Door:
    """Hears webhooks. `noting`: shared by all that one process hears."""

    database: Database
    registry: Registry
    keyring: Keyring = field(repr=False)
    clock: Clock
    random: Random
    noting: Noting | None = None

    async def hear(self, connection: Connection, request: WebhookRequest) -> Hint:
        """As Listener.hear, once."""
        listener = Listener(self, connection)
        try:
            return await listener.hear(request)
        finally:
            await listener.aclose()

    def crm(self, connection: Connection) -> Crm:
        """The connection, cut off from everything: to read a webhook nothing may be asked and nothing spent. Raises the
        errors of a CRM."""
        plugin = self.registry.crm(connection.plugin)
        settings = connections.settings_of(connection, plugin.manifest, self.keyring)
        nothing, log = Nothing(), EventLog(connection=connection.name, plugin=connection.plugin)
        host = CrmHost(connection.name, nothing, nothing, nothing, self.clock, self.random, log)
        return self.registry.build(connection.plugin, settings, host)


class Listener:
    """Hears any number of webhooks of one connection, as this was when it was read."""

    def __init__(self, door: Door, connection: Connection) -> None:
        self.connection = connection
        self._door = door
        self._noting = door.noting or Noting(door.database, door.clock)
        self._crm: Crm | None = None
        self._known = subscriptions.opened(connection, door.keyring)

    async def hear(self, request: WebhookRequest) -> Hint:
        """What the webhook names is durable when this returns; a repeat is answered alike. Raises Rejected when it is
        not genuine, and the other errors of a CRM when it cannot be read."""
        crm = self._crm = self._crm or self._door.crm(self.connection)
        hint = await crm.read_webhook(replace(request, subscription=self._known))
        known = crm.capabilities.objects  # objects that the plugin does not know are nothing to look at
        looks = [Look(object, id, known[object].kind, "WEBHOOK") for object, id in hint.refs if object in known]
        mark = self._mark(hint, crm.capabilities.webhook_window_seconds)
        await self._noting.note(Scope(self.connection.tenant_id), self.connection.id, looks, mark)
        return hint

    def _mark(self, hint: Hint, window: float) -> Mark | None:
        """One may be dated a whole window ahead, and come again until it is a whole window old."""
        if not hint.once:
            return None
        seconds = min(2 * window, REMEMBERED.total_seconds())
        return Mark(hashlib.sha256(hint.once).digest(), self._door.clock.now() + timedelta(seconds=seconds))

    async def aclose(self) -> None:
        crm, self._crm = self._crm, None
        if crm is not None:
            await crm.aclose()


class Nothing:
    """No network, no token, no budget."""

    async def request(self, *asked: Any, **options: Any) -> NoReturn:
        raise ForbiddenHost("reading a webhook sends no request")

    async def load(self) -> Token | None:
        return None

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        yield

    async def replace(self, token: Token) -> NoReturn:
        raise ForbiddenHost("reading a webhook renews no token")

    async def acquire(self, cost: int = 1, *, of: str = "") -> None:
        return None
