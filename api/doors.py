"""The doors at which CRMs ring. Decides whose door it is; one that was found is remembered for a few seconds, for a CRM
in which a list is imported rings hundreds of times a second."""

from uuid import UUID

from api.parts import Parts
from kequn.contracts.crm import Hint, WebhookRequest
from kequn.contracts.errors import CrmError
from kequn.contracts.identity import parse_id
from kequn.store import connections
from kequn.store.tables import Connection
from kequn.sync.door import Door

REMEMBERED_SECONDS = 5.0
KEPT = 256


class Doors:
    def __init__(self, parts: Parts) -> None:
        self._database = parts.database
        self._clock = parts.clock
        self._door = Door(parts.database, parts.registry, parts.keyring, parts.clock, parts.random, parts.noting)
        self._known: dict[tuple[UUID, str], tuple[float, Connection]] = {}

    async def at(self, id: str, door: str) -> Connection | None:
        """The connection, when the door is its own."""
        try:
            named = parse_id(id, "connection")[1] if id.startswith("con_") else UUID(id)
        except ValueError:
            return None
        until, connection = self._known.get((named, door), (0.0, None))
        return connection if self._clock.monotonic() < until else await self._look(named, door)

    async def hear(self, connection: Connection, request: WebhookRequest) -> Hint:
        """Raises the errors of a CRM. Its proofs and settings may be other ones than those that are remembered."""
        try:
            return await self._door.hear(connection, request)
        except CrmError:
            known = await self._look(connection.id, connection.door)
            if known is None:
                raise
            return await self._door.hear(known, request)

    async def _look(self, id: UUID, door: str) -> Connection | None:
        self._known.pop((id, door), None)
        async with self._database.reading() as session:
            connection = await connections.at_door(session, id, door)
        if connection is not None:
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[id, door] = (self._clock.monotonic() + REMEMBERED_SECONDS, connection)
        return connection
