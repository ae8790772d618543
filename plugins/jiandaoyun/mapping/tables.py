"""A table: the columns of one form; a record through it, in both directions. Pure.
Which columns a form has stands in tailoring.py."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kequn.contracts.codecs import Unreadable, milliseconds, naming, parse_time
from kequn.contracts.errors import Rejected
from kequn.contracts.records import FIELDS, Kind, Record, Ref, Type, Value
from plugins.jiandaoyun.mapping.columns import EMPTY, Column, Link, Part
from plugins.jiandaoyun.mapping.values import Raw

META = frozenset(
    {
        *("_id", "appId", "entryId", "formName", "creator", "updater", "deleter"),
        *("createTime", "updateTime", "deleteTime"),
    }
)
"""What Jiandaoyun says of the record, not of what it is about: neither mapped nor extra."""

CREATED = "createTime"
"""Says when something happened only of what people entered there: of what kequn made, it says when kequn sent it."""


@dataclass(frozen=True)
class Table:
    """`object`: what kequn calls the form. `key`: the widget that holds kequn's id, if there is one. `exclude`: widgets
    that are kept out of extra."""

    object: str
    kind: Kind
    columns: tuple[Column, ...]
    key: str | None = None
    exclude: frozenset[str] = frozenset()

    @property
    def writable(self) -> frozenset[str]:
        return frozenset(column.field for column in self.columns if column.writable)

    @property
    def links(self) -> list[Link]:
        return [column for column in self.columns if isinstance(column, Link)]

    def column(self, field: str) -> Column:
        return next(column for column in self.columns if column.field == field)

    # -- reading ------------------------------------------------------------------------------------------------------

    def read(self, raw: Raw) -> Record:
        """Raises Unreadable. A widget that the answer leaves out is left out of the record."""
        fields: dict[str, Value] = {}
        time, reference = modified_at(raw), raw.get(self.key) if self.key else None
        given = raw.keys() - {CREATED} if reference else raw.keys()
        for column in self.columns:
            if not column.names or not given.isdisjoint(column.names):
                fields[column.field] = self._value(column, raw)
        return Record(
            self.kind, self.object, str(raw["_id"]), milliseconds(time), fields,
            reference=reference if isinstance(reference, str) and reference else None, extra=self._extra(raw),
            modified_at=time,
        )  # fmt: skip

    def _value(self, column: Column, raw: Raw) -> Value:
        try:
            value = column.read(raw)
        except ValueError as error:
            raise Unreadable(f"{error} ({column.field})", column.names[0]) from None
        spec = FIELDS[self.kind][column.field]
        if value is None and spec.required and spec.type is Type.REF:
            raise Unreadable(f"a record without {column.field}", column.names[0])
        return value

    def _extra(self, raw: Raw) -> dict[str, Any]:
        mapped = {name for column in self.columns for name in column.names}
        hidden = META | self.exclude | mapped | {self.key}
        extra = {
            name: plain(value)
            for name, value in raw.items()
            if name not in hidden and name[:1] != "$" and value not in EMPTY
        }
        for column in self.columns:
            extra |= column.rest(raw)
        return extra | self._other_parts(raw)

    def _other_parts(self, raw: Raw) -> dict[str, Any]:
        """Of an address that is mapped in parts, what is left."""
        parts: dict[str, set[str]] = {}
        for column in self.columns:
            if isinstance(column, Part):
                parts.setdefault(column.names[0], set()).add(column.part)
        rest = {
            name: {part: value for part, value in held.items() if part not in known and value not in EMPTY}
            for name, known in parts.items()
            if isinstance(held := raw.get(name), Mapping)
        }
        return {name: left for name, left in rest.items() if left}

    def unknown_options(self, raw: Raw) -> list[str]:
        """Our fields whose widgets hold what the settings do not name."""
        return [column.field for column in self.columns if column.rest(raw)]

    # -- writing ------------------------------------------------------------------------------------------------------

    def normal(self, fields: Mapping[str, Value]) -> dict[str, Value]:
        """Raises Rejected, naming the field."""
        return {
            column.field: naming(column.field, column.normal, fields[column.field])
            for column in self.columns
            if column.writable and column.field in fields
        }

    def check(self, fields: Mapping[str, Value], *, new: bool) -> None:
        """Raises Rejected, naming the field: it cannot be written, must not be empty, or holds what a widget cannot."""
        closed = sorted(set(fields) - self.writable)
        if closed:
            raise Rejected(f"{closed[0]} cannot be written in {self.object} of Jiandaoyun", field=closed[0])
        for name, spec in FIELDS[self.kind].items():
            asked = name in self.writable and (name in fields or new)
            if spec.required and asked and fields.get(name) in EMPTY:
                raise Rejected(f"{self.object} of Jiandaoyun needs {name}", field=name)
        self.normal(fields)

    def write(self, fields: Mapping[str, Value], present: Raw) -> dict[str, Any]:
        """The widgets for these fields, wrapped as Jiandaoyun wants them, in a record that now holds `present`."""
        said: dict[str, Any] = {}
        for column in self.columns:
            if column.field in fields:
                said |= naming(column.field, column.write, fields[column.field], {**present, **said})
        return {name: wrapped(value) for name, value in said.items()}

    def references(self, fields: Mapping[str, Value]) -> Iterable[tuple[str, Ref]]:
        return ((name, value) for name, value in fields.items() if isinstance(value, Ref))

    def not_taken(self, fields: Mapping[str, Value], after: Raw) -> str | None:
        """The first field that the record does not hold after these were written."""
        for name, value in fields.items():
            column = self.column(name)
            if self._value(column, after) != column.normal(value):
                return name
        return None


def wrapped(value: Any) -> dict[str, Any]:
    """`{"value": ...}`, the cells of rows too."""
    if isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        value = [{name: {"value": cell} for name, cell in row.items()} for row in value]
    return {"value": value}


def plain(value: Any) -> Any:
    """Without addresses of files, which are made anew for each answer."""
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items() if not (name == "url" and "mime" in value)}
    return [plain(one) for one in value] if isinstance(value, list) else value


def modified_at(raw: Raw) -> datetime:
    """Raises Unreadable."""
    try:
        return parse_time(raw.get("updateTime"))
    except ValueError:
        raise Unreadable("a record without a readable updateTime", "updateTime") from None
