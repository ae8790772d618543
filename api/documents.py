"""Documents that are asked for by their SHA-256: trusted ones, known from a file beforehand, and those that clients
registered, as many as there is room for. Decides which text is meant, and whether it is trusted."""

import hmac
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from kequn.settings import BadEnvironment, Settings


class NotFound(LookupError):
    """Nobody registered a document of this hash; the client is to send the text too."""


class NotTrusted(Exception):
    """Only trusted documents are answered here."""


class WrongHash(ValueError):
    """The text has another hash."""


@dataclass(frozen=True)
class Found:
    text: str
    trusted: bool = False


class Documents:
    """`room`: how many that clients registered are kept. `only_trusted`: all others are refused."""

    def __init__(self, trusted: Mapping[str, str], room: int, *, only_trusted: bool = False) -> None:
        self._trusted = trusted
        self._room = room
        self._only_trusted = only_trusted
        self._registered: OrderedDict[str, str] = OrderedDict()

    @classmethod
    def of(cls, settings: Settings) -> "Documents":
        """Raises BadEnvironment when the file with the trusted ones cannot be used."""
        trusted = _read(settings.trusted_documents) if settings.trusted_documents else {}
        return cls(trusted, settings.kept_documents, only_trusted=settings.trusted_only)

    def find(self, text: str, hash: str, longest: int) -> Found:
        """The document with this text, this hash, or both; one that comes with both is kept for the next time, unless
        it is longer than any that is answered."""
        own = _hash(text) if text and (hash or self._trusted) else ""
        if hash and text and not hmac.compare_digest(own.encode(), hash.encode()):
            raise WrongHash
        if trusted := self._trusted.get(own or hash):
            return Found(trusted, trusted=True)
        if self._only_trusted:
            raise NotTrusted
        if hash and text and len(text) <= longest:
            self._keep(hash, text)
        return Found(text or self._recall(hash))

    def _keep(self, hash: str, text: str) -> None:
        self._registered[hash] = text
        self._registered.move_to_end(hash)
        while len(self._registered) > self._room:
            self._registered.popitem(last=False)

    def _recall(self, hash: str) -> str:
        if hash not in self._registered:
            raise NotFound
        self._registered.move_to_end(hash)
        return self._registered[hash]


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _read(path: Path) -> dict[str, str]:
    """`{hash: text}`, as client tools write it. A hash that is not the text's own would trust another text."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        wrong = [hash for hash, text in found.items() if _hash(text) != hash.removeprefix("sha256:")]
    except (OSError, ValueError, AttributeError) as error:
        said = f"KEQUN_TRUSTED_DOCUMENTS: {type(error).__name__}; a file with an object {{SHA-256: text}} is needed"
        raise BadEnvironment(said) from None
    if wrong:
        raise BadEnvironment(f"KEQUN_TRUSTED_DOCUMENTS: {wrong[0]} is not the SHA-256 of its text")
    return {hash.removeprefix("sha256:"): text for hash, text in found.items()}
