"""What a field of a type stands for, said once beside the field, as a frozen value: a column, the row at the end of a
relation, a page of rows, ... Ordinary execution resolves it, the compiler makes SQL of it; neither decides it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLSchema
from sqlalchemy import ColumnElement, Select
from strawberry.types.field import StrawberryField

from kequn.contracts.records import Kind
from kequn.domain.catalogue import CATALOGUE
from kequn.store.scope import Scope
from kequn.store.vault import WRAPPED, Vault
from kequn.store.where import Every, Where
from schema import filters, paging
from schema.context import Context
from schema.paging import Key, Keys, Window

_KEY = "kequn"


@dataclass(frozen=True)
class Column:
    """The value of a column, as it stands there."""

    name: str


@dataclass(frozen=True)
class Id:
    """The row's id, with the prefix of its noun."""


@dataclass(frozen=True)
class Micros:
    """An exact number, of which the column holds the millionths."""

    column: str


@dataclass(frozen=True)
class Amount:
    """Money: {column}_micros and {column}_currency. Null unless both are there."""

    column: str


@dataclass(frozen=True)
class Derived:
    """What a Python function makes of the values of columns, and of the field's own arguments. `bare`: the column that
    it is where no argument is given."""

    columns: tuple[str, ...]
    work: Callable[..., Any]
    bare: str | None = None


Near = Callable[[str], ColumnElement[Any]]
"""The columns of the row at hand, by name."""

Beside = Callable[[Near, Scope], Mapping[str, Select[Any]]]
"""Lists of rows that a statement gives along with a row, by name."""

KEY = "key"
"""The name of the list with the key that covers what a column of the row has sealed."""


@dataclass(frozen=True)
class Found:
    """What a statement gave for a field that Python works out: columns of the row of `noun`, and the rows beside it."""

    context: Context
    schema: GraphQLSchema
    noun: str
    here: Mapping[str, Any]
    beside: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def vault(self) -> Vault:
        return self.context.ledger.vault

    @property
    def sealed(self) -> Mapping[str, Any]:
        """The columns of the row, together with their key."""
        return {**self.here, WRAPPED: next((row[WRAPPED] for row in self.beside[KEY]), None)}


def _nothing(near: Near, scope: Scope) -> Mapping[str, Select[Any]]:
    return {}


@dataclass(frozen=True)
class Worked:
    """What `work` makes of `Found` and of the field's own arguments: a value of the field's type, whose objects are
    shown by their attributes. `columns`: of the row, which both ask. `only`: which lists such arguments need."""

    work: Callable[..., Any]
    columns: tuple[str, ...] = ()
    beside: Beside = _nothing
    only: Callable[[Mapping[str, Any]], Collection[str]] | None = None


@dataclass(frozen=True)
class Picked:
    """In an object that was worked out: the row of `noun` whose id stands in its attribute; it is one of those of the
    list `beside`, by their column `id`."""

    noun: str
    beside: str
    attribute: str


@dataclass(frozen=True)
class Matched:
    """The only row of `noun` of which these columns are equal to columns of this row: pairs, its own first."""

    noun: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sought:
    """The row of `noun` whose id a query finds."""

    noun: str
    columns: tuple[str, ...]
    id: Callable[[Near, Scope], Select[Any]]


@dataclass(frozen=True)
class One:
    """The row of `noun` whose id stands in a column; of a merged one the row that it went into."""

    noun: str
    column: str


@dataclass(frozen=True)
class Varied:
    """The row whose noun and id stand in two columns, even a deleted one."""

    noun_column: str
    id_column: str
    nouns: frozenset[str] = frozenset(Kind)


@dataclass(frozen=True)
class All:
    """All rows at the end of a relation, where they are few."""

    noun: str
    relation: str
    window: Window


@dataclass(frozen=True)
class Pages:
    """A list in pages: the rows of `noun` at the end of a relation, or all of them. `narrow`: a filter that is made of
    the field's own arguments."""

    noun: str
    relation: str | None = None
    usual: Keys = (Key("id"),)
    narrow: Callable[[dict[str, Any]], Where] | None = None

    def window(self, asked: Mapping[str, Any], now: datetime) -> Window:
        """Which rows these arguments ask for, `now`. Raises Refused when they cannot be meant."""
        where = filters.read(asked["where"], self.noun, now) if asked.get("where") else Every()
        noun = CATALOGUE[self.noun]
        return paging.window(
            noun.source,
            paging.order(asked.get("order_by"), self.usual, noun.key),
            Every((where, self.narrow(dict(asked)))) if self.narrow else where,
            deleted=asked.get("include_deleted", True),
            **{name: asked.get(name) for name in paging.ARGUMENTS},
        )


@dataclass(frozen=True)
class ById:
    """The row of `noun` with the id that is asked for."""

    noun: str


class Part(Enum):
    """What a page, or an entry of it, is made of; and the roots of all nouns."""

    EDGES = "edges"
    PAGE_INFO = "page_info"
    TOTAL_COUNT = "total_count"
    AGGREGATE = "aggregate"
    NODE = "node"
    CURSOR = "cursor"
    ANYTHING = "anything"
    ANYTHINGS = "anythings"


Declared = (
    Column
    | Id
    | Micros
    | Amount
    | Derived
    | Worked
    | Picked
    | One
    | Matched
    | Sought
    | Varied
    | All
    | Pages
    | ById
    | Part
)


def said(declared: Declared) -> dict[Any, Any]:
    """The metadata of the field that `declared` is said of."""
    return {_KEY: declared}


def declared(field: GraphQLField) -> Declared | None:
    """What the field stands for; None where only its resolver knows."""
    definition = field.extensions.get("strawberry-definition")
    if not isinstance(definition, StrawberryField):
        return None
    found: Declared | None = definition.metadata.get(_KEY)
    return Column(definition.python_name) if found is None and definition.base_resolver is None else found


def derived(kind: Any, work: Callable[..., Any], *columns: str, words: str | None = None) -> Any:
    """A field with what `work` makes of the columns."""

    def resolve(root: Any) -> Any:
        return work(*(getattr(root, column) for column in columns))

    return strawberry.field(
        resolver=resolve, graphql_type=kind, description=words, metadata=said(Derived(columns, work))
    )
