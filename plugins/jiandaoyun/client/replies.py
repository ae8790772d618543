"""What an answer of Jiandaoyun's means: read once, here, into its body or one of our errors. Pure.

Its texts come in any language: only codes count. An error is HTTP 400 with a code; should one come as 200, it is
seen."""

from collections.abc import Mapping
from typing import Any

import httpx

from kequn.contracts.errors import BrokenReply, CrmError, NeedsLogin, NotThere, Rejected, RetryLater
from kequn.contracts.http import read_json, sample

NO_RECORD, NO_MEMBER = 4001, 1010
SUBMIT_FAILED, DELETE_FAILED = 4000, 4042
REPEATED_TRANSACTION = 17026
BAD_FILTER = frozenset({4815, 3005, 17017, 17032})
"""How a filter is refused that Jiandaoyun does not know."""

BUSY: Mapping[int, float] = {8303: 1.0, 8304: 1.0, 4012: 3.0, 9004: 2.0, 9007: 2.0}
"""Seconds to wait, by code: nothing was done."""

QUOTA = frozenset({7103, 7206, 7212, 7216, 7217, 7218, 7219, 7221})
QUOTA_WAIT = 3600.0
LOGIN: Mapping[int, str] = {
    8017: "the company is closed",
    8301: "it does not take the API key",
    17018: "it does not take the API key",
}
FORBIDDEN: Mapping[int, str] = {
    8302: "the API key has no permission for",
    17052: "this machine's address is not on the white list of the API key, which it needs for",
    17053: "the API key is not allowed to use the app, in",
    17054: "the API key is not allowed to call",
}
CONFIGURATION: Mapping[int, str] = {
    2004: "there is no such app: see app_id in the settings",
    3000: "there is no such form: see entry_id in the settings",
    3001: "the form is not available",
    3041: "a field is not there",
    3042: "an alias is not there",
    17032: "a widget is of a type that cannot be written",
    17034: "a widget of a subform is of a type that cannot be written",
    30002: "forms of the preset CRM suite cannot be called",
}
REASONS: Mapping[int, str] = {
    1: "the request is not valid",
    NO_MEMBER: "there is no such member",
    3005: "a value is not what its widget takes",
    SUBMIT_FAILED: "it could not be submitted",
    DELETE_FAILED: "it could not be deleted",
    4402: "the check of an aggregate table failed",
    4815: "the filter is not taken",
    17017: "a parameter is not taken",
    REPEATED_TRANSACTION: "the transaction was sent before",
}
THROTTLED_WAIT, BROKEN_WAIT = 2.0, 5.0


class Refused(Rejected):
    """Jiandaoyun refused a request. `jdy`: its code."""

    def __init__(self, message: str, *, code: int, field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.jdy = code


def read_reply(reply: httpx.Response, *, call: str, write: bool) -> Mapping[str, Any]:
    """Raises the errors of kequn. `call`: to be named when the key may not make it."""
    if reply.status_code == 429:
        raise RetryLater("Jiandaoyun asked us to slow down", wait_seconds=_asked(reply, THROTTLED_WAIT))
    if reply.status_code >= 500:
        message = f"Jiandaoyun is out of order ({reply.status_code})"
        raise RetryLater(message, wait_seconds=_asked(reply, BROKEN_WAIT), maybe_applied=write)
    if reply.status_code == 200 and not reply.content.strip():
        return {}
    body = _object(reply, write)
    code = body.get("code")
    if isinstance(code, int) and (reply.status_code >= 400 or "msg" in body):
        raise _error(code, call)
    if reply.status_code == 401:
        raise NeedsLogin("Jiandaoyun does not let us in")
    if reply.status_code != 200:
        raise BrokenReply(f"Jiandaoyun answered {reply.status_code} without a code", maybe_applied=write)
    return body


def _object(reply: httpx.Response, write: bool) -> Mapping[str, Any]:
    try:
        body = read_json(reply)
    except BrokenReply as error:
        if reply.status_code == 401:
            raise NeedsLogin("Jiandaoyun does not let us in") from None
        raise BrokenReply(error.message, sample=error.sample, maybe_applied=write) from None
    if not isinstance(body, Mapping):
        message = f"Jiandaoyun answered {reply.status_code} with JSON that is no object"
        raise BrokenReply(message, sample=sample(reply.content), maybe_applied=write)
    return body


def _error(code: int, call: str) -> CrmError:
    if code in BUSY:
        return RetryLater(f"Jiandaoyun is busy ({code})", wait_seconds=BUSY[code])
    if code in QUOTA:
        return RetryLater(f"the plan's quota at Jiandaoyun is used up ({code})", wait_seconds=QUOTA_WAIT)
    if code in LOGIN:
        return NeedsLogin(f"Jiandaoyun: {LOGIN[code]} ({code})")
    if code in FORBIDDEN:
        return NeedsLogin(f"Jiandaoyun: {FORBIDDEN[code]} {call} ({code})", scope=call)
    if code == NO_RECORD:
        return NotThere("Jiandaoyun has no such record")
    if code in CONFIGURATION:
        return Refused(f"Jiandaoyun: {CONFIGURATION[code]} ({code})", code=code)
    return Refused(f"Jiandaoyun refused {call}: {REASONS.get(code, 'no reason known')} ({code})", code=code)


def _asked(reply: httpx.Response, otherwise: float) -> float:
    header = reply.headers.get("retry-after", "")
    return float(header) if header.isdecimal() else otherwise
