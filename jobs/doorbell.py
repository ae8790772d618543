"""Webhooks: asked for when there is an outside address, and renewed before they end. A connection without them is
synced on its interval alone, so that nothing here stops a run."""

from datetime import timedelta

from kequn.contracts.errors import CrmError
from kequn.contracts.host import Log
from kequn.contracts.identity import format_id
from kequn.store import connections, subscriptions
from kequn.sync.connect import Switchboard
from kequn.sync.remote import Remote

MARGIN = timedelta(hours=2)


async def keep_subscribed(board: Switchboard, remote: Remote, public_url: str, log: Log) -> None:
    """Subscribe, or renew what ends soon. `remote` is open."""
    if not remote.crm.capabilities.webhooks:
        return
    async with board.database.reading() as session:
        connection = await connections.by_id(session, remote.scope, remote.id)
    if connection is None:
        return
    current = subscriptions.opened(connection, board.keyring)
    if current and (current.expires_at is None or current.expires_at > board.clock.now() + MARGIN):
        return
    door = f"{public_url.rstrip('/')}/webhooks/{format_id('connection', remote.id)}/{connection.door}"
    try:
        fresh = await remote.crm.subscribe(door, current)
    except CrmError as error:
        log.warning("webhooks refused", connection=remote.name, code=error.code)
        return
    async with board.database.writing() as session:
        await subscriptions.keep(session, remote.scope, remote.id, fresh, board.keyring)
    log.info("webhooks asked for", connection=remote.name)
