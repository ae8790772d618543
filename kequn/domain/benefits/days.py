"""The calendar of benefits: the monthly welfare day 福利日, moved to a work day by rule, and surprises on work days
that are drawn from a seed, so that anybody can draw them again."""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Table, select

from kequn.domain import keeping, rights, states
from kequn.domain.benefits.offering import BENEFITS
from kequn.domain.care import calendar
from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.states import Step, Steps
from kequn.store import tables

DAYS: Table = tables.BenefitDay.__table__  # type: ignore[attr-defined]
STATES = ("planned", "held", "dropped")
RULES = ("before", "after", "same")
MOST_MONTHS, MOST_SURPRISES, LONGEST = 24, 100, 366

STEPS: Steps = {
    ("planned", "hold"): Step("held"),
    ("planned", "drop"): Step("dropped"),
    ("dropped", "restore"): Step("planned"),
}


def welfare(first: date, months: int, number: int, rule: str) -> list[tuple[date, date]]:
    """The day of each month, and the day that the rule makes of it. A month with fewer days has it on its last."""
    found = []
    for ahead in range(months):
        year, month = divmod(first.year * 12 + first.month - 1 + ahead, 12)
        after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
        named = min(date(year, month + 1, 1) + timedelta(days=number - 1), after - timedelta(days=1))
        found.append((named, calendar.work_day(named, rule)))
    return found


def surprises(start: date, end: date, count: int, seed: str) -> list[date]:
    """So many work days between the two, both included, that nobody could know without the seed."""
    span = [start + timedelta(days=ahead) for ahead in range((end - start).days + 1)]
    worked = [day for day in span if calendar.is_work_day(day)]
    return sorted(sorted(worked, key=lambda day: hashlib.sha256(f"{seed} {day}".encode()).digest())[:count])


async def plan_welfare(desk: Desk, benefit: UUID, first: date, months: int, number: int, rule: str) -> int:
    """How many days are new. Raises Refused."""
    await _ready(desk, benefit)
    keeping.number(months, "months", 1, MOST_MONTHS)
    keeping.number(number, "number", 1, 31)
    if rule not in RULES:
        raise refuse(Code.BAD_VALUE, "rule")
    return await _plan(desk, benefit, "welfare", welfare(first, months, number, rule), None)


async def plan_surprises(desk: Desk, benefit: UUID, start: date, end: date, count: int, seed: str) -> int:
    """Raises Refused."""
    await _ready(desk, benefit)
    keeping.number(count, "count", 1, MOST_SURPRISES)
    if not 0 <= (end - start).days <= LONGEST:
        raise refuse(Code.BAD_DATE, "until")
    bare = keeping.text(seed, "seed", keeping.NAME, required=True)
    return await _plan(desk, benefit, "surprise", [(day, day) for day in surprises(start, end, count, bare)], bare)


async def _ready(desk: Desk, benefit: UUID) -> None:
    rights.require(desk.actor, rights.EDIT)
    known = await keeping.find(desk, BENEFITS, benefit, "benefit_id")
    if known["state"] == "ended":
        raise refuse(Code.WRONG_STATE, "benefit_id", state="ended")


async def _plan(desk: Desk, benefit: UUID, kind: str, days: Sequence[tuple[date, date]], seed: str | None) -> int:
    mine = (DAYS.c.tenant_id == desk.scope.tenant, DAYS.c.benefit_id == benefit)
    known = set((await desk.session.execute(select(DAYS.c.day).where(*mine))).scalars())
    fresh = {day: named for named, day in days if day not in known}
    about = {"benefit_id": benefit, "kind": kind, "state": "planned", "seed": seed}
    made = {"changed_by": desk.actor.name, "created_at": desk.ledger.clock.now()}
    for day, named in fresh.items():
        await keeping.add(desk, DAYS, day=day, planned_for=named, **about, **made)
    return len(fresh)


async def step(desk: Desk, id: UUID, event: str) -> UUID:
    """Raises Refused."""
    known = await keeping.find(desk, DAYS, id)
    way = states.step(STEPS, known["state"], event, desk.actor)
    return await keeping.change(desk, DAYS, id, state=way.to, changed_by=desk.actor.name)
