"""How surveys are made and changed: other questions are another version, so that a wave goes on with its own."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert

from kequn.domain import keeping, rights, states
from kequn.domain.answers import ABOUT
from kequn.domain.care import reviewing
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Refused, refuse
from kequn.domain.states import Step, Steps
from kequn.domain.surveys import questions
from kequn.domain.surveys.questions import Question
from kequn.store import tables

SURVEYS: Table = tables.Survey.__table__  # type: ignore[attr-defined]
VERSIONS: Table = tables.SurveyVersion.__table__  # type: ignore[attr-defined]
_segments: Table = tables.Segment.__table__  # type: ignore[attr-defined]
KINDS = ("periodic", "key_node")
NODES = ("purchase", "use", "after_sales")
STATES = ("draft", "published", "paused", "retired")
LIMITS: Mapping[str, tuple[int, int]] = {
    "sample": (1, 10**6),
    "every_days": (1, 3660),
    "delay_days": (0, 366),
    "rest_days": (0, 3660),
    "remind_days": (1, 366),
    "open_days": (1, 366),
}

STEPS: Steps = {
    ("draft", "publish"): Step("published"),
    ("published", "pause"): Step("paused"),
    ("paused", "resume"): Step("published"),
    ("draft", "retire"): Step("retired"),
    ("published", "retire"): Step("retired"),
    ("paused", "retire"): Step("retired"),
}


async def make(desk: Desk, entered: Mapping[str, Any], asked: Sequence[Question]) -> UUID:
    """Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    usual = {"delay_days": 0, "rest_days": 90, "remind_days": 3, "open_days": 14, "welcome": {}}
    values = await _checked(desk, {**usual, **entered})
    if (values["kind"] == "key_node") != (values.get("node") is not None):
        raise refuse(Code.REQUIRED if values["kind"] == "key_node" else Code.BAD_VALUE, "node")
    questions.check(asked, ABOUT)
    id = await keeping.add(
        desk, SURVEYS, **values, state="draft", version=1, questions_version=1, questions=questions.show(asked),
        created_at=keeping.now(desk), **keeping.edited(desk),
    )  # fmt: skip
    await _keep(desk, id, 1, asked)
    return id


async def change(
    desk: Desk,
    id: UUID,
    entered: Mapping[str, Any],
    asked: Sequence[Question] | None = None,
    version: int | None = None,
) -> UUID:
    """Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    known = await keeping.find(desk, SURVEYS, id, version=version)
    if known["state"] == "retired":
        raise refuse(Code.WRONG_STATE, "id", state="retired")
    if entered.keys() & {"kind", "node"}:
        raise refuse(Code.BAD_VALUE, "kind")  # its waves are of the one kind
    values = await _checked(desk, entered)
    if asked is not None and tuple(asked) != questions.read(known["questions"]):
        questions.check(asked, ABOUT)
        values |= {"questions_version": known["questions_version"] + 1, "questions": questions.show(asked)}
        await _keep(desk, id, values["questions_version"], asked)
    return await keeping.edit(desk, SURVEYS, known, **values)


async def step(desk: Desk, id: UUID, event: str) -> UUID:
    """Publish, pause, resume or retire. Raises Refused."""
    known = await keeping.find(desk, SURVEYS, id)
    way = states.step(STEPS, known["state"], event, desk.actor)
    if way.to == "published":
        await reviewing.follow(desk, "survey", id)
    elif way.to == "retired":
        await reviewing.lapse(desk, "survey", id)
    return await keeping.edit(desk, SURVEYS, known, state=way.to)


async def _keep(desk: Desk, id: UUID, version: int, asked: Sequence[Question]) -> None:
    values = {"tenant_id": desk.scope.tenant, "survey_id": id, "version": version, "questions": questions.show(asked)}
    made = {"made_at": desk.ledger.clock.now(), "made_by": desk.actor.name}
    await desk.session.execute(insert(VERSIONS).values(**values, **made))


async def _checked(desk: Desk, entered: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(entered)
    if "name" in values:
        values["name"] = keeping.text(values["name"], "name", keeping.NAME, required=True)
    if values.get("kind", KINDS[0]) not in KINDS or values.get("node") not in {None, *NODES}:
        raise refuse(Code.BAD_VALUE, "kind")
    for name, (least, most) in LIMITS.items():
        if values.get(name) is not None:
            keeping.number(values[name], name, least, most)
    if values.get("segment_id") is not None:
        try:
            await keeping.find(desk, _segments, values["segment_id"])
        except Refused:
            raise refuse(Code.UNKNOWN_SEGMENT, "segment_id") from None
    if "welcome" in values:
        values["welcome"] = {name: keeping.text(text, "welcome") for name, text in values["welcome"].items()}
    return values
