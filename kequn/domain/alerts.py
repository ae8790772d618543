"""Alerts: raised by rules over facts, seen to by people, closed with an outcome. What raises one stands in
store/signals.py; here stands that the same does not raise it twice, and which way an alert may go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, func, insert, select, update

from kequn.contracts.records import Kind
from kequn.domain import classifying, editing, keeping, rights, standards, states
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.standard import Thresholds, millionths
from kequn.domain.standards import Version
from kequn.domain.states import Step, Steps
from kequn.store import signals, tables
from kequn.store.pairs import one_of
from kequn.store.rows import table
from kequn.store.signals import Limits, Signal

_alerts: Table = tables.Alert.__table__  # type: ignore[attr-defined]
_tasks: Table = tables.Task.__table__  # type: ignore[attr-defined]
_customers: Table = table(Kind.CUSTOMER)

KINDS = ("churn", "satisfaction", "service", "product")
STATES = ("raised", "acknowledged", "handled", "closed")
OUTCOMES = ("solved", "kept", "lost", "false_alarm")
DEPARTMENT = {"churn": "sales", "satisfaction": "service", "service": "service", "product": "service"}
LONGEST_NOTE = 20_000


STEPS: Steps = {
    ("raised", "acknowledge"): Step("acknowledged"),
    ("raised", "handle"): Step("handled", needs="note"),
    ("raised", "close"): Step("closed", needs="outcome"),
    ("acknowledged", "handle"): Step("handled", needs="note"),
    ("acknowledged", "close"): Step("closed", needs="outcome"),
    ("handled", "close"): Step("closed", needs="outcome"),
    ("handled", "reopen"): Step("acknowledged"),
}


@dataclass(frozen=True)
class Raised:
    """New alerts, and how many known ones had something new to say."""

    new: tuple[UUID, ...]
    repeated: int


def limits(by: Thresholds, as_of: datetime) -> Limits:
    alerts = by.alerts
    return Limits(
        as_of,
        millionths(by.frequency.drop),
        millionths(alerts.contact_drop),
        alerts.recent_days,
        alerts.low_answer,
        alerts.fall,
        alerts.mean_fall,
        alerts.returns,
        alerts.answer_hours,
    )


async def raise_all(desk: Desk) -> Raised:
    """Look for reasons at the moment of the last evaluation, and raise what is new. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    version = await standards.in_force(desk.session, desk.scope, lock=True)
    last = await classifying.last(desk.session, desk.scope)
    if last is None:
        return Raised((), 0)
    found = await reasons(desk, version.thresholds, last.as_of)
    known = await _latest(desk)
    fresh: list[tuple[Signal, ...]] = []
    again: dict[UUID, tuple[Signal, ...]] = {}
    for (customer, kind), group in groupby(found, lambda one: (one.customer, one.kind)):
        some, before = tuple(group), known.get((customer, kind))
        if before is not None and not _news(some, before["signature"]):
            continue
        if before is None or before["state"] == "closed":
            fresh.append(some)
        else:
            again[before["id"]] = some
    told = await _repeat(desk, again, last.as_of)
    fresh += [some for id, some in again.items() if id not in told]
    return Raised(await _raise(desk, fresh, version, last.as_of), len(told))


async def reasons(desk: Desk, by: Thresholds, as_of: datetime) -> Sequence[Signal]:
    """All that there are at a moment, of the customers whose alerts are raised."""
    found = await signals.read(desk.session, desk.scope, limits(by, as_of))
    some = await standards.among(desk.session, desk.scope, by, as_of)
    if some is None:
        return found
    members = set((await desk.session.execute(some)).scalars())
    return [one for one in found if one.customer in members]


def _signature(some: Sequence[Signal]) -> str:
    return ";".join(f"{one.reason}={one.mark}" for one in some)


def _news(some: Sequence[Signal], signature: str) -> bool:
    """Whether anything happened that the alert has not been told."""
    told = dict(part.split("=") for part in signature.split(";"))
    return any(one.mark > int(told.get(one.reason, -1)) for one in some)


async def _latest(desk: Desk) -> dict[tuple[UUID, str], Mapping[Any, Any]]:
    """The last alert of each kind, by customer."""
    columns = (_alerts.c.id, _alerts.c.customer_id, _alerts.c.kind, _alerts.c.state, _alerts.c.signature)
    same = (_alerts.c.customer_id, _alerts.c.kind)
    place = func.row_number().over(partition_by=same, order_by=_alerts.c.id.desc()).label("place")
    ranked = select(*columns, place).where(_alerts.c.tenant_id == desk.scope.tenant).subquery("ranked")
    query = select(ranked).where(ranked.c.place == 1)
    rows = (await desk.session.execute(query)).mappings()
    return {(row["customer_id"], row["kind"]): row for row in rows}


async def _repeat(desk: Desk, again: Mapping[UUID, Sequence[Signal]], as_of: datetime) -> set[UUID]:
    """The alerts learn what is new; they are not raised again. Which do: one that is closed learns nothing more."""
    mine = (_alerts.c.tenant_id == desk.scope.tenant, one_of(_alerts.c.id, again), _alerts.c.state != "closed")
    locked = select(_alerts.c.id).where(*mine).order_by(_alerts.c.id).with_for_update()
    told = list((await desk.session.execute(locked)).scalars()) if again else []
    if told:
        said: dict[str, Any] = {name: bindparam(name) for name in _said(())}
        when = {"as_of": as_of, "repeats": _alerts.c.repeats + 1, "repeated_at": desk.ledger.clock.now()}
        which = (_alerts.c.tenant_id == desk.scope.tenant, _alerts.c.id == bindparam("at_id"))
        learned = update(_alerts).where(*which).values({**said, **when})
        connection = await desk.session.connection()
        await connection.execute(learned, [{"at_id": id, **_said(again[id])} for id in told])
    return set(told)


def _said(some: Sequence[Signal]) -> dict[str, Any]:
    return {
        "reasons": [one.reason for one in some],
        "inputs": {one.reason: dict(one.inputs) for one in some},
        "signature": _signature(some),
    }


async def _raise(desk: Desk, fresh: Sequence[Sequence[Signal]], version: Version, as_of: datetime) -> tuple[UUID, ...]:
    """The alerts, and for each the care that it asks for."""
    if not fresh:
        return ()
    now, due = desk.ledger.clock.now(), timedelta(days=version.thresholds.alerts.due_days)
    owners = await _owners(desk, {some[0].customer for some in fresh})
    mine = {"tenant_id": desk.scope.tenant, "due_at": now + due}
    made, care = [], []
    for some in fresh:
        one, id = some[0], desk.ledger.new_id()
        who = {"customer_id": one.customer, "kind": one.kind, "owner_id": owners.get(one.customer)}
        state = {"state": "raised", "raised_at": now, "changed_at": now, "changed_by": desk.actor.name, "repeats": 0}
        made.append({**mine, **who, **state, **_said(some), "id": id, "version": version.number, "as_of": as_of})
        task = {"alert_id": id, "state": "open", "department": DEPARTMENT[one.kind], "created_at": now}
        care.append({**mine, **who, **task, "id": desk.ledger.new_id()})
    await desk.session.execute(insert(_alerts), made)
    await desk.session.execute(insert(_tasks), care)
    return tuple(one["id"] for one in made)


async def _owners(desk: Desk, customers: set[UUID]) -> dict[UUID, UUID]:
    query = select(_customers.c.id, _customers.c.owner_id).where(_customers.c.tenant_id == desk.scope.tenant)
    found = await desk.session.execute(query.where(_customers.c.owner_id.is_not(None)))
    return {id: owner for id, owner in found if id in customers}


async def step(desk: Desk, id: UUID, event: str, *, note: str | None = None, outcome: str | None = None) -> UUID:
    """What a person does with an alert. Raises Refused when it may not go that way."""
    alert = await keeping.find(desk, _alerts, id)
    said = {name: text.strip() for name, text in (("note", note), ("outcome", outcome)) if text and text.strip()}
    way = states.step(STEPS, alert["state"], event, desk.actor, said)
    _check(way, said)
    now = desk.ledger.clock.now()
    changed = {"state": way.to, "changed_at": now, "changed_by": desk.actor.name, **said}
    mine = (_alerts.c.tenant_id == desk.scope.tenant, _alerts.c.id == id)
    await desk.session.execute(update(_alerts).where(*mine).values(changed))
    if way.to == "closed":
        done = {"state": "done", "closed_at": now, "closed_by": desk.actor.name, "outcome": outcome}
        tasks = (_tasks.c.tenant_id == desk.scope.tenant, _tasks.c.alert_id == id, _tasks.c.state == "open")
        await desk.session.execute(update(_tasks).where(*tasks).values(done))
    return id


async def care_was_given(desk: Desk, id: UUID, note: str) -> None:
    """What an alert asked for was done: it counts as handled, unless it was already. To be closed by who judges whether
    it helped."""
    alert = await keeping.find(desk, _alerts, id)
    if (alert["state"], "handle") in STEPS:
        await step(desk, id, "handle", note=note)


def _check(way: Step, said: Mapping[str, str]) -> None:
    """Raise Refused when what was said is too long, or no outcome that there is."""
    if len(said.get("note", "")) > LONGEST_NOTE:
        raise refuse(Code.TOO_LONG, "note", limit=LONGEST_NOTE)
    if "outcome" in said and (said["outcome"] not in OUTCOMES or way.to != "closed"):
        raise refuse(Code.BAD_CHOICE, "outcome")


async def assign(
    desk: Desk, id: UUID, owner: UUID | None, due_at: datetime | None = None, *, keeps: bool = False
) -> UUID:
    """Give an alert, and its care, to somebody; perhaps until another time. Raises Refused.
    `keeps`: it stays with those who have it."""
    rights.require(desk.actor, rights.EDIT)
    alert = await keeping.find(desk, _alerts, id)
    if alert["state"] == "closed":
        raise refuse(Code.WRONG_STATE, "id", state="closed")
    if owner is not None and await editing.survivor(desk, Kind.STAFF, owner) is None:
        raise refuse(Code.UNKNOWN_STAFF, "owner_id")
    changed = {**({} if keeps else {"owner_id": owner}), **({"due_at": due_at} if due_at else {})}
    if not changed:
        return id
    mine = (_alerts.c.tenant_id == desk.scope.tenant, _alerts.c.id == id)
    await desk.session.execute(update(_alerts).where(*mine).values(changed))
    tasks = (_tasks.c.tenant_id == desk.scope.tenant, _tasks.c.alert_id == id, _tasks.c.state == "open")
    await desk.session.execute(update(_tasks).where(*tasks).values(changed))
    return id
