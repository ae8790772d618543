"""Surveys of many: asking them, sending the links and reminding takes no more statements than for a few."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from kequn.domain.surveys import inviting
from kequn.domain.surveys import keeping as surveys
from kequn.domain.surveys.inviting import INVITATIONS, WAVES
from kequn.domain.surveys.questions import Question
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import Market

pytestmark = pytest.mark.anyio
SIZES = (6, 40)
_notices: Any = tables.Notice.__table__  # type: ignore[attr-defined]


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


async def survey(market: Market, **said: Any) -> UUID:
    about = {"name": "s", "kind": "periodic", "every_days": 30, "rest_days": 0, "remind_days": 1, **said}
    id: UUID = await market.do(surveys.make, about, (Question("q", "nps", "?"),))
    await market.do(surveys.step, id, "publish")
    return id


async def rows(market: Market, table: Any) -> list[Any]:
    async with market.database.reading() as session:
        return list((await session.execute(select(table).order_by(table.c.id))).all())


async def test_a_wave_of_many_takes_no_more_statements(market: Market) -> None:
    await market.people(SIZES[1])
    counts = []
    for size in SIZES:
        id = await survey(market, sample=size)
        with market.statements() as sent:
            await market.do(inviting.hold, id, "x")
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert [one.invited for one in await rows(market, WAVES)] == list(SIZES)


async def test_key_nodes_of_many_take_no_more_statements(market: Market) -> None:
    await survey(market, kind="key_node", node="purchase", every_days=None)
    await market.do(inviting.trigger)
    counts = []
    for number, size in enumerate((1, *SIZES)):  # the first begins the wave
        for who in await market.people(size):
            market.buy(who, market.clock.now() - timedelta(minutes=number), 10)
        await market.live()
        with market.statements() as sent:
            assert await market.do(inviting.trigger) == size
        counts.append(len(sent))
    assert counts[1] == counts[2]


async def test_sending_and_reminding_many_takes_no_more_statements(market: Market) -> None:
    await market.people(sum(SIZES))
    wave = await market.do(inviting.hold, await survey(market), "x")
    counts = []
    for reminder in (False, True):
        for size in SIZES:
            with market.statements() as sent:
                told = await market.do(inviting.send_all, wave, "https://x/", reminder=reminder, at_most=size)
            assert told == size
            counts.append(len(sent))
        market.clock.move(2 * 86_400)
    assert counts[0] == counts[1]
    assert counts[2] == counts[3]


async def test_each_is_sent_a_link_of_their_own_and_reminded_with_the_same(market: Market) -> None:
    await market.people(3)
    wave = await market.do(inviting.hold, await survey(market), "x")
    first = market.clock.now()
    assert await market.do(inviting.send_all, wave, "https://x/") == 3
    market.clock.move(2 * 86_400)
    assert [await market.do(inviting.send_all, wave, "https://x/", reminder=True) for _ in range(2)] == [3, 0]
    asked = await rows(market, INVITATIONS)
    assert {(one.state, one.sent_at, one.reminded_at) for one in asked} == {("sent", first, market.clock.now())}
    found = {(one.occasion, one.customer_id): one.body for one in await rows(market, _notices)}
    hashes = {
        inviting.digest(found[f"survey {one.id}{again}", one.customer_id].removeprefix("s https://x/")): one.hash
        for one in asked
        for again in ("", " again")
    }
    assert len(hashes) == 3
    assert all(said == kept for said, kept in hashes.items())


async def test_who_is_left_in_peace_and_who_was_asked_long_ago(market: Market) -> None:
    one, other = await market.people(2)
    wave = await market.do(inviting.hold, await survey(market, sample=1), "x")
    [asked] = await rows(market, INVITATIONS)
    await market.do(inviting.close, wave)
    await market.do(inviting.hold, await survey(market, rest_days=10), "x")
    [fresh] = [row.customer_id for row in (await rows(market, INVITATIONS))[1:]]
    assert {asked.customer_id, fresh} == {one, other}
    market.clock.move(10 * 86_400)
    await market.do(inviting.hold, await survey(market, rest_days=10), "x")
    assert len(await rows(market, INVITATIONS)) == 4


async def test_of_waves_that_are_due_a_crash_leaves_those_that_were_held(market: Market) -> None:
    await market.people(3)
    for _ in range(2):
        await survey(market)
    await market.dies_after(1, inviting.hold_all_due)
    assert [one.invited for one in await rows(market, WAVES)] == [3]
    assert [await inviting.hold_all_due(market.database, market.ledger, market.actor) for _ in range(2)] == [1, 0]
    assert [one.invited for one in await rows(market, WAVES)] == [3, 3]
    assert len({one.survey_id for one in await rows(market, WAVES)}) == 2
