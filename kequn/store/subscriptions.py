"""The webhook subscription of a connection: sealed on its row, with the address that is rung, for its door is a secret.
Decides who may ask for it (one at a time, by a lease on the row); plugins make and renew it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import CursorResult, Update, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.crm import Subscription
from kequn.contracts.secrets import CannotOpen, Keyring
from kequn.store.scope import Scope
from kequn.store.tables import Connection

LEASE = timedelta(minutes=5)  # longer than asking takes; a worker that died is waited for no longer than this
_connections = Connection.__table__  # type: ignore[attr-defined]


def opened(connection: Connection, keyring: Keyring) -> Subscription | None:
    """None when there is none, or it was sealed with a key that is gone: then a new one must be made."""
    plain = _plain(connection, keyring)
    if plain is None:
        return None
    expires = plain["expires_at"]
    return Subscription(datetime.fromisoformat(expires) if expires else None, plain["state"])


def address(connection: Connection, keyring: Keyring) -> str | None:
    """Where it was asked for."""
    plain = _plain(connection, keyring)
    return plain.get("address") if plain else None


async def take(session: AsyncSession, scope: Scope, connection: UUID, now: datetime) -> bool:
    """Whether it may be asked for: not while another does. A lease that seems to last longer than one can was noted
    before our clock was set back."""
    until = _connections.c.subscribing_until
    free = or_(until.is_(None), until <= now, until > now + 2 * LEASE)
    taken = await session.execute(_at(scope, connection).where(free).values(subscribing_until=now + LEASE))
    return isinstance(taken, CursorResult) and taken.rowcount == 1


async def leave(session: AsyncSession, scope: Scope, connection: UUID) -> None:
    """Others may ask."""
    await session.execute(_at(scope, connection).values(subscribing_until=None))


async def keep(
    session: AsyncSession,
    scope: Scope,
    connection: UUID,
    subscription: Subscription,
    keyring: Keyring,
    address: str | None = None,
) -> None:
    expires = subscription.expires_at
    said = {"expires_at": expires.isoformat() if expires else None, "state": dict(subscription.state)}
    sealed = keyring.seal(orjson.dumps({**said, "address": address}), place(connection))
    await session.execute(_at(scope, connection).values(subscription=sealed, subscription_until=expires))


def _at(scope: Scope, connection: UUID) -> Update:
    return update(_connections).where(_connections.c.tenant_id == scope.tenant, _connections.c.id == connection)


def _plain(connection: Connection, keyring: Keyring) -> Mapping[str, Any] | None:
    if connection.subscription is None:
        return None
    try:
        plain: Mapping[str, Any] = orjson.loads(keyring.open(connection.subscription, place(connection.id)))
    except CannotOpen:
        return None
    return plain


def place(connection: UUID) -> str:
    """What it is bound to."""
    return f"connection/{connection.hex}/subscription"
