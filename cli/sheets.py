"""Sheets as files: CSV and XLSX, read into texts and written from them. A text that a spreadsheet would take for a
formula is written with an apostrophe in front, which is taken away again when it is read."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from cli import files
from kequn.terminal import Failure

SEPARATORS = ",;\t"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
MOST = 200_000


@dataclass(frozen=True)
class Sheet:
    """`rows`: those with some text, by header. `numbers`: which row of the file each is, as a spreadsheet counts."""

    headers: Sequence[str]
    rows: Sequence[Mapping[str, str]] = field(repr=False)
    numbers: Sequence[int] = field(repr=False)


def read(path: Path) -> Sheet:
    """Raises Failure, and OSError."""
    lines = list(_lines(path))
    if not lines or not any(lines[0]):
        raise Failure(f"{path}: the first row must hold the headers")
    if len(lines) > MOST:
        raise Failure(f"{path}: more than {MOST:,} rows; split it")
    headers = [header.strip() for header in lines[0]]
    named = [header for header in headers if header]
    if len(set(named)) < len(named):
        raise Failure(f"{path}: two columns have the same header")
    said = [(number, line) for number, line in enumerate(lines[1:], 2) if any(cell.strip() for cell in line)]
    rows = [dict(zip(headers, line, strict=False)) for _, line in said]
    return Sheet(named, rows, [number for number, _ in said])


def require_form(path: Path) -> str:
    """Raises Failure."""
    form = path.suffix.lower()
    if form not in (".csv", ".xlsx"):
        raise Failure(f"{path}: a .csv or .xlsx file is wanted")
    return form


def _lines(path: Path) -> Iterator[list[str]]:
    return _csv(path) if require_form(path) == ".csv" else _xlsx(path)


def _csv(path: Path) -> Iterator[list[str]]:
    text = _decoded(path)
    mark = max(SEPARATORS, key=text.partition("\n")[0].count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:
        raise Failure(f"{path}: this is not CSV ({error})") from None
    for number, line in enumerate(lines, 1):
        if any(cell.strip() for cell in line[len(lines[0]) :]):
            # A text with the separator in it, most often: all that follows would stand in the wrong column.
            raise Failure(
                f"{path}: row {number} has more cells than there are headers; quote texts that hold a {mark!r}"
            )
        yield [_bare(cell) for cell in line]


def _decoded(path: Path) -> str:
    """In UTF-8, or as Chinese spreadsheets write it."""
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Failure(f"{path}: its text is neither UTF-8 nor GB 18030")


def _xlsx(path: Path) -> Iterator[list[str]]:
    from openpyxl import load_workbook  # some 16 MB, which a server never needs
    from openpyxl.utils.exceptions import InvalidFileException

    with path.open("rb") as file:
        try:
            book = load_workbook(file, read_only=True, data_only=True)
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


def require_place(path: Path) -> None:
    """Raises Failure, and OSError, where no sheet can be written."""
    require_form(path)
    files.require_place(path)


def write(path: Path, lines: Iterable[Sequence[str]]) -> None:
    """Raises Failure, and OSError."""
    safe = ([_safe(cell) for cell in line] for line in lines)
    files.write(path, _as_csv(safe) if require_form(path) == ".csv" else _as_xlsx(safe))


def _as_csv(lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode("utf-8-sig")


def _as_xlsx(lines: Iterable[Sequence[str]]) -> bytes:
    from openpyxl import Workbook

    book, content = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for line in lines:
        sheet.append(line)
    book.save(content)
    return content.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
