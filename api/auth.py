"""Who is asking. A token names tenant and role; what the role may do is decided by the domain.

A token that was found good is believed for a few seconds without asking the database again: a revoked one may work that
long, but none a moment longer than it lasts. Of tokens that were never found good, an address may send so many in a
minute. With KEQUN_DEV=1 a request without a token, from this machine to a local address, is the developer of the
default tenant; a page on the internet cannot make such a request, because its host name would be another."""

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256
from zoneinfo import ZoneInfo

from starlette.requests import HTTPConnection

from api.parts import Parts
from api.rates import Rate
from kequn.clock import Clock
from kequn.store import tenants, tokens, trouble
from kequn.store.scope import Actor, Role

BELIEVED_SECONDS = 5.0
KEPT = 2048
LOCAL = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True)
class Caller:
    """Who asks. `key`: which caller it is, for whoever counts requests."""

    actor: Actor
    key: bytes


class Doorman:
    """Tells callers by their tokens, and remembers them for a moment. `strangers`: how many wrong tokens each address
    may send. Whatever tells who is asking raises TooFast."""

    def __init__(self, clock: Clock, strangers: Rate) -> None:
        self._clock = clock
        self._strangers = strangers
        self._known: dict[bytes, tuple[float, Caller]] = {}

    async def actor(self, request: HTTPConnection, *, basic: bool = False) -> Actor | None:
        """None when nobody is known to be asking. `basic`: a browser may send the token as a password, too."""
        found = await self.caller(request, request.headers.get("authorization"), basic=basic)
        return found.actor if found else None

    async def caller(self, request: HTTPConnection, given: str | None, *, basic: bool = False) -> Caller | None:
        """Who sends this as Authorization: in a header, or where a WebSocket has it."""
        token = _token(given or "", basic)
        if token is None:
            return await _developer(request) if given is None else None
        digest = sha256(token.encode(errors="surrogateescape")).digest()
        until, caller = self._known.get(digest, (0.0, None))
        if caller is None:
            return await self._stranger(request, token, digest)
        over = self._is_over(caller.actor)
        if self._clock.monotonic() < until and not over:
            return caller
        try:
            return await self._ask(request, token, digest)
        except Exception as error:
            if over or trouble.word(error) != trouble.AWAY:
                raise
            return caller  # while the database is away nobody is told anything out of it

    def _is_over(self, actor: Actor) -> bool:
        return actor.until is not None and actor.until <= self._clock.now()

    async def _stranger(self, request: HTTPConnection, token: str, digest: bytes) -> Caller | None:
        """Each is looked for in the database: it counts until it is found."""
        address = request.client.host if request.client else ""
        self._strangers.take(address)
        caller = await self._ask(request, token, digest)
        if caller is not None:
            self._strangers.give(address)
        return caller

    async def _ask(self, request: HTTPConnection, token: str, digest: bytes) -> Caller | None:
        async with Parts.of(request).database.reading() as session:
            actor = await tokens.authenticate(session, token, self._clock.now())
        self._known.pop(digest, None)
        if actor is None:
            return None
        if len(self._known) >= KEPT:
            del self._known[next(iter(self._known))]  # the one that was asked for longest ago
        caller = Caller(actor, digest)
        self._known[digest] = (self._clock.monotonic() + BELIEVED_SECONDS, caller)
        return caller


def _token(authorization: str, basic: bool) -> str | None:
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "bearer" and given.strip():
        return given.strip()
    if basic and scheme.lower() == "basic":
        try:
            return base64.b64decode(given, validate=True).decode().partition(":")[2] or None
        except (binascii.Error, UnicodeDecodeError):
            return None
    return None


async def _developer(request: HTTPConnection) -> Caller | None:
    parts = Parts.of(request)
    if not parts.settings.dev or not is_local(request):
        return None
    async with parts.database.reading() as session:
        tenant = await tenants.find(session, parts.settings.tenant)
    if tenant is None:
        return None
    return Caller(Actor(tenant.id, Role.DEVELOPER, "developer", zone=ZoneInfo(tenant.time_zone)), b"developer")


def is_local(request: HTTPConnection) -> bool:
    """From this machine, to it by a local name, and past no proxy."""
    client = request.client.host if request.client else ""
    return client in LOCAL and (request.url.hostname or "") in LOCAL and "x-forwarded-for" not in request.headers
