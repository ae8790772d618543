"""The queue of what is to be cleaned: customers who may be there twice, of whom something is missing, of whom something
is out of date. Decides what stands in it and what may be done; what is missing or outdated stands in fields.py."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    update,
)

from kequn.contracts.records import Kind
from kequn.domain import keeping, rights, standards, states
from kequn.domain.care import tasks
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.quality import fields
from kequn.domain.standard import Quality
from kequn.domain.states import Step, Steps
from kequn.store import tables
from kequn.store.database import Database
from kequn.store.ledger import Ledger
from kequn.store.measures import object_of, truth
from kequn.store.rows import table
from kequn.store.scope import Actor
from kequn.store.upsert import insert_new
from kequn.store.where import live

_customers: Table = table(Kind.CUSTOMER)
_flaws: Table = tables.Flaw.__table__  # type: ignore[attr-defined]
_duplicates: Table = tables.Duplicate.__table__  # type: ignore[attr-defined]

KINDS = ("duplicate", "incomplete", "outdated")
STATES = ("open", "planned", "settled", "over")
"""Nobody has looked yet; a call-back is planned; somebody said that it is in order so; it is not so any more."""
STEPS: Steps = {
    ("open", "plan"): Step("planned"),
    ("open", "settle"): Step("settled"),
    ("planned", "settle"): Step("settled"),
    ("settled", "reopen"): Step("open"),
}
DUE_DAYS = 7
PAGE, AT_ONCE = 5000, 500
Some = Callable[[ColumnElement[UUID]], ColumnElement[bool]]
"""Which customers, of a column that holds their ids."""


@dataclass(frozen=True)
class Found:
    """How many came into the queue, went out of it, and stand in it now."""

    came: int
    went: int
    standing: int


async def find(database: Database, ledger: Ledger, actor: Actor, page: int = PAGE) -> Found:
    """Look at all customers, so many in a transaction; what is in order again leaves the queue. Raises Refused."""
    rights.require(actor, rights.EDIT)
    came, went, standing, after, more = 0, 0, 0, None, True
    while more:
        async with database.writing() as session:
            desk = Desk(session, actor, ledger)
            until = await _end_of_page(desk, after, page)
            found = await _look(desk, _between(after, until))
        came, went, standing = came + found.came, went + found.went, found.standing
        after, more = until, until is not None
    return Found(came, went, standing)


async def look_at(desk: Desk, customers: Collection[UUID]) -> Found:
    """Look at these. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    return await _look(desk, lambda column: column.in_(customers))


async def _end_of_page(desk: Desk, after: UUID | None, page: int) -> UUID | None:
    """The last customer of the page that begins behind `after`; None where nobody comes behind it."""
    mine = (_customers.c.tenant_id == desk.scope.tenant, _between(after, None)(_customers.c.id))
    query = select(_customers.c.id).where(*mine).order_by(_customers.c.id).offset(page - 1).limit(1)
    return (await desk.session.execute(query)).scalar()


def _between(after: UUID | None, until: UUID | None) -> Some:
    def some(column: ColumnElement[UUID]) -> ColumnElement[bool]:
        begun = true() if after is None else column > after
        return and_(begun, true() if until is None else column <= until)

    return some


async def _look(desk: Desk, some: Some) -> Found:
    by = (await standards.in_force(desk.session, desk.scope)).thresholds.quality
    now = desk.ledger.clock.now()
    came = went = 0
    for kind in KINDS:
        flawed = _flawed(desk, kind, by, now).where(some(_customers.c.id))
        went += (await desk.session.execute(_ending(desk, kind, flawed, some, now))).rowcount  # type: ignore[attr-defined]
        await desk.session.execute(_renewing(desk, kind, flawed, now))
        opening = _opening(desk, kind, flawed, now).execution_options(preserve_rowcount=True)
        came += (await desk.session.execute(opening)).rowcount  # type: ignore[attr-defined]
    return Found(came, went, await _standing(desk))


def _flawed(desk: Desk, kind: str, by: Quality, now: datetime) -> Select[Any]:
    """The customers with a flaw of this kind, and which fields it is about."""
    if kind == "duplicate":
        pair = and_(
            _duplicates.c.tenant_id == desk.scope.tenant,
            _duplicates.c.state == "open",
            or_(_duplicates.c.first_id == _customers.c.id, _duplicates.c.second_id == _customers.c.id),
        )
        told: ColumnElement[Any] = object_of({"duplicate": truth(literal_column("1") == literal_column("1"))})
        which: ColumnElement[bool] = exists().where(pair)
    else:
        wrong = fields.missing(by) if kind == "incomplete" else fields.outdated(by, now)
        told = object_of({name: truth(held) for name, held in wrong.items()})
        which = or_(literal(False), *wrong.values())
    mine = (_customers.c.tenant_id == desk.scope.tenant, live(_customers), which)
    return select(_customers.c.id, told.label("fields")).where(*mine)


def _of(desk: Desk, kind: str) -> tuple[ColumnElement[bool], ...]:
    return _flaws.c.tenant_id == desk.scope.tenant, _flaws.c.kind == kind, _flaws.c.state != "over"


def _ending(desk: Desk, kind: str, flawed: Select[Any], some: Some, now: datetime) -> Any:
    still = flawed.with_only_columns(_customers.c.id)
    query = update(_flaws).where(*_of(desk, kind), some(_flaws.c.customer_id), _flaws.c.customer_id.not_in(still))
    return query.values(state="over", changed_at=now, changed_by=desk.actor.name)


def _renewing(desk: Desk, kind: str, flawed: Select[Any], now: datetime) -> Any:
    """Flaws that are known learn which fields they are about now."""
    now_said = flawed.subquery("flawed")
    return (
        update(_flaws)
        .where(*_of(desk, kind), _flaws.c.customer_id == now_said.c.id)
        .values(fields=now_said.c.fields, changed_at=now)
    )


def _opening(desk: Desk, kind: str, flawed: Select[Any], now: datetime) -> Any:
    known = select(_flaws.c.customer_id).where(*_of(desk, kind))
    columns = {
        "tenant_id": _customers.c.tenant_id,
        "customer_id": _customers.c.id,
        "kind": literal(kind),
        "found_at": literal(now, _flaws.c.found_at.type),
        "fields": flawed.selected_columns["fields"],
        "state": literal("open"),
        "changed_at": literal(now, _flaws.c.changed_at.type),
        "changed_by": literal(desk.actor.name),
    }
    query = flawed.with_only_columns(*columns.values()).where(_customers.c.id.not_in(known))
    return insert_new(desk.session, _flaws).from_select(list(columns), query)


async def _standing(desk: Desk) -> int:
    query = select(func.count()).where(_flaws.c.tenant_id == desk.scope.tenant, _flaws.c.state.in_(("open", "planned")))
    return int((await desk.session.execute(query)).scalar_one())


async def plan(desk: Desk, customer: UUID, kind: str, *, owner: UUID | None, due_at: datetime | None) -> UUID:
    """A call-back to ask the customer. Raises Refused. Gives back the customer."""
    flaw = await _locked(desk, customer, kind)
    states.step(STEPS, flaw["state"], "plan", desk.actor)
    due = due_at or desk.ledger.clock.now() + timedelta(days=DUE_DAYS)
    content = _about(flaw["fields"])
    task = await tasks.create(desk, customer, "call_back", due, content=content, department="service", owner=owner)
    await _write(desk, flaw, {"state": "planned", "task_id": task})
    return customer


async def plan_all(desk: Desk, kind: str, most: int, *, owner: UUID | None, due_at: datetime | None) -> int:
    """Call-backs about flaws of a kind that nobody has looked at, the oldest first, of whoever may be asked. How many.
    Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    if kind == "duplicate":
        raise refuse(Code.BAD_CHOICE, "kind")  # those are merged
    keeping.number(most, "most", 1, AT_ONCE)
    asked = and_(_customers.c.tenant_id == _flaws.c.tenant_id, _customers.c.id == _flaws.c.customer_id)
    columns = (_flaws.c.customer_id, _flaws.c.fields)
    query = select(*columns).join(_customers, asked).where(*_of(desk, kind), _flaws.c.state == "open")
    may = (live(_customers), _customers.c.opted_out.is_not(True))
    due = query.where(*may).order_by(_flaws.c.found_at, _flaws.c.customer_id).limit(most)
    found = (await desk.session.execute(due.with_for_update(of=_flaws))).all()
    if not found:
        return 0
    about = {customer: _about(wrong) for customer, wrong in found}
    until = due_at or desk.ledger.clock.now() + timedelta(days=DUE_DAYS)
    made = await tasks.create_all(desk, about, "call_back", until, department="service", owner=owner)
    who = {"state": "planned", "changed_at": desk.ledger.clock.now(), "changed_by": desk.actor.name}
    which = (*_of(desk, kind), _flaws.c.customer_id == bindparam("of_customer"))
    planned = update(_flaws).where(*which).values(task_id=bindparam("at_task"), **who)
    connection = await desk.session.connection()
    await connection.execute(planned, [{"of_customer": one, "at_task": task} for one, task in made.items()])
    return len(made)


def _about(wrong: Mapping[str, bool]) -> str:
    return ", ".join(name for name, is_wrong in wrong.items() if is_wrong)


async def step(desk: Desk, customer: UUID, kind: str, event: str) -> UUID:
    """Settle: it is in order so; or reopen. Raises Refused. Gives back the customer."""
    flaw = await _locked(desk, customer, kind)
    way = states.step(STEPS, flaw["state"], event, desk.actor)
    await _write(desk, flaw, {"state": way.to})
    return customer


async def _locked(desk: Desk, customer: UUID, kind: str) -> Mapping[Any, Any]:
    query = select(_flaws).where(*_of(desk, kind), _flaws.c.customer_id == customer).with_for_update()
    row = (await desk.session.execute(query)).mappings().first()
    if row is None:
        raise refuse(Code.NOT_FOUND, "customer_id")
    return row


async def _write(desk: Desk, flaw: Mapping[Any, Any], values: Mapping[str, Any]) -> None:
    which = (*_of(desk, flaw["kind"]), _flaws.c.customer_id == flaw["customer_id"])
    who = {"changed_at": desk.ledger.clock.now(), "changed_by": desk.actor.name}
    await desk.session.execute(update(_flaws).where(*which).values(**values, **who))
