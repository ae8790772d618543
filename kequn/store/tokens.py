"""API tokens: issued, checked, listed, revoked. The text of a token is seen once, when it is issued; what is kept is
its first characters, to find it by, and its SHA-256. A text of 256 random bits needs no slow hash."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from kequn.clock import Clock, Random, uuid7
from kequn.contracts.secrets import Secret
from kequn.store.scope import Actor, Role, Scope
from kequn.store.tables import Token

SIGN = "kq_"
PREFIX = 12  # characters, the sign among them


class NoSuchToken(LookupError):
    """No token of this tenant begins so."""


async def issue(
    session: AsyncSession, scope: Scope, role: Role, name: str, *, clock: Clock, chance: Random, batch: bool = False
) -> Secret:
    """A new token. Its text is returned here and nowhere else. `batch`: it may have large pages."""
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
            created_at=clock.now(),
        )
    )
    await session.flush()
    return Secret(text)


async def authenticate(session: AsyncSession, text: str) -> Actor | None:
    """Who holds this token; None when it is unknown or revoked. The tenant is the token's."""
    token = await _find(session, text[:PREFIX])
    known = token.hash if token else bytes(32)
    if not hmac.compare_digest(known, _hash(text)) or token is None or token.revoked_at is not None:
        return None
    return Actor(token.tenant_id, Role.named(token.role), token.name or token.prefix, token.batch)


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
