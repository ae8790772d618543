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
    waiting = await runs.queued(desk.session, desk.scope, found.id)
    if waiting is not None:
        return waiting
    run = desk.ledger.new_id()
    await runs.enqueue(desk.session, desk.scope, found.id, run, "api", desk.ledger.clock.now())
    return run
