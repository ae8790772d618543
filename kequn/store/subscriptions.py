"""The webhook subscription of a connection: sealed on its row. Decides nothing; plugins make and renew it."""

from datetime import datetime
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
    if connection.subscription is None:
        return None
    try:
        plain = orjson.loads(keyring.open(connection.subscription, _place(connection.id)))
    except CannotOpen:
        return None
    expires = plain["expires_at"]
    return Subscription(datetime.fromisoformat(expires) if expires else None, plain["state"])


async def keep(
    session: AsyncSession, scope: Scope, connection: UUID, subscription: Subscription, keyring: Keyring
) -> None:
    expires = subscription.expires_at
    plain = orjson.dumps({"expires_at": expires.isoformat() if expires else None, "state": dict(subscription.state)})
    await session.execute(
        update(_connections)
        .where(_connections.c.tenant_id == scope.tenant, _connections.c.id == connection)
        .values(subscription=keyring.seal(plain, _place(connection)), subscription_until=expires)
    )


def _place(connection: UUID) -> str:
    return f"connection/{connection.hex}/subscription"
