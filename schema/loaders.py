"""What resolvers ask: rows by id, pages, counts. Everything that one level of an operation asks is fetched by one
statement (dataloaders). Holds the request's one reading transaction, and the scope that every statement is held to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.dataloader import DataLoader

from kequn.domain.catalogue import CATALOGUE
from kequn.domain.problems import Code, refuse
from kequn.store import conflicts, journal
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.store.tables import Conflict
from kequn.store.vault import Vault
from schema import aggregates, statements
from schema.aggregates import Asked, Group
from schema.paging import Window

_MERGES = 16
Load = Callable[[AsyncSession, Scope, Vault, list[Any]], Awaitable[Mapping[Any, Any]]]
_NOUNS: Mapping[type, str] = {noun.table: name for name, noun in CATALOGUE.items()}


def noun_of(row: Any) -> str:
    """What a row is."""
    return _NOUNS[type(row)]


@dataclass(frozen=True)
class Loaded:
    """The rows of one page, in order, and whether there are more in the direction of the page."""

    rows: Sequence[Any]
    more: bool


def _page(rows: Sequence[Any], window: Window) -> Loaded:
    cut = rows[: window.size]
    return Loaded(list(reversed(cut)) if window.backward else cut, len(rows) > window.size)


class Loaders:
    """Asks on behalf of one request. Close it at the end."""

    def __init__(self, database: Database, scope: Scope, vault: Vault) -> None:
        self.scope = scope
        self._vault = vault
        self._database = database
        self._lock = asyncio.Lock()  # one transaction takes one statement at a time
        self._stack = AsyncExitStack()
        self._session: AsyncSession | None = None
        self._asking: asyncio.Task[Any] | None = None
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    async def close(self) -> None:
        """Forget everything; the next question begins a new transaction and sees what was written meanwhile."""
        self._loaders.clear()
        if self._session is None and not self._lock.locked():
            return  # nothing was asked
        async with self._lock:
            self._loaders.clear()
            self._session = None
            await self._stack.aclose()

    async def break_off(self) -> None:
        """End the statement that runs now. It runs in a task of its own, which does not end with those that wait."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    async def one(self, noun: str, id: UUID | None, *, deleted: bool = False) -> Any:
        """The row, or of a merged one the row that it went into. Deleted ones only when asked for."""
        row = None
        for _ in range(_MERGES):
            row = await self._loader(("one", noun), lambda ids: self._by_id(noun, ids)).load(id) if id else None
            if row is None or not CATALOGUE[noun].soft or row.merged_into is None:
                break
            id = row.merged_into
        if row is None or (not deleted and getattr(row, "deleted_at", None) is not None):
            return None
        if self.scope.sight.staff is None:
            return row
        return row if await self._loader(("seen", noun), partial(self._seen, noun)).load(row.id) else None

    async def page(self, noun: str, relation: str | None, parent: Any, window: Window) -> Loaded:
        """A page of all rows of `noun`, or of those at the end of a parent's relation."""
        if relation is None:
            rows = await self._fetch(statements.root(noun, window, self.scope))
            return _page([row for (row,) in rows], window)
        key, near = self._end(noun, relation, parent)
        loaded: Loaded = await self._loader(("page", key, window), lambda ids: self._nested(key, ids, window)).load(
            near
        )
        return loaded

    async def count(self, noun: str, relation: str | None, parent: Any, window: Window) -> int:
        """How many rows the list has in all."""
        if relation is None:
            return int((await self._fetch(statements.root_count(noun, window, self.scope)))[0][0])
        key, near = self._end(noun, relation, parent)
        same = Window((), where=window.where, deleted=window.deleted)
        counted: int = await self._loader(("count", key, same), lambda ids: self._counts(key, ids, same)).load(near)
        return counted

    async def groups(
        self, noun: str, relation: str | None, parent: Any, window: Window, asked: Asked
    ) -> Sequence[Group]:
        """What the rows of the list come to, whatever its page."""
        same = Window((), where=window.where, deleted=window.deleted)
        if relation is None:
            statement = aggregates.root(noun, same, asked, self.scope)
            return [aggregates.read(row, list(row._fields), asked) for row in await self._fetch(statement)]
        key, near = self._end(noun, relation, parent)
        load = self._loader(("groups", key, same, asked), lambda ids: self._groups(key, ids, same, asked))
        found: Sequence[Group] = await load.load(near)
        return found

    async def entry(self, change: UUID) -> journal.Entry:
        """An entry of the change log, opened."""

        async def open_all(ids: list[UUID]) -> list[journal.Entry]:
            async with self._transaction() as session:
                found = await journal.entries(session, self.scope, self._vault, ids)
            by_id = {entry.id: entry for entry in found}
            return [by_id[id] for id in ids]

        entry: journal.Entry = await self._loader(("entry",), open_all).load(change)
        return entry

    async def dispute(self, conflict: UUID) -> conflicts.Conflict:
        """Both sides of a conflict."""

        async def open_all(ids: list[UUID]) -> list[conflicts.Conflict]:
            among = Conflict.id.in_(ids)  # type: ignore[attr-defined]
            async with self._transaction() as session:
                found = await conflicts.load(session, self.scope, self._vault, among)
            by_id = {conflict.id: conflict for conflict in found}
            return [by_id[id] for id in ids]

        found: conflicts.Conflict = await self._loader(("dispute",), open_all).load(conflict)
        return found

    async def last_change(self, conflict: UUID) -> Any:
        """The entry of the change log that made our side of a conflict what it is."""

        async def load(ids: list[UUID]) -> list[Any]:
            found = {id: row for row, id in await self._fetch(statements.last_changes(set(ids), self.scope))}
            return [found.get(id) for id in ids]

        return await self._loader(("last change",), load).load(conflict)

    async def together(self, name: Hashable, load: Load, key: Any) -> Any:
        """What `load` finds for a key. It is asked once for all keys of a level, and answers a mapping."""

        async def load_all(keys: list[Any]) -> list[Any]:
            async with self._transaction() as session:
                found = await load(session, self.scope, self._vault, keys)
            return [found.get(one) for one in keys]

        return await self._loader(("together", name), load_all).load(key)

    async def of_all(self, name: Hashable, load: Load, key: Any) -> Any:
        """`together`, for figures over all rows. Refused to whoever sees only some of them."""
        if self.scope.sight.staff is not None:
            raise refuse(Code.FORBIDDEN, role="viewer of all customers")
        return await self.together(name, load, key)

    def _end(self, noun: str, relation: str, parent: Any) -> tuple[tuple[str, str], Any]:
        return (noun, relation), getattr(parent, CATALOGUE[noun].relations[relation].here)

    def _loader(self, key: Hashable, load: Callable[[list[Any]], Any]) -> DataLoader[Any, Any]:
        if key not in self._loaders:
            self._loaders[key] = DataLoader(load_fn=load)
        return self._loaders[key]

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncSession]:
        """The request's one transaction, for one statement at a time."""
        async with self._lock:
            self._asking = asyncio.current_task()
            try:
                if self._session is None:
                    self._session = await self._stack.enter_async_context(self._database.reading())
                yield self._session
            finally:
                self._asking = None

    async def _fetch(self, statement: Select[Any]) -> Sequence[Any]:
        async with self._transaction() as session:
            rows: Sequence[Any] = (await session.execute(statement)).all()
        return rows

    async def _by_id(self, noun: str, ids: list[UUID]) -> list[Any]:
        rows = {row.id: row for (row,) in await self._fetch(statements.by_id(noun, set(ids), self.scope))}
        return [rows.get(id) for id in ids]

    async def _seen(self, noun: str, ids: list[UUID]) -> list[bool]:
        found = {id for (id,) in await self._fetch(statements.seen_ids(noun, set(ids), self.scope))}
        return [id in found for id in ids]

    async def _nested(self, key: tuple[str, str], parents: list[UUID], window: Window) -> list[Loaded]:
        relation = CATALOGUE[key[0]].relations[key[1]]
        found: dict[UUID, list[Any]] = {}
        for row, parent in await self._fetch(statements.nested(relation, set(parents), window, self.scope)):
            found.setdefault(parent, []).append(row)
        return [_page(found.get(parent, []), window) for parent in parents]

    async def _groups(
        self, key: tuple[str, str], parents: list[UUID], window: Window, asked: Asked
    ) -> list[list[Group]]:
        relation = CATALOGUE[key[0]].relations[key[1]]
        found: dict[UUID, list[Group]] = {}
        for row in await self._fetch(aggregates.nested(relation, set(parents), window, asked, self.scope)):
            found.setdefault(row.kequn_parent, []).append(aggregates.read(row, list(row._fields), asked))
        nothing = [] if asked.groups else [aggregates.nothing(asked)]
        return [found.get(parent, nothing) for parent in parents]

    async def _counts(self, key: tuple[str, str], parents: list[UUID], window: Window) -> list[int]:
        relation = CATALOGUE[key[0]].relations[key[1]]
        pairs = await self._fetch(statements.nested_count(relation, set(parents), window, self.scope))
        counts = {parent: count for count, parent in pairs}
        return [counts.get(parent, 0) for parent in parents]
