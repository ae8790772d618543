"""The outbox of notices 通知: what is to be told to a customer, or to one of our own people, once for each occasion,
and how it goes. Which are due and may go is found by sifting.py. `claim` takes one of them, of customers after asking
the contact policy again; `settle` notes what became of it. A claim that is never settled stays as it is: to tell
somebody twice is worse than to ask a person, who sees it among what waits today (`in_doubt`) and says what became of it
(settling.py)."""

from collections.abc import Collection, Mapping, Sequence
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
from kequn.store.pairs import one_of
from kequn.store.upsert import insert_many, insert_new

_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
STATES = ("waiting", "sending", "sent", "held", "failed")
LARGEST, PIECE, TRIES, LONGEST = 200, 2000, 3, 20_000
AGAIN = timedelta(minutes=10)
DOUBT = timedelta(hours=1)
"""Whatever was on its way for so long may have been sent, or not."""


@dataclass(frozen=True)
class Message:
    """What a customer is to be told, or `staff`."""

    customer: UUID | None
    occasion: str
    subject: str
    body: str = field(repr=False)
    staff: UUID | None = None


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
    _check(subject, body)
    said = [Message(one, occasion, subject, body) for one in customers]
    return await _queue(desk, said, {"group_id": group, "due_at": due_at or desk.ledger.clock.now()})


async def tell_each(desk: Desk, said: Sequence[Message], group: UUID | None = None) -> list[UUID]:
    """Something else to each of many, who are there; in a few statements. Those that are new. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    for one in said:
        _check(one.subject, one.body)
    return await _queue(desk, said, {"group_id": group, "due_at": desk.ledger.clock.now()})


def _check(subject: str, body: str) -> None:
    if not body.strip() or not subject.strip():
        raise refuse(Code.REQUIRED, "body" if subject.strip() else "subject")
    if len(body) > LONGEST:
        raise refuse(Code.TOO_LONG, "body", limit=LONGEST)


async def _queue(desk: Desk, said: Sequence[Message], about: Mapping[str, Any]) -> list[UUID]:
    same = {"tenant_id": desk.scope.tenant, "state": "waiting", "made_at": desk.ledger.clock.now(), "tries": 0, **about}
    fresh: list[UUID] = []
    for start in range(0, len(said), PIECE):
        some = [
            {**same, "id": desk.ledger.new_id(), "customer_id": one.customer, "staff_id": one.staff,
             "occasion": one.occasion, "subject": one.subject.strip(), "body": one.body}
            for one in said[start : start + PIECE]
        ]  # fmt: skip
        await insert_many(desk.session, insert_new(desk.session, _notices), some)
        mine = (_notices.c.tenant_id == desk.scope.tenant, one_of(_notices.c.id, [one["id"] for one in some]))
        fresh += (await desk.session.execute(select(_notices.c.id).where(*mine))).scalars()
    return fresh


async def tell_staff(desk: Desk, staff: UUID, occasion: str, subject: str, body: str) -> bool:
    """Queue a notice to one of our own people; whether it is new. Raises Refused."""
    return bool(await tell_each(desk, [Message(None, occasion, subject, body, staff)]))


def due(desk: Desk) -> ColumnElement[bool]:
    """Which ones wait no longer."""
    mine = (_notices.c.tenant_id == desk.scope.tenant, _notices.c.state == "waiting")
    return and_(*mine, _notices.c.due_at <= desk.ledger.clock.now())


async def claim(desk: Desk, id: UUID) -> Outgoing | None:
    """This one, if it is due, marked as being sent. If it may not go it is put off, or held for good. One at a time: of
    what waits behind it nothing is in doubt when the process dies. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    query = select(_notices).where(due(desk), _notices.c.id == id).with_for_update(skip_locked=True)
    one = (await desk.session.execute(query)).mappings().first()
    if one is None:
        return None
    now, rule = desk.ledger.clock.now(), await policy.read(desk.session, desk.scope)
    customer, verdict = await _judged(desk, one, rule, now)
    await _set(desk, id, _taken(one, now) if verdict.allowed else put_off(one["due_at"], verdict))
    return outgoing(one, customer) if verdict.allowed else None


async def _judged(
    desk: Desk, one: Mapping[Any, Any], rule: policy.Policy, now: datetime
) -> tuple[UUID | None, policy.Verdict]:
    """Whom it goes to, of customers, and whether it may."""
    if one["staff_id"] is not None:
        return None, policy.Verdict()
    row = await editing.survivor(desk, Kind.CUSTOMER, one["customer_id"])
    if row is None:
        return None, policy.judge(rule, now, (), opted_out=True)
    told = (await told_since(desk, [row.id], now - timedelta(days=rule.days))).get(row.id, ())
    return row.id, policy.judge(rule, now, told, opted_out=row.facts["opted_out"] is True)


def _taken(one: Mapping[Any, Any], now: datetime) -> dict[str, Any]:
    return {"state": "sending", "cause": None, "sent_at": now, "tries": one["tries"] + 1}


def put_off(due_at: datetime, verdict: policy.Verdict) -> dict[str, Any]:
    """What becomes of one that was due then and may not go: it waits, or is held for good."""
    state = "held" if verdict.again is None else "waiting"
    return {"state": state, "due_at": verdict.again or due_at, "cause": verdict.cause}


def outgoing(one: Mapping[Any, Any], customer: UUID | None) -> Outgoing:
    """The row of a notice as it goes to this customer."""
    words = (one["occasion"], one["subject"], one["body"])
    return Outgoing(one["id"], customer, one["group_id"], *words, one["staff_id"])


async def told_since(desk: Desk, customers: Collection[UUID], since: datetime) -> dict[UUID, list[datetime]]:
    """When each of them was told something, or is about to be."""
    mine = (_notices.c.tenant_id == desk.scope.tenant, one_of(_notices.c.customer_id, customers))
    query = select(_notices.c.customer_id, _notices.c.sent_at).where(*mine, _notices.c.sent_at > since)
    found: dict[UUID, list[datetime]] = {}
    for customer, sent_at in await desk.session.execute(query):
        found.setdefault(customer, []).append(sent_at)
    return found


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
