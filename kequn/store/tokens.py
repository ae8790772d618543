"""API tokens: issued, checked, listed, revoked. The text of a token is seen once, when it is issued; what is kept is
its first characters, to find it by, and its SHA-256. A text of 256 random bits needs no slow hash."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from kequn.clock import Clock, Random, uuid7
from kequn.contracts.secrets import Secret
from kequn.store import tenants
from kequn.store.scope import Actor, Role, Scope, Sight
from kequn.store.tables import Token

SIGN = "kq_"
WHOLE = Sight()
PREFIX = 12  # characters, the sign among them


class NoSuchToken(LookupError):
    """No token of this tenant begins so."""


async def issue(
    session: AsyncSession,
    scope: Scope,
    role: Role,
    name: str,
    *,
    clock: Clock,
    chance: Random,
    batch: bool = False,
    lasts: timedelta | None = None,
    sight: Sight = WHOLE,
) -> Secret:
    """A new token. Its text is returned here and nowhere else. `batch`: it may have large pages. `lasts`: how long; for
    good, if left out. Raises ValueError: who does not see everything may change nothing."""
    if not sight.whole and role is not Role.VIEWER:
        raise ValueError("only a viewer's token can be limited in what it sees")
    now = clock.now()
    text = SIGN + urlsafe_b64encode(chance.bytes(32)).rstrip(b"=").decode()
    session.add(
        Token(
            tenant_id=scope.tenant,
            id=uuid7(clock, chance),
            prefix=text[:PREFIX],
            hash=_hash(text),
            role=role.name.lower(),
            batch=batch,
            name=name,
            staff_id=sight.staff,
            department=sight.department,
            personal=sight.personal,
            created_at=now,
            expires_at=now + lasts if lasts else None,
        )
    )
    await session.flush()
    return Secret(text)


async def authenticate(session: AsyncSession, text: str, now: datetime) -> Actor | None:
    """Who holds this token; None when it is unknown, revoked or has run out. The tenant is the token's."""
    token = await _find(session, text[:PREFIX])
    known = token.hash if token else bytes(32)
    if not hmac.compare_digest(known, _hash(text)) or token is None or token.revoked_at is not None:
        return None
    if token.expires_at is not None and token.expires_at <= now:
        return None
    sight = Sight(token.staff_id, token.department, token.personal)
    name = token.name or token.prefix
    zone = await tenants.zone(session, Scope(token.tenant_id))
    return Actor(token.tenant_id, Role.named(token.role), name, token.batch, token.expires_at, sight, zone)


async def issued(session: AsyncSession, scope: Scope) -> Sequence[Token]:
    """The tenant's tokens, the revoked ones too, oldest first."""
    query = select(Token).where(col(Token.tenant_id) == scope.tenant).order_by(col(Token.id))
    return (await session.execute(query)).scalars().all()


async def revoke(session: AsyncSession, scope: Scope, prefix: str, clock: Clock) -> Token:
    """End a token at once; it stays in the list. `prefix`: as `issued` tells it, or the whole token.
    Raises NoSuchToken."""
    token = await _find(session, prefix[:PREFIX])
    if token is None or token.tenant_id != scope.tenant:
        raise NoSuchToken("there is no token that begins so; `kequn token list` shows them")
    token.revoked_at = token.revoked_at or clock.now()
    await session.flush()
    return token


async def _find(session: AsyncSession, prefix: str) -> Token | None:
    return (await session.execute(select(Token).where(col(Token.prefix) == prefix))).scalar_one_or_none()


def _hash(text: str) -> bytes:
    return sha256(text.encode(errors="surrogateescape")).digest()
