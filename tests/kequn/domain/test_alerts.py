"""Alerts: what raises each kind, that the same does not raise it twice, and the only ways they may go."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select, update

from kequn.contracts.records import Kind
from kequn.domain import alerts
from kequn.domain.alerts import KINDS, STATES, STEPS
from kequn.domain.problems import Refused
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import AS_OF, Market
from tests.working import statements

pytestmark = pytest.mark.anyio
_alerts: Table = tables.Alert.__table__  # type: ignore[attr-defined]
_tasks: Table = tables.Task.__table__  # type: ignore[attr-defined]
EVENTS = ("acknowledge", "handle", "close", "reopen", "raise", "")


class Desk(Market):
    async def look(self, days: float = 0) -> alerts.Raised:
        """Evaluate, and look for reasons, so many days later."""
        self.clock.move(60)
        await self.evaluate(as_of=AS_OF + timedelta(days=days))
        raised: alerts.Raised = await self.do(alerts.raise_all)
        return raised

    async def all(self) -> list[dict[str, Any]]:
        async with self.database.reading() as session:
            found = (await session.execute(select(_alerts).order_by(_alerts.c.id))).mappings()
            return [dict(row) for row in found]

    async def reasons(self, id: UUID) -> dict[str, list[str]]:
        return {one["kind"]: one["reasons"] for one in await self.all() if one["customer_id"] == id}

    async def complain(self, id: UUID, kind: str = "complaint", **facts: Any) -> None:
        await self.add(Kind.FEEDBACK, {"subject": "s", "kind": kind, "customer": id, "solution": "said", **facts})


@pytest.fixture
def desk(database: Database, tenant: UUID) -> Desk:
    return Desk(database, tenant)


def ago(days: float) -> Any:
    return AS_OF - timedelta(days=days)


async def dropped(desk: Desk, id: UUID) -> None:
    for days in (100, 150, 200):
        desk.buy(id, ago(days), 10)


async def silent(desk: Desk, id: UUID) -> None:
    for days in (100, 150, 200):
        desk.talk(id, ago(days))


def answered(*scores: int, about: str = "overall", scale: str = "csat") -> Callable[[Desk, UUID], Any]:
    async def answer(desk: Desk, id: UUID) -> None:
        for place, score in enumerate(reversed(scores)):
            await desk.answer(id, ago(1 + place), score, scale, about)

    return answer


async def complained(desk: Desk, id: UUID) -> None:
    await desk.complain(id)


async def had_a_problem(desk: Desk, id: UUID) -> None:
    await desk.complain(id, "problem")


async def waits(desk: Desk, id: UUID) -> None:
    await desk.complain(id, "inquiry", solution=None)
    desk.clock.move(3600)


async def complained_long_ago(desk: Desk, id: UUID) -> None:
    for kind in ("complaint", "problem", "inquiry"):
        await desk.complain(id, kind, happened_at=ago(1000), solution=None)
    desk.clock.move(3600)


async def waits_since_they_spoke(desk: Desk, id: UUID) -> None:
    desk.clock.move(20 * 3600)
    await desk.complain(id, "inquiry", happened_at=ago(2), solution=None)


async def brought_back(desk: Desk, id: UUID) -> None:
    for days in (10, 20):
        desk.buy(id, ago(days), 10, back=True)


CASES: Mapping[str, tuple[Callable[[Desk, UUID], Any], Mapping[str, list[str]]]] = {
    "purchase frequency drops": (dropped, {"churn": ["purchase_drop"]}),
    "interaction drops": (silent, {"churn": ["contact_drop"]}),
    "a low answer": (answered(5, 4, 2), {"satisfaction": ["fall", "low_answer"], "churn": ["negative_feedback"]}),
    "a fall by two": (answered(5, 3), {"satisfaction": ["fall"]}),
    "a fall by one": (answered(4, 3), {}),
    "0 of 10 is an answer": (
        answered(0, scale="nps"),
        {"satisfaction": ["low_answer"], "churn": ["negative_feedback"]},
    ),
    "the mean falls by one": (answered(5, 5, 5, 4, 4, 4), {"satisfaction": ["mean_fall"]}),
    "the mean falls by less": (answered(5, 5, 5, 5, 4, 4), {}),
    "a complaint": (complained, {"satisfaction": ["complaint"], "churn": ["complaint"]}),
    "attitude": (answered(1, about="attitude"), {"service": ["attitude"]}),
    "response": (answered(2, about="response"), {"service": ["response"]}),
    "nobody answers": (waits, {"service": ["slow_answer"]}),
    "nobody answers what we just learned of": (waits_since_they_spoke, {"service": ["slow_answer"]}),
    "what a first sync brings of earlier years": (complained_long_ago, {}),
    "returns": (brought_back, {"product": ["returns"]}),
    "a bad product": (answered(1, about="product"), {"product": ["product_answer"]}),
    "a problem": (had_a_problem, {"product": ["problem"]}),
    "content": (answered(5, 5, 4), {}),
}


@pytest.mark.parametrize("case", CASES)
async def test_what_raises_an_alert(desk: Desk, case: str) -> None:
    happens, raises = CASES[case]
    one, other = await desk.people(2)
    await happens(desk, one)
    await desk.live()
    raised = await desk.look(1)
    assert await desk.reasons(one) == raises
    assert len(raised.new) == len(raises)
    assert await desk.reasons(other) == {}


async def test_the_same_does_not_raise_it_twice(desk: Desk) -> None:
    [one] = await desk.people(1)
    await desk.complain(one)
    first = await desk.look(1)
    assert (len(first.new), first.repeated) == (2, 0)
    assert await desk.look(2) == alerts.Raised((), 0) == await desk.look(2)
    desk.clock.move(60)
    await desk.complain(one)
    again = await desk.look(2)
    assert again == alerts.Raised((), 2)
    assert {alert["repeats"] for alert in await desk.all()} == {1}


async def test_what_we_learn_of_late_is_news(desk: Desk) -> None:
    """Though something that was said after it is known already."""
    [one] = await desk.people(1)
    await desk.complain(one, happened_at=ago(1))
    closed = (await desk.look(0)).new
    for id in closed:
        await desk.do(alerts.step, id, "close", outcome="solved")
    assert (await desk.look(1)).new == ()
    desk.clock.move(60)
    await desk.complain(one, happened_at=ago(2))
    assert len((await desk.look(1)).new) == len(closed) == 2


async def test_a_closed_alert_comes_again_only_with_news(desk: Desk) -> None:
    [one] = await desk.people(1)
    await desk.answer(one, ago(1), 1, about="attitude")
    [id] = (await desk.look()).new
    await desk.do(alerts.step, id, "close", outcome="solved")
    assert (await desk.look(1)).new == ()
    await desk.answer(one, ago(0.5), 1, about="attitude")
    [again] = (await desk.look(1)).new
    assert again != id


async def test_an_alert_opens_a_task_for_who_looks_after_the_customer(desk: Desk) -> None:
    [owner] = await desk.add(Kind.STAFF, {"name": "s"})
    [one] = await desk.people(1)
    await desk.edit(Kind.CUSTOMER, one, {"owner": owner})
    await desk.answer(one, ago(1), 1, about="product")
    [id] = (await desk.look()).new
    [task] = await tasks(desk)
    due = desk.clock.now() + timedelta(days=3)
    assert (task["alert_id"], task["owner_id"], task["due_at"], task["state"]) == (id, owner, due, "open")
    await desk.do(alerts.step, id, "handle", note="rang her up")
    await desk.do(alerts.step, id, "close", outcome="kept")
    [task] = await tasks(desk)
    assert (task["state"], task["outcome"], task["closed_by"]) == ("done", "kept", "ops")


async def tasks(desk: Desk) -> list[dict[str, Any]]:
    async with desk.database.reading() as session:
        return [dict(row) for row in (await session.execute(select(_tasks))).mappings()]


async def test_facts_and_thresholds_stand_in_the_alert(desk: Desk) -> None:
    [one] = await desk.people(1)
    await dropped(desk, one)
    await desk.live()
    await desk.look()
    [alert] = await desk.all()
    assert alert["inputs"] == {"purchase_drop": {"orders_recent": 0, "orders_before": 3, "share": 0.5}}
    assert (alert["version"], alert["as_of"]) == (0, AS_OF)


async def test_only_the_ways_of_the_table_are_open(desk: Desk) -> None:
    """Every state with every event, on both databases: what is not in the table is refused and changes nothing."""
    [one] = await desk.people(1)
    await desk.answer(one, ago(1), 1, about="attitude")
    [id] = (await desk.look()).new
    said = {"note": "rang up", "outcome": "solved"}
    for state in STATES:
        for event in EVENTS:
            await put(desk, id, state)
            way = STEPS.get((state, event))
            if way is None:
                with pytest.raises(Refused, match="WRONG_STATE"):
                    await desk.do(alerts.step, id, event, **said)
                assert (await desk.all())[0]["state"] == state
                continue
            given = {name: said[name] for name in said if name == "note" or way.to == "closed"}
            await desk.do(alerts.step, id, event, **given)
            assert (await desk.all())[0]["state"] == way.to


async def put(desk: Desk, id: UUID, state: str) -> None:
    async with desk.database.writing() as session:
        await session.execute(update(_alerts).where(_alerts.c.id == id).values(state=state))


@pytest.mark.parametrize(
    ("event", "said", "code"),
    [
        ("handle", {}, "REQUIRED"),
        ("handle", {"note": "  "}, "REQUIRED"),
        ("close", {}, "REQUIRED"),
        ("close", {"outcome": "whatever"}, "BAD_CHOICE"),
        ("acknowledge", {"outcome": "solved"}, "BAD_CHOICE"),
        ("handle", {"note": "x" * 20_001}, "TOO_LONG"),
    ],
)
async def test_what_must_be_said(desk: Desk, event: str, said: dict[str, str], code: str) -> None:
    [one] = await desk.people(1)
    await desk.answer(one, ago(1), 1, about="attitude")
    [id] = (await desk.look()).new
    with pytest.raises(Refused, match=code):
        await desk.do(alerts.step, id, event, **said)


async def test_nothing_is_raised_before_the_first_evaluation(desk: Desk) -> None:
    [one] = await desk.people(1)
    await desk.complain(one)
    assert (await desk.do(alerts.raise_all)).new == ()
    assert set(KINDS) == set(alerts.DEPARTMENT)


async def test_news_of_many_take_no_more_statements_than_of_a_few(desk: Desk) -> None:
    counts = []
    for count in (3, 30):
        people = await desk.people(count)
        for place in range(2):
            for one in people:
                await desk.answer(one, ago(2 - place), 1, about="attitude")
            desk.clock.move(60)
            await desk.evaluate(as_of=AS_OF + timedelta(days=place))
            with statements(desk.database) as sent:
                raised = await desk.do(alerts.raise_all)
        assert (len(raised.new), raised.repeated) == (0, count)
        counts.append(len(sent))
    assert counts[1] <= counts[0]
    assert {one["repeats"] for one in await desk.all()} == {1}
