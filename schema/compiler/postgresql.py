"""JSON as PostgreSQL says it. Needs a connection whose time zone is UTC."""

from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BindParameter, ColumnElement, FromClause, String, Text, Uuid, cast, func, select
from sqlalchemy import column as named
from sqlalchemy import literal_column as literally

from schema.compiler.words import Said, Words, constant, digit
from schema.paging import holds

PLAIN = {bool, int}
"""The types whose text is their JSON."""


class PostgreSQL(Words):
    def or_null(self, json: ColumnElement[Any]) -> Said:
        return Said((func.coalesce(json, constant("null")),))

    def collected(self, entry: Said, keep: ColumnElement[bool] | None) -> Said:
        joined = func.string_agg(entry.text, constant(","))
        some = joined if keep is None else joined.filter(keep)
        return Said(("[", func.coalesce(some, constant("")), "]"))

    def value(self, column: ColumnElement[Any]) -> Said:
        is_text = isinstance(column.type, JSON) or holds(column) in PLAIN
        json = cast(column if is_text else func.to_json(column), Text)
        return self.or_null(json) if getattr(column, "nullable", True) else Said((json,))

    def bytes(self, column: ColumnElement[Any]) -> Said:
        return self.or_null(self.text(func.encode(column, constant("hex"))).text)

    def key(self, column: ColumnElement[Any]) -> Said:
        return self.text(self.digits(column)) if holds(column) is UUID else self.value(column)

    def digits(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.encode(func.uuid_send(column), constant("hex"))

    def hexadecimal(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.encode(func.convert_to(text, constant("UTF8")), constant("hex"))

    def unknown(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast(cast(constant("?").concat(column), JSON), Text)

    def millionths(self, column: ColumnElement[Any]) -> Said:
        number = cast(func.trim_scale(column * literally("0.000001")), Text)
        return self.or_null(self.text(number).text)

    def number(self, number: ColumnElement[Any]) -> Said:
        return Said((cast(number, Text),))

    def end(self, cursor: ColumnElement[Any], keep: ColumnElement[bool] | None, place: int) -> Said:
        all_of = func.json_agg(cursor)
        return self.or_null(cast((all_of if keep is None else all_of.filter(keep)).op("->")(digit(place)), Text))

    def beside(self, nouns: BindParameter[Any], ids: BindParameter[Any]) -> FromClause:
        columns = (named("noun", String()), named("id", Uuid()))
        both = func.unnest(nouns, ids).table_valued(*columns, with_ordinality="place").render_derived()
        return select(both.c.noun, both.c.id).order_by(both.c.place).subquery()
