"""Requests to Fxiaoke's Open API: the token, the budget, and repeating what may be repeated.
Does not know any kind of ours; what an answer means stands in replies.py."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from kequn.contracts.errors import BrokenReply, CrmError, RetryLater
from kequn.contracts.host import CrmHost, Token
from kequn.contracts.oauth import Access
from kequn.contracts.sending import authorised, harmless, repeating
from plugins.fxiaoke.client.login import Credentials, Login
from plugins.fxiaoke.client.replies import Answer, Refused, TokenRefused, read_answer, trace_of

AT_ONCE = 4
REFUSED = "Fxiaoke takes neither the token nor a new one: check app and permanent code"
PERSON = "/cgi/user/get"
OF_PEOPLE = (PERSON, "/create", "/changeOwner")
"""How the paths end that name a person beside the acting one."""


class FxiaokeClient:
    """`read` and `write` raise the errors of kequn/contracts/errors.py. A read is repeated when that helps; a write
    only when it surely did not arrive."""

    def __init__(self, credentials: Credentials, host: CrmHost) -> None:
        self._credentials = credentials
        self._host = host
        self._access = Access(host.tokens, host.clock, Login(credentials, host), margin=timedelta(0))
        self._door = asyncio.Semaphore(AT_ONCE)

    async def user(self) -> str:
        """The id of the acting person."""
        return (await harmless(self._access.token())).extra.get("user") or self._credentials.user or ""

    async def read(self, path: str, body: Mapping[str, Any]) -> Answer:
        return await self._repeat(path, body, write=False)

    async def write(self, path: str, body: Mapping[str, Any]) -> Answer:
        return await self._repeat(path, body, write=True)

    async def _repeat(self, path: str, body: Mapping[str, Any], *, write: bool) -> Answer:
        async def send(token: Token) -> Answer:
            return await self._send(token, path, body, write)

        async def once() -> Answer:
            return await authorised(self._access, send, TokenRefused, REFUSED)

        return await repeating(once, self._host, write=write)

    async def _send(self, token: Token, path: str, body: Mapping[str, Any], write: bool) -> Answer:
        headers, whole = self._signed(token, body)
        trace = str(UUID(bytes=self._host.random.bytes(16), version=4))
        async with self._door:
            await self._host.budget.acquire(of=path)
            reply = await self._host.http.request(
                "POST", self._credentials.base_url + path, params={"thirdTraceId": trace}, headers=headers, json=whole
            )
        try:
            return read_answer(reply, write=write, now=self._host.clock.now(), person=path.endswith(OF_PEOPLE))
        except CrmError as error:
            self._tell(path, error, trace, reply)
            raise

    def _tell(self, path: str, error: CrmError, trace: str, reply: httpx.Response) -> None:
        """With both trace ids, for Fxiaoke's support. What will be tried again is no warning."""
        passes = isinstance(error, RetryLater | BrokenReply | TokenRefused)
        tell = self._host.log.info if passes else self._host.log.warning
        code = error.fxiaoke if isinstance(error, Refused) else None
        tell("fxiaoke.failed", path=path, error=error.code, code=code, ours=trace, theirs=trace_of(reply))

    def _signed(self, token: Token, body: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
        """People are named by FSUID in both conventions."""
        if self._credentials.bearer:
            headers = {
                "authorization": f"Bearer {token.access}",
                "x-fs-ea": token.extra["ea"],
                "x-fs-userid": self._credentials.employee or "",
            }
            return headers, {"convertUserId": True, **body}
        keys = {"corpAccessToken": token.access, "corpId": token.extra["corpId"]}
        return {}, {**keys, "currentOpenUserId": token.extra["user"], **body}
