"""The event push (contract, section 11): what an event says, how it is sealed and signed, and what becomes of one whose
answer is not the signed word `success`."""

import base64
import hashlib
from collections import deque
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from kequn.testing.emulator import Webhook, Webhooks
from plugins.fxiaoke.emulator.tenant import ACCOUNT, TENANT_ID, Event, Tenant

RETRIES = (1.0, 5.0, 30.0)
"""Seconds until an event is sent again, three times."""


@dataclass(frozen=True)
class Delivery:
    """One event on its way. `tries`: how often it was sent before."""

    event: Event
    message: str
    tries: int = 0


class Sender:
    """Sends what happened in the tenant to its callback. `delivered` keeps the message ids that were acknowledged."""

    def __init__(self, tenant: Tenant, webhooks: Webhooks) -> None:
        self.delivered: list[str] = []
        self._tenant = tenant
        self._webhooks = webhooks
        self._numbers = 0
        self._under_way: dict[str, Delivery] = {}
        self._again: deque[tuple[float, Delivery]] = deque()
        webhooks.due = self._send_again
        webhooks.replied = self._hear

    def send(self) -> None:
        """Put everything that happened on its way; nowhere to go: it is forgotten."""
        events, self._tenant.events = self._tenant.events, []
        for event in events if self._tenant.callback.url else ():
            self._numbers += 1
            self._post(Delivery(event, f"AC{self._numbers:030X}"))

    def _post(self, delivery: Delivery) -> None:
        self._under_way[delivery.message] = delivery
        envelope = self._envelope(delivery)
        unsigned = {name: value for name, value in envelope.items() if name != "signature"}
        self._webhooks.send(Webhook.of_json(self._tenant.callback.url or "", envelope, unsigned))

    def _envelope(self, delivery: Delivery) -> dict[str, Any]:
        event, key = delivery.event, self._tenant.callback.key
        plain = {
            "tenantId": TENANT_ID, "eventType": event.type, "apiName": event.api_name, "dataId": event.id,
            "timestamp": event.at, "messageId": delivery.message,
        }  # fmt: skip
        envelope: dict[str, Any] = {
            "timestamp": self._tenant.now(),
            "nonce": self._tenant.options.random.bytes(8).hex(),
            "messageId": delivery.message,
            "enterpriseAccount": ACCOUNT,
            "encryptedContent": seal(orjson.dumps(plain), key),
        }
        if delivery.tries:
            envelope["retryTimes"] = delivery.tries
        return {"signature": sign(envelope, key), **envelope}

    def _send_again(self) -> None:
        now = self._tenant.moment().timestamp()
        for _ in range(len(self._again)):
            at, delivery = self._again.popleft()
            if at <= now:
                self._post(delivery)
            else:
                self._again.append((at, delivery))

    def _hear(self, webhook: Webhook, reply: httpx.Response | None) -> None:
        message = orjson.loads(webhook.body)["messageId"]
        delivery = self._under_way.pop(message, None)
        if delivery is None:
            return
        if reply is not None and is_acknowledged(reply, self._tenant.callback.key):
            self.delivered.append(message)
        elif delivery.tries < len(RETRIES):
            at = self._tenant.moment().timestamp() + RETRIES[delivery.tries]
            self._again.append((at, Delivery(delivery.event, message, delivery.tries + 1)))


def sign(envelope: dict[str, Any], key: str) -> str:
    names = ("timestamp", "nonce", "messageId", "retryTimes", "enterpriseAccount", "encryptedContent")
    return _sha1(*(envelope[name] for name in names if name in envelope), key)


def is_acknowledged(reply: httpx.Response, key: str) -> bool:
    """Whether the answer is the word `success`, sealed and signed."""
    try:
        said = reply.json()
        genuine = said["signature"] == _sha1(said["timestamp"], said["nonce"], said["encryptedResult"], key)
        return reply.status_code == 200 and genuine and unseal(said["encryptedResult"], key) == b"success"
    except (ValueError, KeyError, TypeError):
        return False


def seal(plain: bytes, key: str) -> str:
    padder = padding.PKCS7(128).padder()
    encryptor = _cipher(key).encryptor()
    sealed = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def unseal(sealed: str, key: str) -> bytes:
    """Raises ValueError."""
    decryptor, unpadder = _cipher(key).decryptor(), padding.PKCS7(128).unpadder()
    plain = decryptor.update(base64.b64decode(sealed, validate=True)) + decryptor.finalize()
    return unpadder.update(plain) + unpadder.finalize()


def _cipher(key: str) -> Cipher[modes.CBC]:
    raw = base64.b64decode(key)
    return Cipher(algorithms.AES(raw), modes.CBC(raw[:16]))


def _sha1(*parts: Any) -> str:
    return hashlib.sha1("".join(map(str, parts)).encode()).hexdigest()  # noqa: S324 - the vendor's signature
