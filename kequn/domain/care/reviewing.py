"""Reviews of rules 规则复查: what the business goes by - the standard, incentives, standards of service, surveys, ... -
is looked at again at a time. Whoever puts a rule in force calls `follow`, whoever takes one back `lapse`: so what is
in force has a review. Owners are reminded in reminding.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Table, and_, exists, func, insert, null, or_, select, update

from kequn.contracts.records import Kind
from kequn.domain import keeping, rights, states
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.states import Step, Steps
from kequn.store import rows, tables
from kequn.store.where import live

REVIEWS: Table = tables.RuleReview.__table__  # type: ignore[attr-defined]
GROUPS: Table = rows.table(Kind.GROUP)


@dataclass(frozen=True)
class _Subject:
    """Rules of which there are several. `name`: what one is called; `group`: whose it is. `versions`: each version is a
    row of its own, under the same name."""

    name: Column[Any]
    group: Column[Any] | None = None
    versions: bool = False

    @property
    def table(self) -> Any:
        return self.name.table


def _of(model: Any, name: str = "name", **more: Any) -> _Subject:
    return _Subject(model.__table__.c[name], **more)


_SUBJECTS: Mapping[str, _Subject] = {
    "segment": _of(tables.Segment),
    "incentive": _of(tables.Incentive, versions=True),
    "service_standard": _of(tables.ServiceStandard, versions=True),
    "crisis_plan": _of(tables.CrisisPlan, versions=True),
    "flow": _of(tables.ServiceFlow),
    "survey": _of(tables.Survey),
    "group_rules": _Subject(GROUPS.c.name, group=GROUPS.c.id),
    "template": _of(tables.TemplateUse, "template", group=tables.TemplateUse.__table__.c.group_id),  # type: ignore[attr-defined]
}

ALONE = ("standard", "contact_policy")
"""Of which there is one."""

SUBJECTS = (*ALONE, *_SUBJECTS)
STEPS: Steps = {
    ("planned", "finish"): Step("done", needs="outcome"),
    ("planned", "postpone"): Step("planned", needs="due_at"),
    ("planned", "drop"): Step("dropped", needs="outcome"),
}
USUAL_DAYS, LONGEST_WAIT = 180, 3660
LAPSED = "The rule is not in force any more 规则已停用"

OWNER: ColumnElement[UUID | None] = func.coalesce(
    REVIEWS.c.owner_id,
    select(GROUPS.c.owner_id)
    .where(GROUPS.c.tenant_id == REVIEWS.c.tenant_id, GROUPS.c.id == REVIEWS.c.group_id)
    .scalar_subquery(),
)
"""Who is to do it: who was named, else the owner of the group whose rule it is."""


def waiting(until: datetime) -> ColumnElement[bool]:
    """Whether a review is due by then. Those of a group that is gone are not."""
    here = exists().where(GROUPS.c.tenant_id == REVIEWS.c.tenant_id, GROUPS.c.id == REVIEWS.c.group_id, live(GROUPS))
    stands = or_(REVIEWS.c.group_id.is_(None), here)
    return and_(REVIEWS.c.state == "planned", REVIEWS.c.due_at <= until, stands)


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
    what = await _looked_up(desk, subject, subject_id)
    whose = await _owner(desk, owner_id)
    return await _add(desk, {**what, "owner_id": whose, "every_days": every_days}, due_at)


async def follow(desk: Desk, subject: str, id: UUID | None = None, days: int = USUAL_DAYS) -> None:
    """This rule was put in force just now: a review that is planned of it, or of the version before, stands; else one
    is due in so many days, and as often again."""
    what = await _looked_up(desk, subject, id)
    by_name = subject in _SUBJECTS and _SUBJECTS[subject].versions
    same = REVIEWS.c.about == what["about"] if by_name else REVIEWS.c.subject_id.is_not_distinct_from(id)
    mine = (REVIEWS.c.tenant_id == desk.scope.tenant, REVIEWS.c.subject == subject, REVIEWS.c.state == "planned", same)
    carried = await desk.session.execute(update(REVIEWS).where(*mine).values(**what).returning(REVIEWS.c.id))
    if not carried.all():
        await _add(desk, {**what, "every_days": days}, keeping.now(desk) + timedelta(days=days))


async def lapse(desk: Desk, subject: str, id: UUID) -> None:
    """This rule was taken back: nobody need look at it again."""
    about = (REVIEWS.c.subject == subject, REVIEWS.c.subject_id == id, REVIEWS.c.state == "planned")
    ended = {"state": "dropped", "outcome": LAPSED, "ended_at": keeping.now(desk), "ended_by": desk.actor.name}
    await desk.session.execute(update(REVIEWS).where(REVIEWS.c.tenant_id == desk.scope.tenant, *about).values(**ended))


async def _looked_up(desk: Desk, subject: str, id: UUID | None) -> dict[str, Any]:
    """What is to be reviewed, as columns. Raises Refused."""
    if subject in ALONE:
        if id is not None:
            raise refuse(Code.BAD_CHOICE, "subject_id")
        return {"subject": subject, "subject_id": None, "about": subject, "group_id": None}
    if id is None:
        raise refuse(Code.REQUIRED, "subject_id")
    of = _SUBJECTS[subject]
    columns = (of.name.label("about"), (null() if of.group is None else of.group).label("group_id"))
    query = select(*columns).where(of.table.c.tenant_id == desk.scope.tenant, of.table.c.id == id)
    found = (await desk.session.execute(query)).mappings().first()
    if found is None:
        raise refuse(Code.NOT_FOUND, "subject_id")
    return {"subject": subject, "subject_id": id, **found}


async def _owner(desk: Desk, id: UUID | None) -> UUID | None:
    return None if id is None else await keeping.staff(desk, id, "owner_id")


async def _add(desk: Desk, what: Mapping[str, Any], due_at: datetime) -> UUID:
    id = desk.ledger.new_id()
    when = {"due_at": due_at, "made_at": keeping.now(desk), "made_by": desk.actor.name}
    await desk.session.execute(insert(REVIEWS).values(tenant_id=desk.scope.tenant, id=id, **what, **when))
    return id


async def step(
    desk: Desk, id: UUID, event: str, *, outcome: str = "", due_at: datetime | None = None, owner_id: UUID | None = None
) -> UUID:
    """Finish, with what came of it; postpone, perhaps to somebody else, and be reminded again; or drop. Raises
    Refused."""
    row = await keeping.find(desk, REVIEWS, id)
    said = keeping.text(outcome, "outcome")
    way = states.step(STEPS, row["state"], event, desk.actor, {"outcome": said, "due_at": str(due_at or "")})
    now = keeping.now(desk)
    if way.to == "planned":
        owner = await _owner(desk, owner_id) or row["owner_id"]
        return await keeping.change(desk, REVIEWS, id, due_at=due_at, reminded_at=None, owner_id=owner)
    ended = {"state": way.to, "outcome": said, "ended_at": now, "ended_by": desk.actor.name}
    if way.to == "done" and row["every_days"]:
        again = ("subject", "subject_id", "about", "group_id", "owner_id", "every_days")
        await _add(desk, {name: row[name] for name in again}, now + timedelta(days=row["every_days"]))
    return await keeping.change(desk, REVIEWS, id, **ended)
