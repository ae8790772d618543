"""What a database must be able to say of JSON. How each says it stands in postgresql.py and sqlite.py; what is said is
decided elsewhere. Names and constants are inlined (they are the schema's own, or GraphQL names); values never are."""

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import BindParameter, ColumnElement, FromClause, ScalarSelect, Select, String, literal_column

Said = ColumnElement[Any]
"""An expression that is JSON, as this database holds it."""

Pairs = Sequence[tuple[str, Said]]


def constant(text: str) -> ColumnElement[str]:
    """A text of our own, such as a type's name."""
    quoted = text.replace("'", "''")
    return literal_column(f"'{quoted}'", String())


def digit(number: int) -> ColumnElement[int]:
    """A number of our own."""
    return literal_column(str(number))


class Words(Protocol):
    def name(self, text: str) -> Said:
        """A text of our own."""

    def nothing(self) -> Said:
        """null."""

    def object(self, pairs: Pairs, source: FromClause | None = None) -> Said:
        """An object; `source`: of whose columns it is made, if of those of one row."""

    def one(self, pairs: Pairs, query: Select[Any]) -> Said:
        """The object that the only row of a query gives; null when there is none."""

    def objects(self, pairs: Pairs, source: FromClause, wrap: str | None) -> ScalarSelect[Any]:
        """The list of objects that the rows of `source` give, in their order; each the only value of an object with
        the key `wrap`, if that is named."""

    def collected(self, value: Said, keep: ColumnElement[bool] | None) -> Said:
        """The list of the values of all rows, or of those to keep."""

    def beside(self, nouns: BindParameter[Any], ids: BindParameter[Any]) -> FromClause:
        """Two lists side by side, in their order, as columns `noun` and `id`."""

    def value(self, column: ColumnElement[Any]) -> Said:
        """A column's value, by its type."""

    def id(self, prefix: str, column: ColumnElement[Any]) -> Said:
        """A row's id as users know it."""

    def enum(self, column: ColumnElement[Any], names: Sequence[tuple[str, str]]) -> Said:
        """The name of a column's value. A value without a name ends the statement: ordinary execution tells of it."""

    def millionths(self, column: ColumnElement[Any]) -> Said:
        """A whole number of millionths as a decimal number, without trailing zeros."""

    def number(self, number: ColumnElement[Any]) -> Said:
        """A number that is there."""

    def truth(self, condition: ColumnElement[Any]) -> Said:
        """true or false."""

    def cursor(self, signature: str, columns: Sequence[ColumnElement[Any]]) -> Said:
        """See paging.encode."""

    def end(self, cursor: Said, keep: ColumnElement[bool] | None, place: int) -> Said:
        """Of the cursors of all rows, or of those to keep, the first (0) or the last (-1)."""
