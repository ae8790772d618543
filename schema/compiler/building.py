"""Makes the JSON of an answer out of rows, as SQL: an expression for every key that is asked."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any

from graphql import GraphQLEnumType, GraphQLList, GraphQLOutputType, get_named_type, get_nullable_type
from sqlalchemy import JSON, ColumnElement, String

from kequn.contracts.identity import PREFIXES
from kequn.contracts.records import Kind
from kequn.domain.catalogue import CATALOGUE
from schema.compiler import holes, rows
from schema.compiler.holes import ListOf
from schema.compiler.needs import name_of, needed
from schema.compiler.pages import Page
from schema.compiler.reading import Several, Shape, Single
from schema.compiler.rows import List, Row
from schema.compiler.selection import Asked, NotCompiled, Selection
from schema.compiler.words import NOTHING, Said, Words, constant
from schema.declared import All, Amount, ById, Column, Derived, Id, Micros, One, Pages, Part, Varied
from schema.lists import MODULES
from schema.paging import Window, holds

Path = tuple[str | None, ...]
"""The keys that lead to a value; None stands for every element of a list."""

NOUNS = {title: noun for title, (noun, _) in MODULES.items()}
KINDS = frozenset(Kind)
"""What a record may be about, and so the nouns that a row names in a column."""

TITLES = {noun: title for title, noun in NOUNS.items()}
PLAIN: Mapping[str, type] = {"String": str, "Int": int, "Boolean": bool, "DateTime": datetime, "Date": date}


@dataclass(frozen=True)
class Finish:
    """What Python makes of the columns that stand at a place of the answer, under a number. `slot`: of arguments."""

    path: Path
    number: str
    work: Callable[..., Any]
    type: GraphQLOutputType
    slot: int | None


@dataclass
class Builder:
    """Builds one statement. `shapes`: of the fields whose arguments were read, by slot. `finishes`: what is left."""

    words: Words
    shapes: Sequence[Shape]
    finishes: list[Finish] = field(default_factory=list)
    _path: list[str | None] = field(default_factory=list)

    def root(self, selection: Selection) -> Said:
        """The whole answer. Raises NotCompiled."""
        pairs = []
        for asked in selection:
            with self.at(asked.key):
                pairs.append((asked.key, self._root(asked)))
        return self.words.object(pairs)

    @contextmanager
    def at(self, *steps: str | None) -> Iterator[None]:
        """What is built inside stands at this place of the answer."""
        self._path.extend(steps)
        yield
        del self._path[-len(steps) :]

    def pairs(self, selection: Selection, row: Row) -> list[tuple[str, Said]]:
        """The keys of a row's object, and their values."""
        found = []
        for asked in selection:
            with self.at(asked.key):
                found.append((asked.key, self._value(asked, row)))
        return found

    def object(self, selection: Selection, row: Row) -> Said:
        return self.words.object(self.pairs(selection, row))

    def _root(self, asked: Asked) -> Said:
        match asked.declared:
            case str() as name:
                return self.words.name(name)
            case Pages():
                return self._page(asked, asked.declared, None)
            case ById() | Part.ANYTHING:
                return self._by_id(asked)
            case Part.ANYTHINGS:
                return self._by_ids(asked)
        raise NotCompiled(name_of(asked))

    def _by_id(self, asked: Asked) -> Said:
        slot, shape = self._shape(asked)
        if not isinstance(shape, Single):
            raise NotCompiled(f"{name_of(asked)} as a list")
        id = holes.parameter(slot, shape.id, CATALOGUE[shape.noun].source.c.id.type)
        return self._one(shape.noun, id, asked.inner[TITLES[shape.noun]], deleted=shape.deleted)

    def _by_ids(self, asked: Asked) -> Said:
        slot, shape = self._shape(asked)
        if not isinstance(shape, Several):
            raise NotCompiled(f"{name_of(asked)} as one row")
        ids = holes.parameter(slot, shape.ids, ListOf(CATALOGUE["customer"].source.c.id.type))
        row = Row("", self.words.beside(holes.parameter(slot, shape.nouns, ListOf(String())), ids))
        with self.at(None):
            entry = self._any_of(asked, Varied("noun", "id"), row, shape.among, deleted=False)
        return self.words.list(entry, row.source)

    def _shape(self, asked: Asked) -> tuple[int, Shape]:
        if asked.slot is None:
            raise NotCompiled(f"{name_of(asked)} takes no arguments")
        return asked.slot, self.shapes[asked.slot]

    def _one(
        self,
        noun: str,
        id: ColumnElement[Any],
        selection: Selection,
        near: Row | None = None,
        *,
        deleted: bool = False,
    ) -> Said:
        row, query = rows.one(noun, id, near, deleted=deleted)
        return self.words.one(self.pairs(selection, row), query)

    def _value(self, asked: Asked, row: Row) -> Said:
        words = self.words
        match asked.declared:
            case str() as name:
                return self.words.name(name)
            case Id():
                return words.id(f"{PREFIXES[row.noun]}_", row.column("id"))
            case Column(name=name):
                return self._column(asked, row, name)
            case Micros(column=column):
                return words.millionths(row.column(column))
            case Amount(column=column):
                return self._money(asked, row, column)
            case Derived(columns=columns, work=work):
                return self._derived(asked, row, columns, work)
            case One(noun=noun, column=column):
                return self._one(noun, row.column(column), asked.only, row)
            case Varied():
                return self._any_of(asked, asked.declared, row)
            case All():
                return self._all(asked, asked.declared, row)
            case Pages():
                return self._page(asked, asked.declared, row)
        raise NotCompiled(f"{asked.declared}")

    def _column(self, asked: Asked, row: Row, name: str) -> Said:
        if name not in row.source.c or asked.type is None:
            raise NotCompiled(f"{row.noun}.{name} is no column")
        column, type = row.column(name), get_nullable_type(asked.type)
        if isinstance(type, GraphQLEnumType):
            return self.words.enum(column, [(_plain(value.value), name) for name, value in type.values.items()])
        named, is_list = get_named_type(type).name, isinstance(type, GraphQLList)
        fits = (
            named == "JSON" or (named == "String" and is_list)
            if isinstance(column.type, JSON)
            else not is_list and PLAIN.get(named) is holds(column)
        )
        if not fits:
            raise NotCompiled(f"{row.noun}.{name} as {named}")
        return self.words.value(column)

    def _money(self, asked: Asked, row: Row, column: str) -> Said:
        micros, currency = row.column(f"{column}_micros"), row.column(f"{column}_currency")
        shown = {"amount": self.words.millionths(micros), "currency": self.words.value(currency)}
        pairs = [
            (one.key, self.words.name(one.declared) if isinstance(one.declared, str) else shown[name_of(one)])
            for one in asked.only
        ]
        return self.words.chosen([(micros.is_(None) | currency.is_(None), NOTHING)], self.words.object(pairs))

    def _derived(self, asked: Asked, row: Row, columns: tuple[str, ...], work: Callable[..., Any]) -> Said:
        """The columns, under the number of what is to be made of them: two types may mean different things by a key."""
        if asked.type is None:
            raise NotCompiled(name_of(asked))
        number = str(len(self.finishes))
        self.finishes.append(Finish(tuple(self._path), number, work, asked.type, asked.slot))
        values = self.words.object([(name, self.words.value(row.column(name))) for name in columns])
        return self.words.object([(number, values)])

    def _any_of(
        self, asked: Asked, varied: Varied, row: Row, nouns: Collection[str] = KINDS, *, deleted: bool = True
    ) -> Said:
        kind, id = row.column(varied.noun_column), row.column(varied.id_column)
        cases = [
            (kind == constant(noun), self._one(noun, id, selection, row, deleted=deleted))
            for noun, selection in ((NOUNS[title], selection) for title, selection in asked.inner.items())
            if noun in nouns
        ]
        return self.words.chosen(cases)

    def _all(self, asked: Asked, all_of: All, row: Row) -> Said:
        found = List(all_of.noun, all_of.window, 0, all_of.relation, row).rows(
            needed(all_of.noun, asked.only), one_more=False
        )
        with self.at(None):
            entry = self.object(asked.only, found.row)
        return self.words.list(entry, found.row.source)

    def _page(self, asked: Asked, pages: Pages, parent: Row | None) -> Said:
        slot, shape = self._shape(asked)
        if not isinstance(shape, Window):
            raise NotCompiled(f"{name_of(asked)} as one row")
        return Page(self, List(pages.noun, shape, slot, pages.relation, parent), asked.only).object()


def _plain(value: Any) -> str:
    return str(value.value if isinstance(value, Enum) else value)
