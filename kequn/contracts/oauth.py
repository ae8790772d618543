"""OAuth 2 for one connection: one renewal for many parallel callers, durable before use, one worker at a time.
Decides when a token is renewed; how it is exchanged, and what errors mean, is the plugin's part."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from kequn.clock import Clock, Random
from kequn.contracts.errors import BrokenReply, RetryLater
from kequn.contracts.host import Token, TokenStore

Exchange = Callable[[str | None], Awaitable[Token]]
"""Given the refresh token (None: there is none yet), asks the CRM for a token. Raises NeedsLogin or RetryLater."""

MARGIN = timedelta(minutes=5)
EXCHANGE_SECONDS = 45.0  # less than the 60 seconds for which a TokenStore holds its lock for one worker


class Access:
    """The access token of a connection.

    A token is renewed 5 minutes before it expires. The store's lock keeps other processes out meanwhile, and the
    store is read again inside it: somebody else may have been faster. After RetryLater no exchange is tried before its
    time: token endpoints block those who insist."""

    def __init__(
        self,
        tokens: TokenStore,
        clock: Clock,
        exchange: Exchange,
        *,
        margin: timedelta = MARGIN,
        exchange_seconds: float = EXCHANGE_SECONDS,
    ) -> None:
        self._tokens = tokens
        self._clock = clock
        self._exchange = exchange
        self._margin = margin
        self._exchange_seconds = exchange_seconds
        self._held: Token | None = None
        self._flight: asyncio.Task[Token] | None = None
        self._closed_until = clock.now()
        self._closed_because = ""

    async def token(self) -> Token:
        """A token that is valid for the next minutes."""
        return await self._usable(None)

    async def renew(self, rejected: Token) -> Token:
        """A token other than the one that the CRM has just refused with 401."""
        return await self._usable(rejected.access)

    async def _usable(self, rejected: str | None) -> Token:
        while True:
            if self._held is not None and self._good(self._held, rejected):
                return self._held
            joined = self._flight
            # A task of its own: a caller that gives up must not stop a renewal whose answer would be lost.
            flight = joined or asyncio.create_task(self._renew(rejected))
            self._flight = flight
            token = await asyncio.shield(flight)
            if joined is None or token.access != rejected:
                return token

    def _good(self, token: Token, rejected: str | None) -> bool:
        return token.access != rejected and self._clock.now() < token.expires_at - self._margin

    async def _renew(self, rejected: str | None) -> Token:
        try:
            async with self._tokens.lock():
                stored = await self._tokens.load()
                if stored is None or not self._good(stored, rejected):
                    stored = await self._exchanged(stored)
                self._held = stored
                return stored
        finally:
            self._flight = None

    async def _exchanged(self, old: Token | None) -> Token:
        wait = (self._closed_until - self._clock.now()).total_seconds()
        if wait > 0:
            raise RetryLater(self._closed_because, wait_seconds=wait)
        try:
            async with asyncio.timeout(self._exchange_seconds):
                new = await self._exchange(old.refresh if old else None)
        except TimeoutError:
            raise RetryLater("the token endpoint did not answer in time") from None
        except RetryLater as error:
            self._closed_until = self._clock.now() + timedelta(seconds=error.wait_seconds)
            self._closed_because = error.message
            raise
        if old is not None:
            new = replace(new, refresh=new.refresh or old.refresh, extra={**old.extra, **new.extra})
        await self._tokens.replace(new)
        return await self._tokens.load() or new  # somebody else may have been faster while this process stood still


def read_token(answer: Mapping[str, Any], clock: Clock, keep: Iterable[str] = ()) -> Token:
    """A Token from the JSON of a token endpoint (RFC 6749, section 5.1). `keep`: further keys that go to `extra`.
    A token whose lifetime is not told is taken for an hour: a 401 renews it earlier.
    Raises BrokenReply when there is no token in it; check for the CRM's errors first."""
    access, seconds = answer.get("access_token"), answer.get("expires_in", 3600)
    if not isinstance(access, str) or not access:
        raise BrokenReply("the token endpoint answered without access_token")
    try:
        expires_at = clock.now() + timedelta(seconds=float(seconds))
    except (TypeError, ValueError, OverflowError):
        raise BrokenReply("the token endpoint answered with an expires_in that is no number") from None
    extra = {name: str(answer[name]) for name in keep if answer.get(name) is not None}
    return Token(access, expires_at, answer.get("refresh_token"), extra)


@dataclass(frozen=True)
class Invitation:
    """Where a person logs in, and what must be kept until the CRM sends them back: `state` comes back unchanged, and
    `verifier` goes with the code (PKCE, RFC 7636)."""

    url: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class Grant:
    """What a person came back with. `redirect_uri`, `verifier`: of the invitation; None for a code that was made
    without one, in the CRM's own console. `answer`: all that the CRM said beside the code."""

    code: str = field(repr=False)
    redirect_uri: str | None = None
    verifier: str | None = field(default=None, repr=False)
    answer: Mapping[str, str] = field(default_factory=dict, repr=False)


def invite(
    endpoint: str, client_id: str, redirect_uri: str, scopes: Iterable[str], random: Random, **more: str
) -> Invitation:
    """The address at which a person grants access (authorisation code with PKCE). `more`: the CRM's own parameters."""
    # Loaded when somebody logs in, not with every plugin.
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    state, verifier = _draw(random), _draw(random)
    url = prepare_grant_uri(
        endpoint,
        client_id=client_id,
        response_type="code",
        redirect_uri=redirect_uri,
        scope=list(scopes),
        state=state,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
        **more,
    )
    return Invitation(str(url), state, verifier)


def _draw(random: Random) -> str:
    return base64.urlsafe_b64encode(random.bytes(32)).decode().rstrip("=")
