"""What a bulk read brings: a ZIP with one CSV, as the records that the API would give. One that cannot be read whole is
no good at all: a row that was cut would look as if somebody had emptied the rest. Pure."""

import csv
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from plugins.zoho.mapping.tailoring import Module

LOOKUPS = {"lookup", "ownerlookup", "userlookup", "multi_module_lookup"}
NUMBERS = {"integer", "currency", "double", "percent"}
BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, struct.error, RuntimeError, csv.Error,
    ValueError, LookupError, ArithmeticError,
)  # fmt: skip
"""No ZIP; cut or changed (bzip2 says that as an OSError); packed in an unknown way or under a password; no CSV; no
UTF-8; places in it that cannot be."""

Row = dict[str, Any]


class Damaged(Exception):
    """It cannot be read. The message says why, and quotes nothing."""


def read_archive(module: Module, content: bytes) -> Iterator[Row]:
    """Raises Damaged, now or between two rows."""
    try:
        yield from _rows(module, _csv(content))
    except BROKEN as error:
        raise Damaged(f"it cannot be unpacked and read ({type(error).__name__})") from None


def _csv(content: bytes) -> io.TextIOWrapper:
    archive = zipfile.ZipFile(io.BytesIO(content))
    if archive.testzip() is not None:  # before any row is believed: the check sum stands behind the last one
        raise Damaged("its check sum is wrong")
    names = archive.namelist()
    if not names:
        raise Damaged("there is no file in it")
    return io.TextIOWrapper(archive.open(names[0]), encoding="utf-8-sig", newline="")


def _rows(module: Module, file: io.TextIOWrapper) -> Iterator[Row]:
    types = {name: str(field.get("data_type")) for name, field in module.fields.items()}
    cells = csv.reader(file, strict=True)
    names = [_name(column) for column in next(cells, [])]
    if "id" not in names:
        raise Damaged("it has no column of ids")
    for row in filter(None, cells):
        given = dict(zip(names, row, strict=False))
        if len(row) != len(names) or not given["id"]:
            raise Damaged("a row of it does not fit its head")
        yield {name: _value(types.get(name, "text"), text) for name, text in given.items()}


def _name(column: str) -> str:
    return "id" if column.lower() == "id" else column


def _value(type: str, text: str) -> Any:
    """A cell as the API's JSON would have it."""
    if not text:
        return None
    if type in LOOKUPS:
        return {"id": text}
    if type == "boolean":
        return text.lower() == "true"
    if type in NUMBERS:
        return _number(text)
    return text.split(";") if type == "multiselectpicklist" else text


def _number(text: str) -> int | float | str:
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError:
        return text  # the column says what is wrong with it
