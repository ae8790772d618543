"""Webhooks of a memory CRM: how one is signed, and how it is read. A body holds [object, id] pairs and no data."""

import hashlib
import hmac
import json
from collections.abc import Iterable

from kequn.contracts.crm import Hint, Subscription, WebhookRequest
from kequn.contracts.errors import Rejected

HEADER = "x-memory-signature"


def subscription(url: str) -> Subscription:
    return Subscription(None, {"key": hashlib.sha256(url.encode()).hexdigest()})


def webhook(subscription: Subscription, refs: Iterable[tuple[str, str]]) -> WebhookRequest:
    """The request that the CRM would send."""
    body = json.dumps([list(ref) for ref in refs]).encode()
    return WebhookRequest("POST", {}, {HEADER: _sign(subscription, body)}, body, subscription)


def read(request: WebhookRequest) -> Hint:
    """Raises Rejected when it is not genuine."""
    given = request.headers.get(HEADER, "")
    if request.subscription is None or not hmac.compare_digest(given, _sign(request.subscription, request.body)):
        raise Rejected("the webhook is not signed as agreed")
    return Hint([(str(object), str(id)) for object, id in json.loads(request.body)], b"ok")


def _sign(subscription: Subscription, body: bytes) -> str:
    return hmac.new(str(subscription.state["key"]).encode(), body, hashlib.sha256).hexdigest()
