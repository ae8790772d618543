"""The other people who work in a memory CRM: the protocol `People` of contracts/emulator.py. Their edits obey the CRM's
own rules (lossy fields, lengths) and no others."""

from collections.abc import Mapping
from typing import Any

from kequn.testing.memory.book import Book


class People:
    """Fields are kequn's own, with `Ref`s of this CRM; what else a person enters stands in `extra`.
    Raises KeyError for a record that is not there, ValueError for a field that the CRM does not have."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def create(self, object: str, fields: Mapping[str, Any]) -> str:
        """The id of the new record."""
        plain, extra = self._split(object, fields)
        return self._book.create(object, plain, extra=extra).id

    def edit(self, object: str, id: str, fields: Mapping[str, Any]) -> None:
        plain, extra = self._split(object, fields)
        entry = self._book.live(object, id)
        known = dict(entry.extra) if entry else {}
        self._book.change(object, id, plain, extra={**known, **extra})

    def delete(self, object: str, id: str) -> None:
        self._book.remove(object, id)

    def merge(self, object: str, winner: str, loser: str) -> None:
        """The loser goes into the winner, which keeps its own values."""
        if self._book.live(object, winner) is None or winner == loser:
            raise KeyError(f"{object} {winner} cannot take another record in")
        self._book.remove(object, loser, into=winner)

    def restore(self, object: str, id: str) -> None:
        self._book.restore(object, id)

    def read(self, object: str) -> Mapping[str, Mapping[str, Any]]:
        """The live records by id."""
        return {entry.id: entry.fields for entry in self._book.all(object) if not entry.gone}

    def references(self, object: str) -> Mapping[str, str]:
        """The kequn ids that live records carry, by record."""
        return {entry.id: entry.reference for entry in self._book.all(object) if entry.reference and not entry.gone}

    def _split(self, object: str, fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        known = self._book.options.fields(object)
        extra = fields.get("extra", {})
        plain = {name: value for name, value in fields.items() if name != "extra"}
        unknown = sorted(plain.keys() - known)
        if unknown:
            raise ValueError(f"{object} has no field {', '.join(unknown)}")
        return plain, dict(extra)
