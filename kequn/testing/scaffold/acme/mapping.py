"""Which field of ours is which of Acme's: one line for each. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kequn.contracts.records import Gone, Kind, Record, Ref, Value

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """`ours`: the field of kequn; `theirs`: Acme's name of it. `to`: the object that a reference points at."""

    ours: str
    theirs: str
    to: str | None = None

    def read(self, value: Any) -> Value:
        """Raises ValueError for a value that is none of Acme's."""
        if value is None:
            return None
        if not isinstance(value, str):
            raise ValueError(f"{self.theirs} is no text")
        return Ref(Kind.CUSTOMER, self.to, value) if self.to else value


OBJECTS: Mapping[str, tuple[str, tuple[Column, ...]]] = {
    "companies": (
        "organisation",
        (Column("name", "name"), Column("phone", "phone"), Column("notes", "notes")),
    ),
    "contacts": (
        "person",
        (
            Column("name", "name"),
            Column("email", "email"),
            Column("phone", "phone"),
            Column("city", "city"),
            Column("source", "source"),
            Column("notes", "notes"),
            Column("parent", "company", to="companies"),
        ),
    ),
}
"""By object, in the order of reading: what type of customer stands there, and its columns."""


def read(object: str, raw: Raw) -> Record | Gone:
    """Raises ValueError when it is not what Acme's API describes."""
    version = int(raw["modified"])
    if raw.get("deleted"):
        return Gone(Kind.CUSTOMER, object, str(raw["id"]), version, raw.get("into"))
    type, columns = OBJECTS[object]
    theirs: Raw = raw["fields"]
    known = {column.theirs for column in columns}
    fields: dict[str, Value] = {"type": type}
    # A field that Acme does not name (any more) is left out: None would say that somebody emptied it.
    fields |= {column.ours: column.read(theirs[column.theirs]) for column in columns if column.theirs in theirs}
    extra = {name: value for name, value in theirs.items() if name not in known and value is not None}
    moment = datetime.fromtimestamp(version / 1000, UTC)
    return Record(Kind.CUSTOMER, object, str(raw["id"]), version, fields, raw.get("external_id"), extra, moment)


def normal(object: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    """What would be read back, were these fields written. Nothing can be written so far."""
    return {}
