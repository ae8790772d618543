"""Syncs that a person asks for. The run is only written down here; a worker picks it up."""

from uuid import UUID

from kequn.domain import connections, rights
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.store import runs


async def start(desk: Desk, connection: UUID) -> UUID:
    """The queued run; one that waits already serves both who asked."""
    rights.require(desk.actor, rights.EDIT)
    found = await connections.find(desk, connection)
    if found.state != "active":
        raise refuse(Code.CONNECTION_NOT_ACTIVE, "connection_id", state=found.state)
    ledger = desk.ledger
    return await runs.ask(desk.session, desk.scope, found.id, ledger.new_id(), "api", ledger.clock.now())
