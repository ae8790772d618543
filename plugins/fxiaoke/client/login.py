"""Logging in: app id, app secret and permanent code for a token, in either of Fxiaoke's two conventions.

Fxiaoke gives the same token for 6600 seconds and the next one beside it, and it answers at most ten times a minute."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kequn.contracts.errors import BadSettings, BrokenReply, CrmError, RetryLater
from kequn.contracts.host import CrmHost, Token
from kequn.contracts.http import read_json
from kequn.contracts.secrets import Secret
from plugins.fxiaoke.client.replies import BROKEN_WAIT, BUSY_WAIT, login_error, person_error

RENEW_AFTER = 6600
LAST_SECONDS = 60
APART = timedelta(seconds=6)
"""Between two token calls, of whatever process: never more than ten a minute, however short a token lives."""

NOTE = "login"

Errors = Callable[[int, str, datetime], CrmError]

PATHS = {"legacy": "/cgi/corpAccessToken/get/V2", "bearer": "/oauth2.0/token"}


@dataclass(frozen=True)
class Credentials:
    """`user`: the id of the acting person, or None where only their `mobile` is known."""

    base_url: str
    app_id: str
    app_secret: Secret
    permanent_code: Secret
    user: str | None = None
    mobile: str | None = field(default=None, repr=False)
    bearer: bool = False
    employee: str | None = None


class Login:
    """An `Exchange` of kequn.contracts.oauth. There is no refresh token: the credentials do."""

    def __init__(self, credentials: Credentials, host: CrmHost) -> None:
        self._credentials = credentials
        self._host = host

    async def __call__(self, refresh: str | None) -> Token:
        await self._wait()
        given = self._credentials
        body = {
            "appId": given.app_id,
            "appSecret": given.app_secret.reveal(),
            "permanentCode": given.permanent_code.reveal(),
        }
        if given.bearer:
            answer = await self._post(PATHS["bearer"], {**body, "grantType": "app_secret"})
            return self._token(answer, "accessToken", {"ea": answer.get("ea")})
        answer = await self._post(PATHS["legacy"], body)
        return self._token(answer, "corpAccessToken", {"corpId": answer.get("corpId"), **await self._user(answer)})

    async def _wait(self) -> None:
        """The token store's lock is held: nobody else asks meanwhile."""
        clock, notebook = self._host.clock, self._host.notebook
        note = await notebook.read(NOTE)
        if note is not None:
            passed = clock.now() - datetime.fromisoformat(note["asked"])
            await clock.sleep(min(max(APART - passed, timedelta()), APART).total_seconds())
        await notebook.write(NOTE, {"asked": clock.now().isoformat()})

    async def _post(self, path: str, body: Mapping[str, Any], error: Errors = login_error) -> Mapping[str, Any]:
        """Whatever goes wrong, nothing was written."""
        url, trace = self._credentials.base_url + path, self._host.random.bytes(16).hex()
        reply = await self._host.http.request("POST", url, params={"thirdTraceId": trace}, json=body, timeout=20)
        if reply.status_code != 200:
            wait = BUSY_WAIT if reply.status_code == 429 else BROKEN_WAIT
            raise RetryLater(f"Fxiaoke's token endpoint answered {reply.status_code}", wait_seconds=wait)
        answer = read_json(reply)
        if not isinstance(answer, Mapping) or not isinstance(code := answer.get("errorCode"), int):
            raise BrokenReply("Fxiaoke's token endpoint answered without an errorCode")
        if code != 0:
            self._host.log.warning("fxiaoke.login", code=code, trace=answer.get("traceId"))
            raise error(code, str(answer.get("errorMessage") or ""), self._host.clock.now())
        return answer

    def _token(self, answer: Mapping[str, Any], name: str, more: Mapping[str, Any]) -> Token:
        access, life = answer.get(name), answer.get("expiresIn")
        if not isinstance(access, str) or not access or any(not value for value in more.values()):
            raise BrokenReply(f"Fxiaoke's token endpoint answered without {name} or what belongs to it")
        seconds = min(RENEW_AFTER, (life if isinstance(life, int) else RENEW_AFTER) - LAST_SECONDS)
        expires_at = self._host.clock.now() + timedelta(seconds=max(seconds, 0))
        return Token(access, expires_at, extra={key: str(value) for key, value in more.items()})

    async def _user(self, login: Mapping[str, Any]) -> dict[str, str]:
        """The acting person. Asked for by mobile number where the id is not known, once for each token."""
        given = self._credentials
        if given.user:
            return {"user": given.user}
        body = {name: login.get(name) for name in ("corpAccessToken", "corpId")}
        answer = await self._post("/cgi/user/getByMobile", {**body, "mobile": given.mobile}, person_error)
        found = answer.get("empList")
        user = found[0].get("openUserId") if isinstance(found, list) and found else None
        if not user:
            raise BadSettings("settings for Fxiaoke: nobody there has the number in mobile")
        return {"user": str(user)}
