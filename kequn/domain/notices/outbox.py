"""The outbox of notices 通知: what is to be told to a customer, or to one of our own people, once for each occasion,
and which of it may go now. `claim` takes one that may, of customers after asking the contact policy; `settle` notes
what became of it. A claim that is never settled stays as it is: to tell somebody twice is worse than to ask a person,
who sees it among what waits today (`in_doubt`) and says what became of it (settling.py)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, select, update

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
DOUBT = timedelta(hours=1)
"""Whatever was on its way for so long may have been sent, or not."""


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


async def claim(desk: Desk) -> Outgoing | None:
    """The next that is due and may go, marked as being sent. Those before it that may not are put off, or held for
    good. One at a time: of what waits behind it nothing is in doubt when the process dies. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    now, rule = desk.ledger.clock.now(), await policy.read(desk.session, desk.scope)
    due = (_notices.c.tenant_id == desk.scope.tenant, _notices.c.state == "waiting", _notices.c.due_at <= now)
    query = select(_notices).where(*due).order_by(_notices.c.due_at, _notices.c.id).limit(1)
    for _ in range(LARGEST):
        one = (await desk.session.execute(query.with_for_update(skip_locked=True))).mappings().first()
        if one is None:
            break
        customer, verdict = await _judged(desk, one, rule, now)
        await _set(desk, one["id"], _after(one, verdict, now))
        if verdict.allowed:
            return outgoing(one, customer)
    return None


async def _judged(
    desk: Desk, one: Mapping[Any, Any], rule: policy.Policy, now: datetime
) -> tuple[UUID | None, policy.Verdict]:
    """Whom it goes to, of customers, and whether it may."""
    if one["staff_id"] is not None:
        return None, policy.Verdict()
    row = await editing.survivor(desk, Kind.CUSTOMER, one["customer_id"])
    if row is None:
        return None, policy.judge(rule, now, (), opted_out=True)
    told = await _told(desk, row.id, now - timedelta(days=rule.days))
    return row.id, policy.judge(rule, now, told, opted_out=row.facts["opted_out"] is True)


def _after(one: Mapping[Any, Any], verdict: policy.Verdict, now: datetime) -> dict[str, Any]:
    if verdict.allowed:
        return {"state": "sending", "cause": None, "sent_at": now, "tries": one["tries"] + 1}
    if verdict.again is None:
        return {"state": "held", "cause": verdict.cause}
    return {"due_at": verdict.again, "cause": verdict.cause}


def outgoing(one: Mapping[Any, Any], customer: UUID | None) -> Outgoing:
    """The row of a notice as it goes to this customer."""
    words = (one["occasion"], one["subject"], one["body"])
    return Outgoing(one["id"], customer, one["group_id"], *words, one["staff_id"])


async def _told(desk: Desk, customer: UUID, since: datetime) -> Sequence[datetime]:
    """When they were told something, or are about to be."""
    mine = (_notices.c.tenant_id == desk.scope.tenant, _notices.c.customer_id == customer)
    query = select(_notices.c.sent_at).where(*mine, _notices.c.sent_at > since)
    return (await desk.session.execute(query)).scalars().all()


def in_doubt(now: datetime) -> ColumnElement[bool]:
    """Which ones nobody has settled: the process died, or the database was away."""
    return and_(_notices.c.state == "sending", _notices.c.sent_at <= now - DOUBT)


async def settle(desk: Desk, one: Outgoing, cause: str | None = None) -> None:
    """It was sent, which the CRMs are told by an interaction where it was to a customer; or it was not, because of
    `cause`, and is tried again a few times. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    if cause is not None:
        await _failed(desk, one.id, cause)
        return
    await _set(desk, one.id, {"state": "sent"})
    # Who was deleted while it was on its way has no timeline any more.
    if one.customer is None or await editing.survivor(desk, Kind.CUSTOMER, one.customer) is None:
        return
    said: dict[str, Entered] = {"subject": one.subject, "content": one.body}
    said |= {"channel": "notice", "direction": "outbound", "customer": one.customer}
    await interactions.create(desk, {**said, "happened_at": desk.ledger.clock.now()})


async def _failed(desk: Desk, id: UUID, cause: str) -> None:
    """It waits twice as long after each try; what was erased meanwhile waits no more."""
    query = select(_notices.c.tries).where(_notices.c.tenant_id == desk.scope.tenant, _notices.c.id == id)
    tries = (await desk.session.execute(query)).scalar()
    if tries is None:
        return
    again = {"state": "waiting", "due_at": desk.ledger.clock.now() + AGAIN * 2**tries}
    await _set(desk, id, {**(again if tries < TRIES else {"state": "failed"}), "cause": cause, "sent_at": None})


async def _set(desk: Desk, id: UUID, values: Mapping[str, Any]) -> None:
    mine = (_notices.c.tenant_id == desk.scope.tenant, _notices.c.id == id)
    await desk.session.execute(update(_notices).where(*mine).values(**values))
