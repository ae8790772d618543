"""What named the loser of a merge names the winner from then on, and the loser again when the merge is taken back.
Decides what stays: of a thing that everybody has once, the winner keeps their own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Index,
    Table,
    UniqueConstraint,
    Uuid,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from kequn.store import dossier, tables
from kequn.store.dossier import Page
from kequn.store.merges import Merge
from kequn.store.scope import Scope
from kequn.store.types import UtcDateTime

_notes: Table = tables.MovedReference.__table__  # type: ignore[attr-defined]
_TENANT = "tenant_id"
Found = Mapping[Any, Any]


@dataclass(frozen=True)
class _Once:
    """Columns that no two rows of a customer share; `where`: of which rows that holds, as SQL."""

    columns: tuple[str, ...]
    where: str = ""


async def hand_over(session: AsyncSession, scope: Scope, merge: Merge) -> None:
    for page in dossier.handed_over():
        moving = await _movable(session, scope, page, merge.loser, merge.winner)
        notes = [
            {"tenant_id": scope.tenant, "merge_id": merge.id, "place": page.table.name, "number": number, "key": key}
            for number, key in enumerate(map(_pack, _keys(page, moving)))
        ]
        if notes:
            await session.execute(insert(_notes), notes)
            await _give(session, scope, page, moving, merge.loser, merge.winner)


async def take_back(session: AsyncSession, scope: Scope, merge: Merge) -> None:
    """What the winner has lost since, or handed to somebody else, stays where it is."""
    query = select(_notes.c.place, _notes.c.key).where(
        _notes.c.tenant_id == scope.tenant, _notes.c.merge_id == merge.id
    )
    noted: dict[str, list[Any]] = {}
    for place, key in (await session.execute(query)).all():
        noted.setdefault(place, []).append(key)
    for page in dossier.handed_over():
        wanted = {tuple(_unpack(page, key).values()) for key in noted.get(page.table.name, ())}
        back = await _movable(session, scope, page, merge.winner, merge.loser) if wanted else []
        names = _key(page)
        some = [row for row in back if tuple(row[name] for name in names) in wanted]
        await _give(session, scope, page, some, merge.winner, merge.loser)


async def _movable(session: AsyncSession, scope: Scope, page: Page, giver: UUID, taker: UUID) -> Sequence[Found]:
    """The giver's rows of which the taker has none of their own."""
    found = await _rows(session, scope, page, giver)
    theirs = await _rows(session, scope, page, taker) if found else []
    taken = set(_places(page, theirs))
    return [row for row in found if taken.isdisjoint(_places(page, [row]))]


async def _rows(session: AsyncSession, scope: Scope, page: Page, customer: UUID) -> Sequence[Found]:
    """The columns that tell one from another, and to which of the rules each is subject."""
    rules = _once(page)
    names = {*_key(page), *(name for rule in rules for name in rule.columns)}
    subject = [_holds(rule).label(f"rule_{place}") for place, rule in enumerate(rules)]
    query = select(*(page.table.c[name] for name in sorted(names)), *subject)
    mine = (page.table.c[_TENANT] == scope.tenant, page.table.c[page.column] == customer)
    return (await session.execute(query.where(*mine).with_for_update())).mappings().all()


def _holds(rule: _Once) -> ColumnElement[Any]:
    return literal_column(f"CASE WHEN {rule.where or '1 = 1'} THEN 1 ELSE 0 END")


def _places(page: Page, found: Iterable[Found]) -> Iterator[tuple[Any, ...]]:
    """What each row takes up. Empty values are equal to nothing."""
    for row in found:
        for number, rule in enumerate(_once(page)):
            values = tuple(row[name] for name in rule.columns)
            if row[f"rule_{number}"] and None not in values:
                yield (number, *values)


def _once(page: Page) -> list[_Once]:
    table = page.table
    constraints = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    found = [_Once(tuple(one.columns.keys())) for one in (table.primary_key, *constraints)]
    for index in table.indexes:
        if index.unique:
            found.append(_Once(tuple(index.columns.keys()), _where(index)))
    there = [rule for rule in found if page.column in rule.columns]
    left = {_TENANT, page.column}
    return [_Once(tuple(name for name in rule.columns if name not in left), rule.where) for rule in there]


def _where(index: Index) -> str:
    condition = index.dialect_options["sqlite"].get("where")
    return "" if condition is None else str(condition)


def _key(page: Page) -> list[str]:
    """What tells a row from another of the same customer."""
    return [one.name for one in page.table.primary_key if one.name not in {_TENANT, page.column}]


def _keys(page: Page, found: Iterable[Found]) -> Iterator[dict[str, Any]]:
    for row in found:
        yield {name: row[name] for name in _key(page)}


async def _give(
    session: AsyncSession, scope: Scope, page: Page, found: Sequence[Found], giver: UUID, taker: UUID
) -> None:
    table, names = page.table, _key(page)
    if found:
        which = tuple_(*(table.c[name] for name in names)).in_([tuple(row[name] for name in names) for row in found])
        mine = (table.c[_TENANT] == scope.tenant, table.c[page.column] == giver, which)
        await session.execute(update(table).where(*mine).values({page.column: taker}))


def _pack(key: Found) -> dict[str, Any]:
    return {name: _plain(value) for name, value in key.items()}


def _plain(value: Any) -> Any:
    match value:
        case UUID():
            return value.hex
        case datetime():
            return value.isoformat()
    return value


def _unpack(page: Page, key: Found) -> dict[str, Any]:
    return {name: _read(page.table.c[name].type, key[name]) for name in _key(page)}


def _read(kind: TypeEngine[Any], plain: Any) -> Any:
    if isinstance(kind, Uuid):
        return UUID(plain)
    return datetime.fromisoformat(plain) if isinstance(kind, UtcDateTime) else plain
