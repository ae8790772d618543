"""Requests to Zoho's REST API: the token, the base URL, the limits, and repeating what may be repeated.
Does not know any kind of ours; what an answer means stands in replies.py."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from kequn.contracts.host import CrmHost, Token
from kequn.contracts.oauth import Access
from kequn.contracts.sending import authorised, repeating
from plugins.zoho.client.login import Credentials, Login
from plugins.zoho.client.replies import Reply, TokenRefused, read_reply
from plugins.zoho.client.scopes import scope_of

REFUSED = "Zoho takes neither the access token nor a new one: log in again"

AT_ONCE = 5
"""Calls at one time: the Free edition's limit, and half of the limit that sorted lists have in every edition."""


class ZohoClient:
    """`call` raises the errors of kequn/contracts/errors.py. A read is repeated when that helps; a write only when it
    surely did not arrive."""

    def __init__(self, credentials: Credentials, host: CrmHost) -> None:
        self._host = host
        self._access = Access(host.tokens, host.clock, Login(credentials, host))
        self._door = asyncio.Semaphore(AT_ONCE)
        self._date: tuple[datetime, float] | None = None

    def now(self) -> datetime | None:
        """Zoho's clock, at the earliest: its last answer's Date and the seconds since. None before any answer."""
        if self._date is None:
            return None
        date, at = self._date
        return date + timedelta(seconds=self._host.clock.monotonic() - at)

    async def read(
        self, path: str, params: Mapping[str, str] | None = None, *, headers: Mapping[str, str] | None = None,
        cost: int = 1, binary: bool = False,
    ) -> Reply:  # fmt: skip
        return await self._repeat("GET", path, False, cost, params=params, headers=headers, binary=binary)

    async def ask(self, path: str, body: Mapping[str, Any], *, cost: int = 1) -> Reply:
        """A POST that only reads."""
        return await self._repeat("POST", path, False, cost, json=body)

    async def write(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *,
        params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, cost: int = 1,
    ) -> Reply:  # fmt: skip
        return await self._repeat(method, path, True, cost, json=body, params=params, headers=headers)

    async def _repeat(self, method: str, path: str, write: bool, cost: int, **parts: Any) -> Reply:
        async def send(token: Token) -> Reply:
            return await self._send(token, method, path, write, cost, **parts)

        async def once() -> Reply:
            return await authorised(self._access, send, TokenRefused, REFUSED)

        return await repeating(once, self._host, write=write)

    async def _send(
        self, token: Token, method: str, path: str, write: bool, cost: int, *, binary: bool = False,
        headers: Mapping[str, str] | None = None, **parts: Any,
    ) -> Reply:  # fmt: skip
        own = {"Authorization": f"Zoho-oauthtoken {token.access}", **(headers or {})}
        async with self._door:
            await self._host.budget.acquire(cost)
            answer = await self._host.http.request(method, token.extra["api_domain"] + path, headers=own, **parts)
        reply = read_reply(answer, scope=scope_of(method, path), write=write, binary=binary)
        if reply.date is not None:
            self._date = (reply.date, self._host.clock.monotonic())
        return replace(reply, date=reply.date or self.now())
