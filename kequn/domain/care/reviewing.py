"""Reviews of rules 规则复查: what the business goes by - the standard, segments, incentives, service standards,
surveys, templates, the contact policy - is looked at again at a time. The owner is reminded once; the next follows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, insert, select, update

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain import keeping, rights, states
from kequn.domain.care.tasks import owner_of
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.problems import Code, refuse
from kequn.domain.states import Step, Steps
from kequn.store import rows, tables

_reviews: Table = tables.RuleReview.__table__  # type: ignore[attr-defined]
_uses: Table = tables.TemplateUse.__table__  # type: ignore[attr-defined]
_groups: Table = rows.table(Kind.GROUP)
_SUBJECTS: Mapping[str, tuple[Any, str]] = {
    "segment": (tables.Segment, "name"),
    "incentive": (tables.Incentive, "name"),
    "service_standard": (tables.ServiceStandard, "name"),
    "survey": (tables.Survey, "name"),
    "template": (tables.TemplateUse, "template"),
}
"""Of which there are several: the table, and the column that says what one is called."""

ALONE = ("standard", "contact_policy")
"""Of which there is one."""

SUBJECTS = (*ALONE, *_SUBJECTS)
STEPS: Steps = {
    ("planned", "finish"): Step("done", needs="outcome"),
    ("planned", "postpone"): Step("planned", needs="due_at"),
    ("planned", "drop"): Step("dropped", needs="outcome"),
}
LONGEST_WAIT = 3660
MOST = 500


async def plan(
    desk: Desk,
    subject: str,
    due_at: datetime,
    *,
    subject_id: UUID | None = None,
    owner_id: UUID | None = None,
    every_days: int | None = None,
) -> UUID:
    """`every_days`: once it is done, the next one is so much later. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    if subject not in SUBJECTS:
        raise refuse(Code.BAD_CHOICE, "subject")
    if every_days is not None and not 1 <= every_days <= LONGEST_WAIT:
        raise refuse(Code.BAD_NUMBER, "every_days")
    about = await _called(desk, subject, subject_id)
    whose = await owner_of(desk, owner_id)
    return await _add(desk, subject, subject_id, about, whose, due_at, every_days)


async def _called(desk: Desk, subject: str, id: UUID | None) -> str:
    if subject in ALONE:
        if id is not None:
            raise refuse(Code.BAD_CHOICE, "subject_id")
        return subject
    if id is None:
        raise refuse(Code.REQUIRED, "subject_id")
    model, column = _SUBJECTS[subject]
    table: Table = model.__table__
    query = select(table.c[column]).where(table.c.tenant_id == desk.scope.tenant, table.c.id == id)
    found: str | None = (await desk.session.execute(query)).scalar()
    if found is None:
        raise refuse(Code.NOT_FOUND, "subject_id")
    return found


async def _add(
    desk: Desk, subject: str, id: UUID | None, about: str, owner: UUID | None, due_at: datetime, every: int | None
) -> UUID:
    new, now = desk.ledger.new_id(), desk.ledger.clock.now()
    what = {"subject": subject, "subject_id": id, "about": about, "owner_id": owner}
    when = {"due_at": due_at, "every_days": every, "made_at": now, "made_by": desk.actor.name}
    await desk.session.execute(insert(_reviews).values(tenant_id=desk.scope.tenant, id=new, **what, **when))
    return new


async def step(desk: Desk, id: UUID, event: str, *, outcome: str = "", due_at: datetime | None = None) -> UUID:
    """Finish, with what came of it; postpone, and be reminded again; or drop. Raises Refused."""
    query = select(_reviews).where(_reviews.c.tenant_id == desk.scope.tenant, _reviews.c.id == id)
    row = (await desk.session.execute(query.with_for_update())).mappings().first()
    if row is None:
        raise refuse(Code.NOT_FOUND, "id")
    said = keeping.text(outcome, "outcome")
    way = states.step(STEPS, row["state"], event, desk.actor, {"outcome": said, "due_at": str(due_at or "")})
    now = desk.ledger.clock.now()
    if way.to == "planned":
        values: dict[str, Any] = {"due_at": due_at, "reminded_at": None}
    else:
        values = {"state": way.to, "outcome": said, "ended_at": now, "ended_by": desk.actor.name}
    mine = (_reviews.c.tenant_id == desk.scope.tenant, _reviews.c.id == id)
    await desk.session.execute(update(_reviews).where(*mine).values(**values))
    if way.to == "done" and row["every_days"]:
        what = (row["subject"], row["subject_id"], row["about"], row["owner_id"])
        await _add(desk, *what, now + timedelta(days=row["every_days"]), row["every_days"])
    return id


async def remind(desk: Desk) -> int:
    """Tell the owners of what is due, each once; how many were told. What is nobody's waits in `today`. Raises
    Refused."""
    rights.require(desk.actor, rights.EDIT)
    now = desk.ledger.clock.now()
    due = (_reviews.c.state == "planned", _reviews.c.due_at <= now, _reviews.c.reminded_at.is_(None))
    query = select(_reviews).where(_reviews.c.tenant_id == desk.scope.tenant, *due).order_by(_reviews.c.due_at)
    found = (await desk.session.execute(query.limit(MOST).with_for_update(skip_locked=True))).mappings().all()
    told = 0
    for row in found:
        name = format_id("rule_review", row["id"])
        occasion = f"{name} {row['due_at'].isoformat()}"
        told += await _tell(desk, row["owner_id"], occasion, f"{row['subject']}: {row['about']}")
    reminded = _reviews.c.id.in_([row["id"] for row in found])
    await desk.session.execute(
        update(_reviews).where(_reviews.c.tenant_id == desk.scope.tenant, reminded).values(reminded_at=now)
    )
    return told + await _remind_of_templates(desk, now)


async def _remind_of_templates(desk: Desk, now: datetime) -> int:
    """A template has its review date from the day on which it is applied; it is the group's owner's."""
    here: ColumnElement[bool] = (_groups.c.tenant_id == _uses.c.tenant_id) & (_groups.c.id == _uses.c.group_id)
    query = select(_uses.c.id, _uses.c.template, _uses.c.review_on, _groups.c.name, _groups.c.owner_id)
    due = (_uses.c.tenant_id == desk.scope.tenant, _uses.c.review_on <= now.date())
    told = 0
    for row in (await desk.session.execute(query.join(_groups, here).where(*due))).all():
        occasion = f"{format_id('template_use', row.id)} {row.review_on.isoformat()}"
        told += await _tell(desk, row.owner_id, occasion, f"template: {row.template} ({row.name})")
    return told


async def _tell(desk: Desk, owner: UUID | None, occasion: str, about: str) -> bool:
    if owner is None:
        return False
    body = f"It is time to review: {about} 规则到期复查"
    return await outbox.tell_staff(desk, owner, occasion, "review 规则复查", body)
