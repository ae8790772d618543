"""Who runs a group: its owner, and who has a duty there now."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, Table, or_, select

from kequn.domain import keeping
from kequn.domain.editing import Desk
from kequn.store import tables
from kequn.store.pairs import one_of

DUTIES: Table = tables.Assignment.__table__  # type: ignore[attr-defined]


async def who(desk: Desk, owners: Mapping[UUID, UUID | None]) -> dict[UUID, list[UUID]]:
    """Of each of these groups, in one statement. `owners`: of each group."""
    query = select(DUTIES.c.group_id, DUTIES.c.staff_id).where(*standing(desk), one_of(DUTIES.c.group_id, owners))
    found = {group: {owner} if owner else set[UUID]() for group, owner in owners.items()}
    for group, staff in await desk.session.execute(query):
        found[group].add(staff)
    return {group: sorted(some) for group, some in found.items()}


def standing(desk: Desk) -> tuple[ColumnElement[bool], ...]:
    """Duties that somebody has now."""
    now, until = keeping.now(desk), DUTIES.c.until
    return DUTIES.c.tenant_id == desk.scope.tenant, DUTIES.c.since <= now, or_(until.is_(None), until > now)
