"""Secrets: a string that never prints, and sealing at rest (AES-256-GCM, bound to the row and field it stands in).
Decides the format of sealed bytes and which key opens them; does not decide where keys or sealed bytes are kept."""

import base64
import binascii
import hashlib
import hmac
from typing import Any, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kequn.clock import Random

KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
KEY_ID_BYTES = 4
_MASK = "********"


class CannotOpen(Exception):
    """Sealed bytes do not open: the key is not here, or the bytes were changed or moved from another row or field."""


class BadKey(ValueError):
    """The text is not a list of secret keys. The message says which one and why, never what it holds."""


class Secret:
    """A string that is never shown by accident: not by `print`, `repr`, formatting, logging, JSON or pickle.
    `reveal()` gives the string itself, at the one place that sends or seals it."""

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: "str | Secret") -> None:
        object.__setattr__(self, "_text", text.reveal() if isinstance(text, Secret) else text)

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Secret({_MASK!r})"

    def __str__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Secret does not change")

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Secret":
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is not pickled: seal it with a Keyring")


class Cipher:
    """Seals under one key, for use once per field and row. Sealed: 12 bytes nonce, then ciphertext and tag.
    Nonces are random, which is safe for the first 2**32 values under one key."""

    __slots__ = ("_aead", "_draw")

    def __init__(self, key: bytes, random: Random) -> None:
        if len(key) != KEY_BYTES:
            raise BadKey(f"a key has {KEY_BYTES} bytes, not {len(key)}")
        self._aead = AESGCM(key)
        self._draw = random.bytes

    def seal(self, plain: bytes, bind: str) -> bytes:
        """`bind` names the place, such as "customer/<id>/phone"; the same text must be given to `open`."""
        nonce = self._draw(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, bind.encode())

    def open(self, sealed: bytes, bind: str) -> bytes:
        """Raises CannotOpen when the key is another, the bytes were changed, or they stood elsewhere."""
        if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
            raise CannotOpen("the sealed value is cut short")
        try:
            return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bind.encode())
        except InvalidTag:
            raise CannotOpen(
                "the sealed value was changed, moved from another row, or sealed with another key"
            ) from None


class Keyring:
    """The keys of KEQUN_SECRET_KEY: the first one seals, every one opens. Sealed: 4 bytes key id, then as by Cipher.

    `first`: the id of the one that seals. To rotate, put a new key in front, seal again what `is_current` denies, then
    take the old key away."""

    def __init__(self, keys: list[bytes], random: Random) -> None:
        if not keys:
            raise BadKey("there is no key")
        self._ciphers = {_key_id(key): Cipher(key, random) for key in keys}
        self.first = _key_id(keys[0])
        self._random = random

    @classmethod
    def parse(cls, text: Secret | str, random: Random) -> "Keyring":
        """From keys of 32 bytes in base64 or hex, separated by commas. Raises BadKey."""
        parts = [part.strip() for part in Secret(text).reveal().split(",")]
        return cls([_decode(part, place) for place, part in enumerate(parts, start=1)], random)

    def seal(self, plain: bytes, bind: str) -> bytes:
        return self.first + self._ciphers[self.first].seal(plain, bind)

    def open(self, sealed: bytes, bind: str) -> bytes:
        """Raises CannotOpen, and says whether the key is missing or the value is not the one sealed for this place."""
        key_id = bytes(sealed[:KEY_ID_BYTES])
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise CannotOpen(f"the value was sealed with key {key_id.hex()}, which is not in KEQUN_SECRET_KEY")
        return cipher.open(sealed[KEY_ID_BYTES:], bind)

    def is_current(self, sealed: bytes) -> bool:
        """Whether the first key sealed this."""
        return bytes(sealed[:KEY_ID_BYTES]) == self.first

    def knows(self, sealed: bytes) -> bool:
        """Whether the key that sealed this is here."""
        return bytes(sealed[:KEY_ID_BYTES]) in self._ciphers

    def new_cipher(self, bind: str) -> tuple[bytes, Cipher]:
        """A cipher with a new data key, and that key, sealed. Who destroys the sealed key destroys what it sealed."""
        key = self._random.bytes(KEY_BYTES)
        return self.seal(key, bind), Cipher(key, self._random)

    def open_cipher(self, sealed_key: bytes, bind: str) -> Cipher:
        return Cipher(self.open(sealed_key, bind), self._random)


def new_key(random: Random) -> Secret:
    """A fresh value for KEQUN_SECRET_KEY."""
    return Secret(base64.urlsafe_b64encode(random.bytes(KEY_BYTES)).decode())


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"kequn key id" + key).digest()[:KEY_ID_BYTES]


def _decode(text: str, place: int) -> bytes:
    try:
        if len(text) == 2 * KEY_BYTES:
            key = bytes.fromhex(text)
        else:
            key = base64.b64decode(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise BadKey(f"key {place} is neither base64 nor hex") from None
    if len(key) != KEY_BYTES:
        raise BadKey(f"key {place} has {len(key)} bytes; {KEY_BYTES} are needed (make one: openssl rand -base64 32)")
    return key
