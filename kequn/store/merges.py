"""Merges of customers and the links that they moved. Decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.store import tables
from kequn.store.scope import Scope

_merges: Table = tables.Merge.__table__  # type: ignore[attr-defined]
_moved: Table = tables.MovedLink.__table__  # type: ignore[attr-defined]
_links: Table = tables.Link.__table__  # type: ignore[attr-defined]


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
    moving = await _of(session, scope, merge.loser)
    for link in moving:
        here = {name: link[name] for name in ("tenant_id", "connection_id", "object", "external_id")}
        await session.execute(insert(_moved).values(**here, merge_id=merge.id, was_primary=link["is_primary"]))
        primary = link["is_primary"] and (link["connection_id"], link["object"]) not in taken
        await _give(session, here, merge.winner, primary=primary)


async def latest_into(session: AsyncSession, scope: Scope, loser: UUID) -> Merge | None:
    """The merge that this row went by, unless it was taken back."""
    query = (
        select(_merges.c.id, _merges.c.winner_id)
        .where(_merges.c.tenant_id == scope.tenant, _merges.c.loser_id == loser, _merges.c.undone_at.is_(None))
        .order_by(_merges.c.id.desc())
    )
    found = (await session.execute(query)).first()
    return Merge(found[0], found[1], loser) if found else None


async def take_back(session: AsyncSession, scope: Scope, merge: Merge, now: datetime) -> None:
    """Give the loser its links back, as they were; those that have gone meanwhile stay gone."""
    mine = (_moved.c.tenant_id == scope.tenant, _moved.c.merge_id == merge.id)
    for link in (await session.execute(select(_moved).where(*mine))).mappings().all():
        here = {name: link[name] for name in ("tenant_id", "connection_id", "object", "external_id")}
        await _give(session, here, merge.loser, primary=link["was_primary"])
    await session.execute(
        update(_merges).where(_merges.c.tenant_id == scope.tenant, _merges.c.id == merge.id).values(undone_at=now)
    )


async def _of(session: AsyncSession, scope: Scope, row: UUID) -> Sequence[dict[str, Any]]:
    query = select(_links).where(_links.c.tenant_id == scope.tenant, _links.c.row_id == row).with_for_update()
    return [dict(link) for link in (await session.execute(query)).mappings()]


async def _give(session: AsyncSession, here: dict[str, Any], row: UUID, *, primary: bool) -> None:
    where = [_links.c[name] == value for name, value in here.items()]
    await session.execute(update(_links).where(*where).values(row_id=row, is_primary=primary))
