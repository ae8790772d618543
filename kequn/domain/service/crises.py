"""Crises 危机管理: plans in versions, with a team, steps that have their time, and a line that is answered in all 24
hours; crises and drills by them, step by step."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, select, update

from kequn.contracts.records import Kind
from kequn.domain import editing, keeping, rights, states
from kequn.domain.care import reviewing
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Problem, Refused, refuse
from kequn.domain.states import Step, Steps
from kequn.store import tables

PLANS: Table = tables.CrisisPlan.__table__  # type: ignore[attr-defined]
RUNS: Table = tables.CrisisRun.__table__  # type: ignore[attr-defined]
STATES = ("draft", "published", "retired")
RUN_STATES = ("running", "ended")
KINDS = ("drill", "real")
MOST, FEWEST = 50, 2
"""Members and steps; a team is of so many at least."""

STEPS: Steps = {
    ("draft", "publish"): Step("published", rights.MANAGE, needs="hotline"),
    ("draft", "drop"): Step("retired"),
    ("published", "retire"): Step("retired", rights.MANAGE),
}
RUN_STEPS: Steps = {
    ("running", "do"): Step("running", needs="step"),
    ("running", "end"): Step("ended", needs="lessons"),
}
Members = Sequence[Mapping[str, Any]]


async def draft(
    desk: Desk, name: str, trigger: str, team: Members, steps: Members, hotline: str, roster: Members
) -> UUID:
    """The next version of a plan. `team`: {staff, role}; `steps`: {name, role, minutes}; `roster`: {staff, from, to}.
    Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    bare = keeping.text(name, "name", keeping.NAME, required=True)
    for field, some in (("team", team), ("steps", steps), ("roster", roster)):
        if len(some) > MOST:
            raise refuse(Code.TOO_MANY, field, limit=MOST)
    await _known(desk, [*team, *roster])
    mine = (PLANS.c.tenant_id == desk.scope.tenant, PLANS.c.name == bare)
    last = (await desk.session.execute(select(func.max(PLANS.c.version)).where(*mine))).scalar() or 0
    return await keeping.add(
        desk, PLANS, name=bare, version=last + 1, state="draft", trigger=keeping.text(trigger, "trigger"),
        team=_plain(team), steps=_plain(steps), roster=_plain(roster), created_by=desk.actor.name,
        hotline=keeping.text(hotline, "hotline", keeping.NAME), created_at=desk.ledger.clock.now(),
    )  # fmt: skip


def _plain(some: Members) -> list[dict[str, Any]]:
    return [{name: str(value) if isinstance(value, UUID) else value for name, value in one.items()} for one in some]


async def _known(desk: Desk, members: Members) -> None:
    wanted = {one["staff"] for one in members}
    found = await editing.survivors(desk, Kind.STAFF, wanted)
    if wanted - found.keys():
        raise refuse(Code.UNKNOWN_STAFF, "team")


async def step(desk: Desk, id: UUID, event: str) -> UUID:
    """Publish, retire or drop a plan. Raises Refused."""
    known = await keeping.find(desk, PLANS, id)
    way = states.step(STEPS, known["state"], event, desk.actor, {"hotline": known["hotline"]})
    if way.to != "published":
        await reviewing.lapse(desk, "crisis_plan", id)
        return await keeping.change(desk, PLANS, id, state=way.to)
    lacking = list(_lacking(known))
    if lacking:
        raise Refused(*(Problem(Code.REQUIRED, path) for path in lacking))
    mine = (PLANS.c.tenant_id == desk.scope.tenant, PLANS.c.name == known["name"], PLANS.c.state == "published")
    await desk.session.execute(update(PLANS).where(*mine).values(state="retired"))
    await reviewing.follow(desk, "crisis_plan", id)
    return await keeping.change(desk, PLANS, id, state="published", published_at=desk.ledger.clock.now())


def _lacking(known: Mapping[Any, Any]) -> Sequence[tuple[str | int, ...]]:
    """What a plan needs before it can be relied on: a team, steps that somebody of it does, and every hour answered."""
    found: list[tuple[str | int, ...]] = []
    if len({one["staff"] for one in known["team"]}) < FEWEST:
        found.append(("team",))
    roles = {one["role"] for one in known["team"]}
    found += [("steps", place, "role") for place, one in enumerate(known["steps"]) if one["role"] not in roles]
    if not known["steps"]:
        found.append(("steps",))
    return [*found, *(("roster", hour) for hour in unanswered(known["roster"]))]


def unanswered(roster: Members) -> list[int]:
    """The hours of the day in which nobody answers the line."""
    return [hour for hour in range(24) if not on_call(roster, hour)]


def on_call(roster: Members, hour: int) -> Members:
    """The shifts in which the line is answered at this hour. One may go past midnight; equal ends: all day."""
    return [shift for shift in roster if _covers(shift["from"] % 24, shift["to"] % 24, hour)]


def _covers(start: int, end: int, hour: int) -> bool:
    return (hour - start) % 24 < ((end - start) % 24 or 24)


async def begin(desk: Desk, plan: UUID, kind: str, reason: str) -> UUID:
    """A crisis or a drill, by the published plan. Raises Refused."""
    rights.require(desk.actor, rights.EDIT)
    known = await keeping.find(desk, PLANS, plan, "plan_id")
    if known["state"] != "published":
        raise refuse(Code.WRONG_STATE, "plan_id", state=known["state"])
    if kind not in KINDS:
        raise refuse(Code.BAD_VALUE, "kind")
    said = keeping.text(reason, "reason", required=True)
    return await keeping.add(
        desk, RUNS, plan_id=plan, kind=kind, state="running", reason=said, done={}, late=0,
        started_at=desk.ledger.clock.now(), started_by=desk.actor.name,
    )  # fmt: skip


async def go(desk: Desk, id: UUID, event: str, *, done: str = "", lessons: str = "") -> UUID:
    """Do a step of the plan, or end it with what was learned. Raises Refused."""
    known = await keeping.find(desk, RUNS, id)
    said = {"step": done.strip(), "lessons": keeping.text(lessons, "lessons")}
    way = states.step(RUN_STEPS, known["state"], event, desk.actor, said)
    now = desk.ledger.clock.now()
    if event == "end":
        await keeping.change(desk, RUNS, id, state=way.to, lessons=said["lessons"], ended_at=now)
        return id
    plan = await keeping.find(desk, PLANS, known["plan_id"])
    wanted = next((one for one in plan["steps"] if one["name"] == said["step"]), None)
    if wanted is None or said["step"] in known["done"]:
        raise refuse(Code.REPEATED if wanted else Code.BAD_VALUE, "step")
    late = now > known["started_at"] + timedelta(minutes=wanted["minutes"])
    told = {**known["done"], said["step"]: _told(now, desk.actor.name, late)}
    return await keeping.change(desk, RUNS, id, done=told, late=known["late"] + late)


def _told(at: datetime, by: str, late: bool) -> dict[str, Any]:
    return {"at": at.isoformat(), "by": by, "late": late}
