"""Two at work on the same at once, each in a transaction of its own: PostgreSQL lets them, SQLite does not."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.contracts.records import Kind
from kequn.domain import alerts, groups, keeping
from kequn.domain.community import joining, posts, violations
from kequn.domain.process import cases, flows
from kequn.domain.service import overdue, taking, tickets
from kequn.domain.surveys import answering, inviting
from kequn.domain.surveys import keeping as surveys
from kequn.domain.surveys.questions import Question
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import AS_OF, Market

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


async def all_of(market: Market, table: Any) -> list[dict[str, Any]]:
    here: Table = table.__table__
    async with market.database.reading() as session:
        return [dict(row) for row in (await session.execute(select(here).order_by(here.c.id))).mappings()]


async def test_two_violations_of_a_member_are_two_rungs(market: Market) -> None:
    [who] = await market.people(1)
    group = (await market.do(groups.create, {"name": "g"})).id
    await market.do(joining.admit, group, who, "test")
    first, second = [await market.do(violations.report, group, who, "speech", "seen") for _ in range(2)]
    decide = partial(violations.step, event="decide")
    await market.meanwhile(partial(decide, id=first), partial(decide, id=second))
    found = [(one["place"], one["sanction"]) for one in await all_of(market, tables.Violation)]
    assert sorted(found) == [(1, violations.LADDER[0]), (2, violations.LADDER[1])]


async def test_news_of_an_alert_that_is_being_closed_raises_another(market: Market) -> None:
    [who] = await market.people(1)
    await market.answer(who, AS_OF - timedelta(days=1), 1, about="attitude")
    await market.evaluate()
    [first] = (await market.do(alerts.raise_all)).new
    await market.answer(who, AS_OF - timedelta(hours=1), 1, about="attitude")
    market.clock.move(60)
    await market.evaluate()
    close = partial(alerts.step, id=first, event="close", outcome="solved")
    [raised] = await market.meanwhile(close, alerts.raise_all)
    assert (len(raised.new), raised.repeated) == (1, 0)
    assert [one["state"] for one in await all_of(market, tables.Alert)] == ["closed", "raised"]


async def survey(market: Market, **said: Any) -> UUID:
    about = {"name": "s", "kind": "periodic", "every_days": 30, **said}
    id: UUID = await market.do(surveys.make, about, (Question("q", "nps", "?"),))
    await market.do(surveys.step, id, "publish")
    return id


async def bought(market: Market) -> UUID:
    """A survey about purchases, of which there is one that nobody was asked about yet."""
    [who] = await market.people(1)
    market.buy(who, market.clock.now() - timedelta(days=1), 10)
    await market.live()
    return await survey(market, kind="key_node", node="purchase", every_days=None, rest_days=0)


async def test_a_wave_that_a_person_holds_just_now_is_not_held_again(market: Market) -> None:
    await market.people(4)
    hold = partial(inviting.hold, survey=await survey(market, sample=2), seed="x")
    assert await market.meanwhile(hold, inviting.hold_due) == [0]
    assert [one["invited"] for one in await all_of(market, tables.SurveyWave)] == [2]


async def test_two_surveys_do_not_ask_the_same_customer_at_once(market: Market) -> None:
    await market.people(1)
    one, other = [partial(inviting.hold, survey=await survey(market), seed="x") for _ in range(2)]
    await market.meanwhile(one, other)
    assert sorted(one["invited"] for one in await all_of(market, tables.SurveyWave)) == [0, 1]


async def test_nobody_is_invited_into_a_wave_that_is_being_closed(market: Market) -> None:
    await bought(market)
    await market.do(inviting.trigger)
    [wave] = await all_of(market, tables.SurveyWave)
    market.buy(next(iter(market.told)), market.clock.now(), 10)
    await market.live()
    assert await market.meanwhile(partial(inviting.close, wave=wave["id"]), inviting.trigger) == [1]
    states = {one["id"]: one["state"] for one in await all_of(market, tables.SurveyWave)}
    found = [(one["state"], states[one["wave_id"]]) for one in await all_of(market, tables.SurveyInvitation)]
    assert sorted(found) == [("expired", "closed"), ("waiting", "open")]


async def test_who_answers_while_others_are_reminded_is_heard(market: Market) -> None:
    await market.people(1)
    wave = await market.do(inviting.hold, await survey(market, remind_days=1), "x")
    send = partial(inviting.send_all, wave=wave, base="https://x/")
    await market.do(send)
    market.clock.move(2 * 86_400)
    [asked] = await all_of(market, tables.SurveyInvitation)
    answer = partial(answering.answer, id=asked["id"], said={"q": ["9"]}, channel="online")
    locked = partial(keeping.find, table=inviting.WAVES, id=wave)
    assert await market.meanwhile(locked, partial(send, reminder=True), answer) == [1, asked["id"]]
    [asked] = await all_of(market, tables.SurveyInvitation)
    assert (asked["state"], asked["reminded_at"]) == ("answered", market.clock.now())


async def test_who_answers_while_others_are_asked_is_heard(market: Market) -> None:
    await bought(market)
    await market.do(inviting.trigger)
    [asked] = await all_of(market, tables.SurveyInvitation)
    [other] = await market.people(1)
    market.buy(other, market.clock.now(), 10)
    await market.live()
    answer = partial(answering.answer, id=asked["id"], said={"q": ["9"]}, channel="online")
    locked = partial(keeping.find, table=inviting.WAVES, id=asked["wave_id"])
    assert await market.meanwhile(locked, answer, inviting.trigger) == [asked["id"], 1]


async def test_what_a_person_escalates_is_not_escalated_again(market: Market) -> None:
    [feedback] = await market.add(Kind.FEEDBACK, {"subject": "s"})
    ticket = await market.do(taking.take, feedback)
    market.clock.move(30 * 86_400)
    escalate = partial(tickets.step, id=ticket, event="escalate", note="n")
    assert await market.meanwhile(escalate, overdue.escalate) == [0]
    assert [one["level"] for one in await all_of(market, tables.Ticket)] == [1]


async def test_a_post_that_is_taken_off_the_plan_is_not_published(market: Market) -> None:
    group = (await market.do(groups.create, {"name": "g"})).id
    post = await market.do(posts.write, group, "tip", "t")
    await market.do(posts.step, post, "schedule", market.clock.now() + timedelta(hours=1))
    market.clock.move(7200)
    assert await market.meanwhile(partial(posts.step, id=post, event="unschedule"), posts.publish_due) == [0]
    assert [one["state"] for one in await all_of(market, tables.Post)] == ["draft"]


async def case(market: Market) -> list[dict[str, Any]]:
    """The steps of a case, of which the first is open."""
    [who] = await market.people(1)
    await market.do(cases.start, await market.do(flows.make, "care"), who)
    return await steps(market)


async def steps(market: Market) -> list[dict[str, Any]]:
    return sorted(await all_of(market, tables.CaseStep), key=lambda one: one["position"])


async def test_two_steps_of_a_case_may_end_at_once(market: Market) -> None:
    first, second, *_ = await case(market)
    locked = partial(keeping.find, table=tables.ServiceCase.__table__, id=first["case_id"])  # type: ignore[attr-defined]
    ends = [partial(cases.step, id=one["id"], note="n") for one in (first, second)]
    await market.meanwhile(locked, partial(ends[0], event="finish"), partial(ends[1], event="skip"))
    assert [one["state"] for one in await steps(market)] == ["done", "skipped", "open", "waiting", "waiting"]


async def test_the_time_that_a_step_is_given_is_kept_when_the_one_before_it_ends(market: Market) -> None:
    first, second, *_ = await case(market)
    later = second["due_at"] + timedelta(days=9)
    hand_over = partial(cases.hand_over, id=second["id"], department="sales", owner=None, due_at=later)
    await market.meanwhile(hand_over, partial(cases.step, id=first["id"], event="finish", note="n"))
    _, second, *_ = await steps(market)
    assert second["due_at"] == market.clock.now() + (later - first["due_at"])
