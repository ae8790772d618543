"""How trials are made, started and ended. When one starts, each customer of its segment is given a way by a hash of the
trial and the customer: nobody chooses, and whoever repeats it comes to the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select, update

from kequn.contracts.records import Kind
from kequn.domain import keeping, rights, states
from kequn.domain.care.tasks import owner_of
from kequn.domain.editing import Desk
from kequn.domain.offers.making import segment_of, window
from kequn.domain.problems import Code, refuse
from kequn.domain.segments import membership
from kequn.domain.states import Step, Steps
from kequn.store import rows, tables
from kequn.store.upsert import insert_many, insert_plain

_trials: Table = tables.Trial.__table__  # type: ignore[attr-defined]
_subjects: Table = tables.TrialSubject.__table__  # type: ignore[attr-defined]
_customers: Table = rows.table(Kind.CUSTOMER)
MEASURES = ("bought", "retained", "satisfied", "spend")
STATES = ("draft", "running", "ended", "cancelled")
MILLION, LONGEST_NAME = 1_000_000, 200

STEPS: Steps = {
    ("draft", "start"): Step("running"),
    ("draft", "cancel"): Step("cancelled"),
    ("running", "end"): Step("ended", needs="conclusion"),
}


@dataclass(frozen=True)
class Design:
    """What is tried on whom. `share`: how many millionths of the customers get way b."""

    name: str
    measure: str
    hypothesis: str = ""
    way_a: str = ""
    way_b: str = ""
    share: int = 500_000
    window_days: int = 30
    segment: UUID | None = None
    owner: UUID | None = None


async def make(desk: Desk, design: Design) -> UUID:
    """Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    id = desk.ledger.new_id()
    when = {"created_at": desk.ledger.clock.now(), "changed_by": desk.actor.name, "state": "draft"}
    values = {**await _checked(desk, design), "tenant_id": desk.scope.tenant, "id": id}
    await desk.session.execute(insert(_trials).values(**values, **when))
    return id


async def step(desk: Desk, id: UUID, event: str, conclusion: str = "") -> UUID:
    """Start, end with a conclusion, or cancel. Raises Refused."""
    known = await keeping.find(desk, _trials, id)
    said = {"conclusion": keeping.text(conclusion, "conclusion")}
    way = states.step(STEPS, known["state"], event, desk.actor, said)
    now = desk.ledger.clock.now()
    changed: dict[str, Any] = {"state": way.to, "changed_by": desk.actor.name}
    if way.to == "running":
        await _assign(desk, known)
        changed["started_at"] = now
    elif way.to == "ended":
        changed |= {"ended_at": now, **said}
    mine = (_trials.c.tenant_id == desk.scope.tenant, _trials.c.id == id)
    await desk.session.execute(update(_trials).where(*mine).values(**changed))
    return id


def way_of(trial: UUID, customer: UUID, share: int) -> str:
    drawn = int.from_bytes(sha256(trial.bytes + customer.bytes).digest()[:8])
    return "b" if drawn * MILLION < share << 64 else "a"


async def _assign(desk: Desk, trial: Mapping[Any, Any]) -> None:
    """Give a way to everybody who is in the segment now and has not asked to be left alone."""
    if trial["segment_id"] is None:
        raise refuse(Code.REQUIRED, "segment_id")
    now = desk.ledger.clock.now()
    among = await membership.members(desk.session, desk.scope, trial["segment_id"], now)
    who = (_customers.c.tenant_id == desk.scope.tenant, _customers.c.id.in_(among), _customers.c.opted_out.is_not(True))
    ids = (await desk.session.execute(select(_customers.c.id).where(*who))).scalars().all()
    same = {"tenant_id": desk.scope.tenant, "trial_id": trial["id"], "assigned_at": now}
    values = [{**same, "customer_id": id, "way": way_of(trial["id"], id, trial["share"])} for id in ids]
    await insert_many(desk.session, insert_plain(desk.session, _subjects), values)


async def _checked(desk: Desk, design: Design) -> dict[str, Any]:
    """The columns. Raises Refused."""
    if design.measure not in MEASURES:
        raise refuse(Code.BAD_CHOICE, "measure")
    if not 0 < design.share < MILLION:
        raise refuse(Code.BAD_NUMBER, "share")
    return {
        "name": keeping.text(design.name, "name", LONGEST_NAME, required=True),
        "hypothesis": keeping.text(design.hypothesis, "hypothesis"),
        "way_a": keeping.text(design.way_a, "way_a"),
        "way_b": keeping.text(design.way_b, "way_b"),
        "measure": design.measure,
        "share": design.share,
        "window_days": window(design.window_days),
        "segment_id": await segment_of(desk, design.segment),
        "owner_id": await owner_of(desk, design.owner),
    }
