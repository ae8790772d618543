"""What an answer of Zoho's means: read once, here, into a Reply or one of our errors. Pure.
Decides about requests as a whole; results of single records inside an answer are read by the adapter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from kequn.contracts.errors import BrokenReply, CrmError, NeedsLogin, Rejected, RetryLater
from kequn.contracts.http import read_json, sample

CREDITS_WAIT = 900.0
BUSY_WAIT = 2.0
BROKEN_WAIT = 5.0
BAD_TOKEN = {"INVALID_TOKEN", "INVALID_OAUTHTOKEN", "AUTHENTICATION_FAILURE"}
THROTTLED = {"TOO_MANY_REQUESTS", "429"}
_RESULTS = ("data", "tags", "fields", "watch")


class Refused(Rejected):
    """Zoho refused a request, or one record of it. `zoho` and `details`: its code and details as it gave them."""

    def __init__(self, message: str, *, code: str, details: Mapping[str, Any], field: str | None = None) -> None:
        super().__init__(message, field=field)
        self.zoho = code
        self.details = details

    @property
    def is_gone(self) -> bool:
        """The record that the path names is not there."""
        return self.details.get("resource_path_index") == 1


class TokenRefused(CrmError):
    """The access token is not (or no longer) valid: renew it and repeat."""


@dataclass(frozen=True)
class Reply:
    """`body`: empty when there was none. `date`: Zoho's clock when it answered. `write`: what it answers may have
    changed something."""

    status: int
    body: Mapping[str, Any] = field(repr=False)
    date: datetime | None
    content: bytes = field(repr=False, default=b"")
    write: bool = False

    def rows(self, key: str = "data") -> list[Mapping[str, Any]]:
        """Raises BrokenReply when there is something else."""
        rows = self.body.get(key, [])
        if isinstance(rows, Mapping):
            return [rows]  # deleting a tag answers with an object in place of a list
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise BrokenReply(f"Zoho answered {self.status} without a list of {key}", maybe_applied=self.write)
        return rows

    def records(self) -> list[Mapping[str, Any]]:
        """The rows, each with its id. Raises BrokenReply."""
        rows = self.rows()
        if not all(isinstance(row.get("id"), str | int) for row in rows):
            raise BrokenReply(f"Zoho answered {self.status} with a record that has no id")
        return rows

    @property
    def more(self) -> bool:
        return bool(self._info().get("more_records"))

    @property
    def next_token(self) -> str | None:
        token = self._info().get("next_page_token")
        return token if isinstance(token, str) else None

    def _info(self) -> Mapping[str, Any]:
        info = self.body.get("info")
        return info if isinstance(info, Mapping) else {}


def read_reply(reply: httpx.Response, *, scope: str, write: bool, binary: bool = False) -> Reply:
    """Raises TokenRefused and the errors of kequn. `scope`: what the request needs, to be named when it is missing."""
    date = read_date(reply)
    if reply.status_code in {204, 304}:
        return Reply(reply.status_code, {}, date, write=write)
    if reply.status_code >= 500:
        raise _broken_down(reply, write)
    if binary and reply.status_code == 200 and not reply.content.lstrip().startswith(b"{"):
        return Reply(200, {}, date, reply.content)
    body = _json(reply, write)
    _raise_for_code(reply, body, scope)
    if reply.status_code >= 400 or (body.get("status") == "error" and not has_results(body)):
        _raise_refused(body)
    if not 200 <= reply.status_code < 300 and not has_results(body):
        raise BrokenReply(f"Zoho answered {reply.status_code}, which it never should", maybe_applied=write)
    return Reply(reply.status_code, body, date, write=write)


def _json(reply: httpx.Response, write: bool) -> Mapping[str, Any]:
    try:
        body = read_json(reply)
    except BrokenReply as error:
        if reply.status_code == 429:
            raise _throttled(reply, "") from None
        raise BrokenReply(error.message, sample=error.sample, maybe_applied=write) from None
    if not isinstance(body, Mapping):
        message = f"Zoho answered {reply.status_code} with JSON that is no object"
        raise BrokenReply(message, sample=sample(reply.content), maybe_applied=write)
    return body


def _raise_for_code(reply: httpx.Response, body: Mapping[str, Any], scope: str) -> None:
    code = str(body.get("code", ""))
    if reply.status_code == 429 or code in THROTTLED:
        raise _throttled(reply, str(body.get("message") or body.get("error_info") or ""))
    if code in BAD_TOKEN:
        raise TokenRefused("Zoho does not take the access token")
    if code == "OAUTH_SCOPE_MISMATCH":
        raise NeedsLogin(f"the token lacks the scope {scope}: grant it and log in again", scope=scope)
    if reply.status_code == 401:
        raise NeedsLogin(f"Zoho does not let us in ({code or reply.status_code})")


def _raise_refused(body: Mapping[str, Any]) -> None:
    if has_results(body):
        return
    code, details = str(body.get("code", "no code")), body.get("details")
    known = details if isinstance(details, Mapping) else {}
    where = next((f" at {known[key]}" for key in ("api_name", "param_name") if key in known), "")
    raise Refused(f"Zoho refused the request: {code}{where}{_lacking(known)}", code=code, details=known)


def _lacking(details: Mapping[str, Any]) -> str:
    """What an administrator must grant the user."""
    names = details.get("permissions")
    known = [str(name) for name in names] if isinstance(names, list) else []
    return f"; the user whose token it is lacks {', '.join(known)}" if known else ""


def has_results(body: Mapping[str, Any]) -> bool:
    """Whether it answers record by record, whatever the status says."""
    return any(_are_results(body.get(key)) for key in _RESULTS)


def _are_results(value: Any) -> bool:
    rows: Sequence[Any] = [value] if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(isinstance(row, Mapping) and row.get("status") in {"success", "error"} for row in rows)


def _throttled(reply: httpx.Response, text: str) -> RetryLater:
    """One code for two causes: too many at once, or the day's credits are spent."""
    asked = _seconds(reply.headers.get("retry-after"))
    if asked is not None:
        return RetryLater("Zoho asked us to slow down", wait_seconds=asked)
    spent = "concurrency" not in text.lower() and ("24 hour" in text.lower() or "credit" in text.lower())
    if spent:
        return RetryLater("the API credits of the last 24 hours are spent", wait_seconds=CREDITS_WAIT)
    return RetryLater("Zoho asked us to slow down", wait_seconds=BUSY_WAIT)


def _broken_down(reply: httpx.Response, write: bool) -> RetryLater:
    wait = _seconds(reply.headers.get("retry-after"))
    message = f"Zoho is out of order ({reply.status_code})"
    return RetryLater(message, wait_seconds=BROKEN_WAIT if wait is None else wait, maybe_applied=write)


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isdecimal() else None


def read_date(reply: httpx.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(reply.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None
