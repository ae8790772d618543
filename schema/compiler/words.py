"""JSON as text, put together piece by piece: on both databases faster than their functions for objects, and a statement
nests less deeply for it. What each database says in its own way stands in postgresql.py and sqlite.py; what is said is
decided elsewhere. Names and constants are inlined (they are the schema's own, or GraphQL names); values never are."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, FromClause, Select, String, case, literal_column, select


def constant(text: str) -> ColumnElement[str]:
    """A text of our own, such as a type's name."""
    quoted = text.replace("'", "''")
    return literal_column(f"'{quoted}'", String())


def digit(number: int) -> ColumnElement[int]:
    """A number of our own."""
    return literal_column(str(number))


@dataclass(frozen=True)
class Said:
    """JSON: constants, and expressions that are its text. Never null itself, but it may say so."""

    pieces: tuple[str | ColumnElement[Any], ...]

    @property
    def text(self) -> ColumnElement[Any]:
        """All of it as one expression."""
        joined: list[str | ColumnElement[Any]] = []
        for piece in self.pieces:
            if isinstance(piece, str) and joined and isinstance(joined[-1], str):
                joined[-1] += piece
            else:
                joined.append(piece)
        first, *rest = [constant(piece) if isinstance(piece, str) else piece for piece in joined]
        for piece in rest:
            first = first.concat(piece)
        return first


Pairs = Sequence[tuple[str, Said]]
NOTHING = Said(("null",))


class Words(ABC):
    """What is said of rows and columns."""

    def name(self, text: str) -> Said:
        """A text of our own."""
        return Said((f'"{text}"',))

    def object(self, pairs: Pairs) -> Said:
        pieces = [piece for key, value in pairs for piece in (f',"{key}":', *value.pieces)]
        return Said(("{", str(pieces[0])[1:], *pieces[1:], "}")) if pieces else Said(("{}",))

    def one(self, pairs: Pairs, query: Select[Any]) -> Said:
        """The object that the only row of a query gives; null when there is none."""
        return self.or_null(query.add_columns(self.object(pairs).text).scalar_subquery())

    def list(self, entry: Said, source: FromClause) -> Said:
        """The list of what the rows of `source` give, in their order."""
        collected = self.collected(entry, None).text
        return Said((select(collected).select_from(source).scalar_subquery(),))

    def chosen(self, cases: Sequence[tuple[ColumnElement[bool], Said]], otherwise: Said = NOTHING) -> Said:
        """The first whose condition holds."""
        whens = [(condition, said.text) for condition, said in cases]
        return Said((case(*whens, else_=otherwise.text),)) if whens else otherwise

    def truth(self, condition: ColumnElement[Any]) -> Said:
        return Said((case((condition, constant("true")), else_=constant("false")),))

    def id(self, prefix: str, column: ColumnElement[Any]) -> Said:
        """A row's id as users know it."""
        return Said((f'"{prefix}', self.digits(column), '"'))

    def enum(self, column: ColumnElement[Any], names: Sequence[tuple[str, str]]) -> Said:
        """The name of a column's value. A value without a name ends the statement: ordinary execution tells of it."""
        return self.chosen(
            [(column == constant(value), self.name(name)) for value, name in names], self.or_null(self.unknown(column))
        )

    def cursor(self, signature: str, columns: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
        """See paging.encode."""
        keys = [piece for column in columns for piece in (",", *self.key(column).pieces)]
        return self.hexadecimal(Said((f'["{signature}"', *keys, "]")).text)

    def text(self, plain: ColumnElement[Any]) -> Said:
        """A text that is there and holds nothing that JSON would write otherwise."""
        return Said(('"', plain, '"'))

    @abstractmethod
    def or_null(self, json: ColumnElement[Any]) -> Said:
        """JSON, or null where the expression is."""

    @abstractmethod
    def collected(self, entry: Said, keep: ColumnElement[bool] | None) -> Said:
        """The list of what all rows give, or those to keep."""

    @abstractmethod
    def value(self, column: ColumnElement[Any]) -> Said:
        """A column's value, by its type."""

    @abstractmethod
    def bytes(self, column: ColumnElement[Any]) -> Said:
        """Bytes, or null, as hexadecimal digits."""

    @abstractmethod
    def key(self, column: ColumnElement[Any]) -> Said:
        """A column's value as it stands in a cursor."""

    @abstractmethod
    def digits(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """A UUID as 32 hexadecimal digits."""

    @abstractmethod
    def hexadecimal(self, text: ColumnElement[Any]) -> ColumnElement[Any]:
        """The digits of a text in UTF-8."""

    @abstractmethod
    def unknown(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Null where the column is; else an error."""

    @abstractmethod
    def millionths(self, column: ColumnElement[Any]) -> Said:
        """A whole number of millionths as a decimal number, without trailing zeros."""

    @abstractmethod
    def number(self, number: ColumnElement[Any]) -> Said:
        """A number that is there."""

    @abstractmethod
    def end(self, cursor: ColumnElement[Any], keep: ColumnElement[bool] | None, place: int) -> Said:
        """Of the cursors of all rows, or of those to keep, the first (0) or the last (-1)."""

    @abstractmethod
    def beside(self, nouns: BindParameter[Any], ids: BindParameter[Any]) -> FromClause:
        """Two lists side by side, in their order, as columns `noun` and `id`."""
