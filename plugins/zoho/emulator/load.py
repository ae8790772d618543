"""Loads a Contacts export (CSV with Zoho's column labels), so that people can try kequn on their own data. A file that
cannot be understood is refused whole, with the lines and columns to mend; values are never repeated in the message."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from plugins.zoho.emulator import metadata, records
from plugins.zoho.emulator.fields import Field
from plugins.zoho.emulator.org import Module, Org
from plugins.zoho.emulator.tags import TagProblem, tags_for
from plugins.zoho.emulator.values import read_fields

TIER = "Customer Tier"
REQUIRED = "Last Name"
_SPECIAL = {"Record Id", "Account Name", "Tag", "Created Time", "Modified Time"}
_IGNORED = {"Contact Owner", "Created By", "Modified By", "Full Name", "Reporting To", "Record Status", "Locked"}
_SHOWN_PROBLEMS = 10


def load_contacts(org: Org, path: Path) -> int:
    """How many contacts were loaded. Raises ValueError."""
    module = org.modules["Contacts"]
    header, lines = _read(path)
    fields = _columns(org, module, path, header, lines)
    problems: list[str] = []
    rows: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(lines, 2):
        try:
            row = _row(org, module, fields, dict(zip(header, line, strict=True)))
        except ValueError as problem:
            problems.append(f"line {number}: {problem}")
            continue
        if row["id"] in rows:
            problems.append(f"line {number}: Record Id stands in the file twice")
        rows[row["id"]] = row
    if problems:
        more = len(problems) - _SHOWN_PROBLEMS
        tail = [f"and {more} more"] if more > 0 else []
        raise ValueError(f"{path.name}: " + "; ".join([*problems[:_SHOWN_PROBLEMS], *tail]))
    module.table.fill(rows)
    return len(rows)


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [line for line in csv.reader(file) if any(cell.strip() for cell in line)]
    except OSError as error:
        raise ValueError(f"{path.name}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path.name}: not a CSV file in UTF-8") from error
    if not lines:
        raise ValueError(f"{path.name}: empty; the first line must name the columns")
    header = [cell.strip() for cell in lines[0]]
    uneven = [number for number, line in enumerate(lines, 1) if len(line) != len(header)]
    if uneven:
        raise ValueError(f"{path.name}: line {uneven[0]} has not as many cells as the header has columns")
    return header, lines[1:]


def _columns(org: Org, module: Module, path: Path, header: list[str], lines: list[list[str]]) -> Mapping[str, Field]:
    """Field by column. A column that Zoho does not know becomes a custom field. Raises ValueError for a header that is
    not one of a Contacts export."""
    known = {field.label: field for field in module.fields.values()}
    unknown = [name for name in header if name not in known and name not in _IGNORED and not name.endswith(".id")]
    if REQUIRED not in header:
        accepted = ", ".join(sorted((set(known) | _SPECIAL) - _IGNORED))
        named = f"; unknown columns: {', '.join(unknown)}" if unknown else ""
        raise ValueError(f"{path.name}: the column {REQUIRED} is missing{named}; accepted columns: {accepted}")
    if "" in header or len(set(header)) < len(header):
        raise ValueError(f"{path.name}: a column has no name, or the name of another one")
    for name in unknown:
        values = [line[header.index(name)] for line in lines]
        known[name] = _custom_field(org, module, name, values)
    wanted = set(header) - _SPECIAL - _IGNORED
    return {name: field for name, field in known.items() if name in wanted and not field.read_only}


def _custom_field(org: Org, module: Module, name: str, values: list[str]) -> Field:
    if name == TIER:
        return metadata.add_field(org, module, name, "picklist", options=sorted({value for value in values if value}))
    long = any(len(value) > 255 for value in values)
    return metadata.add_field(org, module, name, "textarea" if long else "text")


def _row(org: Org, module: Module, fields: Mapping[str, Field], line: Mapping[str, str]) -> dict[str, Any]:
    """Raises ValueError naming the columns, not their values."""
    given = dict(_values(fields, line))
    values, errors = read_fields(org, module, given, "$", creating=True)
    if errors:
        labels = [module.fields[error["details"]["api_name"]].label for error in errors]
        raise ValueError(f"{', '.join(labels)}: empty or not of the right form")
    now, by = org.now(), list(org.users)[1]
    created = _moment(org, line, "Created Time") or now
    row = {
        **values, "id": _id(org, line.get("Record Id", "")), "Owner": by, "Created_By": by, "Created_Time": created,
        "Modified_By": by, "Modified_Time": _moment(org, line, "Modified Time") or created,
        "Tag": tuple(_tags(org, module, line.get("Tag", ""), by)), "Record_Status__s": "Available", "Locked__s": False,
        "Account_Name": _account(org, line.get("Account Name", "").strip(), by),
    }  # fmt: skip
    return records.derive(module, row)


def _values(fields: Mapping[str, Field], line: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for name, field in fields.items():
        if text := line[name].strip():
            try:
                yield field.api_name, _READERS.get(field.type, str)(text)
            except ValueError as error:
                raise ValueError(f"{name}: not of the right form") from error


def _truth(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError("neither true nor false")
    return text.lower() == "true"


_READERS: Mapping[str, Callable[[str], Any]] = {
    "boolean": _truth, "integer": int, "double": float, "currency": float, "percent": float,
    "multiselectpicklist": lambda text: text.split(";"),
}  # fmt: skip


def _id(org: Org, text: str) -> str:
    """Exports write `zcrm_554023000000527002`."""
    id = text.strip().removeprefix("zcrm_")
    if not id:
        return org.next_id()
    if not re.fullmatch(r"[1-9][0-9]{14,17}", id):
        raise ValueError("Record Id: not an id of Zoho")
    org.pass_id(id)
    return id


def _moment(org: Org, line: Mapping[str, str], name: str) -> int | None:
    """Exports write `2024-05-30 14:22:15` in the user's zone."""
    text = line.get(name, "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{name}: not a time like 2024-05-30 14:22:15") from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=org.zone)).timestamp())


def _tags(org: Org, module: Module, text: str, by: str) -> list[str]:
    names = [name.strip() for name in re.split("[,;]", text) if name.strip()]
    try:
        return tags_for(org, module, [{"name": name} for name in names], by)
    except TagProblem as problem:
        raise ValueError(f"Tag: {problem.message}") from problem


def _account(org: Org, name: str, by: str) -> str | None:
    """The account of this name, made when it is new."""
    if not name:
        return None
    accounts = org.modules["Accounts"]
    found = accounts.table.find("Account_Name", name)
    if found:
        return found[0]
    values, errors = read_fields(org, accounts, {"Account_Name": name}, "$", creating=True)
    if errors:
        raise ValueError("Account Name: too long")
    return str(records.insert(org, accounts, values, by)["id"])
