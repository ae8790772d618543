"""The only ways that tickets, standards, crises and trainings go, on both databases."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, insert

from kequn.contracts.records import Kind
from kequn.domain.service import crises, standards, tickets, trainings
from kequn.domain.states import Steps
from kequn.store.database import Database
from tests.kequn.domain.machines import Make, strays
from tests.kequn.domain.market import Market

pytestmark = pytest.mark.anyio


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


async def row(market: Market, table: Table, **values: Any) -> UUID:
    id = market.ledger.new_id()
    async with market.database.writing() as session:
        await session.execute(insert(table).values(tenant_id=market.actor.tenant, id=id, **values))
    return id


async def _ticket(market: Market, state: str) -> UUID:
    [feedback] = await market.add(Kind.FEEDBACK, {"subject": "s"})
    now = market.clock.now()
    grades = {"category": "other", "severity": "low", "sentiment": "neutral", "sentiment_by": "kind"}
    times = dict.fromkeys(("opened_at", "respond_by", "solve_by", "changed_at"), now)
    about = {"feedback_id": feedback, "state": state, "department": "service", "setting": "group", "changed_by": "x"}
    return await row(market, tickets.TICKETS, **grades, **times, **about, level=0, reopened=0)


def made(market: Market, state: str, **more: Any) -> dict[str, Any]:
    number = market.draw.randrange(10**9)
    usual = {"name": f"n{number}", "version": 1, "created_at": market.clock.now(), "created_by": "x"}
    return {**usual, "state": state, **more}


async def _standard(market: Market, state: str) -> UUID:
    times = {"response_minutes": 1, "solution_minutes": 1, "around_the_clock": False, "opens": 9, "closes": 18}
    said = {"department": "service", "operation": "o", "quality": "q"}
    return await row(market, standards.STANDARDS, **made(market, state, **times, **said))


async def _plan(market: Market, state: str) -> UUID:
    team = [{"staff": "a", "role": "lead"}, {"staff": "b", "role": "press"}]
    said = {"steps": [{"name": "one", "role": "lead", "minutes": 5}], "roster": [{"staff": "a", "from": 0, "to": 24}]}
    return await row(market, crises.PLANS, **made(market, state, trigger="", team=team, hotline="95000", **said))


async def _run(market: Market, state: str) -> UUID:
    plan, now = await _plan(market, "published"), market.clock.now()
    said = {"plan_id": plan, "kind": "drill", "reason": "r", "done": {}, "late": 0, "started_by": "x"}
    return await row(market, crises.RUNS, **said, state=state, started_at=now)


async def _training(market: Market, state: str) -> UUID:
    now = market.clock.now()
    said = {"title": "t", "subject": "rules", "form": "online", "trainer": "", "content": "", "pass_score": 60}
    return await row(market, trainings.TRAININGS, **said, state=state, held_at=now, created_at=now, created_by="x")


async def _trainee(market: Market, state: str) -> UUID:
    [staff] = await market.add(Kind.STAFF, {"name": "s"})
    about = {"training_id": await _training(market, "held"), "staff_id": staff, "state": state}
    return await row(market, trainings.TRAINEES, **about, changed_at=market.clock.now())


TOLD = {"note": "n", "result": "r", "plan": "p"}
MACHINES: dict[str, tuple[Steps, Collection[str], Make, Any, Table, Mapping[str, str]]] = {
    "ticket": (tickets.STEPS, tickets.STATES, _ticket, tickets.step, tickets.TICKETS, TOLD),
    "standard": (standards.STEPS, standards.STATES, _standard, standards.step, standards.STANDARDS, {}),
    "plan": (crises.STEPS, crises.STATES, _plan, crises.step, crises.PLANS, {}),
    "run": (crises.RUN_STEPS, crises.RUN_STATES, _run, crises.go, crises.RUNS, {"done": "one", "lessons": "l"}),
    "training": (trainings.STEPS, trainings.STATES, _training, trainings.step, trainings.TRAININGS, {}),
    "trainee": (
        trainings.TRAINEE_STEPS, trainings.TRAINEE_STATES, _trainee, trainings.note, trainings.TRAINEES, {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MACHINES)
async def test_what_is_not_in_the_table_is_refused(market: Market, name: str) -> None:
    steps, states, make, step, table, said = MACHINES[name]
    assert await strays(market, steps, states, make, step, table.c.id, said) == []
