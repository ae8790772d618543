"""Makes the JSON of an answer out of rows, as SQL: an expression for every key that is asked."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from itertools import count
from typing import Any

from graphql import GraphQLEnumType, GraphQLList, get_named_type, get_nullable_type
from sqlalchemy import JSON, ColumnElement, FromClause, Select, String, select

from kequn.contracts.identity import PREFIXES
from kequn.contracts.records import Kind
from kequn.domain.catalogue import CATALOGUE
from kequn.domain.problems import Refused
from kequn.store.scope import Scope
from kequn.store.sight import seen
from schema import aggregates, totals
from schema.aggregates import Asked as Figures
from schema.compiler import holes, rows
from schema.compiler.finishing import HERE, Finish, Kinds, Working, picked, picks
from schema.compiler.holes import ListOf
from schema.compiler.needs import name_of, needed
from schema.compiler.pages import Page
from schema.compiler.reading import Later, Several, Shape, Single
from schema.compiler.rows import List, Row
from schema.compiler.selection import Asked, NotCompiled, Selection
from schema.compiler.words import NOTHING, Said, Words, constant
from schema.declared import (
    All,
    Amount,
    ById,
    Column,
    Derived,
    Found,
    Id,
    Matched,
    Micros,
    One,
    Pages,
    Part,
    Picked,
    Sought,
    Varied,
    Worked,
)
from schema.lists import MODULES
from schema.paging import Window, holds

NOUNS = {title: noun for title, (noun, _) in MODULES.items()}
KINDS = frozenset(Kind)
"""What a record may be about, and so the nouns that a row names in a column."""

TITLES = {noun: title for title, noun in NOUNS.items()}
PLAIN: Mapping[str, type] = {"String": str, "Int": int, "Boolean": bool, "DateTime": datetime, "Date": date}


@dataclass
class Builder:
    """Builds one statement, for those who see what `scope` says. `shapes`: of the fields whose arguments were read, by
    slot. `finishes`: what is left."""

    words: Words
    scope: Scope
    shapes: Sequence[Shape]
    finishes: list[Finish] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
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
            case Worked():
                return self.worked(asked, asked.declared, None)
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
        row, query = rows.one(noun, id, near, self.scope, deleted=deleted)
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
            case Worked():
                return self.worked(asked, asked.declared, row)
            case One(noun=noun, column=column):
                return self._one(noun, row.column(column), asked.only, row)
            case Sought(noun=noun, id=sought):
                id = sought(row.column, self.scope).correlate(row.source).scalar_subquery()
                return self._one(noun, id, asked.only, row)
            case Matched():
                return self._matched(asked, asked.declared, row)
            case Varied():
                return self._any_of(asked, asked.declared, row, asked.declared.nouns)
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
        number = str(next(self._numbers))
        self.finishes.append(Finish(tuple(self._path), number, work, asked.type, asked.slot))
        values = self.words.object([(name, self.words.value(row.column(name))) for name in columns])
        return self.words.object([(number, values)])

    def worked(self, asked: Asked, worked: Worked, row: Row | None) -> Said:
        """The rows that a value is worked out of, each list under its name."""
        shape = self.shapes[asked.slot] if asked.slot is not None else None
        only = shape.only if isinstance(shape, Later) else None
        near: dict[str, ColumnElement[Any]] = {name: row.column(name) for name in worked.columns} if row else {}
        beside = worked.beside(near.__getitem__, self.scope)
        queries = {name: query for name, query in beside.items() if only is None or name in only}
        return self.out_of(asked, worked.work, near, queries, row)

    def groups(self, asked: Asked, list: List) -> Said:
        """What the rows of a list come to."""
        _, shape = self._shape(asked)
        if not isinstance(shape, Figures):
            raise NotCompiled(name_of(asked))
        noun = list.noun
        try:
            totals.check(noun, shape)
        except Refused as refused:
            raise NotCompiled("stretches of something else than time") from refused

        def show(found: Found) -> Any:
            groups = [aggregates.read([*row.values()], [*row], shape) for row in found.beside["groups"]]
            return [totals.show(found.schema, TITLES[noun], noun, shape, group) for group in groups]

        return self.out_of(asked, show, {}, {"groups": list.groups(shape)}, list.parent)

    def out_of(
        self,
        asked: Asked,
        work: Callable[..., Any],
        near: Mapping[str, ColumnElement[Any]],
        queries: Mapping[str, Select[Any]],
        row: Row | None,
    ) -> Said:
        """What Python makes of columns at hand and of the rows that queries find. What was made inside it is finished
        before it."""
        if asked.type is None:
            raise NotCompiled(name_of(asked))
        number, lists = str(next(self._numbers)), {HERE: _kinds(near)}
        pairs = [(HERE, self._enclosed([self.words.object(self._columns(near))]))]
        for name, query in queries.items():
            found = (query.correlate(row.source) if row else query).subquery()
            columns = dict(found.c)
            lists[name] = _kinds(columns)
            with self.at(number, name, None):
                entry = [*self._columns(columns), *self._picked(asked, name, found)]
            pairs.append((name, self.words.list(self.words.object(entry), found)))
        noun = row.noun if row else ""
        finish = Working(tuple(self._path), number, work, asked.type, asked.slot, noun, asked.inner, lists)
        self.finishes.append(finish)
        return self.words.object([(number, self.words.object(pairs))])

    def _enclosed(self, elements: Sequence[Said]) -> Said:
        return Said(("[", *(piece for one in elements for piece in one.pieces), "]"))

    def _columns(self, columns: Mapping[str, ColumnElement[Any]]) -> list[tuple[str, Said]]:
        words = self.words
        return [
            (name, words.bytes(column) if holds(column) is bytes else words.value(column))
            for name, column in columns.items()
        ]

    def _picked(self, asked: Asked, name: str, source: FromClause) -> Iterator[tuple[str, Said]]:
        """What is asked of the rows of a list that the value may lead to."""
        for one in picks(asked.inner):
            if isinstance(one.declared, Picked) and one.declared.beside == name:
                with self.at(picked(one)):
                    row = Row(one.declared.noun, source)
                    yield picked(one), self._one(one.declared.noun, source.c.id, one.only, row)

    def _matched(self, asked: Asked, matched: Matched, near: Row) -> Said:
        row = Row(matched.noun, CATALOGUE[matched.noun].source.alias())
        same = [row.column(theirs) == near.column(ours) for theirs, ours in matched.columns]
        held = (row.column("tenant_id") == self.scope.tenant, seen(matched.noun, row.source, CATALOGUE, self.scope))
        query = select().select_from(row.source).where(*held, *same)
        return self.words.one(self.pairs(asked.only, row), query.correlate(near.source))

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
        found = List(all_of.noun, all_of.window, 0, self.scope, all_of.relation, row).rows(
            needed(all_of.noun, asked.only), one_more=False
        )
        with self.at(None):
            entry = self.object(asked.only, found.row)
        return self.words.list(entry, found.row.source)

    def _page(self, asked: Asked, pages: Pages, parent: Row | None) -> Said:
        slot, shape = self._shape(asked)
        if not isinstance(shape, Window):
            raise NotCompiled(f"{name_of(asked)} as one row")
        return Page(self, List(pages.noun, shape, slot, self.scope, pages.relation, parent), asked.only).object()


def _kinds(columns: Mapping[str, ColumnElement[Any]]) -> Kinds:
    return {name: holds(column) for name, column in columns.items() if not isinstance(column.type, JSON)}


def _plain(value: Any) -> str:
    return str(value.value if isinstance(value, Enum) else value)
