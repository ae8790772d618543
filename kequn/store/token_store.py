"""The CRM token of a connection: sealed on its row, and renewed by one worker at a time, whatever process that is in.
Decides who may renew (a lease on the row); how a token is renewed is contracts/oauth.py."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, CursorResult, or_, select, update

from kequn.clock import Clock, Random, uuid7
from kequn.contracts.errors import NeedsLogin, RetryLater
from kequn.contracts.host import Token
from kequn.contracts.secrets import CannotOpen, Keyring
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.store.tables import Connection

LEASE_SECONDS = 60.0  # longer than one renewal may take; a worker that died is waited for no longer than this
LEASE = timedelta(seconds=LEASE_SECONDS)
LONGEST = 2 * LEASE
"""No lease lasts longer, though clocks differ a little: one that seems to was noted before our clock was set back."""
PATIENCE_SECONDS = 120.0
LOOK_AGAIN_SECONDS = 0.2

_connections = Connection.__table__  # type: ignore[attr-defined]


def place(connection: UUID) -> str:
    """What the sealed token is bound to."""
    return f"connection/{connection.hex}/token"


class SealedTokens:
    """A TokenStore (contracts/host.py). Each method is a short transaction of its own."""

    def __init__(
        self, database: Database, scope: Scope, connection: UUID, keyring: Keyring, *, clock: Clock, chance: Random
    ) -> None:
        self._database = database
        self._here = (_connections.c.tenant_id == scope.tenant, _connections.c.id == connection)
        self._place = place(connection)
        self._keyring = keyring
        self._clock = clock
        self._chance = chance
        self._turn = asyncio.Lock()  # tasks of this process queue here and do not ask the database in turns
        self._mine: ColumnElement[bool] | None = None

    async def load(self) -> Token | None:
        """Raises NeedsLogin when the token cannot be opened."""
        sealed = await self._sealed()
        if sealed is None:
            return None
        try:
            return _unpack(self._keyring.open(sealed, self._place))
        except CannotOpen as error:
            raise NeedsLogin(f"the stored token cannot be opened ({error}); log in again") from error

    async def replace(self, token: Token) -> None:
        """Who was stopped for longer than its lease replaces what it found, and nothing that is newer."""
        mine = [] if self._mine is None else [self._mine]
        await self._set(*mine, token=self._keyring.seal(_pack(token), self._place))

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """Raises RetryLater when others hold it for two minutes."""
        async with self._turn:
            me = uuid7(self._clock, self._chance).hex
            await self._take(me)
            held = _connections.c.token_holder == me
            try:
                self._mine = or_(held, _connections.c.token.is_not_distinct_from(await self._sealed()))
                yield
            finally:
                self._mine = None
                await asyncio.shield(self._set(held, token_holder=None))

    async def _sealed(self) -> bytes | None:
        async with self._database.reading() as session:
            sealed: bytes | None = (await session.execute(select(_connections.c.token).where(*self._here))).scalar_one()
        return sealed

    async def _take(self, me: str) -> None:
        start = self._clock.monotonic()
        while not await self._try(me):
            if self._clock.monotonic() - start > PATIENCE_SECONDS:
                raise RetryLater("other workers keep the token locked", wait_seconds=LEASE_SECONDS)
            await self._clock.sleep(LOOK_AGAIN_SECONDS * (0.5 + self._chance.fraction()))

    async def _try(self, me: str) -> bool:
        now, until = self._clock.now(), _connections.c.token_held_until
        over = or_(until <= now, until > now + LONGEST)
        free = or_(_connections.c.token_holder.is_(None), over)
        return await self._set(free, token_holder=me, token_held_until=now + LEASE) == 1

    async def _set(self, *conditions: Any, **values: Any) -> int:
        async with self._database.writing() as session:
            result = await session.execute(update(_connections).where(*self._here, *conditions).values(**values))
            return result.rowcount if isinstance(result, CursorResult) else 0


def _pack(token: Token) -> bytes:
    return orjson.dumps([token.access, token.expires_at.isoformat(), token.refresh, dict(token.extra)])


def _unpack(packed: bytes) -> Token:
    access, expires_at, refresh, extra = orjson.loads(packed)
    return Token(access, datetime.fromisoformat(expires_at), refresh, extra)
