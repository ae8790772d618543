"""Logging in at Zoho Accounts: a refresh token (or a grant code, once) for an access token.
Zoho answers most failures with status 200: the body decides."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kequn.contracts.errors import BrokenReply, NeedsLogin, RetryLater
from kequn.contracts.host import CrmHost, Token
from kequn.contracts.http import read_json
from kequn.contracts.oauth import read_token
from kequn.contracts.secrets import Secret

THROTTLE_WAIT = 900.0
"""The block lifts after 15 to 30 minutes without a call."""

_WHAT_TO_DO = {
    "invalid_code": "the refresh token or grant code is used up, revoked, or of another data centre: log in again",
    "invalid_client": "the client id is unknown in this data centre",
    "invalid_client_secret": "the client secret is wrong for this data centre",
    "invalid_redirect_uri": "the redirect address is not the one that is registered for the client",
}


@dataclass(frozen=True)
class Credentials:
    accounts_url: str
    client_id: str
    client_secret: Secret
    refresh_token: Secret | None = None
    grant_code: Secret | None = None
    redirect_uri: str | None = None
    verifier: Secret | None = None


class Login:
    """An `Exchange` of kequn.contracts.oauth."""

    def __init__(self, credentials: Credentials, host: CrmHost) -> None:
        self._credentials = credentials
        self._host = host

    async def __call__(self, refresh: str | None) -> Token:
        """`refresh`: as stored, which may be newer than the settings. When it no longer works, the settings may be
        newer: a person who logged in again has put a token there."""
        given = self._credentials.refresh_token
        new = given.reveal() if given else None
        if refresh is None or refresh == new:
            return await self._exchange(new)
        try:
            return await self._exchange(refresh)
        except NeedsLogin:
            if new is None and self._credentials.grant_code is None:
                raise
        return await self._exchange(new)

    async def _exchange(self, refresh: str | None) -> Token:
        form = self._form(refresh)
        reply = await self._host.http.request(
            "POST", f"{self._credentials.accounts_url}/oauth/v2/token", data=form, timeout=30
        )
        if reply.status_code >= 500:
            raise RetryLater(f"Zoho Accounts is out of order ({reply.status_code})", wait_seconds=30)
        answer = read_json(reply)
        if not isinstance(answer, Mapping):
            raise BrokenReply("Zoho Accounts answered with JSON that is no object")
        _raise_for_error(answer)
        return self._token(answer, form.get("refresh_token"))

    def _form(self, refresh: str | None) -> dict[str, str]:
        credentials = self._credentials
        form = {"client_id": credentials.client_id, "client_secret": credentials.client_secret.reveal()}
        if refresh:
            return {**form, "grant_type": "refresh_token", "refresh_token": refresh}
        if not credentials.grant_code:
            raise NeedsLogin("there is neither a refresh token nor a grant code: log in")
        form |= {"grant_type": "authorization_code", "code": credentials.grant_code.reveal()}
        form |= {} if credentials.redirect_uri is None else {"redirect_uri": credentials.redirect_uri}
        return form if credentials.verifier is None else {**form, "code_verifier": credentials.verifier.reveal()}

    def _token(self, answer: Mapping[str, Any], refresh: str | None) -> Token:
        # With `expires_in_sec` beside it, `expires_in` is in milliseconds (an older form of the answer).
        seconds = answer.get("expires_in_sec", answer.get("expires_in", 3600))
        whole = {"refresh_token": refresh, **answer, "expires_in": seconds}
        token = read_token(whole, self._host.clock, keep=("api_domain",))
        if "api_domain" not in token.extra:
            raise BrokenReply("Zoho Accounts answered without api_domain")
        return token


def _raise_for_error(answer: Mapping[str, Any]) -> None:
    if "access_token" in answer:
        return
    error = str(answer.get("error", ""))
    if error in _WHAT_TO_DO:
        raise NeedsLogin(f"Zoho Accounts: {_WHAT_TO_DO[error]}")
    # The throttle's words are localised: "Access Denied", "拒绝访问", ...
    if answer.get("status") == "failure" or error == "access_denied":
        raise RetryLater("Zoho Accounts gives no more tokens for now", wait_seconds=THROTTLE_WAIT)
    raise NeedsLogin(f"Zoho Accounts gives no token ({error if re.fullmatch('[a-z_]{1,40}', error) else 'no reason'})")
