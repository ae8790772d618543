"""How segments are made, changed, archived and restored. A change of the condition is a new version; the old ones
stay. Who is in a segment stands in membership.py."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, insert, select

from kequn.domain import keeping, rights, states
from kequn.domain.care import reviewing
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.segments import membership
from kequn.domain.states import Step, Steps
from kequn.store import kept, tables
from kequn.store.kept import Trees
from kequn.store.where import Where

_segments: Table = tables.Segment.__table__  # type: ignore[attr-defined]
_versions: Table = tables.SegmentVersion.__table__  # type: ignore[attr-defined]
MOST, LONGEST_NAME, LONGEST_DESCRIPTION = 1000, 200, 20_000
STATES = ("active", "archived")
STEPS: Steps = {("active", "archive"): Step("archived"), ("archived", "restore"): Step("active")}


async def make(desk: Desk, name: str, description: str, where: Where, asked: Mapping[str, Any]) -> UUID:
    """`asked`: the condition as it was entered, to be shown again. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    id, now = desk.ledger.new_id(), desk.ledger.clock.now()
    count = select(func.count()).where(_segments.c.tenant_id == desk.scope.tenant)
    if (await desk.session.execute(count)).scalar_one() >= MOST:
        raise refuse(Code.TOO_MANY, "name", limit=MOST)
    await _check_name(desk, id, name := keeping.text(name, "name", LONGEST_NAME, required=True))
    await _check_tree(desk, id, where)
    values = {
        "name": name,
        "description": keeping.text(description, "description", LONGEST_DESCRIPTION),
        "state": "active",
    }
    whose = {"created_at": now, "created_by": desk.actor.name, **keeping.edited(desk)}
    said = {"version": 1, "condition_version": 1, "tree": membership.show(where), "asked": dict(asked), "size": 0}
    await keeping.add(desk, _segments, id=id, **values, **whose, **said)
    await _note(desk, id, 1, where, asked)
    return id


async def change(
    desk: Desk,
    id: UUID,
    *,
    name: str | None = None,
    description: str | None = None,
    where: Where | None = None,
    asked: Mapping[str, Any] | None = None,
    version: int | None = None,
) -> UUID:
    """What is None stays. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    known = await find(desk, id, version)
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = keeping.text(name, "name", LONGEST_NAME, required=True)
        await _check_name(desk, id, values["name"])
    if description is not None:
        values["description"] = keeping.text(description, "description", LONGEST_DESCRIPTION)
    if where is not None and membership.show(where) != known["tree"]:
        await _check_tree(desk, id, where)
        number = known["condition_version"] + 1
        values |= {"tree": membership.show(where), "asked": dict(asked or {}), "condition_version": number}
        await _note(desk, id, number, where, asked or {})
    return await keeping.edit(desk, _segments, known, **values)


async def step(desk: Desk, id: UUID, event: str) -> UUID:
    """Archive or restore. Raises Refused."""
    known = await find(desk, id)
    way = states.step(STEPS, known["state"], event, desk.actor)
    if way.to == "active":
        await _check_name(desk, id, known["name"])
    else:
        await reviewing.lapse(desk, "segment", id)
    return await keeping.edit(desk, _segments, known, state=way.to)


async def find(desk: Desk, id: UUID, version: int | None = None) -> Mapping[Any, Any]:
    """The segment, locked. Raises Refused."""
    return await keeping.find(desk, _segments, id, version=version)


async def _note(desk: Desk, id: UUID, version: int, where: Where, asked: Mapping[str, Any]) -> None:
    said = {"tree": membership.show(where), "asked": dict(asked), "version": version}
    when = {"made_at": desk.ledger.clock.now(), "made_by": desk.actor.name}
    await desk.session.execute(insert(_versions).values(tenant_id=desk.scope.tenant, segment_id=id, **said, **when))


async def _check_name(desk: Desk, id: UUID, name: str) -> None:
    await desk.alone()
    query = select(_segments.c.id).where(
        _segments.c.tenant_id == desk.scope.tenant, _segments.c.state == "active", _segments.c.name == name
    )
    if (await desk.session.execute(query.where(_segments.c.id != id))).first() is not None:
        raise refuse(Code.NAME_TAKEN, "name")


async def _check_tree(desk: Desk, id: UUID, where: Where) -> None:
    """Raise Refused where it refers to a segment that is not there, to itself in the end, or asks too much. Alone: two
    that are changed at once could refer to each other."""
    await desk.alone()
    known = await membership.known(desk.session, desk.scope)
    if id in _reached(where, {**known.trees, id: where}):
        raise refuse(Code.LEADS_TO_ITSELF, "where")
    membership.unfold(where, known, desk.ledger.clock.now(), "where")


def _reached(where: Where, trees: Trees) -> set[UUID]:
    """All the trees that it refers to, and those that they refer to."""
    found: set[UUID] = set()
    waiting = list(kept.named(where))
    while waiting:
        id = waiting.pop()
        if id not in found:
            found.add(id)
            waiting += kept.named(trees[id]) if id in trees else ()
    return found
