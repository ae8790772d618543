"""The doors at which CRMs ring. Decides whose door it is; who listens there is remembered for a few seconds, for a CRM
in which a list is imported rings hundreds of times a second."""

from uuid import UUID

from api.parts import Parts
from kequn.contracts.crm import Hint, WebhookRequest
from kequn.contracts.errors import CrmError
from kequn.contracts.identity import parse_id
from kequn.store import connections
from kequn.sync.door import Door, Listener

REMEMBERED_SECONDS = 5.0
KEPT = 256
At = tuple[UUID, str]
"""A connection, and the secret part of its door's address."""


class Doors:
    def __init__(self, parts: Parts) -> None:
        self._database = parts.database
        self._clock = parts.clock
        self._door = Door(parts.database, parts.registry, parts.keyring, parts.clock, parts.random, parts.noting)
        self._known: dict[At, tuple[float, Listener]] = {}

    async def at(self, id: str, door: str) -> Listener | None:
        """Whoever listens there; None when it is nobody's door."""
        try:
            at = parse_id(id, "connection")[1] if id.startswith("con_") else UUID(id), door
        except ValueError:
            return None
        until, listener = self._known.get(at, (0.0, None))
        return listener if self._clock.monotonic() < until else await self._look(at)

    async def hear(self, listener: Listener, request: WebhookRequest) -> Hint:
        """Raises the errors of a CRM. Its proofs and settings may be other ones than those that are remembered."""
        try:
            return await listener.hear(request)
        except CrmError:
            now = await self._look((listener.connection.id, listener.connection.door))
            if now is None:
                raise
            return await now.hear(request)

    async def close(self) -> None:
        for at in list(self._known):
            await self._forget(at)

    async def _look(self, at: At) -> Listener | None:
        async with self._database.reading() as session:
            connection = await connections.at_door(session, *at)
        await self._forget(at)
        if connection is None:
            return None
        if len(self._known) >= KEPT:
            await self._forget(next(iter(self._known)))
        listener = Listener(self._door, connection)
        self._known[at] = self._clock.monotonic() + REMEMBERED_SECONDS, listener
        return listener

    async def _forget(self, at: At) -> None:
        """Nobody is in the midst of reading a webhook: there is nothing to wait for in that."""
        _, listener = self._known.pop(at, (0.0, None))
        if listener is not None:
            await listener.aclose()
