"""Standards of service in versions: for each step how it is done, how well and within what time; and which of them a
feedback is held to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from kequn.domain import keeping, rights, states
from kequn.domain.care import reviewing
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.service import hours
from kequn.domain.service.grading import SEVERITIES
from kequn.domain.service.hours import Hours
from kequn.domain.states import Step, Steps
from kequn.store import kinds, tables
from kequn.store.scope import Scope

STANDARDS: Table = tables.ServiceStandard.__table__  # type: ignore[attr-defined]
STATES = ("draft", "published", "retired")
LONGEST_MINUTES = 60 * 24 * 90

STEPS: Steps = {
    ("draft", "publish"): Step("published", rights.MANAGE, needs="quality"),
    ("draft", "drop"): Step("retired"),
    ("published", "retire"): Step("retired", rights.MANAGE),
}
Standard = Mapping[Any, Any]
USUAL: Standard = {
    "id": None, "department": "service", "response_minutes": 240, "solution_minutes": 1440, "opens": 9, "closes": 18,
    "around_the_clock": False,
}  # fmt: skip
"""What feedback is held to that no published standard is for."""


async def draft(desk: Desk, entered: Mapping[str, Any]) -> UUID:
    """The next version of a step's standard; of a new step the first. `entered`: columns. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    values = _checked(entered)
    mine = (STANDARDS.c.tenant_id == desk.scope.tenant, STANDARDS.c.name == values["name"])
    last = (await desk.session.execute(select(func.max(STANDARDS.c.version)).where(*mine))).scalar() or 0
    made = {"created_at": desk.ledger.clock.now(), "created_by": desk.actor.name}
    return await keeping.add(desk, STANDARDS, **values, **made, version=last + 1, state="draft")


def _checked(entered: Mapping[str, Any]) -> dict[str, Any]:
    values = {"opens": 9, "closes": 18, "around_the_clock": False, "operation": "", "quality": "", **entered}
    for name, limit in (("name", keeping.NAME), ("department", keeping.NAME)):
        values[name] = keeping.text(values.get(name), name, limit, required=True)
    for name in ("operation", "quality"):
        values[name] = keeping.text(values[name], name)
    keeping.number(values["response_minutes"], "response_minutes", 1, LONGEST_MINUTES)
    keeping.number(values["solution_minutes"], "solution_minutes", values["response_minutes"], LONGEST_MINUTES)
    keeping.number(values["opens"], "opens", 0, 23)
    keeping.number(values["closes"], "closes", values["opens"] + 1, 24)
    if values.get("least_rating") is not None:
        keeping.number(values["least_rating"], "least_rating", 1, 5)
    if values.get("severity") is not None and values["severity"] not in SEVERITIES:
        raise refuse(Code.BAD_VALUE, "severity")
    return values


async def step(desk: Desk, id: UUID, event: str) -> UUID:
    """Publish, retire or drop a version. Raises Refused."""
    known = await keeping.find(desk, STANDARDS, id)
    way = states.step(STEPS, known["state"], event, desk.actor, {"quality": known["quality"]})
    if way.to != "published":
        await reviewing.lapse(desk, "service_standard", id)
        return await keeping.change(desk, STANDARDS, id, state=way.to)
    others = (STANDARDS.c.name == known["name"], STANDARDS.c.state == "published")
    mine = (STANDARDS.c.tenant_id == desk.scope.tenant, *others)
    await desk.session.execute(update(STANDARDS).where(*mine).values(state="retired"))
    await reviewing.follow(desk, "service_standard", id)
    return await keeping.change(desk, STANDARDS, id, state="published", published_at=desk.ledger.clock.now())


async def pick(session: AsyncSession, scope: Scope, kind: str | None, severity: str) -> Standard:
    return choose(await published(session, scope), kind, severity)


async def published(session: AsyncSession, scope: Scope) -> Sequence[Standard]:
    """Those in force, the one that was published last first."""
    mine = (STANDARDS.c.tenant_id == scope.tenant, STANDARDS.c.state == "published")
    return (
        (await session.execute(select(STANDARDS).where(*mine).order_by(STANDARDS.c.published_at.desc())))
        .mappings()
        .all()
    )


def choose(some: Sequence[Standard], kind: str | None, severity: str) -> Standard:
    """The one that says most about such feedback; of two the one that stands first."""
    fitting = (
        one
        for one in some
        if (one["kind"] is None or kinds.alike(one["kind"], kind)) and one["severity"] in (None, severity)
    )
    return min(fitting, key=lambda one: (one["kind"] is None, one["severity"] is None), default=USUAL)


def due(standard: Standard, zone: ZoneInfo, now: datetime) -> dict[str, datetime]:
    """Until when what comes now is to be answered, and solved."""
    business = Hours(standard["opens"], standard["closes"], standard["around_the_clock"], zone)
    return {
        "respond_by": hours.after(now, standard["response_minutes"], business),
        "solve_by": hours.after(now, standard["solution_minutes"], business),
    }
