"""Sheets as files: CSV and XLSX, read into texts and written from them. A text that a spreadsheet would take for a
formula is written with an apostrophe in front, which is taken away again when it is read."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from kequn.terminal import Failure

FORMULA = ("=", "+", "-", "@", "\t", "\r")
MOST = 200_000


def read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The headers, and the rows by header; rows without any text are left out. Raises Failure."""
    lines = list(_lines(path))
    if not lines or not any(lines[0]):
        raise Failure(f"{path}: the first row must hold the headers")
    if len(lines) > MOST:
        raise Failure(f"{path}: more than {MOST:,} rows; split it")
    headers = [header.strip() for header in lines[0]]
    named = [header for header in headers if header]
    if len(set(named)) < len(named):
        raise Failure(f"{path}: two columns have the same header")
    rows = [dict(zip(headers, line, strict=False)) for line in lines[1:] if any(cell.strip() for cell in line)]
    return named, rows


def _lines(path: Path) -> Iterator[list[str]]:
    match path.suffix.lower():
        case ".csv":
            yield from _csv(path)
        case ".xlsx":
            yield from _xlsx(path)
        case _:
            raise Failure(f"{path}: a .csv or .xlsx file is wanted")


def _csv(path: Path) -> Iterator[list[str]]:
    """In UTF-8, or as Chinese spreadsheets write it."""
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        for line in csv.reader(text.splitlines(keepends=True)):
            yield [_bare(cell) for cell in line]
        return
    raise Failure(f"{path}: its text is neither UTF-8 nor GB 18030")


def _xlsx(path: Path) -> Iterator[list[str]]:
    from openpyxl import load_workbook  # some 16 MB, which a server never needs
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, OSError, KeyError, ValueError) as error:
        raise Failure(f"{path}: this is no workbook ({type(error).__name__})") from None
    try:
        for line in book.worksheets[0].iter_rows(values_only=True):
            yield [_cell(value) for value in line]
    finally:
        book.close()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
    return _bare(str(value))


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def write(path: Path, lines: Iterable[Sequence[str]]) -> None:
    """Raises Failure."""
    match path.suffix.lower():
        case ".csv":
            with path.open("w", newline="", encoding="utf-8-sig") as file:
                csv.writer(file).writerows([_safe(cell) for cell in line] for line in lines)
        case ".xlsx":
            from openpyxl import Workbook

            book = Workbook(write_only=True)
            sheet = book.create_sheet()
            for line in lines:
                sheet.append([_safe(cell) for cell in line])
            book.save(path)
        case _:
            raise Failure(f"{path}: a .csv or .xlsx file is wanted")


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
