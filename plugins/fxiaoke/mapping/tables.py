"""A table: the columns of one object and what may be done there; a record through it, in both directions. Pure.
Which fields an object's columns are made of stands in standard.py and in the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kequn.contracts.codecs import Codec, Unreadable, milliseconds, naming
from kequn.contracts.errors import Rejected
from kequn.contracts.records import FIELDS, Kind, Record, Value
from plugins.fxiaoke.mapping.choices import Choice
from plugins.fxiaoke.mapping.values import EMPTY, Raw, read_moment

REFERENCE = "kq_id__c"
OWNER = "owner"
ITEMS = "items"
"""Where the lines of an order are put beside its own fields."""

META = frozenset(
    {
        *("_id", "created_by", "create_time", "last_modified_by", "last_modified_time", "life_status", "is_deleted"),
        *("lock_status", "record_type", "data_own_department", "dataObjectApiName", REFERENCE, ITEMS),
    }
)
"""What Fxiaoke says of the record, not of the customer: neither mapped nor extra."""

CREATED = "create_time"
"""Says when something happened only of what people entered there: of what kequn made, it says when kequn sent it."""

COMPANIONS = ("__r", "__l", "__v", "__p", "__e", "__relation_ids")
"""Endings of what stands beside a field to be read by people."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One field of ours is one of Fxiaoke's. Laws, tested for each codec: what was written is read back in normal form,
    and writing what was read changes nothing.

    `required`: it may not be empty; `filled`: but a new record gets it from elsewhere. `lossy`: Fxiaoke cannot hold
    every value of ours, or we cannot hold every one of Fxiaoke's. `label`: what people there call it."""

    field: str
    name: str
    codec: Codec
    label: str = ""
    writable: bool = True
    required: bool = False
    filled: bool = False
    lossy: bool = False

    def read(self, raw: Raw) -> Value:
        """Raises ValueError."""
        return self.codec.read(raw.get(self.name))

    def write(self, value: Value) -> dict[str, Any]:
        """Raises Rejected, naming the field."""
        said = naming(self.field, self.codec.write, value)
        if self.required and said in EMPTY:
            raise Rejected(f"{self.field}: Fxiaoke requires it", field=self.field)
        return {self.name: said}

    def says(self, raw: Raw) -> bool:
        """Whether our field says all that stands there."""
        return not (isinstance(self.codec, Choice) and self.codec.closed and not self.codec.knows(raw.get(self.name)))

    def normal(self, value: Value) -> Value:
        """What is read back once `value` is written."""
        return self.read(self.write(value))


@dataclass(frozen=True)
class Table:
    """`object`: an object's API name, which kequn calls it by too. `constants`: fields of ours that are the same for
    every record. `reference`: whether it has the field for kequn's id. `exclude`: names kept out of extra."""

    object: str
    kind: Kind
    columns: tuple[Column, ...]
    label: str = ""
    constants: Mapping[str, Value] = field(default_factory=dict)
    reference: bool = True
    exclude: frozenset[str] = frozenset()

    @property
    def custom(self) -> bool:
        return self.object.endswith("__c")

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(column.field for column in self.columns) | self.constants.keys()

    @property
    def writable(self) -> frozenset[str]:
        return frozenset(column.field for column in self.columns if column.writable)

    def column(self, field: str) -> Column | None:
        return next((column for column in self.columns if column.field == field), None)

    def read(self, raw: Raw, *, nulls: bool) -> Record:
        """`nulls`: whether this answer shows empty fields. Then a field that it leaves out is not there any more, and
        is left out of the record. Raises Unreadable."""
        fields = dict(self.constants)
        for column in self.columns:
            if (column.name in raw or not nulls) and not (column.name == CREATED and raw.get(REFERENCE)):
                fields[column.field] = self._value(column, raw)
        time = modified_at(raw)
        return Record(
            self.kind, self.object, str(raw["_id"]), milliseconds(time), fields,
            reference=raw.get(REFERENCE) or None, extra=self._extra(raw), modified_at=time,
        )  # fmt: skip

    def _value(self, column: Column, raw: Raw) -> Value:
        try:
            value = column.read(raw)
        except ValueError as error:
            raise Unreadable(f"{error} ({column.field})", column.name) from None
        if value is None and FIELDS[self.kind][column.field].required:
            raise Unreadable(f"a record without {column.field}", column.name)
        return value

    def _extra(self, raw: Raw) -> dict[str, Any]:
        used = META | self.exclude | {column.name for column in self.columns if column.says(raw)}
        return {
            name: value
            for name, value in raw.items()
            if name not in used and value not in EMPTY and not name.endswith(COMPANIONS)
        }

    def normal(self, fields: Mapping[str, Value]) -> dict[str, Value]:
        """Raises Rejected, naming the field."""
        return {
            column.field: column.normal(fields[column.field])
            for column in self.columns
            if column.writable and column.field in fields
        }

    def new(self, fields: Mapping[str, Value], reference: str) -> dict[str, Any]:
        """Fxiaoke's fields of a new record. Empty ones are left out. Raises Rejected."""
        for column in self.columns:
            if column.writable and column.required and not column.filled and fields.get(column.field) in EMPTY:
                raise Rejected(f"{column.field}: Fxiaoke requires it", field=column.field)
        given = {name: value for name, value in fields.items() if value is not None}
        raw = {name: value for name, value in self.changed(given).items() if value not in EMPTY}
        return {**raw, REFERENCE: reference}

    def changed(self, fields: Mapping[str, Value]) -> dict[str, Any]:
        """Fxiaoke's fields that an update of these fields names. Raises Rejected."""
        unknown = sorted(set(fields) - self.writable)
        if unknown:
            raise Rejected(f"{self.object} of Fxiaoke cannot be written in {unknown[0]}", field=unknown[0])
        raw: dict[str, Any] = {}
        for column in self.columns:
            if column.field in fields:
                raw |= column.write(fields[column.field])
        return raw


def modified_at(raw: Raw) -> datetime:
    """Raises Unreadable."""
    try:
        return read_moment(raw["last_modified_time"])
    except (KeyError, ValueError):
        raise Unreadable("a record without a readable last_modified_time", "last_modified_time") from None


def version_of(raw: Raw) -> int | None:
    try:
        return milliseconds(modified_at(raw))
    except Unreadable:
        return None


def is_gone(raw: Raw) -> bool:
    """Whether it is in the bin."""
    return raw.get("is_deleted") is True or raw.get("life_status") == "invalid"
