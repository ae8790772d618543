"""JSON as PostgreSQL says it: of type json, which it builds without reading it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    String,
    Subquery,
    Uuid,
    case,
    cast,
    func,
    select,
)
from sqlalchemy import column as named
from sqlalchemy import literal_column as literally

from schema.compiler.selection import NotCompiled
from schema.compiler.words import Pairs, Said, constant, digit
from schema.paging import holds

LONGEST_NAME, MOST_KEYS = 63, 50  # of an identifier; of json_build_object, which takes 100 arguments
FEW_KEYS = 2  # more are faster as the columns of a row, which is an object already
_EMPTY: ColumnElement[Any] = literally("'[]'::json")


class PostgreSQL:
    """Needs a connection whose time zone is UTC."""

    def name(self, text: str) -> Said:
        return constant(text)

    def nothing(self) -> Said:
        return literally("NULL::json")

    def object(self, pairs: Pairs, source: FromClause | None = None) -> Said:
        if source is not None and len(pairs) > FEW_KEYS and _are_names(pairs):
            return self.one(pairs, select().correlate(source))
        if len(pairs) > MOST_KEYS:
            raise NotCompiled("an object with very many keys")
        return func.json_build_object(*(part for key, value in pairs for part in (constant(key), value)))

    def one(self, pairs: Pairs, query: Select[Any]) -> Said:
        if not _are_names(pairs):
            return query.add_columns(self.object(pairs)).scalar_subquery()
        row = query.add_columns(*(value.label(key) for key, value in pairs)).subquery()
        return select(func.row_to_json(row.table_valued())).scalar_subquery()

    def objects(self, pairs: Pairs, source: FromClause, wrap: str | None) -> ScalarSelect[Any]:
        if not _are_names(pairs) or len(wrap or "") > LONGEST_NAME:
            one = self.object(pairs)
            entry = self.object([(wrap, one)]) if wrap else one
            return select(self.collected(entry, None)).select_from(source).scalar_subquery()
        rows: Subquery = select(*(value.label(key) for key, value in pairs)).select_from(source).subquery()
        if wrap:
            rows = select(rows.table_valued().label(wrap)).subquery()
        return select(func.coalesce(func.json_agg(rows.table_valued()), _EMPTY)).scalar_subquery()

    def collected(self, value: Said, keep: ColumnElement[bool] | None) -> Said:
        all_of = func.json_agg(value)
        return func.coalesce(all_of if keep is None else all_of.filter(keep), _EMPTY)

    def beside(self, nouns: BindParameter[Any], ids: BindParameter[Any]) -> FromClause:
        columns = (named("noun", String()), named("id", Uuid()))
        both = func.unnest(nouns, ids).table_valued(*columns, with_ordinality="place").render_derived()
        return select(both.c.noun, both.c.id).order_by(both.c.place).subquery()

    def value(self, column: ColumnElement[Any]) -> Said:
        return column

    def id(self, prefix: str, column: ColumnElement[Any]) -> Said:
        return constant(prefix).concat(_digits(column))

    def enum(self, column: ColumnElement[Any], names: Sequence[tuple[str, str]]) -> Said:
        unknown = cast(cast(constant("?").concat(column), JSON), String)
        return case(*((column == constant(value), constant(name)) for value, name in names), else_=unknown)

    def millionths(self, column: ColumnElement[Any]) -> Said:
        return cast(func.trim_scale(column * literally("0.000001")), String)

    def number(self, number: ColumnElement[Any]) -> Said:
        return number

    def truth(self, condition: ColumnElement[Any]) -> Said:
        return condition

    def cursor(self, signature: str, columns: Sequence[ColumnElement[Any]]) -> Said:
        text: ColumnElement[Any] = constant(f'["{signature}"')
        for column in columns:
            plain = _digits(column) if holds(column) is UUID else column
            text = text.concat(constant(",")).concat(func.coalesce(cast(func.to_json(plain), String), constant("null")))
        return func.encode(func.convert_to(text.concat(constant("]")), constant("UTF8")), constant("hex"))

    def end(self, cursor: Said, keep: ColumnElement[bool] | None, place: int) -> Said:
        return self.collected(cursor, keep).op("->")(digit(place))


def _digits(column: ColumnElement[Any]) -> ColumnElement[str]:
    """A UUID as 32 hexadecimal digits."""
    return func.encode(func.uuid_send(column), constant("hex"))


def _are_names(pairs: Pairs) -> bool:
    """Whether the keys can be columns."""
    return bool(pairs) and all(len(key) <= LONGEST_NAME for key, _ in pairs)
