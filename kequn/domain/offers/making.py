"""How offers are made, given to the customers of a segment, and ended. Who gets one is decided when it starts, with the
class and stage in which each was: later changes do not rewrite to whom it was given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, func, insert, literal, select

from kequn.contracts.records import Kind
from kequn.domain import keeping, rights, states
from kequn.domain.care.tasks import owner_of
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.problems import Code, refuse
from kequn.domain.segments import membership
from kequn.domain.states import Step, Steps
from kequn.store import rows, tables

_offers: Table = tables.Offer.__table__  # type: ignore[attr-defined]
_recipients: Table = tables.OfferRecipient.__table__  # type: ignore[attr-defined]
_standings: Table = tables.Standing.__table__  # type: ignore[attr-defined]
_customers: Table = rows.table(Kind.CUSTOMER)
KINDS = ("promotion", "win_back", "retention")
STATES = ("draft", "running", "ended", "cancelled")
LONGEST_NAME, DEAREST, LONGEST_WINDOW = 200, 10**15, 365

STEPS: Steps = {
    ("draft", "start"): Step("running"),
    ("draft", "cancel"): Step("cancelled"),
    ("running", "end"): Step("ended"),
}


@dataclass(frozen=True)
class Terms:
    """What an offer is. `cost_micros`: for each customer, in the standard's currency."""

    name: str
    kind: str
    content: str = ""
    cost_micros: int = 0
    window_days: int = 30
    segment: UUID | None = None
    owner: UUID | None = None


async def make(desk: Desk, terms: Terms) -> UUID:
    """Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    values = {**await _checked(desk, terms), "state": "draft", "version": 1, "reached": 0}
    return await keeping.add(desk, _offers, **values, created_at=keeping.now(desk), **keeping.edited(desk))


async def change(desk: Desk, id: UUID, terms: Terms, version: int | None = None) -> UUID:
    """Other terms, while it is a draft. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    known = await find(desk, id, version)
    if known["state"] != "draft":
        raise refuse(Code.WRONG_STATE, "id", state=known["state"])
    return await keeping.edit(desk, _offers, known, **await _checked(desk, terms))


async def step(desk: Desk, id: UUID, event: str, *, tell: bool = False) -> UUID:
    """Start, end or cancel. `tell`: those whom it reaches are told what is offered. Raises Refused."""
    known = await find(desk, id)
    way = states.step(STEPS, known["state"], event, desk.actor)
    now = desk.ledger.clock.now()
    changed: dict[str, Any] = {"state": way.to}
    if way.to == "running":
        changed |= {"started_at": now, "reached": await _give(desk, known)}
        if tell:
            await _push(desk, known)
    elif way.to == "ended":
        changed["ended_at"] = now
    return await keeping.edit(desk, _offers, known, **changed)


async def find(desk: Desk, id: UUID, version: int | None = None) -> Mapping[Any, Any]:
    """The offer, locked. Raises Refused."""
    return await keeping.find(desk, _offers, id, version=version)


async def _give(desk: Desk, offer: Mapping[Any, Any]) -> int:
    """To all who are in the segment now and have not asked to be left alone. How many."""
    if offer["segment_id"] is None:
        raise refuse(Code.REQUIRED, "segment_id")
    now = desk.ledger.clock.now()
    among = await membership.members(desk.session, desk.scope, offer["segment_id"], now)
    facts = and_(_standings.c.tenant_id == _customers.c.tenant_id, _standings.c.id == _customers.c.id)
    columns = {
        "tenant_id": _customers.c.tenant_id,
        "offer_id": literal(offer["id"], _recipients.c.offer_id.type),
        "customer_id": _customers.c.id,
        "given_at": literal(now, _recipients.c.given_at.type),
        **{name: _standings.c[name] for name in ("value_class", "frequency_class", "lifecycle")},
    }
    who = (_customers.c.tenant_id == desk.scope.tenant, _customers.c.id.in_(among), _customers.c.opted_out.is_not(True))
    query = select(*columns.values()).select_from(_customers.outerjoin(_standings, facts)).where(*who)
    await desk.session.execute(insert(_recipients).from_select(list(columns), query))
    mine = (_recipients.c.tenant_id == desk.scope.tenant, _recipients.c.offer_id == offer["id"])
    return int((await desk.session.execute(select(func.count()).where(*mine))).scalar_one())


async def _push(desk: Desk, offer: Mapping[Any, Any]) -> None:
    """Queue the content for all who were given it; the contact policy says when it goes. Raises Refused."""
    if not offer["content"]:
        raise refuse(Code.REQUIRED, "content")
    mine = (_recipients.c.tenant_id == desk.scope.tenant, _recipients.c.offer_id == offer["id"])
    query = select(_recipients.c.customer_id).where(*mine).order_by(_recipients.c.customer_id)
    people = (await desk.session.execute(query)).scalars().all()
    await outbox.tell_all(desk, people, f"offer {offer['id']}", offer["name"], offer["content"])


async def _checked(desk: Desk, terms: Terms) -> dict[str, Any]:
    """The columns. Raises Refused."""
    if terms.kind not in KINDS:
        raise refuse(Code.BAD_CHOICE, "kind")
    if not 0 <= terms.cost_micros <= DEAREST:
        raise refuse(Code.BAD_NUMBER, "cost")
    return {
        "name": keeping.text(terms.name, "name", LONGEST_NAME, required=True),
        "kind": terms.kind,
        "content": keeping.text(terms.content, "content"),
        "cost_micros": terms.cost_micros,
        "window_days": window(terms.window_days),
        "segment_id": await segment_of(desk, terms.segment),
        "owner_id": await owner_of(desk, terms.owner),
    }


def window(days: int) -> int:
    """Raises Refused."""
    if not 1 <= days <= LONGEST_WINDOW:
        raise refuse(Code.BAD_NUMBER, "window_days")
    return days


async def segment_of(desk: Desk, segment: UUID | None) -> UUID | None:
    """Raises Refused where there is none."""
    if segment is not None and segment not in (await membership.known(desk.session, desk.scope)).trees:
        raise refuse(Code.UNKNOWN_SEGMENT, "segment_id")
    return segment
