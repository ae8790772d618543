"""A page of a list and its parts: entries, their cursors, where the page stands, how many there are in all."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, false, func, select, true

from schema.compiler.needs import name_of, needed
from schema.compiler.rows import List, Listed, Row
from schema.compiler.selection import Asked, NotCompiled, Selection
from schema.compiler.words import Said, Words
from schema.declared import Part
from schema.paging import signature

CURSORS = {"startCursor": 0, "endCursor": -1}
MORE = {"hasNextPage": False, "hasPreviousPage": True}
"""The fields that say whether there are more, and whether this is so towards the start."""


class Objects(Protocol):
    """What makes the object of an entry."""

    words: Words

    def at(self, *steps: str | None) -> AbstractContextManager[None]: ...
    def pairs(self, selection: Selection, row: Row) -> list[tuple[str, Said]]: ...
    def object(self, selection: Selection, row: Row) -> Said: ...
    def groups(self, asked: Asked, list: List) -> Said: ...


@dataclass(frozen=True)
class Page:
    """The selection of one list, in one pass over its rows."""

    objects: Objects
    list: List
    selection: Selection

    def object(self) -> Said:
        """The JSON object of the page."""
        if not any(self._of_rows(one) for one in self.selection):
            return self._parts(None)
        listed = self.list.rows(self._columns(), one_more=any(self._of_more(one) for one in self.selection))
        return Said((select(self._parts(listed).text).select_from(listed.row.source).scalar_subquery(),))

    def _parts(self, listed: Listed | None) -> Said:
        pairs: list[tuple[str, Said]] = []
        for one in self.selection:
            with self.objects.at(one.key):
                pairs.append((one.key, self._part(one, listed)))
        return self.objects.words.object(pairs)

    def _part(self, asked: Asked, listed: Listed | None) -> Said:
        match asked.declared:
            case str() as name:
                return self.objects.words.name(name)
            case Part.TOTAL_COUNT:
                return self.objects.words.number(self.list.count())
            case Part.AGGREGATE:
                return self.objects.groups(asked, self.list)
            case Part.PAGE_INFO:
                words = self.objects.words
                return words.object([(one.key, self._info(one, listed)) for one in asked.only])
            case Part.EDGES if listed is not None:
                with self.objects.at(None):
                    return self.objects.words.collected(self._entry(asked.only, listed.row), listed.keep)
        raise NotCompiled(name_of(asked))

    def _entry(self, selection: Selection, row: Row) -> Said:
        pairs: list[tuple[str, Said]] = []
        for one in selection:
            with self.objects.at(one.key):
                pairs.append((one.key, self._of_entry(one, row)))
        return self.objects.words.object(pairs)

    def _of_entry(self, asked: Asked, row: Row) -> Said:
        match asked.declared:
            case str() as name:
                return self.objects.words.name(name)
            case Part.NODE:
                return self.objects.object(asked.only, row)
            case Part.CURSOR:
                return self.objects.words.text(self._cursor(row))
        raise NotCompiled(name_of(asked))

    def _cursor(self, row: Row) -> ColumnElement[Any]:
        order = self.list.window.order
        return self.objects.words.cursor(signature(order), [row.column(key.column) for key in order])

    def _info(self, asked: Asked, listed: Listed | None) -> Said:
        name, words, window = name_of(asked), self.objects.words, self.list.window
        if isinstance(asked.declared, str):
            return words.name(asked.declared)
        if name in CURSORS and listed is not None:
            return words.end(self._cursor(listed.row), listed.keep, CURSORS[name])
        if name not in MORE:
            raise NotCompiled(name)
        if listed is not None and listed.size is not None and MORE[name] is window.backward:
            return words.truth(func.count() > listed.size)
        behind = window.after is not None or window.offset != 0
        return words.truth(true() if (behind if MORE[name] else window.before is not None) else false())

    def _of_rows(self, asked: Asked) -> bool:
        """Whether the rows must be read for it."""
        if asked.declared is Part.PAGE_INFO:
            return self._of_more(asked) or any(name_of(one) in CURSORS for one in asked.only)
        return asked.declared is Part.EDGES

    def _of_more(self, asked: Asked) -> bool:
        """Whether one more row must be read for it, to see whether there are more."""
        towards = (MORE.get(name_of(one)) for one in asked.only) if asked.declared is Part.PAGE_INFO else ()
        return any(toward is self.list.window.backward for toward in towards)

    def _columns(self) -> set[str]:
        entries = (one for asked in self.selection if asked.declared is Part.EDGES for one in asked.only)
        nodes = (one.only for one in entries if one.declared is Part.NODE)
        return {name for node in nodes for name in needed(self.list.noun, node)}
