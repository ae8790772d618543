"""Tickets for very much feedback at once: in a few statements, what was said last first, nothing twice."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from kequn.contracts.records import Kind
from kequn.domain.service import overdue, standards, taking, tickets
from kequn.domain.service.tickets import ENTRIES, TICKETS
from kequn.store import rows
from kequn.store.database import Database
from tests.kequn.domain.market import Market
from tests.working import Killed, killed_at_commit, statements

pytestmark = pytest.mark.anyio
_feedback = rows.table(Kind.FEEDBACK)
SAID = ("很失望", "快递坏了", "律师", "谢谢", "how?")
KINDS = ("complaint", "报修", "opinion", None)
STANDARD = {"name": "answer", "department": "客服部", "response_minutes": 10, "solution_minutes": 20, "quality": "kind"}


@pytest.fixture
async def market(database: Database, tenant: UUID) -> Market:
    market = Market(database, tenant)
    roles = ("agent", "agent", "Lead", "客服主管")
    await market.add(Kind.STAFF, *({"name": role, "role": role, "department": "客服"} for role in roles))
    return market


async def say(market: Market, count: int) -> list[UUID]:
    people = await market.people(3)
    facts = [
        {"subject": SAID[place % 5], "kind": KINDS[place % 4], "customer": people[place % 3]} for place in range(count)
    ]
    return await market.add(Kind.FEEDBACK, *facts)


async def read(market: Market, *columns: Any) -> list[Any]:
    async with market.database.reading() as session:
        return list((await session.execute(select(*columns).order_by(columns[0]))).all())


@pytest.mark.parametrize("work", [taking.take_all, overdue.escalate])
async def test_many_take_no_more_statements_than_a_few(market: Market, work: Any) -> None:
    counts = []
    for count in (6, 60):
        await say(market, count)
        if work is overdue.escalate:
            await market.do(taking.take_all)
            market.clock.move(30 * 86_400)
        with statements(market.database) as sent:
            assert await market.do(work) == count
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 12


async def test_what_was_said_just_now_comes_before_what_a_first_sync_brings_of_years(market: Market) -> None:
    now = market.clock.now()
    await market.add(Kind.FEEDBACK, {"subject": "of yesterday", "happened_at": now - timedelta(days=1)})
    await market.add(
        Kind.FEEDBACK, *({"subject": "old", "happened_at": now - timedelta(days=900 + day)} for day in range(5))
    )
    await market.add(Kind.FEEDBACK, {"subject": "just now"})
    assert await market.do(taking.take_all, 1) == 1
    assert await taken(market) == {"just now"}
    assert await market.do(taking.take_all, 1) == 1
    assert await taken(market) == {"just now", "of yesterday"}


async def taken(market: Market) -> set[str]:
    query = select(_feedback.c.subject).join_from(TICKETS, _feedback, _feedback.c.id == TICKETS.c.feedback_id)
    async with market.database.reading() as session:
        return set((await session.execute(query)).scalars())


async def test_one_of_many_is_as_one_alone(market: Market) -> None:
    """Graded, held to a standard and told of alike."""
    for entered in (STANDARD, {**STANDARD, "name": "grave", "kind": "投诉", "response_minutes": 5}):
        await market.do(standards.step, await market.do(standards.draft, entered), "publish")
    alone, many = await say(market, 20), await say(market, 20)
    for one in alone:
        await market.do(taking.take, one)
    await market.do(taking.take_all)
    columns = [column for column in TICKETS.c if column.name not in {"id", "feedback_id", "owner_id"}]
    found = {one.feedback_id: one[1:] for one in await read(market, TICKETS.c.feedback_id, *columns)}
    assert [found[one] for one in alone] == [found[one] for one in many]
    assert len({one[1:] for one in await read(market, TICKETS.c.id, TICKETS.c.standard_id)}) == 2
    owners = Counter(one.owner_id for one in await read(market, TICKETS.c.id, TICKETS.c.owner_id))
    assert sorted(owners.values()) == [10, 10, 10, 10]
    entries = await read(market, ENTRIES.c.ticket_id, ENTRIES.c.event, ENTRIES.c.state)
    assert Counter(one[1:] for one in entries) == {("open", "open"): 40}


async def test_what_is_late_goes_to_those_who_lead_evenly_and_once(market: Market) -> None:
    await say(market, 12)
    await market.do(taking.take_all)
    market.clock.move(30 * 86_400)
    assert [await market.do(overdue.escalate) for _ in "12"] == [12, 0]
    found = await read(market, TICKETS.c.owner_id, TICKETS.c.state, TICKETS.c.level)
    assert sorted(Counter(one.owner_id for one in found).values()) == [6, 6]
    assert {one[1:] for one in found} == {("escalated", 1)}
    noted = await read(market, ENTRIES.c.id, ENTRIES.c.event, ENTRIES.c.note)
    assert Counter(one[1:] for one in noted) == {("open", None): 12, ("escalate", "overdue 超时"): 12}


@pytest.mark.parametrize(("work", "event"), [(taking.take_on, "open"), (overdue.escalate_all, "escalate")])
async def test_whoever_goes_on_after_a_crash_does_the_rest(market: Market, work: Any, event: str) -> None:
    await say(market, 5)
    if event == "escalate":
        await market.do(taking.take_all)
        market.clock.move(30 * 86_400)
    go = partial(work, market.database, market.ledger, market.actor, piece=2)
    with killed_at_commit(2, market.database), pytest.raises(Killed):
        await go()
    async with market.database.reading() as session:
        mine = (ENTRIES.c.event == event, ENTRIES.c.tenant_id == market.actor.tenant)
        assert (await session.execute(select(func.count()).where(*mine))).scalar() == 2
    assert [await go(), await go()] == [3, 0]


async def test_what_is_left_is_for_the_next_time(market: Market) -> None:
    await say(market, 5)
    go = partial(taking.take_on, market.database, market.ledger, market.actor, piece=1, most=3)
    assert [await go(), await go()] == [3, 2]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_who_open_tickets_at_once_open_each_once(market: Market) -> None:
    [mine, *_] = await say(market, 4)
    one = partial(taking.take, id=mine)
    assert await market.meanwhile(one, taking.take_all, taking.take_all) == [3, 0]
    assert len({one.feedback_id for one in await read(market, TICKETS.c.feedback_id)}) == 4


def test_every_state_that_is_escalated_may_be() -> None:
    ways = {tickets.STEPS[state, "escalate"].to for state in ("open", "answered")}
    assert ways == {overdue.TO}
