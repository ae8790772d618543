"""Webhooks in a history: what the emulators post is heard at kequn's doors as by the server, in the middle of a sync
too; and what was heard once may come again, whenever. Which are lost or doubled on the way is the emulators'."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import httpx

from kequn.contracts.crm import WebhookRequest
from kequn.contracts.emulator import Pushing
from kequn.contracts.errors import CrmError, Rejected
from kequn.store import connections, subscriptions
from kequn.store.tables import Connection
from kequn.sync.door import Door
from kequn.sync.remote import Remote
from kequn.testing.simulation.dice import Dice

ADDRESS = "http://kequn.test/webhooks"


@dataclass(frozen=True)
class Ring:
    """One webhook as it arrived. `path`: at whose door."""

    path: str
    request: WebhookRequest = field(repr=False)


class Bells(httpx.AsyncBaseTransport):
    """Where the emulators' webhooks go. `heard`: those that were genuine."""

    def __init__(self, door: Callable[[], Door], dice: Dice) -> None:
        self.heard: list[Ring] = []
        self._door = door
        self._dice = dice

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        asked = WebhookRequest(request.method, dict(url.params), dict(request.headers), await request.aread())
        answer = await self._ring(Ring(url.path, asked))
        if answer.is_success:
            self.heard.append(Ring(url.path, asked))
        return answer

    async def again(self) -> None:
        """Something that was heard before, maybe long ago, comes again."""
        if self.heard:
            await self._ring(self._dice.one_of(self.heard))

    async def _ring(self, ring: Ring) -> httpx.Response:
        door = self._door()
        connection = await self._at(door, ring.path)
        if connection is None:
            return httpx.Response(404)
        try:
            hint = await door.hear(connection, ring.request)
        except Rejected:
            return httpx.Response(403)
        return httpx.Response(200, content=hint.reply, headers={"content-type": hint.content_type})

    async def _at(self, door: Door, path: str) -> Connection | None:
        if not path.startswith("/webhooks/"):  # where an emulator rings before anybody has said where
            return None
        id, token = path.split("/")[-2:]
        async with door.database.reading() as session:
            return await connections.at_door(session, UUID(id), token)


async def ask_to_ring(door: Door, remote: Remote, people: object) -> bool:
    """Ask the CRM to ring, over its API or at its screens. False: it would not just now."""
    async with door.database.reading() as session:
        connection = await connections.by_id(session, remote.scope, remote.id)
    assert connection
    url = f"{ADDRESS}/{connection.id.hex}/{connection.door}"
    if isinstance(people, Pushing):
        people.push_to(url)
    if remote.crm.capabilities.webhooks:
        try:
            await remote.crm.open()
            fresh = await remote.crm.subscribe(url, subscriptions.opened(connection, door.keyring))
        except CrmError:
            return False
        async with door.database.writing() as session:
            await subscriptions.keep(session, remote.scope, remote.id, fresh, door.keyring)
    return True
