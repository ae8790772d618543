"""Cases: customers on the way of a flow. One step is open at a time; when it ends, the next opens, for its department
and owner, until its time. What is said at a step stays with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select

from kequn.contracts.records import Kind
from kequn.domain import editing, keeping, rights, states
from kequn.domain.care.tasks import owner_of
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.process import flows
from kequn.domain.process.flows import FlowStep
from kequn.domain.states import Step, Steps
from kequn.store import tables

_cases: Table = tables.ServiceCase.__table__  # type: ignore[attr-defined]
_steps: Table = tables.CaseStep.__table__  # type: ignore[attr-defined]
CASE_STATES = ("open", "done", "dropped")
STATES = ("waiting", "open", "done", "skipped")
ENDED = ("done", "skipped")
LONGEST_SUBJECT = 200

CASE_STEPS: Steps = {("open", "drop"): Step("dropped", needs="note"), ("dropped", "resume"): Step("open")}
"""A case is done when its last step has ended."""

STEPS: Steps = {
    ("waiting", "skip"): Step("skipped", needs="note"),
    ("open", "finish"): Step("done", needs="note"),
    ("open", "skip"): Step("skipped", needs="note"),
    ("done", "reopen"): Step("open"),
    ("skipped", "reopen"): Step("open"),
}


async def start(desk: Desk, flow: UUID, customer: UUID, subject: str = "") -> UUID:
    """Put a customer on the way, by the flow's present steps. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    known = await flows.find(desk, flow)
    if known["state"] != "active":
        raise refuse(Code.WRONG_STATE, "flow_id", state=known["state"])
    row = await editing.find(desk, Kind.CUSTOMER, customer)
    id, now = desk.ledger.new_id(), desk.ledger.clock.now()
    about = {"flow_id": flow, "flow_version": known["steps_version"], "customer_id": row.id, "state": "open"}
    whose = {
        "subject": keeping.text(subject, "subject", LONGEST_SUBJECT),
        "started_at": now,
        "started_by": desk.actor.name,
    }
    await desk.session.execute(insert(_cases).values(tenant_id=desk.scope.tenant, id=id, **about, **whose))
    await desk.session.execute(insert(_steps), _laid_out(desk, id, flows.read(known["steps"]), now))
    await _advance(desk, id)
    return id


def _laid_out(desk: Desk, case: UUID, steps: Sequence[FlowStep], begin: datetime) -> list[dict[str, Any]]:
    """The steps one after the other, each as long as it may take."""
    found, at = [], begin
    for position, one in enumerate(steps):
        due = at + timedelta(hours=one.hours)
        said = {"name": one.name, "department": one.department, "owner_id": one.owner, "state": "waiting"}
        place = {"tenant_id": desk.scope.tenant, "id": desk.ledger.new_id(), "case_id": case, "position": position}
        found.append({**place, **said, "planned_from": at, "due_at": due})
        at = due
    return found


async def step(desk: Desk, id: UUID, event: str, note: str = "") -> UUID:
    """What a person does with a step. Raises Refused."""
    one, case = await keeping.find_within(desk, _steps, id, _steps.c.case_id, _cases)  # it moves the others
    said = {"note": keeping.text(note, "note")}
    way = states.step(STEPS, one["state"], event, desk.actor, said)
    if case["state"] == "dropped" or (event == "reopen" and await _went_on(desk, one)):
        raise refuse(Code.WRONG_STATE, "id", state=one["state"])
    now = desk.ledger.clock.now()
    ended = {"ended_at": now, "ended_by": desk.actor.name} if way.to in ENDED else {"ended_at": None, "ended_by": None}
    noted = {"note": said["note"]} if said["note"] else {}
    await _change(desk, _steps, id, {"state": way.to, **ended, **noted})
    if way.to == "open":
        await _close_after(desk, one)
    await _advance(desk, one["case_id"])
    return id


async def hand_over(desk: Desk, id: UUID, department: str, owner: UUID | None, due_at: datetime | None = None) -> UUID:
    """Give a step that has not ended to another department or person. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    one, _ = await keeping.find_within(desk, _steps, id, _steps.c.case_id, _cases)
    if one["state"] in ENDED:
        raise refuse(Code.WRONG_STATE, "id", state=one["state"])
    if department not in ("market", "sales", "service"):
        raise refuse(Code.BAD_CHOICE, "department")
    due = {"due_at": due_at} if due_at else {}
    await _change(desk, _steps, id, {"department": department, "owner_id": await owner_of(desk, owner), **due})
    return id


async def step_case(desk: Desk, id: UUID, event: str, note: str = "") -> UUID:
    """Drop a case, or take it up again. Raises Refused."""
    case = await keeping.find(desk, _cases, id)
    said = {"note": keeping.text(note, "note")}
    way = states.step(CASE_STEPS, case["state"], event, desk.actor, said)
    now = desk.ledger.clock.now()
    ended = {"ended_at": now, "ended_by": desk.actor.name} if way.to == "dropped" else _UNENDED
    await _change(desk, _cases, id, {"state": way.to, "note": said["note"] or case["note"], **ended})
    return id


_UNENDED: Mapping[str, Any] = {"ended_at": None, "ended_by": None}


async def _advance(desk: Desk, case: UUID) -> None:
    """Open the first step that has not ended; where there is none, the case is done. The others are reckoned anew."""
    now = desk.ledger.clock.now()
    waiting = [one for one in await _of(desk, case) if one["state"] not in ENDED]
    if not waiting:
        await _change(desk, _cases, case, {"state": "done", "ended_at": now, "ended_by": desk.actor.name})
        return
    await _change(desk, _cases, case, {"state": "open", **_UNENDED})
    first, *later = waiting
    at = first["due_at"]
    if first["state"] == "waiting":
        at = now + (first["due_at"] - first["planned_from"])
        await _change(desk, _steps, first["id"], {"state": "open", "opened_at": now, "planned_from": now, "due_at": at})
    for one in later:
        due = at + (one["due_at"] - one["planned_from"])
        await _change(desk, _steps, one["id"], {"planned_from": at, "due_at": due})
        at = due


async def _went_on(desk: Desk, one: Mapping[Any, Any]) -> bool:
    """Whether a later step has been done: then this one cannot be undone."""
    return any(other["state"] == "done" for other in await _of(desk, one["case_id"], after=one["position"]))


async def _close_after(desk: Desk, one: Mapping[Any, Any]) -> None:
    """What was opened because this step had ended waits again."""
    for other in await _of(desk, one["case_id"], after=one["position"]):
        if other["state"] == "open":
            await _change(desk, _steps, other["id"], {"state": "waiting", "opened_at": None})


async def _of(desk: Desk, case: UUID, *, after: int = -1) -> Sequence[Mapping[Any, Any]]:
    mine = (_steps.c.tenant_id == desk.scope.tenant, _steps.c.case_id == case, _steps.c.position > after)
    return (await desk.session.execute(select(_steps).where(*mine).order_by(_steps.c.position))).mappings().all()


async def _change(desk: Desk, table: Table, id: UUID, values: Mapping[str, Any]) -> None:
    await keeping.change(desk, table, id, **values)
