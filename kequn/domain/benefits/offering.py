"""How a benefit is made, changed and published. Its usage and validity must be said when it is published; what members
relied on from then on, only stock, budget, end and reminder may change."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from kequn.contracts.records import Kind
from kequn.domain import editing, keeping, rights, states
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem, Refused, refuse
from kequn.domain.segments import membership
from kequn.domain.states import Step, Steps
from kequn.store import tables
from kequn.store.where import Every, Where

BENEFITS: Table = tables.Benefit.__table__  # type: ignore[attr-defined]
_segments: Table = tables.Segment.__table__  # type: ignore[attr-defined]
KINDS = ("coupon", "trial", "event", "discount", "priority")
STATES = ("draft", "published", "suspended", "ended")
LATER = frozenset({"stock", "budget_micros", "ends_at", "remind_days"})
"""What may change once it is published."""
LIMITS: Mapping[str, tuple[int, int]] = {
    "valid_days": (1, 3660),
    "points": (0, 10**9),
    "stock": (0, 10**9),
    "per_customer": (1, 1000),
    "every_days": (1, 3660),
    "cost_micros": (0, 10**15),
    "budget_micros": (0, 10**18),
    "remind_days": (0, 365),
}
WORDS = {"name": keeping.NAME, "description": keeping.TEXT, "usage": keeping.TEXT}
MOST_CATEGORIES = 50

STEPS: Steps = {
    ("draft", "publish"): Step("published"),
    ("draft", "end"): Step("ended"),
    ("published", "suspend"): Step("suspended", needs="note"),
    ("suspended", "resume"): Step("published"),
    ("published", "end"): Step("ended"),
    ("suspended", "end"): Step("ended"),
}


async def make(desk: Desk, entered: Mapping[str, Any], where: Where | None = None, asked: Any = None) -> UUID:
    """A draft. `entered`: columns; `where`: who may claim it. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    if "name" not in entered or "kind" not in entered:
        raise refuse(Code.REQUIRED, "name" if "name" not in entered else "kind")
    values = await _checked(desk, entered, where, asked)
    return await keeping.add(
        desk, BENEFITS, created_at=keeping.now(desk), **keeping.edited(desk), state="draft", version=1,
        **{"claimed": 0, "spent_micros": 0, "tree": membership.show(Every()), "asked": {}, **_USUAL, **values},
    )  # fmt: skip


_USUAL: Mapping[str, Any] = {
    "description": "", "usage": "", "categories": [], "points": 0, "per_customer": 1, "cost_micros": 0,
    "budget_micros": 0, "on_days": False, "remind_days": 3,
}  # fmt: skip


async def change(
    desk: Desk,
    id: UUID,
    entered: Mapping[str, Any],
    where: Where | None = None,
    asked: Any = None,
    version: int | None = None,
) -> UUID:
    """Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    known = await keeping.find(desk, BENEFITS, id, version=version)
    if known["state"] == "ended":
        raise refuse(Code.WRONG_STATE, "id", state="ended")
    settled = known["state"] != "draft"
    if settled and (where is not None or entered.keys() - LATER):
        raise refuse(Code.WRONG_STATE, *sorted(entered.keys() - LATER)[:1] or ["where"], state=known["state"])
    values = await _checked(desk, entered, where, asked)
    if (values.get("stock") or known["claimed"]) < known["claimed"]:
        raise refuse(Code.BAD_NUMBER, "stock")
    _span({**known, **values})
    return await keeping.edit(desk, BENEFITS, known, **values)


async def step(desk: Desk, id: UUID, event: str, note: str = "") -> UUID:
    """Publish, suspend, resume or end. Raises Refused."""
    known = await keeping.find(desk, BENEFITS, id)
    said = {"note": keeping.text(note, "note")}
    way = states.step(STEPS, known["state"], event, desk.actor, said)
    changed: dict[str, Any] = {"state": way.to, "note": said["note"] or None}
    if event == "publish":
        _publishable(known)
        changed["published_at"] = keeping.now(desk)
    return await keeping.edit(desk, BENEFITS, known, **changed)


def _publishable(known: Mapping[Any, Any]) -> None:
    """How it is used and until when stands at publication."""
    missing = [name for name in ("usage", "starts_at", "ends_at") if not known[name]]
    if missing:
        raise Refused(*(Problem(Code.REQUIRED, (name,)) for name in missing))


def _span(values: Mapping[Any, Any]) -> None:
    start, end = values.get("starts_at"), values.get("ends_at")
    if start is not None and end is not None and end <= start:
        raise refuse(Code.BAD_DATE, "ends_at")


async def _checked(desk: Desk, entered: Mapping[str, Any], where: Where | None, asked: Any) -> dict[str, Any]:
    values = dict(entered)
    for name, limit in WORDS.items():
        if name in values:
            values[name] = keeping.text(values[name], name, limit, required=name == "name")
    if values.get("kind", KINDS[0]) not in KINDS:
        raise refuse(Code.BAD_VALUE, "kind")
    for name, (least, most) in LIMITS.items():
        if values.get(name) is not None:
            keeping.number(values[name], name, least, most)
    if "categories" in values:
        values["categories"] = _categories(values["categories"] or [])
    _span(values)
    await _ends(desk, values)
    if where is not None:
        membership.unfold(where, await membership.known(desk.session, desk.scope), desk.ledger.clock.now(), "where")
        values |= {"tree": membership.show(where), "asked": asked}
    return values


def _categories(entered: list[str]) -> list[str]:
    if len(entered) > MOST_CATEGORIES:
        raise refuse(Code.TOO_MANY, "categories", limit=MOST_CATEGORIES)
    return sorted({keeping.text(one, "categories", keeping.NAME, required=True) for one in entered})


async def _ends(desk: Desk, values: dict[str, Any]) -> None:
    """The segment, tier and group are there."""
    if values.get("segment_id") is not None:
        try:
            await keeping.find(desk, _segments, values["segment_id"])
        except Refused:
            raise refuse(Code.UNKNOWN_SEGMENT, "segment_id") from None
    for name, kind in (("tier_id", Kind.TIER), ("group_id", Kind.GROUP)):
        if values.get(name) is not None:
            row = await editing.survivor(desk, kind, values[name])
            if row is None:
                raise refuse(Code(f"UNKNOWN_{kind.name}"), name)
            values[name] = row.id
