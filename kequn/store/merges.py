"""Merges of customers, and the links and conflicts that they moved. Decides which link stays primary, and nothing
else."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.store import hints, tables
from kequn.store.hints import Look
from kequn.store.scope import Scope

_merges: Table = tables.Merge.__table__  # type: ignore[attr-defined]
_moved: Table = tables.MovedLink.__table__  # type: ignore[attr-defined]
_links: Table = tables.Link.__table__  # type: ignore[attr-defined]
_conflicts: Table = tables.Conflict.__table__  # type: ignore[attr-defined]
_disputes: Table = tables.MovedConflict.__table__  # type: ignore[attr-defined]
_KEY = ("tenant_id", "connection_id", "object", "external_id")
_SETTLED = ("settled_at", "settled_by", "choice")


@dataclass(frozen=True)
class Merge:
    """See tables.Merge."""

    id: UUID
    winner: UUID
    loser: UUID


async def record(session: AsyncSession, scope: Scope, merge: Merge, actor: str, now: datetime) -> None:
    """Note the merge and give the loser's links to the winner. A link stays primary where the winner has none in that
    object; otherwise it becomes a second record of the winner: read, never written."""
    values = {"tenant_id": scope.tenant, "id": merge.id, "winner_id": merge.winner, "loser_id": merge.loser}
    await session.execute(insert(_merges).values(**values, actor=actor, merged_at=now))
    taken = {
        (one["connection_id"], one["object"]) for one in await _of(session, scope, merge.winner) if one["is_primary"]
    }
    for link in await _of(session, scope, merge.loser):
        key, primary = {name: link[name] for name in _KEY}, link["is_primary"]
        secondary = primary and (link["connection_id"], link["object"]) in taken
        note = {**key, "merge_id": merge.id, "was_primary": primary, "base": link["base"] if secondary else None}
        await session.execute(insert(_moved).values(**note))
        await _give(session, key, merge.loser, {"row_id": merge.winner, "is_primary": primary and not secondary})


async def move_conflicts(
    session: AsyncSession, scope: Scope, merge: Merge, answered: Collection[UUID], actor: str, now: datetime
) -> None:
    """Close the conflicts that the merge answers; the other open ones of the loser are the winner's from now on."""
    mine = (_conflicts.c.tenant_id == scope.tenant, _conflicts.c.state == "open")
    moving = await _ids(session, *mine, _conflicts.c.row_id == merge.loser)
    for ids, closed in ((set(answered), True), (moving - set(answered), False)):
        notes = [
            {"tenant_id": scope.tenant, "merge_id": merge.id, "conflict_id": id, "closed": closed} for id in sorted(ids)
        ]
        if notes:
            await session.execute(insert(_disputes), notes)
    settled = {"state": "settled", "choice": "merge", "settled_by": actor, "settled_at": now, "updated_at": now}
    await session.execute(update(_conflicts).where(*mine, _conflicts.c.id.in_(set(answered))).values(settled))
    moved = {"row_id": merge.winner, "updated_at": now}
    await session.execute(update(_conflicts).where(*mine, _conflicts.c.id.in_(moving - set(answered))).values(moved))


async def _ids(session: AsyncSession, *where: Any) -> set[UUID]:
    return set((await session.execute(select(_conflicts.c.id).where(*where).with_for_update())).scalars())


async def latest_into(session: AsyncSession, scope: Scope, loser: UUID) -> Merge | None:
    """The merge that this row went by, unless it was taken back."""
    query = (
        select(_merges.c.id, _merges.c.winner_id)
        .where(_merges.c.tenant_id == scope.tenant, _merges.c.loser_id == loser, _merges.c.undone_at.is_(None))
        .order_by(_merges.c.id.desc())
    )
    found = (await session.execute(query)).first()
    return Merge(found[0], found[1], loser) if found else None


async def take_back(session: AsyncSession, scope: Scope, merge: Merge, actor: str, now: datetime) -> None:
    """Give the loser its links and conflicts back, as they were; those that have gone elsewhere meanwhile stay there.
    Conflicts that the merge answered are open again."""
    for link in await _noted(session, scope, merge, _moved):
        key = {name: link[name] for name in _KEY}
        back = {"row_id": merge.loser, "is_primary": link["was_primary"]}
        if link["base"] is None:
            await _give(session, key, merge.winner, back)
        elif await _give(session, key, merge.winner, {**back, "base": link["base"]}):
            await _stood_apart(session, scope, key, actor, now)
    for note in await _noted(session, scope, merge, _disputes):
        await (_reopen if note["closed"] else _return)(session, scope, merge, note["conflict_id"], now)
    await session.execute(
        update(_merges).where(_merges.c.tenant_id == scope.tenant, _merges.c.id == merge.id).values(undone_at=now)
    )


async def _noted(session: AsyncSession, scope: Scope, merge: Merge, table: Table) -> Sequence[Mapping[Any, Any]]:
    mine = (table.c.tenant_id == scope.tenant, table.c.merge_id == merge.id)
    return (await session.execute(select(table).where(*mine))).mappings().all()


async def _stood_apart(session: AsyncSession, scope: Scope, key: Mapping[str, Any], actor: str, now: datetime) -> None:
    """What this record said while it was secondary has reached no row: it is to be read again, against the old base.
    And it is no double any more."""
    look = Look(key["object"], key["external_id"], Kind.CUSTOMER, "SETTLED", "a merge was taken back")
    await hints.note(session, scope, key["connection_id"], [look], now)
    here = [_conflicts.c[name] == value for name, value in key.items()]
    settled = {"state": "settled", "choice": "new", "settled_by": actor, "settled_at": now, "updated_at": now}
    doubles = (_conflicts.c.type == "double", _conflicts.c.state == "open")
    await session.execute(update(_conflicts).where(*here, *doubles).values(settled))


async def _return(session: AsyncSession, scope: Scope, merge: Merge, conflict: UUID, now: datetime) -> None:
    which = (_conflicts.c.tenant_id == scope.tenant, _conflicts.c.id == conflict, _conflicts.c.row_id == merge.winner)
    await session.execute(update(_conflicts).where(*which).values(row_id=merge.loser, updated_at=now))


async def _reopen(session: AsyncSession, scope: Scope, merge: Merge, conflict: UUID, now: datetime) -> None:
    """Unless the same question was asked anew meanwhile."""
    again = _conflicts.alias()
    same = [again.c[name] == _conflicts.c[name] for name in (*_KEY, "type", "field")]
    asked = select(again.c.id).where(*same, again.c.state == "open").exists()
    which = (_conflicts.c.tenant_id == scope.tenant, _conflicts.c.id == conflict, ~asked)
    opened = {"state": "open", "updated_at": now, **dict.fromkeys(_SETTLED)}
    await session.execute(update(_conflicts).where(*which).values(opened))


async def _of(session: AsyncSession, scope: Scope, row: UUID) -> Sequence[Mapping[Any, Any]]:
    query = select(_links).where(_links.c.tenant_id == scope.tenant, _links.c.row_id == row).with_for_update()
    return (await session.execute(query)).mappings().all()


async def _give(session: AsyncSession, key: Mapping[str, Any], holder: UUID, values: Mapping[str, Any]) -> bool:
    """Whether the link was still the holder's."""
    where = [_links.c[name] == value for name, value in key.items()]
    query = update(_links).where(*where, _links.c.row_id == holder).values(values).returning(_links.c.row_id)
    return (await session.execute(query)).first() is not None
