"""Flows: the steps in which customers are served, each with a department, an owner and a time. A change of the steps
is a new version; cases that have begun go on by theirs."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import Table, insert, select

from kequn.domain import keeping, rights, states
from kequn.domain.care import reviewing
from kequn.domain.care.tasks import owner_of
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.standard import Department
from kequn.domain.states import Step, Steps
from kequn.store import tables

_flows: Table = tables.ServiceFlow.__table__  # type: ignore[attr-defined]
_versions: Table = tables.FlowVersion.__table__  # type: ignore[attr-defined]
LONGEST_NAME, MOST_STEPS = 200, 50
STATES = ("active", "archived")
STEPS: Steps = {("active", "archive"): Step("archived"), ("archived", "restore"): Step("active")}


class FlowStep(BaseModel):
    """What is done at one step. `hours`: within which it is done once it is open; `content`: how, and how well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    department: Department
    hours: Annotated[int, Field(ge=1, le=8760)] = 24
    content: Annotated[str, Field(max_length=2000)] = ""
    owner: UUID | None = None


STANDARD = (
    FlowStep(name="first contact 初次接触", department="market", hours=24),
    FlowStep(name="record the need 记录需求", department="sales", hours=24),
    FlowStep(name="hand over to the department 转交部门", department="sales", hours=8),
    FlowStep(name="serve 提供服务", department="service", hours=72),
    FlowStep(name="follow up 售后跟进", department="service", hours=168),
)
"""What a flow is made of unless other steps are named."""

_READER: TypeAdapter[tuple[FlowStep, ...]] = TypeAdapter(
    Annotated[tuple[FlowStep, ...], Field(min_length=1, max_length=MOST_STEPS)]
)


def read(plain: Any) -> tuple[FlowStep, ...]:
    """The steps that JSON says. Raises Refused, naming the first place at fault."""
    try:
        return _READER.validate_python(plain)
    except ValidationError as error:
        raise refuse(Code.BAD_VALUE, "steps", *error.errors()[0]["loc"]) from None


def show(steps: Sequence[FlowStep]) -> list[dict[str, Any]]:
    return [step.model_dump(mode="json") for step in steps]


async def make(desk: Desk, name: str, description: str = "", steps: Sequence[FlowStep] = STANDARD) -> UUID:
    """Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    id, now = desk.ledger.new_id(), desk.ledger.clock.now()
    said = {
        "name": keeping.text(name, "name", LONGEST_NAME, required=True),
        "description": keeping.text(description, "description"),
    }
    await _check(desk, id, said["name"], steps)
    values = {"id": id, "version": 1, "steps_version": 1, "steps": show(steps), "state": "active"}
    await keeping.add(desk, _flows, **values, **said, created_at=now, **keeping.edited(desk))
    await _note(desk, id, 1, steps)
    await reviewing.follow(desk, "flow", id)
    return id


async def change(
    desk: Desk,
    id: UUID,
    *,
    name: str | None = None,
    description: str | None = None,
    steps: Sequence[FlowStep] | None = None,
    version: int | None = None,
) -> UUID:
    """What is None stays. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    known = await find(desk, id, version)
    changed: dict[str, Any] = {}
    if name is not None:
        changed["name"] = keeping.text(name, "name", LONGEST_NAME, required=True)
    if description is not None:
        changed["description"] = keeping.text(description, "description")
    await _check(desk, id, changed.get("name", known["name"]), steps or ())
    if steps is not None and show(steps) != known["steps"]:
        changed |= {"steps": show(steps), "steps_version": known["steps_version"] + 1}
        await _note(desk, id, changed["steps_version"], steps)
    await keeping.edit(desk, _flows, known, **changed)
    if "steps" in changed:
        await reviewing.follow(desk, "flow", id)
    return id


async def step(desk: Desk, id: UUID, event: str) -> UUID:
    """Archive or restore. Raises Refused."""
    known = await find(desk, id)
    way = states.step(STEPS, known["state"], event, desk.actor)
    if way.to == "active":
        await _check(desk, id, known["name"], ())
        await reviewing.follow(desk, "flow", id)
    else:
        await reviewing.lapse(desk, "flow", id)
    return await keeping.edit(desk, _flows, known, state=way.to)


async def find(desk: Desk, id: UUID, version: int | None = None) -> Mapping[Any, Any]:
    """The flow, locked. Raises Refused."""
    return await keeping.find(desk, _flows, id, version=version)


async def _check(desk: Desk, id: UUID, name: str, steps: Sequence[FlowStep]) -> None:
    """Raise Refused where the name is taken, or an owner is not there."""
    await desk.alone()
    mine = (_flows.c.tenant_id == desk.scope.tenant, _flows.c.state == "active", _flows.c.id != id)
    if (await desk.session.execute(select(_flows.c.id).where(*mine, _flows.c.name == name))).first() is not None:
        raise refuse(Code.NAME_TAKEN, "name")
    for one in steps:
        await owner_of(desk, one.owner)


async def _note(desk: Desk, id: UUID, version: int, steps: Sequence[FlowStep]) -> None:
    said = {"flow_id": id, "version": version, "steps": show(steps)}
    when = {"made_at": desk.ledger.clock.now(), "made_by": desk.actor.name}
    await desk.session.execute(insert(_versions).values(tenant_id=desk.scope.tenant, **said, **when))
