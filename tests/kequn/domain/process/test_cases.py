"""Cases on both databases: one step is open at a time, each until its time; and the only ways that steps may go."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select, update

from kequn.domain.problems import Refused
from kequn.domain.process import cases, flows
from kequn.domain.process.cases import CASE_STATES, CASE_STEPS, ENDED, STATES, STEPS
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import Market

pytestmark = pytest.mark.anyio
_cases: Table = tables.ServiceCase.__table__  # type: ignore[attr-defined]
_steps: Table = tables.CaseStep.__table__  # type: ignore[attr-defined]
_flows: Table = tables.ServiceFlow.__table__  # type: ignore[attr-defined]
EVENTS = ("finish", "skip", "reopen", "drop", "resume", "start", "")


class Counter(Market):
    """A flow of five steps, and a customer on it."""

    async def begin(self) -> UUID:
        [customer] = await self.people(1)
        self.flow: UUID = await self.do(flows.make, "care")
        case: UUID = await self.do(cases.start, self.flow, customer, "a pot")
        return case

    async def rows(self, table: Table, *order: Any) -> list[dict[str, Any]]:
        async with self.database.reading() as session:
            return [dict(row) for row in (await session.execute(select(table).order_by(*order))).mappings()]

    async def steps(self) -> list[dict[str, Any]]:
        return await self.rows(_steps, _steps.c.position)

    async def states(self) -> list[str]:
        return [step["state"] for step in await self.steps()]

    async def put(self, table: Table, id: UUID, state: str) -> None:
        async with self.database.writing() as session:
            await session.execute(update(table).where(table.c.id == id).values(state=state))


@pytest.fixture
def counter(database: Database, tenant: UUID) -> Counter:
    return Counter(database, tenant)


async def test_steps_open_one_after_the_other_and_then_it_is_done(counter: Counter) -> None:
    await counter.begin()
    begun = counter.clock.now()
    for place in range(5):
        assert await counter.states() == ["done"] * place + ["open"] + ["waiting"] * (4 - place)
        counter.clock.move(3600)
        await counter.do(cases.step, (await counter.steps())[place]["id"], "finish", "done well")
    [case] = await counter.rows(_cases)
    assert (case["state"], case["ended_by"], case["flow_version"]) == ("done", "ops", 1)
    steps = await counter.steps()
    assert [step["due_at"] - step["opened_at"] for step in steps] == [
        timedelta(hours=hours) for hours in (24, 24, 8, 72, 168)
    ]
    assert [step["opened_at"] for step in steps] == [begun + timedelta(hours=place) for place in range(5)]


async def test_the_plan_moves_with_what_is_done(counter: Counter) -> None:
    await counter.begin()
    first, second, third, *_ = await counter.steps()
    assert (second["planned_from"], third["planned_from"]) == (first["due_at"], second["due_at"])
    counter.clock.move(7200)
    await counter.do(cases.step, first["id"], "finish", "x")
    _, second, third, *_ = await counter.steps()
    assert (second["planned_from"], third["planned_from"]) == (counter.clock.now(), second["due_at"])


async def test_a_step_is_taken_back_only_until_a_later_one_was_done(counter: Counter) -> None:
    await counter.begin()
    first, second, *_ = await counter.steps()
    await counter.do(cases.step, first["id"], "finish", "x")
    await counter.do(cases.step, first["id"], "reopen")
    assert await counter.states() == ["open", *["waiting"] * 4]
    await counter.do(cases.step, first["id"], "finish", "x")
    await counter.do(cases.step, second["id"], "finish", "y")
    with pytest.raises(Refused, match="WRONG_STATE"):
        await counter.do(cases.step, first["id"], "reopen")


async def test_other_steps_are_a_new_version_and_cases_keep_theirs(counter: Counter) -> None:
    await counter.begin()
    fewer = flows.read([{"name": "one", "department": "sales"}])
    await counter.do(flows.change, counter.flow, steps=fewer)
    await counter.do(flows.change, counter.flow, steps=fewer, name="care 2")
    [flow] = await counter.rows(_flows)
    assert (flow["steps_version"], len(flow["steps"]), flow["name"]) == (2, 1, "care 2")
    assert len(await counter.steps()) == 5
    await counter.do(flows.step, counter.flow, "archive")
    with pytest.raises(Refused, match="WRONG_STATE"):
        await counter.do(cases.start, counter.flow, (await counter.rows(_cases))[0]["customer_id"])


async def test_only_the_ways_of_the_tables_are_open(counter: Counter) -> None:
    """Every state with every event: what is not in the table is refused and changes nothing."""
    case = await counter.begin()
    [step, *_] = await counter.steps()
    for table, id, states, ways, work in (
        (_steps, step["id"], STATES, STEPS, cases.step),
        (_cases, case, CASE_STATES, CASE_STEPS, cases.step_case),
    ):
        for state in states:
            for event in EVENTS:
                await counter.put(_cases, case, "open")
                await counter.put(table, id, state)
                way = ways.get((state, event))
                if way is None:
                    with pytest.raises(Refused, match="WRONG_STATE"):
                        await counter.do(work, id, event, "because")
                else:
                    await counter.do(work, id, event, "because")
                [now] = [row["state"] for row in await counter.rows(table) if row["id"] == id]
                assert now == (way.to if way else state)
    assert {way.to for way in STEPS.values()} >= set(ENDED)


async def test_a_case_that_was_dropped_rests(counter: Counter) -> None:
    case = await counter.begin()
    [step, *_] = await counter.steps()
    with pytest.raises(Refused, match="REQUIRED"):
        await counter.do(cases.step_case, case, "drop")
    await counter.do(cases.step_case, case, "drop", "moved away")
    with pytest.raises(Refused, match="WRONG_STATE"):
        await counter.do(cases.step, step["id"], "finish", "x")
    await counter.do(cases.step_case, case, "resume")
    await counter.do(cases.step, step["id"], "finish", "x")
    assert (await counter.states())[:2] == ["done", "open"]


@pytest.mark.parametrize("steps", [[], [{"name": "", "department": "sales"}], [{"name": "a", "department": "x"}], "a"])
def test_steps_that_are_none(steps: Any) -> None:
    with pytest.raises(Refused, match="BAD_VALUE"):
        flows.read(steps)
