"""A table: the columns of one module and what may be done there; a record through it, in both directions. Pure.
Which columns each module has stands in customers.py, business.py and interactions.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kequn.contracts.codecs import Unreadable, naming, parse_time
from kequn.contracts.errors import Rejected
from kequn.contracts.records import FIELDS, Kind, Record, Value
from plugins.zoho.mapping.columns import EMPTY, Column
from plugins.zoho.mapping.values import Raw

REFERENCE = "Kequn_Id"
REFERENCE_LABEL = "Kequn Id"
ALWAYS = ("Modified_Time", REFERENCE)
"""Read with every record."""

META = frozenset(
    {
        *("id", "Tag", "Created_By", "Created_Time", "Modified_By", "Modified_Time", "Last_Activity_Time", "Full_Name"),
        *("Record_Status__s", "Locked__s", "Record_Image", "Exchange_Rate", "Change_Log_Time__s", "Territories"),
        *("Last_Enriched_Time__s", "Enrich_Status__s", REFERENCE),
    }
)
"""What Zoho says of the record, not of the customer: neither mapped nor extra."""


CREATED = "Created_Time"
"""Says when something happened only of what people entered there: of what kequn made, it says when kequn sent it."""


def everything(raw: Raw) -> bool:
    return True


@dataclass(frozen=True)
class Table:
    """`object`: a module's API name, and what kequn calls it. `defaults`: of Zoho's fields that it requires and kequn
    may leave empty. `upsert`: whether the module knows it. `admits`: whether a pull takes the record in.
    `notifies`: whether webhooks are asked for. `exclude`: names kept out of extra."""

    object: str
    kind: Kind
    columns: tuple[Column, ...]
    create: bool = True
    update: bool = True
    delete: bool = True
    upsert: bool = True
    reference: bool = True
    notifies: bool = True
    defaults: Mapping[str, Any] = field(default_factory=dict)
    admits: Callable[[Raw], bool] = everything
    exclude: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """Zoho's fields that the columns are made of, each once."""
        return tuple(dict.fromkeys(name for column in self.columns for name in column.names))

    @property
    def writable(self) -> frozenset[str]:
        return frozenset(column.field for column in self.columns if column.writable)

    def looks(self, fields: Mapping[str, Value]) -> tuple[str, ...]:
        """What must be read of the record before these fields can be written."""
        columns = [column for column in self.columns if column.looks and column.field in fields]
        return tuple(dict.fromkeys(name for column in columns for name in column.names if name[:1] != "$"))

    @cached_property
    def _known(self) -> frozenset[str]:
        """What is never extra, whatever the record holds."""
        names = (name for column in self.columns if column not in self._choosing for name in column.names)
        return META | self.exclude | frozenset(names)

    @cached_property
    def _choosing(self) -> tuple[Column, ...]:
        """The columns that choose among their names, record by record."""
        return tuple(column for column in self.columns if type(column).used is not Column.used)

    def read(self, raw: Raw) -> Record:
        """Raises Unreadable. A field of Zoho's that the answer leaves out is left out of the record."""
        given = raw.keys() - {CREATED} if raw.get(REFERENCE) else raw.keys()
        fields = {
            column.field: self._value(column, raw)
            for column in self.columns
            if not (column.names and given.isdisjoint(column.names))
        }
        used = self._known.union(*(column.used(raw) for column in self._choosing if column.field in fields))
        time = modified_at(raw)
        extra = {name: value for name, value in raw.items() if not (name in used or name[:1] == "$" or value in EMPTY)}
        return Record(
            self.kind, self.object, str(raw["id"]), int(time.timestamp()), fields,
            reference=raw.get(REFERENCE) or None, extra=extra, modified_at=time,
        )  # fmt: skip

    def _value(self, column: Column, raw: Raw) -> Value:
        try:
            value = column.read(raw)
        except ValueError as error:
            raise Unreadable(f"{error} ({column.field})", column.names[0]) from None
        if value is None and FIELDS[self.kind][column.field].required:
            raise Unreadable(f"a record without {column.field}", column.names[-1])
        return value

    def normal(self, fields: Mapping[str, Value]) -> dict[str, Value]:
        """Raises Rejected, naming the field."""
        return {
            column.field: naming(column.field, column.normal, fields[column.field])
            for column in self.columns
            if column.writable and column.field in fields
        }

    def new(self, fields: Mapping[str, Value], reference: str) -> dict[str, Any]:
        """Zoho's fields of a new record. Empty ones are left to Zoho."""
        given = {name: value for name, value in fields.items() if value is not None}
        raw = {name: value for name, value in self._write(given, {}).items() if value not in EMPTY}
        raw = {**self.defaults, **raw}
        self._require(raw, complete=True)
        return {**raw, REFERENCE: reference}

    def changed(self, fields: Mapping[str, Value], present: Raw) -> dict[str, Any]:
        """Zoho's fields that an update of these fields names."""
        raw = self._write(fields, present)
        self._require(raw, complete=False)
        return raw

    def _write(self, fields: Mapping[str, Value], present: Raw) -> dict[str, Any]:
        unknown = sorted(set(fields) - self.writable)
        if unknown:
            raise Rejected(f"{self.object} of Zoho cannot be written in {unknown[0]}", field=unknown[0])
        raw: dict[str, Any] = {}
        for column in self.columns:
            if column.field in fields:
                raw |= naming(column.field, column.write, fields[column.field], {**present, **raw})
        return raw

    def _require(self, raw: Mapping[str, Any], *, complete: bool) -> None:
        for column in self.columns:
            name = column.names[-1] if column.names else ""
            asked = name in raw or (complete and not column.filled)
            if column.required and asked and raw.get(name) in EMPTY:
                raise Rejected(f"Zoho requires {name} in {self.object}", field=column.field)


def modified_at(raw: Raw) -> Any:
    """Raises Unreadable."""
    try:
        return parse_time(raw["Modified_Time"])
    except (KeyError, TypeError, ValueError):
        raise Unreadable("a record without a readable Modified_Time", "Modified_Time") from None
