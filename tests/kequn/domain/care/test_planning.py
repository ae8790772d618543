"""The plan of care on both databases: who is called, who is wished well, when, by whom; and never twice."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.contracts.records import Kind
from kequn.domain import standards
from kequn.domain.care import planning, tasks
from kequn.domain.care.planning import Planned
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import AS_OF, Market
from tests.working import Killed, killed_at_commit, statements

pytestmark = pytest.mark.anyio
_tasks: Table = tables.Task.__table__  # type: ignore[attr-defined]


class Office(Market):
    async def all(self) -> list[dict[str, Any]]:
        async with self.database.reading() as session:
            query = select(_tasks).order_by(_tasks.c.kind, _tasks.c.due_at, _tasks.c.id)
            return [dict(row) for row in (await session.execute(query)).mappings()]

    async def plan(self, as_of: datetime = AS_OF) -> Planned:
        planned: Planned = await self.do(planning.plan, as_of)
        return planned

    async def say(self, settings: dict[str, Any]) -> None:
        await self.do(standards.publish, await self.do(standards.draft, settings))


@pytest.fixture
def office(database: Database, tenant: UUID) -> Office:
    return Office(database, tenant)


def ago(days: float) -> datetime:
    return AS_OF - timedelta(days=days)


async def test_who_was_silent_too_long_is_called_once(office: Office) -> None:
    fresh, silent, never, left_alone = await office.people(4)
    await office.edit(Kind.CUSTOMER, left_alone, {"opted_out": True})
    office.talk(fresh, ago(1))
    office.buy(silent, ago(80), 10)  # new customers are called after 14 days
    await office.live()
    await office.evaluate()
    assert await office.plan() == Planned(calls=2)
    assert {task["customer_id"] for task in await office.all()} == {silent, never}
    assert await office.plan() == Planned()
    [open_one, _] = await office.all()
    await office.do(tasks.step, open_one["id"], "drop", note="not now")
    assert await office.plan() == Planned()
    told = next(task for task in await office.all() if task["customer_id"] == silent)
    assert "首次回访" in told["content"]
    assert told["department"] == "sales"
    assert told["occasion"] == f"since {int(ago(80).timestamp())}"


async def test_a_new_silence_is_a_new_call(office: Office) -> None:
    await office.people(1)
    await office.evaluate()
    assert (await office.plan()).calls == 1
    [task] = await office.all()
    office.clock.move(AS_OF.timestamp() - office.clock.now().timestamp())
    await office.do(tasks.step, task["id"], "finish", outcome="reached", note="is well", channel="phone")
    await office.evaluate(as_of=AS_OF + timedelta(days=1))
    assert await office.plan(AS_OF + timedelta(days=1)) == Planned()
    later = AS_OF + timedelta(days=90)
    assert (await office.plan(later)).calls == 1


@pytest.mark.parametrize("name", ["VIP", "Gold"])
async def test_those_who_are_served_first_are_called_first(office: Office, name: str) -> None:
    [tier] = await office.add(Kind.TIER, {"name": name, "rank": 2})
    *_, one = await office.people(4)
    await office.edit(Kind.CUSTOMER, one, {"tier": tier})
    await office.say({"care": {"calls_a_day": 1}, "tiers": {"steps": [{"tier": "Gold", "within": "vip"}]}})
    assert (await office.plan()).calls == 1
    [task] = await office.all()
    assert task["customer_id"] == one


async def test_the_most_urgent_are_called_first_and_calls_do_not_pile_up(office: Office) -> None:
    """Who is leaving comes before who has just begun, and before who was never in touch."""
    never, new, leaving = await office.people(3)
    office.buy(new, ago(20), 10)
    for days in (100, 130, 160):
        office.buy(leaving, ago(days), 10)
    await office.live()
    await office.evaluate()
    await office.say({"care": {"calls_a_day": 1}})
    called = []
    for _ in range(3):
        office.clock.move(86400)
        assert [await office.plan(), await office.plan()] == [Planned(calls=1), Planned()]
        [task] = [task for task in await office.all() if task["state"] == "open"]
        called.append(task["customer_id"])
        office.clock.move(86400)
        assert await office.plan() == Planned()  # one is still open
        await office.do(tasks.step, task["id"], "drop", note="x")
    assert called == [leaving, new, never]


@pytest.mark.parametrize(("birthdays", "born"), [("solar", date(1990, 1, 8)), ("lunar", date(1985, 1, 10))])
async def test_birthdays_by_either_calendar(office: Office, birthdays: str, born: date) -> None:
    """The 8th of January 2026 is the 20th of the eleventh month, as the 10th of January 1985 was; in Shanghai the plan
    is made on the 6th."""
    one, other = await office.people(2)
    await office.edit(Kind.CUSTOMER, one, {"birthday": born})
    await office.edit(Kind.CUSTOMER, other, {"birthday": date(1990, 6, 1)})
    await office.say({"care": {"birthdays": birthdays, "calls_a_day": 0}})
    assert [await office.plan(), await office.plan(AS_OF + timedelta(days=1))] == [Planned(birthdays=1), Planned()]
    [task] = await office.all()
    assert (task["customer_id"], task["kind"], task["department"]) == (one, "birthday", "market")
    assert task["due_at"] == datetime.fromisoformat("2026-01-08T18:00:00+08:00")


async def test_holidays_for_the_tiers_that_are_named_on_a_work_day(office: Office) -> None:
    [vip] = await office.add(Kind.TIER, {"name": "VIP", "rank": 2})
    one, _ = await office.people(2)
    await office.edit(Kind.CUSTOMER, one, {"tier": vip})
    await office.say({"care": {"calls_a_day": 0}})
    before = datetime.fromisoformat("2026-02-11T09:00:00+08:00")
    assert await office.plan(before) == Planned(holidays=1)
    [task] = await office.all()
    assert task["customer_id"] == one
    assert task["occasion"] == "spring_festival 2026-02-17"
    assert task["due_at"] == datetime.fromisoformat("2026-02-14T18:00:00+08:00")


async def holiday(office: Office, count: int) -> None:
    [vip] = await office.add(Kind.TIER, {"name": "VIP", "rank": 2})
    await office.add(Kind.CUSTOMER, *({"type": "person", "name": f"v{place}", "tier": vip} for place in range(count)))
    await office.say({"care": {"calls_a_day": 0}})
    office.clock.move((datetime.fromisoformat("2026-02-11T09:00:00+08:00") - office.clock.now()).total_seconds())


async def test_wishes_for_many_are_planned_piece_by_piece_and_after_a_crash_the_rest(office: Office) -> None:
    await holiday(office, 5)
    go = partial(planning.plan_care, office.database, office.ledger, office.actor, piece=2)
    with killed_at_commit(2, office.database), pytest.raises(Killed):
        await go()
    assert len(await office.all()) == 2
    assert [await go(), await go()] == [Planned(holidays=3), Planned()]
    assert len({task["customer_id"] for task in await office.all()}) == 5


async def test_wishes_for_many_take_one_insert(office: Office) -> None:
    await holiday(office, 20)
    with statements(office.database) as sent:
        assert await planning.plan_care(office.database, office.ledger, office.actor) == Planned(holidays=20)
    assert sum("INSERT INTO care_task" in one for one in sent) == 1
