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
    String,
    Subquery,
    Uuid,
    case,
    cast,
    func,
    null,
    select,
)
from sqlalchemy import column as named
from sqlalchemy import literal_column as literally

from schema.compiler.words import Pairs, Said, constant, digit
from schema.paging import holds

LONGEST_NAME, MOST_KEYS = 63, 50  # of an identifier; of json_build_object, which takes 100 arguments
_EMPTY: ColumnElement[Any] = literally("'[]'::json")


class PostgreSQL:
    """Needs a connection whose time zone is UTC."""

    def name(self, text: str) -> Said:
        return constant(text)

    def nothing(self) -> Said:
        return null()

    def maybe(self, found: ScalarSelect[Any]) -> Said:
        return found

    def object(self, pairs: Pairs) -> Said:
        if len(pairs) <= MOST_KEYS or any(len(key) > LONGEST_NAME for key, _ in pairs):
            return func.json_build_object(*(part for key, value in pairs for part in (constant(key), value)))
        row = select(*(value.label(key) for key, value in pairs)).subquery()
        return select(func.row_to_json(row.table_valued())).scalar_subquery()

    def objects(self, pairs: Pairs, source: FromClause, wrap: str | None) -> ScalarSelect[Any]:
        """Rows are objects already: faster than to build each."""
        if not pairs or any(len(key) > LONGEST_NAME for key in (wrap or "", *(key for key, _ in pairs))):
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
        return cast(func.trim_scale(column / literally("1000000.0")), String)

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
    return func.replace(cast(column, String), constant("-"), constant(""))
