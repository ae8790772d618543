"""Trainings of staff by subject and form: planned, held or cancelled; who was there, and with what score."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, select

from kequn.contracts.records import Kind
from kequn.domain import editing, keeping, rights, states
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.states import Step, Steps
from kequn.store import tables
from kequn.store.upsert import insert_many, insert_plain

TRAININGS: Table = tables.Training.__table__  # type: ignore[attr-defined]
TRAINEES: Table = tables.Trainee.__table__  # type: ignore[attr-defined]
SUBJECTS = ("rules", "content", "interaction", "problems", "service", "product", "crisis")
FORMS = ("internal", "external", "online")
STATES = ("planned", "held", "cancelled")
TRAINEE_STATES = ("enrolled", "attended", "missed")
BEST, MOST = 100, 500

STEPS: Steps = {
    ("planned", "hold"): Step("held"),
    ("planned", "cancel"): Step("cancelled"),
}
TRAINEE_STEPS: Steps = {
    ("enrolled", "attend"): Step("attended"),
    ("enrolled", "miss"): Step("missed"),
    ("missed", "attend"): Step("attended"),
    ("attended", "attend"): Step("attended"),
}


async def plan(
    desk: Desk, title: str, subject: str, form: str, held_at: datetime, trainer: str, content: str, pass_score: int
) -> UUID:
    """Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    if subject not in SUBJECTS or form not in FORMS:
        raise refuse(Code.BAD_VALUE, "form" if subject in SUBJECTS else "subject")
    bare = keeping.text(title, "title", keeping.NAME, required=True)
    said = {"title": bare, "content": keeping.text(content, "content")}
    made = {"created_at": desk.ledger.clock.now(), "created_by": desk.actor.name}
    return await keeping.add(
        desk, TRAININGS, **said, **made, subject=subject, form=form, state="planned", held_at=held_at,
        trainer=keeping.text(trainer, "trainer", keeping.NAME),
        pass_score=keeping.number(pass_score, "pass_score", 0, BEST),
    )  # fmt: skip


async def step(desk: Desk, id: UUID, event: str) -> UUID:
    """Raises Refused."""
    known = await keeping.find(desk, TRAININGS, id)
    way = states.step(STEPS, known["state"], event, desk.actor)
    return await keeping.change(desk, TRAININGS, id, state=way.to)


async def enrol(desk: Desk, id: UUID, staff: Collection[UUID]) -> UUID:
    """Who is enrolled already stays so. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    known = await keeping.find(desk, TRAININGS, id)
    if known["state"] != "planned":
        raise refuse(Code.WRONG_STATE, "id", state=known["state"])
    if len(staff) > MOST:
        raise refuse(Code.TOO_MANY, "staff_ids", limit=MOST)
    people = await editing.survivors(desk, Kind.STAFF, set(staff))
    if set(staff) - people.keys():
        raise refuse(Code.UNKNOWN_STAFF, "staff_ids")
    mine = (TRAINEES.c.tenant_id == desk.scope.tenant, TRAINEES.c.training_id == id)
    there = set((await desk.session.execute(select(TRAINEES.c.staff_id).where(*mine))).scalars())
    said = {"tenant_id": desk.scope.tenant, "training_id": id, "state": "enrolled", "changed_at": keeping.now(desk)}
    fresh = sorted({row.id for row in people.values()} - there)
    made = [{**said, "id": desk.ledger.new_id(), "staff_id": one} for one in fresh]
    await insert_many(desk.session, insert_plain(desk.session, TRAINEES), made)
    return id


async def note(desk: Desk, id: UUID, event: str, score: int | None = None) -> UUID:
    """Whether somebody was there, and how the test went. Raises Refused."""
    known = await keeping.find(desk, TRAINEES, id)
    way = states.step(TRAINEE_STEPS, known["state"], event, desk.actor)
    training = await keeping.find(desk, TRAININGS, known["training_id"])
    if training["state"] != "held":
        raise refuse(Code.WRONG_STATE, "id", state=training["state"])
    if score is not None:
        keeping.number(score, "score", 0, BEST)
    kept = score if way.to == "attended" else None
    return await keeping.change(desk, TRAINEES, id, state=way.to, score=kept, changed_at=desk.ledger.clock.now())
