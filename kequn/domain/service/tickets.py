"""Tickets 反馈处理单: what becomes of a feedback, from its receipt to what members are told of it. What is plain is
answered in the group, what is complex in private. How they are opened stands in taking.py, what becomes of those that
nobody sees to in time in overdue.py."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from kequn.contracts.records import Kind
from kequn.domain import answers, editing, feedback, keeping, rights, states
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.problems import Code, Problem, Refused, refuse
from kequn.domain.service import owners, standards
from kequn.domain.service.owners import OPEN
from kequn.domain.states import Step, Steps
from kequn.store import tables, tenants
from kequn.store.rows import Row
from kequn.store.upsert import insert_many, insert_plain

TICKETS: Table = tables.Ticket.__table__  # type: ignore[attr-defined]
ENTRIES: Table = tables.TicketStep.__table__  # type: ignore[attr-defined]
STATES = ("open", "answered", "escalated", "solved", "closed")
SETTINGS = ("group", "private")

STEPS: Steps = {
    **{(state, "answer"): Step("answered" if state == "open" else state, needs="note") for state in OPEN},
    **{(state, "escalate"): Step("escalated", needs="note") for state in OPEN},
    **{(state, "solve"): Step("solved", needs="note") for state in OPEN},
    **{(state, "note"): Step(state, needs="note") for state in STATES},
    **{(state, "publish"): Step(state, needs="result") for state in ("solved", "closed")},
    **{(state, "reopen"): Step("open", needs="note") for state in ("solved", "closed")},
    ("solved", "close"): Step("closed"),
}


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
    await enter(desk, [id], event, way.to, said["note"] or said["result"] or None, shown)
    return id


def _text(row: Row, name: str) -> str | None:
    value = row.facts.get(name)
    return value if isinstance(value, str) else None


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
    chief = (await owners.read(desk.session, desk.scope)).pick(known["department"], chief=True)
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
    due = standards.due(standard, await tenants.zone(desk.session, desk.scope), keeping.now(desk))
    return {**again, **due, "standard_id": standard["id"], "reopened": known["reopened"] + 1}


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
    await enter(desk, [id], "assign", known["state"])
    return id


async def enter(
    desk: Desk, tickets: Sequence[UUID], event: str, state: str, note: str | None = None, shown: str | None = None
) -> None:
    """The same was done about each of these."""
    said = {"event": event, "state": state, "at": keeping.now(desk), "done_by": desk.actor.name, "note": note}
    said |= {"shown_in": shown, "tenant_id": desk.scope.tenant}
    made = [{**said, "id": desk.ledger.new_id(), "ticket_id": ticket} for ticket in tickets]
    await insert_many(desk.session, insert_plain(desk.session, ENTRIES), made)
