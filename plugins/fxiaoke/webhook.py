"""Fxiaoke's events: verified, opened and acknowledged. One says where to look, never what is true.

There is no interface to ask for them: an administrator enters the address and the key in the console. The signature and
the cipher are the vendor's. An event is known by the message id inside, which its repeats keep; what is signed outside
has no bounds, so that the end of one field may be put before the next."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from kequn.contracts.crm import Hint, Problem, Subscription, WebhookRequest
from kequn.contracts.errors import Rejected
from kequn.contracts.host import CrmHost
from kequn.contracts.secrets import Secret
from plugins.fxiaoke.mapping.values import read_moment

SIGNED = ("timestamp", "nonce", "messageId", "retryTimes", "enterpriseAccount", "encryptedContent")
ACKNOWLEDGED = b"success"
BLOCK_BITS = 128
KEY_BYTES = 32


class Doorbell:
    """`key`: as it stands in the console. `max_age`: seconds after which an event is refused, 0 for never."""

    def __init__(self, key: Secret | None, max_age: float, host: CrmHost) -> None:
        self._key = key
        self._max_age = max_age
        self._host = host

    def problems(self) -> list[Problem]:
        if self._key is not None and _raw_key(self._key) is None:
            return [Problem("", "", "event_aes_key must be Base64 of 32 bytes: make one, and enter it in the console")]
        return []

    def subscribe(self, url: str) -> Subscription:
        """Raises Rejected where there is no key. Whoever knows the address can ring: the log names what prints it."""
        if self._key is None:
            raise Rejected("set event_aes_key, and enter it with the address of kequn in Fxiaoke's console")
        self._host.log.info("fxiaoke.enter_in_console", command="kequn connection webhook")
        return Subscription(None, {"url": url})

    def read(self, request: WebhookRequest, objects: frozenset[str]) -> Hint:
        """Raises Rejected when it is not genuine, or too old."""
        key = _raw_key(self._key) if self._key is not None else None
        if self._key is None or key is None:
            raise Rejected("an event, and no key to verify it with")
        body = _object(request.body)
        self._require_genuine(body, self._key.reveal())
        self._require_recent(body.get("timestamp"))
        event = _object(_opened(body["encryptedContent"], key))
        name, id = event.get("apiName"), event.get("dataId")
        refs = ((str(name), str(id)),) if name in objects and id else ()
        once = str(event.get("messageId") or body["signature"]).encode()
        return Hint(refs, self._reply(self._key.reveal(), key), "application/json", once)

    def _require_genuine(self, body: Mapping[str, Any], key: str) -> None:
        """`retryTimes` is signed when it is there."""
        given, content = body.get("signature"), body.get("encryptedContent")
        if not isinstance(given, str) or not isinstance(content, str):
            raise Rejected("an event without a signature")
        signature = _sha1(*(body[name] for name in SIGNED if body.get(name) is not None), key)
        if not hmac.compare_digest(given.encode(), signature.encode()):
            raise Rejected("an event with a wrong signature")

    def _require_recent(self, timestamp: Any) -> None:
        if not self._max_age:
            return
        try:
            sent = read_moment(timestamp)
        except ValueError:
            raise Rejected("an event without a time") from None
        if abs(self._host.clock.now() - sent) > timedelta(seconds=self._max_age):
            raise Rejected("an event that is too old")

    def _reply(self, text: str, key: bytes) -> bytes:
        """The word that Fxiaoke expects, sealed and signed like an event."""
        timestamp = int(self._host.clock.now().timestamp() * 1000)
        nonce, result = self._host.random.bytes(8).hex(), _sealed(ACKNOWLEDGED, key)
        signature = _sha1(timestamp, nonce, result, text)
        return orjson.dumps(
            {"signature": signature, "timestamp": timestamp, "nonce": nonce, "encryptedResult": result}
        )  # fmt: skip


def _raw_key(key: Secret) -> bytes | None:
    try:
        raw = base64.b64decode(key.reveal(), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == KEY_BYTES else None


def _cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def _opened(content: str, key: bytes) -> bytes:
    """Raises Rejected."""
    decryptor, unpadder = _cipher(key).decryptor(), padding.PKCS7(BLOCK_BITS).unpadder()
    try:
        plain = decryptor.update(base64.b64decode(content, validate=True)) + decryptor.finalize()
        return unpadder.update(plain) + unpadder.finalize()
    except (binascii.Error, ValueError):
        raise Rejected("an event that does not open with event_aes_key") from None


def _sealed(plain: bytes, key: bytes) -> str:
    padder, encryptor = padding.PKCS7(BLOCK_BITS).padder(), _cipher(key).encryptor()
    padded = padder.update(plain) + padder.finalize()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def _sha1(*parts: Any) -> str:
    return hashlib.sha1("".join(map(str, parts)).encode()).hexdigest()  # noqa: S324 - the vendor's signature


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Rejected("an event that is no JSON") from None
    if not isinstance(parsed, dict):
        raise Rejected("an event that is no JSON object")
    return parsed
