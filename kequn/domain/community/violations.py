"""Broken rules 违规: reported with evidence, decided by a person, on a ladder that each group may set by category:
warn, mute for a time, remove. A member may appeal; what is overturned is taken back. Every step stands in their
history."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, select

from kequn.domain import keeping, rights, states
from kequn.domain.community import belonging, charters, joining, members, welcome
from kequn.domain.community.charters import CATEGORIES, SANCTIONS
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.problems import Code, refuse
from kequn.domain.states import Step, Steps
from kequn.store import tables

_violations: Table = tables.Violation.__table__  # type: ignore[attr-defined]
_standings: Table = tables.Attendance.__table__  # type: ignore[attr-defined]
LADDER = SANCTIONS
STATES = ("reported", "dismissed", "decided", "appealed", "upheld", "overturned")
STEPS: Steps = {
    ("reported", "dismiss"): Step("dismissed", needs="note"),
    ("reported", "decide"): Step("decided"),
    ("decided", "appeal"): Step("appealed", needs="note"),
    ("appealed", "uphold"): Step("upheld", rights.MANAGE, needs="note"),
    ("appealed", "overturn"): Step("overturned", rights.MANAGE, needs="note"),
}
STANDING = ("decided", "appealed", "upheld")
"""What counts on the ladder."""


def rung(ladder: Mapping[str, Sequence[str]], category: str, before: int) -> str:
    """The sanction for somebody who has so many behind them in this category; the last one holds for all after it."""
    rungs = ladder.get(category) or LADDER
    return rungs[min(before, len(rungs) - 1)]


async def report(desk: Desk, group_id: UUID, customer_id: UUID, category: str, evidence: str) -> UUID:
    """Raises Refused."""
    group, customer = await keeping.group(desk, group_id), await keeping.customer(desk, customer_id)
    await belonging.member(desk, group, customer)
    if category not in CATEGORIES:
        raise refuse(Code.BAD_VALUE, "category")
    said = {"category": category, "evidence": keeping.text(evidence, "evidence", required=True), "state": "reported"}
    await belonging.happened(desk, group, customer, "reported", category)
    when = {"reported_at": keeping.now(desk), "reported_by": desk.actor.name}
    return await keeping.add(desk, _violations, group_id=group, customer_id=customer, place=0, **said, **when)


async def step(desk: Desk, id: UUID, event: str, note: str | None = None) -> UUID:
    """Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    one = await keeping.find(desk, _violations, id)
    said = {"note": keeping.text(note, "note")} if note else {}
    way = states.step(STEPS, one["state"], event, desk.actor, said)
    changed: dict[str, Any] = {"state": way.to}
    match way.to:
        case "decided":
            changed |= await _sanction(desk, one)
        case "appealed":
            changed |= {"appeal": said["note"]}
        case "overturned":
            await _take_back(desk, one)
    if way.to != "appealed":
        decided = {"decided_at": keeping.now(desk), "decided_by": desk.actor.name}
        changed |= {**decided, "note": said.get("note", one["note"])}
    what = changed.get("sanction") or way.to
    await belonging.happened(desk, one["group_id"], one["customer_id"], what, said.get("note") or one["category"])
    return await keeping.change(desk, _violations, id, **changed)


async def _sanction(desk: Desk, one: Mapping[Any, Any]) -> dict[str, Any]:
    """Do what the ladder says."""
    charter = await charters.read(desk, one["group_id"])
    standing = await welcome.standing(desk, one["group_id"], one["customer_id"])
    before = await _before(desk, one)  # once they are locked: who decides another one at the same time waits
    sanction = rung(charter["ladder"], one["category"], before)
    until: datetime | None = None
    match sanction:
        case "warn":
            await keeping.change(desk, _standings, standing["id"], warnings=standing["warnings"] + 1)
        case "mute":
            until = keeping.now(desk) + timedelta(days=charter["mute_days"])
            await keeping.change(desk, _standings, standing["id"], muted_until=until)
        case "remove":
            await members.end(desk, standing, "removed", one["category"])
    words = f"{one['category']}: {sanction}" + (f" ({until:%Y-%m-%d})" if until else "")
    occasion = f"violation:{one['id'].hex}"
    await outbox.tell(desk, one["customer_id"], occasion, "群规处理通知", words, group=one["group_id"])
    return {"sanction": sanction, "place": before + 1, "sanction_until": until}


async def _before(desk: Desk, one: Mapping[Any, Any]) -> int:
    same = [_violations.c[name] == one[name] for name in ("tenant_id", "group_id", "customer_id", "category")]
    query = select(func.count()).select_from(_violations).where(*same, _violations.c.state.in_(STANDING))
    return int((await desk.session.execute(query)).scalar_one())


async def _take_back(desk: Desk, one: Mapping[Any, Any]) -> None:
    """What was done because of it is undone; who was removed may come in again at once."""
    group, customer = one["group_id"], one["customer_id"]
    if one["sanction"] == "remove":
        if await belonging.membership(desk, group, customer) is None:
            await joining.admit(desk, group, customer, "appeal")
        return
    if await belonging.membership(desk, group, customer) is None:
        return
    standing = await welcome.standing(desk, group, customer)
    if one["sanction"] == "warn":
        await keeping.change(desk, _standings, standing["id"], warnings=max(standing["warnings"] - 1, 0))
    elif standing["muted_until"] == one["sanction_until"]:
        await keeping.change(desk, _standings, standing["id"], muted_until=None)
