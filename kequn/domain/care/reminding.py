"""Reminders of reviews 复查提醒: whoever is to look at a rule again is told once when it is time. What is nobody's
waits in `today`."""

from typing import Any

from sqlalchemy import RowMapping, select, update

from kequn.contracts.identity import format_id
from kequn.domain import keeping, rights
from kequn.domain.care.reviewing import GROUPS, OWNER, REVIEWS, waiting
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox

MOST = 500


async def remind(desk: Desk) -> int:
    """Tell the owners of what is due, each once; how many were told. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    now, tenant = keeping.now(desk), desk.scope.tenant
    group = select(GROUPS.c.name).where(GROUPS.c.tenant_id == tenant, GROUPS.c.id == REVIEWS.c.group_id)
    columns: tuple[Any, ...] = (REVIEWS.c.id, REVIEWS.c.subject, REVIEWS.c.about, REVIEWS.c.due_at)
    query = select(*columns, OWNER.label("owner"), group.scalar_subquery().label("of_group"))
    due = query.where(REVIEWS.c.tenant_id == tenant, waiting(now), REVIEWS.c.reminded_at.is_(None))
    locked = due.order_by(REVIEWS.c.due_at).limit(MOST).with_for_update(skip_locked=True, of=REVIEWS)
    found = (await desk.session.execute(locked)).mappings().all()
    told = sum([await _tell(desk, row) for row in found if row["owner"]])
    reminded = REVIEWS.c.id.in_([row["id"] for row in found])
    await desk.session.execute(update(REVIEWS).where(REVIEWS.c.tenant_id == tenant, reminded).values(reminded_at=now))
    return told


async def _tell(desk: Desk, row: RowMapping) -> bool:
    occasion = f"{format_id('rule_review', row['id'])} {row['due_at'].isoformat()}"
    about = " ".join(dict.fromkeys(one for one in (row["about"], row["of_group"]) if one))
    body = f"It is time to review: {row['subject']}: {about} 规则到期复查"
    return await outbox.tell_staff(desk, row["owner"], occasion, "review 规则复查", body)
