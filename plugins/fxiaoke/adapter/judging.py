"""What two reads of a record, before and after a write, say about the write. Pure.

Fxiaoke ignores a field that it does not let be written, and whether null empties a field is not known: only the second
read tells. It may lag behind the write, and then it tells nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kequn.contracts.codecs import Text
from kequn.contracts.errors import ChangedMeanwhile, CrmError, Rejected
from kequn.contracts.records import Line, Value
from plugins.fxiaoke.mapping.tables import Column, Table, version_of


@dataclass(frozen=True)
class Verdict:
    """`version`: of the record after the write, None when the second read lags. `uncleared`: texts that still stand
    though they were to be emptied."""

    version: int | None = None
    error: CrmError | None = None
    uncleared: frozenset[str] = frozenset()


def verdict(table: Table, fields: Mapping[str, Value], before: Mapping[str, Any], after: Mapping[str, Any]) -> Verdict:
    version = version_of(after)
    if version is None or version <= (version_of(before) or 0):
        return Verdict()
    written = [column for column in table.columns if column.field in fields]
    kept = [column for column in written if not _shows(column, fields[column.field], after)]
    stood = [column for column in kept if _read(column, after) == _read(column, before)]
    if len(stood) < len(kept):
        error = ChangedMeanwhile("somebody wrote the same field of the record in Fxiaoke at once", maybe_applied=True)
        return Verdict(version, error)
    if stood:
        field = stood[0].field
        uncleared = {
            column.field for column in stood if isinstance(column.codec, Text) and fields[column.field] in (None, "")
        }
        return Verdict(
            version, Rejected(f"{field}: Fxiaoke keeps the value that stood there", field=field), frozenset(uncleared)
        )
    return Verdict(version)


def _shows(column: Column, value: Value, raw: Mapping[str, Any]) -> bool:
    """What this answer leaves out, or what stands beside the record, cannot be judged."""
    return column.name not in raw or _read(column, raw) == column.normal(value)


def _read(column: Column, raw: Mapping[str, Any]) -> Value:
    try:
        return column.read(raw)
    except ValueError:
        return None


def texts_in(value: object) -> Iterator[str]:
    """All that a refusal may quote of a record, in Fxiaoke's words or in ours."""
    if isinstance(value, str):
        yield from [value] if len(value) > 1 else []
    elif isinstance(value, Line):
        yield from texts_in(value.product)
    elif isinstance(value, Mapping):
        yield from texts_in(list(value.values()))
    elif isinstance(value, list | tuple | frozenset):
        for one in value:
            yield from texts_in(one)


def named(table: Table, words: str) -> str | None:
    """Our field that a refusal speaks of: by its label, the longest first, or by its API name."""
    columns = sorted(table.columns, key=lambda column: -len(column.label))
    found = next((column for column in columns if column.label and column.label in words), None)
    found = found or next((column for column in columns if "_" in column.name and column.name in words), None)
    return None if found is None else found.field
