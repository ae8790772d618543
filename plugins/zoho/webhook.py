"""Zoho's notifications: asking for them, renewing them, and reading one. It says where to look, never what is true.

Zoho signs nothing: the one proof of origin is a token that we made up and that comes back in the body. There is no id
of a notification either: one is known by its body, which has the millisecond in which Zoho sent it."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from kequn.contracts.crm import Hint, Subscription, WebhookRequest
from kequn.contracts.errors import Rejected
from kequn.contracts.host import CrmHost
from plugins.zoho.client import API, Refused, ZohoClient
from plugins.zoho.mapping.values import format_time

LIFE = timedelta(days=6, hours=12)
"""Zoho takes a week at most, and an hour when it is asked for more."""

WINDOW = timedelta(days=1)
"""Zoho says nothing of how long it tries. A late hint costs a read and harms nobody; an older one says nothing new."""

WATCH = f"{API}/actions/watch"


class Doorbell:
    def __init__(self, client: ZohoClient, host: CrmHost) -> None:
        self._client = client
        self._host = host

    async def subscribe(self, url: str, modules: Sequence[str], current: Subscription | None) -> Subscription:
        """Renew `current`; make a new channel where there is none, or Zoho has forgotten it."""
        events = [f"{module}.all" for module in modules]
        expires_at = self._now() + LIFE
        if current is not None and current.state.get("channel_id"):
            renewed = {**current.state, "url": url}
            if await self._ask("PATCH", renewed, events, expires_at) is None:
                return Subscription(expires_at, renewed)
        state = {"channel_id": self._channel(), "token": self._host.random.bytes(24).hex(), "url": url}
        refusal = await self._ask("POST", state, events, expires_at)
        if refusal is not None:
            raise Rejected(f"Zoho did not take the subscription: {refusal}")
        return Subscription(expires_at, state)

    async def _ask(
        self, method: str, state: Mapping[str, Any], events: Sequence[str], expires_at: datetime
    ) -> str | None:
        """Why it was not taken, if so."""
        watch = {
            "channel_id": state["channel_id"],
            "token": state["token"],
            "notify_url": state["url"],
            "events": list(events),
            "channel_expiry": format_time(expires_at),
            "notify_on_related_action": False,
            "return_affected_field_values": False,
        }
        try:
            reply = await self._client.write(method, WATCH, {"watch": [watch]})
        except Refused as error:
            if method == "PATCH" and error.zoho in {"NOT_SUBSCRIBED", "INVALID_DATA"}:
                return error.zoho
            raise
        rows = reply.rows("watch") or [{}]
        return next((_why(row) for row in rows if row.get("status") != "success"), None)

    def _channel(self) -> str:
        """A number of ours, 13 to 16 digits."""
        return str(10**12 + int.from_bytes(self._host.random.bytes(6), "big"))

    def _now(self) -> datetime:
        """Zoho's clock, for it is Zoho who lets the channel expire."""
        return self._client.now() or self._host.clock.now()

    def read(self, request: WebhookRequest, modules: frozenset[str]) -> Hint:
        """Raises Rejected when it is not genuine, or older than a day."""
        body = _object(request.body)
        state = request.subscription.state if request.subscription is not None else {}
        self._require_genuine(body, state)
        self._require_recent(body.get("server_time"))
        module, ids = body.get("module"), body.get("ids")
        known = next((name for name in modules if isinstance(module, str) and name.lower() == module.lower()), None)
        if known is None or not isinstance(ids, list):
            return Hint()
        refs = tuple(dict.fromkeys((known, str(id)) for id in ids if str(id).isdecimal()))
        return Hint(refs, once=request.body)

    def _require_genuine(self, body: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        token, ours = body.get("token"), state.get("token")
        if not isinstance(token, str) or not isinstance(ours, str) or not ours:
            raise Rejected("a notification without a token")
        if not hmac.compare_digest(token.encode(), ours.encode()):
            raise Rejected("a notification with a wrong token")
        if str(body.get("channel_id")) != str(state.get("channel_id")):
            raise Rejected("a notification of another channel")

    def _require_recent(self, server_time: Any) -> None:
        if not isinstance(server_time, int | float) or isinstance(server_time, bool):
            raise Rejected("a notification without a time")
        try:
            sent = datetime.fromtimestamp(server_time / 1000, UTC)
        except (OverflowError, OSError, ValueError):
            raise Rejected("a notification without a time") from None
        if abs(self._host.clock.now() - sent) > WINDOW:
            raise Rejected("a notification that is older than a day")


def _why(row: Mapping[str, Any]) -> str:
    details = row.get("details")
    name = details.get("api_name") if isinstance(details, Mapping) else None
    return f"{row.get('code', 'no code')}{f' at {name}' if name else ''}"


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Rejected("a notification that is no JSON") from None
    if not isinstance(parsed, dict):
        raise Rejected("a notification that is no JSON object")
    return parsed
