"""Tasks: what somebody is to do for a customer, by a time; given to a person or a department, done with a result,
postponed or dropped. What was done goes into the customer's interactions, and so to the CRMs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert

from kequn.contracts.records import Kind
from kequn.domain import alerts, editing, interactions, keeping, rights, states
from kequn.domain.checks import Entered
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.states import Step, Steps
from kequn.store import tables
from kequn.store.upsert import insert_many, insert_plain

_tasks: Table = tables.Task.__table__  # type: ignore[attr-defined]
STATES = ("open", "done", "dropped")
DEPARTMENTS = ("market", "sales", "service")
LONGEST_OUTCOME = 200

STEPS: Steps = {
    ("open", "finish"): Step("done", needs="outcome"),
    ("open", "postpone"): Step("open", needs="due_at"),
    ("open", "drop"): Step("dropped", needs="note"),
    ("done", "reopen"): Step("open"),
    ("dropped", "reopen"): Step("open"),
}


async def create(
    desk: Desk,
    customer: UUID,
    kind: str,
    due_at: datetime,
    *,
    content: str = "",
    department: str | None = None,
    owner: UUID | None = None,
) -> UUID:
    """A task that a person gives. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    row = await editing.find(desk, Kind.CUSTOMER, customer)
    said = {
        "kind": keeping.text(kind, "kind", LONGEST_OUTCOME, required=True),
        "content": keeping.text(content, "content"),
    }
    whose = {"department": _department(department), "owner_id": await owner_of(desk, owner)}
    id = desk.ledger.new_id()
    when = {"due_at": due_at, "created_at": desk.ledger.clock.now()}
    values = {"tenant_id": desk.scope.tenant, "id": id, "customer_id": row.id, "state": "open"}
    await desk.session.execute(insert(_tasks).values(**values, **said, **whose, **when))
    return id


async def create_all(
    desk: Desk, contents: Mapping[UUID, str], kind: str, due_at: datetime, *, department: str, owner: UUID | None
) -> dict[UUID, UUID]:
    """One for each of these customers, who are there, with what it is about; in a few statements. The task of each.
    Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    said = {"tenant_id": desk.scope.tenant, "state": "open", "kind": kind, "due_at": due_at}
    said |= {"created_at": desk.ledger.clock.now(), "department": department, "owner_id": await owner_of(desk, owner)}
    made = {customer: desk.ledger.new_id() for customer in contents}
    values = [{**said, "id": id, "customer_id": one, "content": contents[one]} for one, id in made.items()]
    await insert_many(desk.session, insert_plain(desk.session, _tasks), values)
    return made


async def step(
    desk: Desk,
    id: UUID,
    event: str,
    *,
    outcome: str = "",
    note: str = "",
    due_at: datetime | None = None,
    channel: str | None = None,
) -> UUID:
    """What a person does with a task. `channel`: how the customer was reached; then the interaction is noted. Raises
    Refused."""
    task = await find(desk, id)
    said = {"outcome": keeping.text(outcome, "outcome", LONGEST_OUTCOME), "note": keeping.text(note, "note")}
    way = states.step(STEPS, task["state"], event, desk.actor, {**said, "due_at": str(due_at or "")})
    now = desk.ledger.clock.now()
    ended = {"closed_at": now, "closed_by": desk.actor.name} if way.to != "open" else {"closed_at": None}
    changed = {"state": way.to, **ended, **{name: value for name, value in said.items() if value}}
    if due_at is not None and way.to == "open":
        changed["due_at"] = due_at
    if way.to == "done" and channel:
        changed["interaction_id"] = await _note(desk, task, said, channel)
    await _change(desk, id, changed)
    if way.to == "done" and task["alert_id"]:
        await alerts.care_was_given(desk, task["alert_id"], said["note"] or said["outcome"])
    return id


async def assign(
    desk: Desk, id: UUID, *, owner: UUID | None, department: str | None = None, due_at: datetime | None = None
) -> UUID:
    """Give a task to somebody; `owner` None: to nobody in particular. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    task = await find(desk, id)
    if task["state"] != "open":
        raise refuse(Code.WRONG_STATE, "id", state=task["state"])
    changed: dict[str, Any] = {"owner_id": await owner_of(desk, owner)}
    if department is not None:
        changed["department"] = _department(department)
    if due_at is not None:
        changed["due_at"] = due_at
    await _change(desk, id, changed)
    return id


async def _note(desk: Desk, task: Mapping[Any, Any], said: Mapping[str, str], channel: str) -> UUID:
    """The interaction that it was, as a person would enter it: it goes out to the CRMs."""
    facts: Mapping[str, Entered] = {
        "subject": f"{task['kind']}: {said['outcome']}",
        "content": said["note"] or task["content"] or "",
    }
    when: Mapping[str, Entered] = {
        "channel": channel,
        "direction": "outbound",
        "status": "done",
        "happened_at": desk.ledger.clock.now(),
    }
    whose: Mapping[str, Entered] = {"customer": task["customer_id"], "owner": task["owner_id"]}
    return (await interactions.create(desk, {**facts, **when, **whose})).id


async def owner_of(desk: Desk, owner: UUID | None) -> UUID | None:
    """The living member of staff. Raises Refused."""
    if owner is None:
        return None
    row = await editing.survivor(desk, Kind.STAFF, owner)
    if row is None:
        raise refuse(Code.UNKNOWN_STAFF, "owner_id")
    return row.id


def _department(name: str | None) -> str | None:
    if name is not None and name not in DEPARTMENTS:
        raise refuse(Code.BAD_CHOICE, "department")
    return name


async def find(desk: Desk, id: UUID) -> Mapping[Any, Any]:
    """The task, locked. Raises Refused."""
    return await keeping.find(desk, _tasks, id)


async def _change(desk: Desk, id: UUID, values: Mapping[str, Any]) -> None:
    await keeping.change(desk, _tasks, id, **values)
