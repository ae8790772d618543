"""Jiandaoyun's pushes: whether one is genuine, and where it says to look - never what is true.

The signature is over the raw bytes of the body, and by these a push is known: nobody has confirmed that a repeat keeps
nonce and time, and the id of the delivery is not signed. A removal names no form: the form's address may
(`?form=customer`), else every form is looked at, for ids are unique."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from kequn.contracts.crm import Hint, WebhookRequest
from kequn.contracts.errors import Rejected
from plugins.jiandaoyun.adapter.options import Options
from plugins.jiandaoyun.adapter.reading import is_id

OPS = ("data_create", "data_update", "data_remove", "data_recover")
"""The others, whatever they may be, say nothing of records: they are answered and forgotten."""

TAKEN = b"success"
FORM = "form"


def read_push(request: WebhookRequest, options: Options, now: datetime) -> Hint:
    """Raises Rejected when it is not genuine, or older than the window."""
    _require_genuine(request, options)
    _require_recent(request.query.get("timestamp", ""), options.window, now)
    body = _object(request.body)
    data = body.get("data")
    if body.get("op") not in OPS or not isinstance(data, Mapping):
        return Hint(reply=TAKEN)
    id = data.get("_id")
    if not isinstance(id, str) or not is_id(id):
        return Hint(reply=TAKEN)
    refs = tuple((object, id) for object in _objects(data, request.query, options))
    return Hint(refs, TAKEN, once=request.body)


def _require_genuine(request: WebhookRequest, options: Options) -> None:
    if not options.secret:
        raise Rejected("a push cannot be checked: webhook_secret is not set")
    given = {name.lower(): value for name, value in request.headers.items()}.get("x-jdy-signature", "")
    nonce, timestamp = request.query.get("nonce", ""), request.query.get("timestamp", "")
    parts = (nonce.encode(), request.body, options.secret.reveal().encode(), timestamp.encode())
    expected = hashlib.sha1(b":".join(parts)).hexdigest()  # noqa: S324 - theirs to choose
    if not hmac.compare_digest(given.removeprefix("sha1=").lower().encode(), expected.encode()):
        raise Rejected("a push without a right signature")


def _require_recent(timestamp: str, window: float, now: datetime) -> None:
    try:
        sent = datetime.fromtimestamp(int(timestamp), UTC)
    except (OverflowError, OSError, ValueError):
        raise Rejected("a push without a time") from None
    if abs((now - sent).total_seconds()) > window:
        raise Rejected("a push that is older than the window")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Rejected("a push that is no JSON") from None
    if not isinstance(parsed, dict):
        raise Rejected("a push that is no JSON object")
    return parsed


def _objects(data: Mapping[str, Any], query: Mapping[str, str], options: Options) -> Sequence[str]:
    """The forms that it may be about: those of its entryId, else the one that the address names, else all."""
    named = [name for name, form in options.forms.items() if form.entry_id == data.get("entryId")]
    if named or data.get("entryId"):
        return named
    return [query[FORM]] if query.get(FORM) in options.forms else list(options.forms)
