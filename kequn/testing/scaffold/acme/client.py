"""Requests to Acme's API: the token, the budget, what a status or a code means, and repeating what may be repeated.
Knows no kind of kequn's."""

from collections.abc import Mapping
from typing import Any

import httpx

from kequn.contracts.errors import BrokenReply, CrmError, NeedsLogin, Rejected, RetryLater
from kequn.contracts.host import CrmHost, Token
from kequn.contracts.http import read_json, retrying
from kequn.contracts.oauth import Access, read_token
from kequn.contracts.sending import authorised

BUSY_SECONDS = 5.0


class PageExpired(CrmError):
    """Acme has forgotten the page token."""


class TokenExpired(CrmError):
    """The access token is too old: renew it and repeat."""


class AcmeClient:
    """`get` is repeated when that helps. `post` is not: a create may have arrived."""

    def __init__(self, settings: Mapping[str, Any], host: CrmHost) -> None:
        self._base = str(settings["base_url"]).rstrip("/")
        self._settings = settings
        self._host = host
        self._access = Access(host.tokens, host.clock, self._log_in)

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        return await retrying(lambda: self._once("GET", path, params=params), self._host.clock, self._host.random, 3)

    async def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self._once("POST", path, json=body)

    async def _once(self, method: str, path: str, **parts: Any) -> Mapping[str, Any]:
        async def send(token: Token) -> Mapping[str, Any]:
            return await self._send(token, method, path, **parts)

        return await authorised(self._access, send, TokenExpired, "Acme takes neither the access token nor a new one")

    async def _send(self, token: Token, method: str, path: str, **parts: Any) -> Mapping[str, Any]:
        await self._host.budget.acquire()
        headers = {"Authorization": f"Bearer {token.access}"}
        reply = await self._host.http.request(method, f"{self._base}/v1/{path}", headers=headers, **parts)
        return read_reply(reply, write=method != "GET")

    async def _log_in(self, refresh: str | None) -> Token:
        """An `Exchange` of kequn.contracts.oauth; Acme gives no refresh tokens."""
        form = {
            "grant_type": "client_credentials",
            "client_id": str(self._settings["client_id"]),
            "client_secret": self._settings["client_secret"].reveal(),
        }
        reply = await self._host.http.request("POST", f"{self._base}/oauth/token", data=form)
        try:
            return read_token(read_reply(reply, write=False), self._host.clock)
        except TokenExpired:
            raise NeedsLogin("Acme does not know this client id and secret") from None


def read_reply(reply: httpx.Response, *, write: bool) -> Mapping[str, Any]:
    """The body of a good answer; every other one becomes an error of kequn's. Pure."""
    if reply.status_code >= 500:
        raise RetryLater(f"Acme is out of order ({reply.status_code})", wait_seconds=BUSY_SECONDS, maybe_applied=write)
    if reply.status_code == 429:
        raise _throttled(reply)
    try:
        body = read_json(reply)
    except BrokenReply as error:
        if write:
            raise
        raise RetryLater(error.message, wait_seconds=BUSY_SECONDS) from error
    if not isinstance(body, Mapping):
        raise BrokenReply(f"Acme answers {reply.status_code} with JSON that is no object", maybe_applied=write)
    if "code" in body:
        raise _error(reply, str(body["code"]), body)
    if not 200 <= reply.status_code < 300:
        raise BrokenReply(f"Acme answers {reply.status_code}, which it never should", maybe_applied=write)
    return body


def _throttled(reply: httpx.Response) -> RetryLater:
    asked = reply.headers.get("retry-after", "")
    return RetryLater("Acme asks us to slow down", wait_seconds=float(asked) if asked.isdecimal() else BUSY_SECONDS)


def _error(reply: httpx.Response, code: str, body: Mapping[str, Any]) -> CrmError:
    if code == "throttled":  # comes with status 200 as well
        return _throttled(reply)
    if code == "token_expired" or code == "bad_client":
        return TokenExpired("Acme does not take the token")
    if code == "token_revoked":
        return NeedsLogin("the access to Acme was revoked: log in again")
    if code == "scope_missing":
        scope = str(body.get("scope"))
        return NeedsLogin(f"the token lacks the scope {scope}", scope=scope)
    if code == "page_expired":
        return PageExpired("Acme has forgotten the page token")
    return Rejected(f"Acme refuses the request: {code}")
