"""What an answer of Fxiaoke's means: read once, here, into its JSON or one of our errors. Pure.

The status is always 200 and the texts change: the number in `errorCode` decides. Anything but 200 is not Fxiaoke's."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from kequn.contracts.errors import BadSettings, BrokenReply, CrmError, NeedsLogin, Rejected, RetryLater
from kequn.contracts.http import read_json, sample

Answer = Mapping[str, Any]

BUSY_WAIT = 2.0
BROKEN_WAIT = 5.0
TOKEN_WAIT = 60.0
BUSY = {-1, 14001, 30004}
UNSURE = {-2, 50009}
"""It failed in the middle: a write may have been done."""

DAY_QUOTA, NO_PACK, NO_PERSON = 30002, 30003, 20012
NOBODY = {NO_PERSON, 30027}
"""There is no such person."""

STALE_TOKEN = {20005, 20016, 11014}
NO_RELATION = 201112011
_CREDENTIALS = {
    20006: "the app id or the app secret is wrong",
    20010: "the code has expired",
    20015: "the permanent code is wrong or was taken back",
    20017: "the enterprise is not known",
    NO_PERSON: "the person in whose name kequn acts is not known (current_open_user_id)",
}
_SCOPES = {
    15003: "access of the app to this interface",
    20014: "permission for that employee",
    20020: "permission for the enterprise",
    20021: "the app, enabled",
    20022: "the app, authorised by the enterprise",
    20023: "permission for the department",
    NO_PACK: "an Open API pack",
}
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_NO_PERMISSION = "数据权限"
_QUOTED = re.compile(r"\[[^\]]*\]|【[^】]*】|「[^」]*」|『[^』]*』|《[^》]*》|“[^”]*”|‘[^’]*’|'[^']*'")


class Refused(Rejected):
    """Fxiaoke refused a request. `fxiaoke`: its number. `words`: its text, which may hold values: never to be shown."""

    def __init__(self, message: str, *, fxiaoke: int, words: str, field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.fxiaoke = fxiaoke
        self.words = words

    @property
    def lacks_permission(self) -> bool:
        """The acting person may not see or change this record."""
        return _NO_PERMISSION in self.words


class TokenRefused(CrmError):
    """The token is not (or no longer) valid: renew it and repeat."""


def read_answer(reply: httpx.Response, *, write: bool, now: datetime, person: bool = False) -> Answer:
    """`write`: whether the request asked to change something; `person`: whether it named a person, who may not be
    known. Raises TokenRefused and the errors of kequn."""
    if reply.status_code != 200:
        raise _not_fxiaoke(reply, write)
    try:
        answer = read_json(reply)
    except BrokenReply as error:
        raise BrokenReply(error.message, sample=error.sample, maybe_applied=write) from None
    if not isinstance(answer, Mapping) or not isinstance(code := answer.get("errorCode"), int):
        message = "Fxiaoke answered without an errorCode"
        raise BrokenReply(message, sample=sample(reply.content), maybe_applied=write)
    words = str(answer.get("errorMessage") or "")
    if code == NO_PERSON and person:
        raise Refused("Fxiaoke knows no such person", fxiaoke=code, words=words)
    if code != 0:
        raise error_of(code, words, write=write, now=now)
    return answer


def error_of(code: int, words: str, *, write: bool, now: datetime) -> CrmError:
    if code in BUSY:
        return RetryLater(f"Fxiaoke asked us to slow down ({code})", wait_seconds=BUSY_WAIT)
    if code in UNSURE:
        return RetryLater(f"Fxiaoke failed on this request ({code})", wait_seconds=BROKEN_WAIT, maybe_applied=write)
    if code == DAY_QUOTA:
        return RetryLater("Fxiaoke's calls of this day are spent", wait_seconds=_until_midnight(now))
    if code in STALE_TOKEN:
        return TokenRefused("Fxiaoke does not take the token")
    if code in _CREDENTIALS:
        return NeedsLogin(f"Fxiaoke does not let us in: {_CREDENTIALS[code]} ({code})")
    if code in _SCOPES:
        lacking = f"Fxiaoke lets us in, but something is missing: {_SCOPES[code]} ({code})"
        return NeedsLogin(lacking, scope=_SCOPES[code])
    return Refused(refusal(code, words), fxiaoke=code, words=words)


def refusal(code: int, words: str, hidden: Iterable[str] = ()) -> str:
    """A refusal for people: its words without what stands in brackets or quotation marks (a record's name), long texts
    and numbers. `hidden`: values that may be quoted as they are."""
    for value in sorted(set(hidden), key=len, reverse=True):
        words = words.replace(value, "…")
    return f"Fxiaoke refused it ({code}): {sample(_QUOTED.sub('…', words), 100) or 'no reason'}"


def login_error(code: int, words: str, now: datetime) -> CrmError:
    """What the token endpoint says."""
    if code in BUSY:
        return RetryLater("Fxiaoke gives no more tokens for now", wait_seconds=TOKEN_WAIT)
    error = error_of(code, words, write=False, now=now)
    if isinstance(error, RetryLater | NeedsLogin):
        return error
    return NeedsLogin(f"Fxiaoke gives no token: app_id, app_secret or permanent_code is wrong ({code})")


def person_error(code: int, words: str, now: datetime) -> CrmError:
    """What the search for the acting person says."""
    if code in NOBODY or isinstance(error_of(code, words, write=False, now=now), Refused):
        return BadSettings(f"settings for Fxiaoke: it finds nobody by the number in mobile ({code})")
    return login_error(code, words, now)


def trace_of(reply: httpx.Response) -> str:
    """What Fxiaoke's support asks for."""
    try:
        answer = read_json(reply)
    except BrokenReply:
        return ""
    return str(answer.get("traceId") or "") if isinstance(answer, Mapping) else ""


def _not_fxiaoke(reply: httpx.Response, write: bool) -> CrmError:
    """A gateway, a proxy, a redirect to a page."""
    asked = reply.headers.get("retry-after", "")
    wait = float(asked) if asked.isdecimal() else BUSY_WAIT if reply.status_code == 429 else BROKEN_WAIT
    unsure = write and reply.status_code >= 500
    message = f"{reply.url.host} answered {reply.status_code}, which Fxiaoke never does"
    return RetryLater(message, wait_seconds=wait, maybe_applied=unsure)


def _until_midnight(now: datetime) -> float:
    """Seconds until the day ends in Shanghai."""
    local = now.astimezone(_SHANGHAI)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max((midnight.astimezone(UTC) - now).total_seconds(), 60.0)
