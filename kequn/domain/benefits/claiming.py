"""Claims: never more than there are, whoever claims at once, because the benefit is locked first. Redeemed with a code,
or given back; what runs out is the business of lapsing.py. CRMs are told of each claim and of what becomes of it; a
redemption is an interaction too."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, update

from kequn.contracts.records import Kind
from kequn.domain import editing, interactions, keeping, points, rights, states
from kequn.domain.benefits import eligibility
from kequn.domain.benefits.offering import BENEFITS
from kequn.domain.checks import Entered
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem, Refused, refuse
from kequn.domain.states import Step, Steps
from kequn.store import rows, tables
from kequn.store.ledger import Edit
from kequn.store.rows import Row
from kequn.store.values import Fact

CLAIMS: Table = tables.BenefitClaim.__table__  # type: ignore[attr-defined]
STATES = ("claimed", "redeemed", "expired", "cancelled")
CODE_LENGTH = 12

STEPS: Steps = {
    ("claimed", "redeem"): Step("redeemed"),
    ("claimed", "cancel"): Step("cancelled", needs="note"),
    ("claimed", "expire"): Step("expired"),
    ("redeemed", "undo"): Step("claimed", needs="note"),
}


async def claim(desk: Desk, benefit: UUID, customer: UUID) -> UUID:
    """Raises Refused; NOT_ELIGIBLE names every condition that does not hold."""
    rights.require(desk.actor, rights.EDIT)
    offered = await keeping.find(desk, BENEFITS, benefit, "benefit_id")  # locked: the next one sees what is left
    row = await editing.survivor(desk, Kind.CUSTOMER, customer)
    if row is None:
        raise refuse(Code.UNKNOWN_CUSTOMER, "customer_id")
    judged = await eligibility.judge(desk.session, desk.scope, offered, row.id, desk.ledger.clock.now())
    lacking = [fact.about for fact in judged if not fact.held]
    if lacking:
        raise Refused(*(Problem(Code.NOT_ELIGIBLE, (about,), {"about": about}) for about in lacking))
    if offered["points"]:
        await points.redeem(desk, row.id, offered["points"], offered["name"])
    await _take(desk, offered, 1)
    return await _issue(desk, offered, row.id)


async def _issue(desk: Desk, offered: Mapping[Any, Any], customer: UUID) -> UUID:
    id, now = desk.ledger.new_id(), desk.ledger.clock.now()
    good_for = timedelta(days=offered["valid_days"]) if offered["valid_days"] else None
    facts: dict[str, Fact] = {
        "name": offered["name"],
        "code": id.hex[-CODE_LENGTH:].upper(),
        "state": "claimed",
        "points": offered["points"],
        "claimed_at": now,
        "expires_at": min(offered["ends_at"], now + good_for) if good_for else offered["ends_at"],
        "customer": customer,
    }
    own = {"benefit_id": offered["id"], "cost_micros": offered["cost_micros"], **_touched(desk)}
    await desk.write(Edit(None, Row(Kind.BENEFIT_CLAIM, id, facts, own=own), desk.cause))
    return id


def _touched(desk: Desk) -> dict[str, Any]:
    return {"changed_at": desk.ledger.clock.now(), "changed_by": desk.actor.name}


async def move(desk: Desk, ids: Collection[UUID], facts: Mapping[str, Fact]) -> None:
    """Change claims, which are locked, and let the CRMs know."""
    found = (await rows.load(desk.session, desk.scope, Kind.BENEFIT_CLAIM, ids)).values()
    after = [replace(row, facts={**row.facts, **facts}) for row in found]
    await desk.write(*(Edit(row, changed, desk.cause) for row, changed in zip(found, after, strict=True)))
    mine = (CLAIMS.c.tenant_id == desk.scope.tenant, CLAIMS.c.id.in_(ids))
    await desk.session.execute(update(CLAIMS).where(*mine).values(_touched(desk)))


async def _take(desk: Desk, offered: Mapping[Any, Any], count: int, cost: int | None = None) -> None:
    gone = offered["cost_micros"] if cost is None else cost
    await keeping.change(
        desk, BENEFITS, offered["id"], claimed=BENEFITS.c.claimed + count,
        spent_micros=BENEFITS.c.spent_micros + count * gone,
    )  # fmt: skip


async def redeem(desk: Desk, code: str) -> UUID:
    """What a customer shows is handed in. Raises Refused."""
    mine = (CLAIMS.c.tenant_id == desk.scope.tenant, CLAIMS.c.code == code.strip().upper())
    id = (await desk.session.execute(select(CLAIMS.c.id).where(*mine))).scalar()
    if id is None:
        raise refuse(Code.NOT_FOUND, "code")
    return await step(desk, id, "redeem")


async def step(desk: Desk, id: UUID, event: str, note: str = "") -> UUID:
    """Raises Refused."""
    if event == "expire":
        raise refuse(Code.BAD_VALUE, "event")  # time does that
    known, _ = await keeping.find_within(desk, CLAIMS, id, CLAIMS.c.benefit_id, BENEFITS)
    said = {"note": keeping.text(note, "note")}
    way = states.step(STEPS, known["state"], event, desk.actor, said)
    now = desk.ledger.clock.now()
    if event in {"redeem", "undo"} and known["expires_at"] <= now:
        raise refuse(Code.WRONG_STATE, "id", state="expired")
    moved: dict[str, Fact] = {"state": way.to, "redeemed_at": now if way.to == "redeemed" else None}
    if event == "cancel":
        await _give_back(desk, known)
    if event == "redeem":
        await _tell_crms(desk, known)
    await move(desk, [id], {**moved, "note": said["note"] or None})
    return id


async def _give_back(desk: Desk, known: Mapping[Any, Any]) -> None:
    offered = await keeping.find(desk, BENEFITS, known["benefit_id"])
    await _take(desk, offered, -1, known["cost_micros"])
    if known["points"]:
        await points.adjust(desk, known["customer_id"], known["points"], offered["name"])


async def _tell_crms(desk: Desk, known: Mapping[Any, Any]) -> None:
    offered = await keeping.find(desk, BENEFITS, known["benefit_id"])
    said = {"subject": f"{offered['name']} {known['code']}", "content": offered["usage"], "channel": "benefit"}
    facts: dict[str, Entered] = {**said, "direction": "inbound", "status": "redeemed"}
    when = {"happened_at": desk.ledger.clock.now(), "customer": known["customer_id"]}
    await interactions.create(desk, {**facts, **when})
