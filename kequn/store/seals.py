"""Whatever is sealed with KEQUN_SECRET_KEY itself: how much of it with which key, and sealing it anew with the first.
Personal values need not be: they are sealed with the keys of their customers, and those are what is sealed here. Some
at a time, each piece a transaction: whoever goes on begins with what is left."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, LargeBinary, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.clock import Clock, Random
from kequn.contracts.errors import NeedsLogin, RetryLater
from kequn.contracts.secrets import KEY_ID_BYTES, CannotOpen, Keyring
from kequn.store import connections, subscriptions, token_store, vault
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.store.tables import Connection, CustomerKey
from kequn.store.token_store import SealedTokens

_connections = Connection.__table__  # type: ignore[attr-defined]
_keys = CustomerKey.__table__  # type: ignore[attr-defined]
PIECE = 500


@dataclass(frozen=True)
class Sealed:
    """A column of sealed values. `place`: what each is bound to, by the id of its row."""

    column: Column[Any]
    id: Column[Any]
    place: Callable[[UUID], str]

    @property
    def name(self) -> str:
        return f"{self.column.table.name}.{self.column.name}"

    @property
    def key(self) -> ColumnElement[bytes]:
        """Of the key that sealed it."""
        return func.substr(self.column, 1, KEY_ID_BYTES, type_=LargeBinary)

    def there(self, scope: Scope) -> tuple[ColumnElement[bool], ...]:
        """What was destroyed is empty."""
        return self.column.table.c.tenant_id == scope.tenant, self.column.is_not(None), self.column != b""


SECRETS = Sealed(_connections.c.secrets, _connections.c.id, connections.place)
TOKEN = Sealed(_connections.c.token, _connections.c.id, token_store.place)
SUBSCRIPTION = Sealed(_connections.c.subscription, _connections.c.id, subscriptions.place)
KEYS = Sealed(_keys.c.wrapped, _keys.c.subject_id, vault.place)
ALL = (SECRETS, TOKEN, SUBSCRIPTION, KEYS)


async def by_key(session: AsyncSession, scope: Scope) -> Counter[bytes]:
    """How many values each key has sealed, by its id."""
    found: Counter[bytes] = Counter()
    for one in ALL:
        query = select(one.key.label("sealed_by"), func.count()).where(*one.there(scope)).group_by("sealed_by")
        found.update({bytes(key): count for key, count in (await session.execute(query)).all()})
    return found


async def renew(
    database: Database, scope: Scope, keyring: Keyring, clock: Clock, chance: Random, piece: int = PIECE
) -> Counter[str]:
    """Seal anew what another key than the first has sealed; how many values of each column. What cannot be opened stays
    as it is."""
    done: Counter[str] = Counter()
    for one in ALL:
        after = UUID(int=0)
        while found := await _some(database, scope, keyring, one, after, piece):
            if one is TOKEN:
                done[one.name] += await _renew_tokens(database, scope, keyring, clock, chance, [id for id, _ in found])
            else:
                done[one.name] += await _renew(database, scope, keyring, one, found)
            after = found[-1][0]
    return done


async def _some(
    database: Database, scope: Scope, keyring: Keyring, one: Sealed, after: UUID, piece: int
) -> Sequence[tuple[UUID, bytes]]:
    """So many behind this id, in order."""
    old = (*one.there(scope), one.key != keyring.first, one.id > after)
    query = select(one.id, one.column).where(*old).order_by(one.id).limit(piece)
    async with database.reading() as session:
        return [(id, bytes(sealed)) for id, sealed in (await session.execute(query)).all()]


async def _renew(
    database: Database, scope: Scope, keyring: Keyring, one: Sealed, found: Sequence[tuple[UUID, bytes]]
) -> int:
    """What somebody has changed or destroyed meanwhile stays as they left it."""
    fresh = []
    for id, sealed in found:
        with suppress(CannotOpen):
            plain = keyring.open(sealed, one.place(id))
            fresh.append({"its": id, "old": sealed, "new": keyring.seal(plain, one.place(id))})
    mine = (one.column.table.c.tenant_id == scope.tenant, one.id == bindparam("its"), one.column == bindparam("old"))
    statement = update(one.column.table).where(*mine).values({one.column: bindparam("new")})
    if fresh:
        async with database.writing() as session:
            await session.execute(statement, fresh)
    return len(fresh)


async def _renew_tokens(
    database: Database, scope: Scope, keyring: Keyring, clock: Clock, chance: Random, ids: Sequence[UUID]
) -> int:
    """Under the lock of who renews them at the CRM: their new token must not be taken for an older one."""
    done = 0
    for id in ids:
        store = SealedTokens(database, scope, id, keyring, clock=clock, chance=chance)
        with suppress(NeedsLogin, RetryLater):
            async with store.lock():
                if (token := await store.load()) is not None:
                    await store.replace(token)
                    done += 1
    return done
