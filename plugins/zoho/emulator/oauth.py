"""OAuth (contract, section 3): grant codes, refresh and access tokens with their lives and limits. Failures come with
HTTP 200, but for the throttle."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from plugins.zoho.emulator.call import Reply
from plugins.zoho.emulator.errors import ApiError, bad_token
from plugins.zoho.emulator.org import Org

ACCESS_SECONDS = 3600
CODE_SECONDS = 180
WINDOW_SECONDS = 600
PER_WINDOW = 10
ACTIVE = 15
THROTTLED = {
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "error": "Access Denied",
    "status": "failure",
}


@dataclass(frozen=True)
class Code:
    expires: float
    redirect_uri: str | None


@dataclass
class Refresh:
    """A refresh token: the access tokens made from it, the oldest first, and when they were made."""

    active: deque[str] = field(default_factory=deque)
    made: deque[float] = field(default_factory=deque)


@dataclass(frozen=True)
class Access:
    user: str
    expires: float
    refresh: str | None


class Accounts:
    """The accounts server of one client. The token's user is the first user of the organisation."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.client_id = "1000." + self._draw(16).upper()
        self.client_secret = self._draw(21)
        self._codes: dict[str, Code] = {}
        self._codes_made: deque[float] = deque()
        self._refresh: dict[str, Refresh] = {}
        self._access: dict[str, Access] = {}
        self.refresh_token = self._new_refresh()

    def consent(self) -> str:
        """The refresh token of the connection; a new one after it was revoked, as if a person had agreed again."""
        if self.refresh_token not in self._refresh:
            self.refresh_token = self._new_refresh()
        return self.refresh_token

    def grant(self, redirect_uri: str | None = None) -> str | None:
        """A grant code, as the API console gives; None when there were too many."""
        now = self.org.exact_now()
        if not self._allowed(self._codes_made, now):
            return None
        code = self._token()
        self._codes[code] = Code(now + CODE_SECONDS, redirect_uri)
        return code

    def user_of(self, header: str | None) -> str:
        """The user of an Authorization header. Raises ApiError."""
        scheme, _, token = (header or "").partition(" ")
        if scheme != "Zoho-oauthtoken" or not token:
            raise ApiError("AUTHENTICATION_FAILURE", "Authentication failed", status=401)
        access = self._access.get(token)
        if access is None or access.expires <= self.org.exact_now():
            raise bad_token()
        return access.user

    def spoil(self, header: str | None, *, revoke: bool) -> None:
        """End this access token, and with `revoke` also the refresh token that it came from."""
        token = (header or "").partition(" ")[2]
        access = self._access.pop(token, None)
        if revoke and access is not None and access.refresh is not None:
            self._revoke(access.refresh)

    def authorise(self, params: dict[str, str], origin: str) -> Reply:
        """The consent page, where everybody agrees at once."""
        target = params.get("redirect_uri", "")
        code = self.grant(target) if params.get("client_id") == self.client_id and target else None
        answer = {"code": code, "location": "us", "accounts-server": origin} if code else {"error": "access_denied"}
        answer |= {"state": params["state"]} if "state" in params else {}  # RFC 6749, 4.1.2
        return Reply(302, headers={"location": f"{target}?{urlencode(answer)}"})

    def token(self, form: dict[str, str], origin: str) -> Reply:
        """POST /oauth/v2/token"""
        if form.get("client_id") != self.client_id:
            return _failure("invalid_client")
        if form.get("client_secret") != self.client_secret:
            return _failure("invalid_client_secret")
        grant = form.get("grant_type")
        if grant == "refresh_token":
            return self._refreshed(form.get("refresh_token", ""), origin)
        if grant == "authorization_code":
            return self._exchanged(form, origin)
        if grant == "client_credentials":
            return Reply(200, self._answer(self._new_access(None), origin))
        return _failure("unsupported_grant_type")

    def revoke(self, token: str | None) -> Reply:
        if token not in self._refresh:
            return Reply(400, {"status": "failure"})
        self._revoke(token)
        return Reply(200, {"status": "success"})

    def _refreshed(self, token: str, origin: str) -> Reply:
        known = self._refresh.get(token)
        if known is None:
            return _failure("invalid_code")
        if self.org.knobs.token_limits and not self._allowed(known.made, self.org.exact_now()):
            return Reply(400, THROTTLED)
        return Reply(200, self._answer(self._new_access(token), origin))

    def _exchanged(self, form: dict[str, str], origin: str) -> Reply:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.expires < self.org.exact_now():
            return _failure("invalid_code")
        if code.redirect_uri is not None and code.redirect_uri != form.get("redirect_uri"):
            return _failure("invalid_redirect_uri")
        refresh = self._new_refresh()
        return Reply(200, {**self._answer(self._new_access(refresh), origin), "refresh_token": refresh})

    def _answer(self, access: str, origin: str) -> dict[str, Any]:
        scopes = self.org.knobs.scopes or ("ZohoCRM.modules.ALL", "ZohoCRM.settings.ALL")
        return {
            "access_token": access, "scope": " ".join(scopes), "api_domain": self.org.knobs.api_domain or origin,
            "token_type": "Bearer", "expires_in": ACCESS_SECONDS,
        }  # fmt: skip

    def _new_access(self, refresh: str | None) -> str:
        token = self._token()
        self._access[token] = Access(next(iter(self.org.users)), self.org.exact_now() + ACCESS_SECONDS, refresh)
        if refresh is not None:
            active = self._refresh[refresh].active
            active.append(token)
            if len(active) > ACTIVE:
                self._access.pop(active.popleft(), None)
        return token

    def _new_refresh(self) -> str:
        token = self._token()
        self._refresh[token] = Refresh()
        if len(self._refresh) > 20:
            self._revoke(next(iter(self._refresh)))
        return token

    def _revoke(self, refresh: str) -> None:
        for token in self._refresh.pop(refresh, Refresh()).active:
            self._access.pop(token, None)

    def _allowed(self, made: deque[float], now: float) -> bool:
        """Ten in ten minutes; counts this one when it is allowed."""
        while made and made[0] <= now - WINDOW_SECONDS:
            made.popleft()
        if len(made) >= PER_WINDOW:
            return False
        made.append(now)
        return True

    def _token(self) -> str:
        return f"1000.{self._draw(16)}.{self._draw(16)}"

    def _draw(self, count: int) -> str:
        return self.org.options.random.bytes(count).hex()


def _failure(error: str) -> Reply:
    return Reply(200, {"error": error})
