"""The outbox of notices 通知: what is to be told to a customer, or to one of our own people, once for each occasion,
and which of it may go now. `claim` takes what may, of customers after asking the contact policy; `settle` notes what
became of it. A claim that is never settled stays as it is: to tell somebody twice is worse than to ask a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, update

from kequn.contracts.records import Kind
from kequn.domain import editing, interactions, rights
from kequn.domain.checks import Entered
from kequn.domain.editing import Desk
from kequn.domain.notices import policy
from kequn.domain.problems import Code, refuse
from kequn.store import tables
from kequn.store.upsert import insert_new

_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
STATES = ("waiting", "sending", "sent", "held", "failed")
LARGEST, PIECE, TRIES, LONGEST = 200, 500, 3, 20_000
AGAIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Outgoing:
    """A notice on its way: to a customer, or to `staff`."""

    id: UUID
    customer: UUID | None
    group: UUID | None
    occasion: str
    subject: str
    body: str = field(repr=False)
    staff: UUID | None = None


async def tell(
    desk: Desk, customer: UUID, occasion: str, subject: str, body: str, *,
    group: UUID | None = None, due_at: datetime | None = None,
) -> UUID | None:  # fmt: skip
    """Queue a notice. None: there is one of this occasion for this customer already. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    row = await editing.survivor(desk, Kind.CUSTOMER, customer)
    if row is None:
        raise refuse(Code.UNKNOWN_CUSTOMER, "customer_id")
    told = await tell_all(desk, [row.id], occasion, subject, body, group=group, due_at=due_at)
    return told[0] if told else None


async def tell_all(
    desk: Desk, customers: Sequence[UUID], occasion: str, subject: str, body: str, *,
    group: UUID | None = None, due_at: datetime | None = None,
) -> list[UUID]:  # fmt: skip
    """The same notice to many, who are there; in a few statements. Those that are new. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    if not body.strip() or not subject.strip():
        raise refuse(Code.REQUIRED, "body" if subject.strip() else "subject")
    if len(body) > LONGEST:
        raise refuse(Code.TOO_LONG, "body", limit=LONGEST)
    now = desk.ledger.clock.now()
    said: dict[str, Any] = {
        "group_id": group,
        "occasion": occasion,
        "subject": subject.strip(),
        "body": body,
        "state": "waiting",
    }
    said |= {"tenant_id": desk.scope.tenant, "due_at": due_at or now, "made_at": now, "tries": 0}
    fresh: list[UUID] = []
    for start in range(0, len(customers), PIECE):
        some = [{**said, "id": desk.ledger.new_id(), "customer_id": one} for one in customers[start : start + PIECE]]
        statement = insert_new(desk.session, _notices).values(some).returning(_notices.c.id)
        fresh += (await desk.session.execute(statement)).scalars()
    return fresh


async def tell_staff(desk: Desk, staff: UUID, occasion: str, subject: str, body: str) -> bool:
    """Queue a notice to one of our own people; whether it is new. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    now = desk.ledger.clock.now()
    said = {"occasion": occasion, "subject": subject, "body": body, "state": "waiting", "tries": 0}
    values = {"tenant_id": desk.scope.tenant, "id": desk.ledger.new_id(), "staff_id": staff, **said}
    statement = insert_new(desk.session, _notices).values(**values, due_at=now, made_at=now).returning(_notices.c.id)
    return (await desk.session.execute(statement)).first() is not None


async def claim(desk: Desk, at_most: int = LARGEST) -> Sequence[Outgoing]:
    """What is due and may go, marked as being sent; what may not go is put off, or held for good. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    now, rule = desk.ledger.clock.now(), await policy.read(desk.session, desk.scope)
    due = (_notices.c.tenant_id == desk.scope.tenant, _notices.c.state == "waiting", _notices.c.due_at <= now)
    query = select(_notices).where(*due).order_by(_notices.c.due_at, _notices.c.id).limit(at_most)
    waiting = (await desk.session.execute(query.with_for_update(skip_locked=True))).mappings().all()
    people = await editing.survivors(desk, Kind.CUSTOMER, {one["customer_id"] for one in waiting if one["customer_id"]})
    told = await _told(desk, {row.id for row in people.values()}, now - timedelta(days=rule.days))
    going = []
    for one in waiting:
        if one["staff_id"] is not None:
            going.append(_outgoing(one, None))
            await _set(desk, one["id"], _after(one, policy.Verdict(), now))
            continue
        row = people.get(one["customer_id"])
        sent = told.setdefault(row.id, []) if row else []
        gone = row is None or row.facts["opted_out"] is True
        verdict = policy.judge(rule, now, sent, opted_out=gone)
        if verdict.allowed and row is not None:
            sent.append(now)
            going.append(_outgoing(one, row.id))
        await _set(desk, one["id"], _after(one, verdict, now))
    return going


def _after(one: Mapping[Any, Any], verdict: policy.Verdict, now: datetime) -> dict[str, Any]:
    if verdict.allowed:
        return {"state": "sending", "cause": None, "sent_at": now, "tries": one["tries"] + 1}
    if verdict.again is None:
        return {"state": "held", "cause": verdict.cause}
    return {"due_at": verdict.again, "cause": verdict.cause}


def _outgoing(one: Mapping[Any, Any], customer: UUID | None) -> Outgoing:
    words = (one["occasion"], one["subject"], one["body"])
    return Outgoing(one["id"], customer, one["group_id"], *words, one["staff_id"])


async def _told(desk: Desk, customers: set[UUID], since: datetime) -> dict[UUID, list[datetime]]:
    """When each was told something, or is about to be."""
    mine = (_notices.c.tenant_id == desk.scope.tenant, _notices.c.customer_id.in_(customers))
    query = select(_notices.c.customer_id, _notices.c.sent_at).where(*mine, _notices.c.sent_at > since)
    found: dict[UUID, list[datetime]] = {}
    for customer, moment in await desk.session.execute(query):
        found.setdefault(customer, []).append(moment)
    return found


async def settle(desk: Desk, one: Outgoing, cause: str | None = None) -> None:
    """It was sent, which the CRMs are told by an interaction where it was to a customer; or it was not, because of
    `cause`, and is tried again a few times. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    if cause is None:
        await _set(desk, one.id, {"state": "sent"})
        if one.customer is None:
            return
        said: dict[str, Entered] = {"subject": one.subject, "content": one.body}
        said |= {"channel": "notice", "direction": "outbound", "customer": one.customer}
        await interactions.create(desk, {**said, "happened_at": desk.ledger.clock.now()})
        return
    query = select(_notices.c.tries).where(_notices.c.tenant_id == desk.scope.tenant, _notices.c.id == one.id)
    tries = (await desk.session.execute(query)).scalar_one()
    again = {"state": "waiting", "due_at": desk.ledger.clock.now() + AGAIN * 2**tries}
    await _set(desk, one.id, {**(again if tries < TRIES else {"state": "failed"}), "cause": cause, "sent_at": None})


async def _set(desk: Desk, id: UUID, values: Mapping[str, Any]) -> None:
    mine = (_notices.c.tenant_id == desk.scope.tenant, _notices.c.id == id)
    await desk.session.execute(update(_notices).where(*mine).values(**values))
