"""Who runs a group: its owner, and who has a duty there now."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Table, or_, select

from kequn.domain import keeping
from kequn.domain.editing import Desk
from kequn.store import tables

DUTIES: Table = tables.Assignment.__table__  # type: ignore[attr-defined]


async def who(desk: Desk, group: UUID, owner: UUID | None) -> Sequence[UUID]:
    query = select(DUTIES.c.staff_id).where(*standing(desk), DUTIES.c.group_id == group)
    found = set((await desk.session.execute(query)).scalars()) | ({owner} if owner else set())
    return sorted(found)


def standing(desk: Desk) -> tuple[ColumnElement[bool], ...]:
    """Duties that somebody has now."""
    now, until = keeping.now(desk), DUTIES.c.until
    return DUTIES.c.tenant_id == desk.scope.tenant, DUTIES.c.since <= now, or_(until.is_(None), until > now)
