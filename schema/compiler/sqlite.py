"""JSON as SQLite says it. Its parser ends at a hundred open places, so that every call nested in another counts."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BindParameter, ColumnElement, FromClause, case, func, select

from schema.compiler.words import NOTHING, Said, Words, constant, digit
from schema.paging import holds


class SQLite(Words):
    def or_null(self, json: ColumnElement[Any]) -> Said:
        return Said((func.ifnull(json, constant("null")),))

    def collected(self, entry: Said, keep: ColumnElement[bool] | None) -> Said:
        joined = func.group_concat(entry.text)
        return Said((func.printf(constant("[%s]"), joined if keep is None else joined.filter(keep)),))

    def value(self, column: ColumnElement[Any]) -> Said:
        if isinstance(column.type, JSON):
            return self.or_null(column)
        kind = holds(column)
        if kind is bool:
            truths = [(column == digit(1), Said(("true",))), (column == digit(0), Said(("false",)))]
            return self.chosen(truths)
        if kind in (date, datetime):
            return self.or_null(self.text(_moment(column) if kind is datetime else column).text)
        return Said((func.json_quote(column),))

    def bytes(self, column: ColumnElement[Any]) -> Said:
        digits = self.text(func.lower(func.hex(column))).text
        return self.chosen([(column.is_not(None), Said((digits,)))])

    def key(self, column: ColumnElement[Any]) -> Said:
        return self.value(column)

    def digits(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return column

    def hexadecimal(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.lower(func.hex(text))

    def unknown(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.json(constant("?").concat(column))

    def millionths(self, column: ColumnElement[Any]) -> Said:
        million, size = digit(1_000_000), func.abs(column)
        sign = case((column < digit(0), constant("-")), else_=constant(""))
        text = func.printf(constant("%s%d.%06d"), sign, size.op("/")(million), size.op("%")(million))
        trimmed = func.rtrim(func.rtrim(text, constant("0")), constant("."))
        return self.chosen([(column.is_(None), NOTHING)], self.text(trimmed))

    def number(self, number: ColumnElement[Any]) -> Said:
        return Said((number,))

    def end(self, cursor: ColumnElement[Any], keep: ColumnElement[bool] | None, place: int) -> Said:
        path = constant("$[0]" if place == 0 else "$[#-1]")
        all_of = func.json_group_array(cursor)
        return Said((func.json_quote(func.json_extract(all_of if keep is None else all_of.filter(keep), path)),))

    def beside(self, nouns: BindParameter[Any], ids: BindParameter[Any]) -> FromClause:
        first, second = (func.json_each(one).table_valued("key", "value") for one in (nouns, ids))
        both = select(first.c.value.label("noun"), second.c.value.label("id")).select_from(first)
        return both.join(second, first.c.key == second.c.key).order_by(first.c.key).subquery()


def _moment(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """As `scalars.print_time` has it, from the text that stands in the database."""
    begin = func.replace(func.substr(column, digit(1), digit(19)), constant(" "), constant("T"))
    rest = func.rtrim(func.rtrim(func.substr(column, digit(20)), constant("0")), constant("."))
    return begin.concat(rest).concat(constant("+00:00"))
