"""Logging in (contract, section 2): both conventions, what a token is worth and for how long, and how often it may be
asked for."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugins.fxiaoke.emulator.errors import ApiError, bad_parameter, bad_token, no_token, plain
from plugins.fxiaoke.emulator.tenant import ACCOUNT, CORP, Tenant

LIFE = 7200
SAME_FOR = 6600
PER_MINUTE = 10


@dataclass(frozen=True)
class Issued:
    token: str
    at: float

    def is_good(self, now: float) -> bool:
        return now < self.at + LIFE


@dataclass(frozen=True)
class Caller:
    """Who asks: the acting user's id (None: nobody was named), and how people are shown to them."""

    user: str | None
    numbers: bool


class Tokens:
    app_id = "FSAID_1317f00"
    app_secret = "example-app-secret"
    permanent_code = "EXAMPLE-PERMANENT-CODE"

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._issued: list[Issued] = []
        self._calls: deque[float] = deque()
        self._running = 0
        self.revoked = False

    async def legacy(self, body: Mapping[str, Any]) -> dict[str, Any]:
        issued, left = await self._give(body)
        return {"corpAccessToken": issued.token, "corpId": CORP, "expiresIn": left}

    async def bearer(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Its refusals say the error twice."""
        try:
            issued, left = await self._give(body)
        except ApiError as error:
            more = {"error": str(error.code), "error_description": error.message}
            raise ApiError(error.code, error.message, error.description, **more) from error
        return {
            "appId": self.app_id, "openUserId": CORP, "ea": ACCOUNT, "accessToken": issued.token, "expiresIn": left,
        }  # fmt: skip

    async def _give(self, body: Mapping[str, Any]) -> tuple[Issued, int]:
        self._count()
        self._running += 1
        try:
            if self._tenant.knobs.latency:
                await self._tenant.clock.sleep(self._tenant.knobs.latency)
            self._check(body)
            return self._token()
        finally:
            self._running -= 1

    def _count(self) -> None:
        if not self._tenant.knobs.token_limits:
            return
        now = self._now()
        while self._calls and self._calls[0] <= now - 60:
            self._calls.popleft()
        if self._running or len(self._calls) >= PER_MINUTE:
            raise plain(14001)
        self._calls.append(now)

    def _check(self, body: Mapping[str, Any]) -> None:
        if body.get("appSecret") != self.app_secret:
            raise bad_parameter("appSecret")
        if not body.get("appId"):
            raise ApiError(10001, "the parameter appId is missing or illegal")
        if body["appId"] != self.app_id:
            raise ApiError(20006, "appId或appSecret错误")
        if not body.get("permanentCode"):
            raise ApiError(10012, "the parameter permanentCode is missing or illegal")
        if body["permanentCode"] != self.permanent_code or self.revoked:
            raise plain(20015)

    def _token(self) -> tuple[Issued, int]:
        """The same one for most of its life; then a new one, beside which the old one stays good."""
        now = self._now()
        self._issued = [one for one in self._issued if one.is_good(now)]
        if not self._issued or now >= self._issued[-1].at + SAME_FOR:
            self._issued.append(Issued(self._tenant.options.random.bytes(16).hex().upper(), now))
        last = self._issued[-1]
        return last, int(last.at + LIFE - now)

    def expire(self) -> None:
        """No token is good any more."""
        self._issued.clear()

    def caller(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Caller:
        """Raises ApiError."""
        authorization = headers.get("authorization", "")
        token, corp, user = body.get("corpAccessToken"), body.get("corpId"), body.get("currentOpenUserId")
        if authorization:
            token = authorization.removeprefix("Bearer ")
            corp = CORP if headers.get("x-fs-ea") == ACCOUNT else None
            user = headers.get("x-fs-userid")
        if not token:
            raise no_token()
        now = self._now()
        if corp != CORP or not any(one.token == token and one.is_good(now) for one in self._issued):
            raise bad_token()
        numbers = bool(authorization) and body.get("convertUserId") is not True
        return Caller(self._user(user), numbers or body.get("convertUserId") is False)

    def _user(self, named: Any) -> str | None:
        if not named:
            return None
        user = self._tenant.person(named)
        if user is None:
            raise ApiError(20012, "openUserId不存在")
        return user.id

    def _now(self) -> float:
        return self._tenant.moment().timestamp()
