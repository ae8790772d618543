"""The only ways that surveys, waves and invitations go, on both databases."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, insert, select

from kequn.domain.problems import Refused
from kequn.domain.states import Steps
from kequn.domain.surveys import answering, inviting, keeping
from kequn.domain.surveys.questions import Question
from kequn.store.database import Database
from tests.kequn.domain.market import Market

pytestmark = pytest.mark.anyio
ASKED = (Question("q", "nps", "?"),)


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


async def row(market: Market, table: Table, **values: Any) -> UUID:
    id = market.ledger.new_id()
    async with market.database.writing() as session:
        await session.execute(insert(table).values(tenant_id=market.actor.tenant, id=id, **values))
    return id


async def _survey(market: Market, state: str) -> UUID:
    id: UUID = await market.do(keeping.make, {"name": "s", "kind": "periodic"}, ASKED)
    async with market.database.writing() as session:
        await session.execute(keeping.SURVEYS.update().where(keeping.SURVEYS.c.id == id).values(state=state))
    return id


async def _wave(market: Market, state: str) -> UUID:
    now = market.clock.now()
    about = {"survey_id": await _survey(market, "published"), "number": 1, "version": 1, "seed": "s"}
    when = {"opened_at": now, "closes_at": now + timedelta(days=9)}
    return await row(market, inviting.WAVES, **about, **when, state=state, population=0, invited=0)


async def _invitation(market: Market, state: str) -> UUID:
    [one] = await market.people(1)
    about = {"wave_id": await _wave(market, "open"), "customer_id": one, "occasion": "", "state": state, "answers": {}}
    when = {"invited_at": market.clock.now(), "changed_by": "x"}
    return await row(market, inviting.INVITATIONS, **about, **when)


async def _do(desk: Any, id: UUID, event: str) -> Any:
    """What each event is for an invitation; time alone lets one expire."""
    match event:
        case "send":
            return await inviting.send(desk, id)
        case "answer":
            return await answering.answer(desk, id, {"q": ["0"]}, "phone")
        case "open":
            return await answering.opened(desk, id)
    return await inviting.note(desk, id, event, "n")


async def _close(desk: Any, id: UUID, event: str) -> Any:
    if event != "close":
        raise Refused
    return await inviting.close(desk, id)


MACHINES: dict[str, tuple[Steps, Any, Any, Any, Table]] = {
    "survey": (keeping.STEPS, keeping.STATES, _survey, keeping.step, keeping.SURVEYS),
    "wave": (inviting.WAVE_STEPS, inviting.WAVE_STATES, _wave, _close, inviting.WAVES),
    "invitation": (inviting.STEPS, inviting.STATES, _invitation, _do, inviting.INVITATIONS),
}


@pytest.mark.parametrize("name", MACHINES)
async def test_what_is_not_in_the_table_is_refused(market: Market, name: str) -> None:
    steps, states, make, step, table = MACHINES[name]
    for state in states:
        for event in (*sorted({event for _, event in steps} - {"expire"}), "delete"):
            id = await make(market, state)
            way = steps.get((state, event))
            if way is None and event != "open":  # a page may be looked at in any state
                with pytest.raises(Refused):
                    await market.do(step, id, event)
            else:
                await market.do(step, id, event)
            async with market.database.reading() as session:
                found = (await session.execute(select(table.c.state).where(table.c.id == id))).scalar_one()
            assert found == (way.to if way else state), (state, event)


@pytest.mark.parametrize("state", inviting.STATES)
async def test_at_the_end_of_a_wave_what_did_not_come_is_noted(market: Market, state: str) -> None:
    id = await _invitation(market, state)
    market.clock.move(86_400 * 10)
    assert await market.do(inviting.close_due) == 1
    async with market.database.reading() as session:
        found = (await session.execute(select(inviting.INVITATIONS.c.state))).scalar_one()
    assert found == ("expired" if state in inviting.ASKED else state)
    with pytest.raises(Refused, match="WRONG_STATE"):
        await market.do(answering.answer, id, {"q": ["0"]}, "phone")
