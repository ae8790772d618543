"""Webhooks: asked for when there is an outside address, and anew before they end or when that is another one. A
connection without them is synced on its schedule alone: nothing here stops a run, and renewing waits for none."""

from dataclasses import dataclass, field
from datetime import timedelta

from kequn.contracts.crm import Subscription
from kequn.contracts.errors import CrmError
from kequn.contracts.host import Log
from kequn.store import connections, subscriptions, trouble
from kequn.store.scope import Scope
from kequn.sync.connect import Switchboard
from kequn.sync.remote import Remote

MARGIN = timedelta(hours=2)
EARLY = timedelta(days=1)  # by the chore: a CRM that is away for some hours is no matter


@dataclass(frozen=True)
class _Wish:
    """The address that is to be rung, where that must be said (again)."""

    door: str = field(repr=False)
    current: Subscription | None


async def keep_subscribed(board: Switchboard, remote: Remote, public_url: str, log: Log) -> None:
    """Subscribe, or renew what ends soon. `remote` is open."""
    call = _Call(board, remote, public_url, MARGIN)
    if await call.wish():
        await call.ask(log)


async def keep_all_subscribed(board: Switchboard, scope: Scope, public_url: str, log: Log) -> None:
    """All connections of a tenant that are not paused, however seldom they are synced. One does not stop the others."""
    async with board.database.reading() as session:
        present = await connections.present(session, scope)
    for name in [one.name for one in present if one.state == "active"]:
        try:
            async with board.connect(scope, name) as remote:
                call = _Call(board, remote, public_url, EARLY)
                if await call.wish():
                    await remote.crm.open()
                    await call.ask(log)
        except Exception as error:  # the words may quote data
            log.warning("webhooks could not be looked after", connection=name, type=trouble.name(error))


@dataclass(frozen=True)
class _Call:
    """Webhooks of one connection, that they last for `margin`."""

    board: Switchboard
    remote: Remote
    public_url: str
    margin: timedelta

    async def wish(self) -> _Wish | None:
        board, remote = self.board, self.remote
        if not remote.crm.capabilities.webhooks:
            return None
        async with board.database.reading() as session:
            connection = await connections.by_id(session, remote.scope, remote.id)
        if connection is None:
            return None
        door = connections.door_of(connection, self.public_url)
        current = subscriptions.opened(connection, board.keyring)
        lasts = current and (current.expires_at is None or current.expires_at > board.clock.now() + self.margin)
        return None if lasts and subscriptions.address(connection, board.keyring) == door else _Wish(door, current)

    async def ask(self, log: Log) -> None:
        """Not while another worker does: the CRM would ring twice, and only one of the two would be known here. What
        it got is no longer wished for."""
        board, remote = self.board, self.remote
        async with board.database.writing() as session:
            if not await subscriptions.take(session, remote.scope, remote.id, board.clock.now()):
                return
        try:
            wish = await self.wish()
            if wish:
                await self._subscribe(wish, log)
        finally:
            async with board.database.writing() as session:
                await subscriptions.leave(session, remote.scope, remote.id)

    async def _subscribe(self, wish: _Wish, log: Log) -> None:
        board, remote = self.board, self.remote
        try:
            fresh = await remote.crm.subscribe(wish.door, wish.current)
        except CrmError as error:
            log.warning("webhooks refused", connection=remote.name, code=error.code)
            return
        async with board.database.writing() as session:
            await subscriptions.keep(session, remote.scope, remote.id, fresh, board.keyring, wish.door)
        log.info("webhooks asked for", connection=remote.name)
