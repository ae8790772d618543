"""The webhook subscription of a connection: sealed on its row, with the address that is rung, for its door is a secret.
Decides nothing; plugins make and renew it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.crm import Subscription
from kequn.contracts.secrets import CannotOpen, Keyring
from kequn.store.scope import Scope
from kequn.store.tables import Connection

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
    sealed = keyring.seal(orjson.dumps({**said, "address": address}), _place(connection))
    await session.execute(
        update(_connections)
        .where(_connections.c.tenant_id == scope.tenant, _connections.c.id == connection)
        .values(subscription=sealed, subscription_until=expires)
    )


def _plain(connection: Connection, keyring: Keyring) -> Mapping[str, Any] | None:
    if connection.subscription is None:
        return None
    try:
        plain: Mapping[str, Any] = orjson.loads(keyring.open(connection.subscription, _place(connection.id)))
    except CannotOpen:
        return None
    return plain


def _place(connection: UUID) -> str:
    return f"connection/{connection.hex}/subscription"
