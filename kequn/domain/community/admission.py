"""Those whom a segment admits to a group 按细分自动入群: who agreed to the rules in force comes in, others are invited;
whoever was ever there or on a way into it is left alone. That may be everybody: so many come in in one transaction,
and whoever goes on after a crash does the rest."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.contracts.records import Kind
from kequn.domain import editing, keeping, rights
from kequn.domain.community import charters, joining, rules
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.segments import membership
from kequn.store import tables
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.rows import table
from kequn.store.scope import Actor, Scope
from kequn.store.upsert import insert_many, insert_plain
from kequn.store.where import live

_applications: Table = tables.Application.__table__  # type: ignore[attr-defined]
_charters: Table = tables.Charter.__table__  # type: ignore[attr-defined]
_groups, _memberships = table(Kind.GROUP), table(Kind.MEMBERSHIP)
PIECE = 500


async def admit_segment(desk: Desk, group_id: UUID, piece: int = PIECE) -> list[UUID]:
    """Those of the charter's segment, so many at once. Who came in. Raises Refused."""
    group = await keeping.group(desk, group_id)
    if (await charters.read(desk, group))["segment_id"] is None:
        raise refuse(Code.UNKNOWN_SEGMENT, "group_id")
    admitted = list[UUID]()
    after: UUID | None = UUID(int=0)
    while after is not None:
        some, after = await _admit(desk, group, after, piece)
        admitted += some
    return admitted


async def admit_all(database: Database, ledger: Ledger, actor: Actor, piece: int = PIECE) -> int:
    """The same for every group whose charter names a segment, so many in a transaction. How many came in. Raises
    Refused."""
    rights.require(actor, rights.EDIT)
    async with database.reading() as session:
        groups = await _with_segment(session, actor.scope)
    count = 0
    for group in groups:
        after: UUID | None = UUID(int=0)
        while after is not None:
            async with database.writing() as session:
                some, after = await _admit(Desk(session, actor, ledger), group, after, piece)
            count += len(some)
    return count


async def _with_segment(session: AsyncSession, scope: Scope) -> Sequence[UUID]:
    live_groups = select(_groups.c.id).where(_groups.c.tenant_id == scope.tenant, live(_groups))
    named = (_charters.c.tenant_id == scope.tenant, _charters.c.segment_id.is_not(None))
    query = select(_charters.c.id).where(*named, _charters.c.id.in_(live_groups)).order_by(_charters.c.id)
    return (await session.execute(query)).scalars().all()


async def _admit(desk: Desk, group: UUID, after: UUID, most: int) -> tuple[list[UUID], UUID | None]:
    """Who came in, of those who come behind `after` by id; and the last of them, where more may follow. What has
    changed since the piece before counts: the group may be gone, its charter name another segment or none."""
    here = await editing.survivors(desk, Kind.GROUP, {group})
    segment = (await charters.read(desk, group))["segment_id"]
    if segment is None or group not in {row.id for row in here.values()}:
        return [], None
    people = await _strangers(desk, group, segment, after, most)
    agreed = await _agreed(desk, group, people)
    came = [one for one in people if one in agreed]
    if came:
        await joining.admit_many(desk, group, came, "segment")
    noted = [_application(desk, group, one, came=one in agreed) for one in people]
    await insert_many(desk.session, insert_plain(desk.session, _applications), noted)
    return came, people[-1] if len(people) == most else None


async def _strangers(desk: Desk, group: UUID, segment: UUID, after: UUID, most: int) -> Sequence[UUID]:
    """Who is in the segment, and neither is nor was in the group or on a way into it."""
    there = await membership.members(desk.session, desk.scope, segment, keeping.now(desk))
    [id] = there.selected_columns
    for some in (_applications, _memberships):
        known = (some.c.tenant_id == desk.scope.tenant, some.c.group_id == group, some.c.customer_id == id)
        there = there.where(~exists().where(*known))
    found: Any = await desk.session.execute(there.where(id > after).order_by(id).limit(most))
    people: Sequence[UUID] = found.scalars().all()
    return people


async def _agreed(desk: Desk, group: UUID, people: Sequence[UUID]) -> set[UUID]:
    """Those who may come in by the rules."""
    current = await rules.in_force(desk, group)
    return set(people) if current is None else await rules.agreeing(desk, group, current["version"], people)


def _application(desk: Desk, group: UUID, customer: UUID, *, came: bool) -> dict[str, Any]:
    now, by = keeping.now(desk), desk.actor.name
    decided = {"decided_at": now, "decided_by": by, "reason": "segment"} if came else {}
    return {
        "tenant_id": desk.scope.tenant, "id": desk.ledger.new_id(), "group_id": group, "customer_id": customer,
        "way": "segment", "state": "admitted" if came else "invited", "held": {}, "missing": [], "made_at": now,
        "made_by": by, "decided_at": None, "decided_by": None, "reason": None, **decided,
    }  # fmt: skip
