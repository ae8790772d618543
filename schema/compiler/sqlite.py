"""JSON as SQLite says it: text, put together piece by piece. Its functions for objects would read as well, but each
call nests the statement deeper, and its parser ends at a hundred open places."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BindParameter, ColumnElement, FromClause, ScalarSelect, Select, case, func, select

from schema.compiler.words import Pairs, Said, constant, digit
from schema.paging import holds


class SQLite:
    def name(self, text: str) -> Said:
        return constant(f'"{text}"')

    def nothing(self) -> Said:
        return constant("null")

    def object(self, pairs: Pairs, source: FromClause | None = None) -> Said:
        return _joined(self._pieces(pairs)) if pairs else constant("{}")

    def one(self, pairs: Pairs, query: Select[Any]) -> Said:
        return self._maybe(query.add_columns(self.object(pairs)).scalar_subquery())

    def objects(self, pairs: Pairs, source: FromClause, wrap: str | None) -> ScalarSelect[Any]:
        entry = [constant(f'{{"{wrap}":'), self.object(pairs), constant("}")] if wrap else [self.object(pairs)]
        return select(self.collected(_joined(entry), None)).select_from(source).scalar_subquery()

    def collected(self, value: Said, keep: ColumnElement[bool] | None) -> Said:
        all_of = func.group_concat(value)
        return func.printf(constant("[%s]"), all_of if keep is None else all_of.filter(keep))

    def beside(self, nouns: BindParameter[Any], ids: BindParameter[Any]) -> FromClause:
        first, second = (func.json_each(one).table_valued("key", "value") for one in (nouns, ids))
        both = select(first.c.value.label("noun"), second.c.value.label("id")).select_from(first)
        return both.join(second, first.c.key == second.c.key).order_by(first.c.key).subquery()

    def value(self, column: ColumnElement[Any]) -> Said:
        if isinstance(column.type, JSON):
            return self._maybe(column)
        kind = holds(column)
        if kind is bool:
            true, false = (column == digit(1), constant("true")), (column == digit(0), constant("false"))
            return case(true, false, else_=self.nothing())
        return self._text(_moment(column) if kind is datetime else column) if kind in TEXTS else func.json_quote(column)

    def id(self, prefix: str, column: ColumnElement[Any]) -> Said:
        return _joined([constant(f'"{prefix}'), column, constant('"')])

    def enum(self, column: ColumnElement[Any], names: Sequence[tuple[str, str]]) -> Said:
        unknown = self._maybe(func.json(constant("?").concat(column)))
        return case(*((column == constant(value), self.name(name)) for value, name in names), else_=unknown)

    def millionths(self, column: ColumnElement[Any]) -> Said:
        million, size = digit(1_000_000), func.abs(column)
        sign = case((column < digit(0), constant("-")), else_=constant(""))
        text = func.printf(constant("%s%d.%06d"), sign, size.op("/")(million), size.op("%")(million))
        trimmed = func.rtrim(func.rtrim(text, constant("0")), constant("."))
        return case((column.is_(None), self.nothing()), else_=_joined([constant('"'), trimmed, constant('"')]))

    def number(self, number: ColumnElement[Any]) -> Said:
        return number

    def truth(self, condition: ColumnElement[Any]) -> Said:
        return case((condition, constant("true")), else_=constant("false"))

    def cursor(self, signature: str, columns: Sequence[ColumnElement[Any]]) -> Said:
        values = [part for column in columns for part in (constant(","), self._key(column))]
        text = func.hex(_joined([constant(f'["{signature}"'), *values, constant("]")]))
        return _joined([constant('"'), func.lower(text), constant('"')])

    def end(self, cursor: Said, keep: ColumnElement[bool] | None, place: int) -> Said:
        path = constant("$[0]" if place == 0 else "$[#-1]")
        return func.json_quote(func.json_extract(self.collected(cursor, keep), path))

    def _maybe(self, value: ColumnElement[Any]) -> Said:
        return func.ifnull(value, self.nothing())

    def _key(self, column: ColumnElement[Any]) -> Said:
        return self.value(column) if holds(column) in (bool, datetime) else func.json_quote(column)

    def _text(self, text: ColumnElement[Any]) -> Said:
        """A text that holds nothing that JSON would write otherwise."""
        return self._maybe(_joined([constant('"'), text, constant('"')]))

    def _pieces(self, pairs: Pairs) -> list[ColumnElement[Any]]:
        pieces: list[ColumnElement[Any]] = []
        for place, (key, value) in enumerate(pairs):
            pieces += [constant(f'{"," if place else "{"}"{key}":'), value]
        return [*pieces, constant("}")]


TEXTS = (date, datetime)


def _joined(pieces: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    text = pieces[0]
    for piece in pieces[1:]:
        text = text.concat(piece)
    return text


def _moment(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """As `scalars.print_time` has it, from the text that stands in the database."""
    begin = func.replace(func.substr(column, digit(1), digit(19)), constant(" "), constant("T"))
    rest = func.rtrim(func.rtrim(func.substr(column, digit(20)), constant("0")), constant("."))
    return _joined([begin, rest, constant("+00:00")])
