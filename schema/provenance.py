"""Where a row's values come from, and what they were: read from the change log and from conflicts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry import Info

from kequn.contracts.records import FIELDS, Kind
from kequn.domain.checks import Unreadable
from kequn.domain.problems import Code, refuse
from kequn.store import conflicts, history, journal
from kequn.store.conflicts import Conflict
from kequn.store.journal import Entry
from kequn.store.scope import Scope
from kequn.store.tables import Conflict as ConflictRow
from kequn.store.vault import Vault
from schema import facts
from schema.changes import Change, ChangeSource
from schema.conflicts import LOSES, ConflictSide
from schema.conflicts import Conflict as ConflictShown
from schema.context import Context
from schema.declared import Found, Near, Picked, Worked, said
from schema.scalars import JSON
from schema.words import shown, snake

ENTRIES, CONFLICTS = "entries", "conflicts"
Moment = Annotated[datetime, strawberry.argument(description="The moment 时间")]
FieldName = Annotated[str, strawberry.argument(description="Its name, as the type has it 字段名")]


@strawberry.type(description="A row as it was 历史快照")
class Snapshot:
    at: datetime = strawberry.field(description="When 时间")
    deleted: bool = strawberry.field(description="Was deleted then 已删除")
    merged: bool = strawberry.field(description="Had gone into another row 已合并")
    values: JSON = strawberry.field(description="Its values, by field 字段值")
    change_id: strawberry.Private[UUID]

    @shown("The last change until then 最近一次修改", said(Picked("change", ENTRIES, "change_id")))
    async def change(self, info: Info[Context]) -> Change | None:
        change: Change | None = await info.context.ask.one("change", self.change_id)
        return change


@strawberry.type(description="A value that a field could have had 未采用的值")
class LosingValue:
    side: ConflictSide = strawberry.field(description="Whose it was 冲突方")
    value: JSON | None = strawberry.field(description="The value 值")
    conflict_id: strawberry.Private[UUID]

    @shown("The conflict in which it stands 冲突", said(Picked("conflict", CONFLICTS, "conflict_id")))
    async def conflict(self, info: Info[Context]) -> ConflictShown | None:
        conflict: ConflictShown | None = await info.context.ask.one("conflict", self.conflict_id)
        return conflict


@strawberry.type(description="Where the value of a field comes from 数据来源")
class Provenance:
    field: str = strawberry.field(description="The field 字段")
    value: JSON | None = strawberry.field(description="Its value 值")
    source: ChangeSource | None = strawberry.field(description="Who gave it; empty when it never had another 来源")
    actor: str | None = strawberry.field(description="A token's or a connection's name 操作者")
    at: datetime | None = strawberry.field(description="When 时间")
    rule: str | None = strawberry.field(description="Which rule decided 规则")
    losing: list[LosingValue] = strawberry.field(description="What it could have been 未采用的值")
    change_id: strawberry.Private[UUID | None]

    @shown("The entry of the change log 修改记录", said(Picked("change", ENTRIES, "change_id")))
    async def change(self, info: Info[Context]) -> Change | None:
        change: Change | None = await info.context.ask.one("change", self.change_id)
        return change


async def as_of(info: Info[Context], kind: Kind, row: UUID, moment: datetime | Unreadable) -> Snapshot | None:
    return _snapshot(kind, await _entries(info, row), moment)


def _snapshot(kind: Kind, entries: Sequence[Entry], moment: datetime | Unreadable) -> Snapshot | None:
    if isinstance(moment, Unreadable):
        raise refuse(Code.BAD_DATE, "time")
    was = history.as_of(entries, moment)
    if was is None:
        return None
    values = JSON(facts.all_to_json(kind, was.facts))
    return Snapshot(at=moment, deleted=was.deleted, merged=was.merged, values=values, change_id=was.change)


async def of_field(info: Info[Context], kind: Kind, row: UUID, field: str) -> Provenance:
    return _provenance(kind, await _entries(info, row), await _disputes(info, row), field)


def _provenance(kind: Kind, entries: Sequence[Entry], disputes: Sequence[Conflict], field: str) -> Provenance:
    name = snake(field)
    if name not in FIELDS[kind]:
        raise refuse(Code.BAD_VALUE, "field")
    entry = history.author(entries, name)
    value = entry.moved[name][1] if entry else FIELDS[kind][name].empty
    return Provenance(
        field=field,
        value=JSON(facts.to_json(kind, name, value)),  # type: ignore[arg-type]
        source=ChangeSource(entry.cause.source) if entry else None,
        actor=entry.cause.actor if entry else None,
        at=entry.at if entry else None,
        rule=entry.cause.rule if entry else None,
        losing=[_losing(kind, name, *lost) for lost in _lost(disputes, name)],
        change_id=entry.id if entry else None,
    )


def _losing(kind: Kind, name: str, conflict: Conflict, side: ConflictSide) -> LosingValue:
    value = _sides(conflict)[side][name]
    return LosingValue(side=side, value=JSON(facts.to_json(kind, name, value)), conflict_id=conflict.id)


def _lost(disputes: Sequence[Conflict], name: str) -> list[tuple[Conflict, ConflictSide]]:
    """What was not chosen, and, where nothing is chosen yet, the other side: the row shows ours meanwhile."""
    return [
        (one, side)
        for one in disputes
        for side in ((ConflictSide.THEIRS,) if one.state == "open" else LOSES.get((one.type, one.choice or ""), ()))
        if name in _sides(one)[side] and (one.field in {"", name})
    ]


def _sides(conflict: Conflict) -> Mapping[ConflictSide, Mapping[str, Any]]:
    return {ConflictSide.OURS: conflict.ours, ConflictSide.THEIRS: conflict.theirs}


async def _disputes(info: Info[Context], row: UUID) -> Sequence[Conflict]:
    found: Sequence[Conflict] = await info.context.ask.together("conflicts of row", _conflicts_of, row) or ()
    return found


async def _entries(info: Info[Context], row: UUID) -> Sequence[Entry]:
    found: Sequence[Entry] = await info.context.ask.together("journal", _journals, row) or ()
    return found


async def _journals(session: AsyncSession, scope: Scope, vault: Vault, rows: list[UUID]) -> dict[UUID, list[Entry]]:
    found: dict[UUID, list[Entry]] = {}
    for entry in await journal.read(session, scope, vault, rows):
        found.setdefault(entry.row_id, []).append(entry)
    return found


async def _conflicts_of(
    session: AsyncSession, scope: Scope, vault: Vault, rows: list[UUID]
) -> dict[UUID, list[Conflict]]:
    found: dict[UUID, list[Conflict]] = {}
    among = ConflictRow.row_id.in_(rows)  # type: ignore[union-attr]
    for conflict in await conflicts.load(session, scope, vault, among):
        if conflict.row_id is not None:
            found.setdefault(conflict.row_id, []).append(conflict)
    return found


def _both(near: Near, scope: Scope) -> Mapping[str, Select[Any]]:
    row = near("id")
    return {ENTRIES: journal.of_row(scope, row), CONFLICTS: conflicts.of_row(scope, row)}


def _log(near: Near, scope: Scope) -> Mapping[str, Select[Any]]:
    return {ENTRIES: journal.of_row(scope, near("id"))}


def _found_snapshot(found: Found, time: datetime | Unreadable) -> Snapshot | None:
    return _snapshot(Kind(found.noun), journal.opened(found.vault, found.beside[ENTRIES]), time)


def _found_provenance(found: Found, field: str) -> Provenance:
    entries = journal.opened(found.vault, found.beside[ENTRIES])
    return _provenance(Kind(found.noun), entries, conflicts.opened(found.vault, found.beside[CONFLICTS]), field)


AS_OF = said(Worked(_found_snapshot, ("id",), _log))
PROVENANCE = said(Worked(_found_provenance, ("id",), _both))
"""The same, of what stands beside a row."""
