"""Tickets 反馈处理单: what becomes of a feedback, from its receipt to what members are told of it. What is plain is
answered in the group, what is complex in private; what nobody sees to in time goes to those above."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Table, exists, func, or_, select

from kequn.contracts.records import Kind
from kequn.domain import answers, editing, feedback, keeping, rights, states
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.problems import Code, Problem, Refused, refuse
from kequn.domain.service import grading, hours, standards
from kequn.domain.service.grading import CATEGORIES, SENTIMENTS, SEVERITIES, Grade, Said
from kequn.domain.service.hours import Hours
from kequn.domain.standards import in_force
from kequn.domain.states import Step, Steps
from kequn.store import tables, tenants
from kequn.store.departments import is_department
from kequn.store.kinds import our_word
from kequn.store.rows import Row, table
from kequn.store.signals import is_closed
from kequn.store.where import live

TICKETS: Table = tables.Ticket.__table__  # type: ignore[attr-defined]
ENTRIES: Table = tables.TicketStep.__table__  # type: ignore[attr-defined]
_feedback: Table = table(Kind.FEEDBACK)
_staff: Table = table(Kind.STAFF)
_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
STATES = ("open", "answered", "escalated", "solved", "closed")
OPEN = ("open", "answered", "escalated")
SETTINGS = ("group", "private")
AT_ONCE = 200
CHIEFS = ("经理", "主管", "manager", "lead")

STEPS: Steps = {
    **{(state, "answer"): Step("answered" if state == "open" else state, needs="note") for state in OPEN},
    **{(state, "escalate"): Step("escalated", needs="note") for state in OPEN},
    **{(state, "solve"): Step("solved", needs="note") for state in OPEN},
    **{(state, "note"): Step(state, needs="note") for state in STATES},
    **{(state, "publish"): Step(state, needs="result") for state in ("solved", "closed")},
    **{(state, "reopen"): Step("open", needs="note") for state in ("solved", "closed")},
    ("solved", "close"): Step("closed"),
}


async def take(desk: Desk, id: UUID, **graded: str | None) -> UUID:
    """Open a ticket for a feedback, graded by rule but for what is `graded`. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    row = await editing.find(desk, Kind.FEEDBACK, id)
    mine = (TICKETS.c.tenant_id == desk.scope.tenant, TICKETS.c.feedback_id == row.id)
    if (await desk.session.execute(select(TICKETS.c.id).where(*mine))).first() is not None:
        raise refuse(Code.REPEATED, "feedback_id")
    found = await _graded(desk, row, graded)
    standard = await standards.pick(desk.session, desk.scope, _text(row, "kind"), found.severity)
    now = desk.ledger.clock.now()
    ticket = await keeping.add(
        desk, TICKETS, **asdict(found), feedback_id=row.id, state="open", level=0, reopened=0, opened_at=now,
        department=standard["department"], standard_id=standard["id"], changed_at=now, changed_by=desk.actor.name,
        owner_id=row.facts.get("owner") or await _owner(desk, standard["department"]), **await _due(desk, standard),
    )  # fmt: skip
    await _enter(desk, ticket, "open", "open", None, None)
    return ticket


async def take_all(desk: Desk) -> int:
    """Open tickets for feedback that has none, from whatever channel it came; not for what was closed in a CRM. How
    many. Raises Refused.

    What was left open long ago is still open. Its times count from now: nobody here could have answered before."""
    rights.require(desk.actor, rights.EDIT)
    known = exists().where(TICKETS.c.tenant_id == _feedback.c.tenant_id, TICKETS.c.feedback_id == _feedback.c.id)
    mine = (_feedback.c.tenant_id == desk.scope.tenant, live(_feedback), ~known, _feedback.c.solution.is_(None))
    query = select(_feedback.c.id).where(*mine, ~is_closed(_feedback.c.status)).order_by(_feedback.c.id).limit(AT_ONCE)
    ids = list((await desk.session.execute(query)).scalars())
    for id in ids:
        await take(desk, id)
    return len(ids)


async def _graded(desk: Desk, row: Row, graded: Mapping[str, str | None]) -> Grade:
    wanted = {name: value for name, value in graded.items() if value is not None}
    allowed = {"category": CATEGORIES, "severity": SEVERITIES, "sentiment": SENTIMENTS, "setting": SETTINGS}
    for name, value in wanted.items():
        if value not in allowed[name]:
            raise refuse(Code.BAD_VALUE, name)
    customer = row.facts.get("customer")
    mine = (_standings.c.tenant_id == desk.scope.tenant, _standings.c.id == customer)
    standing = (
        await desk.session.execute(select(_standings.c.satisfaction, _standings.c.tier_class).where(*mine))
    ).first()
    text = " ".join(filter(None, (_text(row, "subject"), _text(row, "content"))))
    said = Said(our_word(_text(row, "kind")), _text(row, "priority"), text, *(standing or (None, None)))
    words = (await in_force(desk.session, desk.scope)).thresholds.grading
    found = grading.grade(said, words)
    by = {"sentiment_by": desk.actor.name} if "sentiment" in wanted else {}
    if "severity" in wanted and "setting" not in wanted and wanted["severity"] in {"high", "critical"}:
        wanted["setting"] = "private"
    return replace(found, **wanted, **by)


def _text(row: Row, name: str) -> str | None:
    value = row.facts.get(name)
    return value if isinstance(value, str) else None


async def _due(desk: Desk, standard: Mapping[Any, Any]) -> dict[str, Any]:
    zone: ZoneInfo = await tenants.zone(desk.session, desk.scope)
    business, now = Hours(standard["opens"], standard["closes"], standard["around_the_clock"], zone), desk.ledger.clock
    return {
        "respond_by": hours.after(now.now(), standard["response_minutes"], business),
        "solve_by": hours.after(now.now(), standard["solution_minutes"], business),
    }


async def _owner(desk: Desk, department: str, *, chief: bool = False) -> UUID | None:
    """Of the department the one who has fewest tickets open; `chief`: among those who lead it."""
    busy = TICKETS.c.tenant_id == _staff.c.tenant_id, TICKETS.c.owner_id == _staff.c.id, TICKETS.c.state.in_(OPEN)
    load = select(func.count()).where(*busy).scalar_subquery()
    mine = (_staff.c.tenant_id == desk.scope.tenant, live(_staff), _staff.c.active.is_not(False))
    query = select(_staff.c.id).where(*mine, is_department(_staff.c.department, department))
    query = query.order_by(load, _staff.c.id)
    if chief:
        role = func.lower(func.coalesce(_staff.c.role, ""))
        query = query.where(or_(*(role.contains(word) for word in CHIEFS)))
    found: UUID | None = (await desk.session.execute(query.limit(1))).scalar()
    return found


async def step(
    desk: Desk,
    id: UUID,
    event: str,
    *,
    note: str = "",
    setting: str | None = None,
    rating: int | None = None,
    result: str = "",
    plan: str = "",
) -> UUID:
    """What is done about a ticket. `setting`: where an answer was given; `rating`: what the customer says of it, of 5;
    `result` and `plan`: what members are told. Raises Refused."""
    known = await keeping.find(desk, TICKETS, id)
    said = {"note": keeping.text(note, "note"), "result": keeping.text(result, "result")}
    way = states.step(STEPS, known["state"], event, desk.actor, said)
    shown = _setting(known, event, setting)
    now = desk.ledger.clock.now()
    changed: dict[str, Any] = {"state": way.to, "changed_at": now, "changed_by": desk.actor.name}
    changed |= await _DO[event](desk, known, {**said, "plan": keeping.text(plan, "plan"), "rating": rating})
    await keeping.change(desk, TICKETS, id, **changed)
    await _enter(desk, id, event, way.to, said["note"] or said["result"] or None, shown)
    return id


def _setting(known: Mapping[Any, Any], event: str, setting: str | None) -> str | None:
    """Where it is said. What is private is not answered in the group."""
    if event not in {"answer", "solve"}:
        return None
    chosen = setting or str(known["setting"])
    if chosen not in SETTINGS or (known["setting"] == "private" and chosen == "group"):
        raise refuse(Code.BAD_VALUE, "setting")
    return chosen


Doing = Mapping[str, Any]


async def _answer(desk: Desk, known: Mapping[Any, Any], said: Doing) -> dict[str, Any]:
    return {} if known["responded_at"] else {"responded_at": desk.ledger.clock.now()}


async def _solve(desk: Desk, known: Mapping[Any, Any], said: Doing) -> dict[str, Any]:
    await feedback.change(desk, known["feedback_id"], {"solution": said["note"], "status": "solved"})
    return {**await _answer(desk, known, said), "solved_at": desk.ledger.clock.now()}


async def _escalate(desk: Desk, known: Mapping[Any, Any], said: Doing) -> dict[str, Any]:
    chief = await _owner(desk, known["department"], chief=True)
    return {"level": known["level"] + 1, "owner_id": chief or known["owner_id"]}


async def _close(desk: Desk, known: Mapping[Any, Any], said: Doing) -> dict[str, Any]:
    """What the customer says of it counts as an answer about our response."""
    row = await feedback.change(desk, known["feedback_id"], {"status": "closed"})
    rating, customer = said["rating"], row.facts.get("customer")
    if rating is not None:
        keeping.number(rating, "rating", 1, 5)
        if isinstance(customer, UUID):
            await answers.note(
                desk, customer, rating, scale="csat", about="response", given_at=None, source=f"ticket {known['id']}"
            )
    return {"closed_at": desk.ledger.clock.now(), "rating": rating}


async def _reopen(desk: Desk, known: Mapping[Any, Any], said: Doing) -> dict[str, Any]:
    """The clock starts again."""
    row = await feedback.change(desk, known["feedback_id"], {"status": "reopened"})
    standard = await standards.pick(desk.session, desk.scope, _text(row, "kind"), known["severity"])
    again = {"responded_at": None, "solved_at": None, "closed_at": None, "rating": None, "published_at": None}
    return {**again, **await _due(desk, standard), "standard_id": standard["id"], "reopened": known["reopened"] + 1}


async def _publish(desk: Desk, known: Mapping[Any, Any], said: Doing) -> dict[str, Any]:
    """Members read what came of it, and what will be bettered; who said it is told."""
    if not said["plan"]:
        raise Refused(Problem(Code.REQUIRED, ("plan",)))
    row = await editing.find(desk, Kind.FEEDBACK, known["feedback_id"])
    customer, subject = row.facts.get("customer"), _text(row, "subject") or "反馈"
    if isinstance(customer, UUID) and await editing.survivor(desk, Kind.CUSTOMER, customer) is not None:
        body = f"{said['result']}\n{said['plan']}"
        await outbox.tell(desk, customer, f"ticket {known['id']} {known['reopened']}", subject, body)
    return {"result": said["result"], "plan": said["plan"], "published_at": desk.ledger.clock.now()}


async def _note(desk: Desk, known: Mapping[Any, Any], said: Doing) -> dict[str, Any]:
    return {}


_DO = {
    "answer": _answer, "solve": _solve, "escalate": _escalate, "close": _close, "reopen": _reopen, "publish": _publish,
    "note": _note,
}  # fmt: skip


async def assign(
    desk: Desk, id: UUID, owner: UUID | None, department: str | None = None, *, keeps: bool = False
) -> UUID:
    """`keeps`: it stays with whom it is. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    known = await keeping.find(desk, TICKETS, id)
    if known["state"] not in OPEN:
        raise refuse(Code.WRONG_STATE, "id", state=known["state"])
    if owner is not None and await editing.survivor(desk, Kind.STAFF, owner) is None:
        raise refuse(Code.UNKNOWN_STAFF, "owner_id")
    where = {"department": keeping.text(department, "department", keeping.NAME, required=True)} if department else {}
    whose = {} if keeps else {"owner_id": owner}
    await keeping.change(desk, TICKETS, id, **whose, **where, changed_at=desk.ledger.clock.now())
    await _enter(desk, id, "assign", known["state"], None, None)
    return id


async def escalate_overdue(desk: Desk) -> int:
    """What nobody has answered or solved in time, once each. How many. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    now = desk.ledger.clock.now()
    late = (TICKETS.c.solve_by <= now) | (TICKETS.c.responded_at.is_(None) & (TICKETS.c.respond_by <= now))
    mine = (TICKETS.c.tenant_id == desk.scope.tenant, TICKETS.c.state.in_(("open", "answered")), TICKETS.c.level == 0)
    query = select(TICKETS.c.id).where(*mine, late).order_by(TICKETS.c.solve_by, TICKETS.c.id).limit(AT_ONCE)
    ids = list((await desk.session.execute(query.with_for_update())).scalars())  # not what a person sees to just now
    for id in ids:
        await step(desk, id, "escalate", note="overdue 超时")
    return len(ids)


async def _enter(desk: Desk, ticket: UUID, event: str, state: str, note: str | None, shown: str | None) -> None:
    at = desk.ledger.clock.now()
    said = {"event": event, "state": state, "at": at, "done_by": desk.actor.name, "note": note, "shown_in": shown}
    await keeping.add(desk, ENTRIES, ticket_id=ticket, **said)
