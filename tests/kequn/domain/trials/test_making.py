"""Trials and offers: the only ways they may go, and that chance alone decides who gets what."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, update

from kequn.domain.offers import making as offers
from kequn.domain.offers.making import Terms
from kequn.domain.problems import Refused
from kequn.domain.segments import keeping
from kequn.domain.trials import making as trials
from kequn.domain.trials.making import Design
from kequn.store import tables
from kequn.store.database import Database
from kequn.store.where import Every
from tests.kequn.domain.market import Market

pytestmark = pytest.mark.anyio
EVENTS = ("start", "end", "cancel", "reopen", "")
_trials: Table = tables.Trial.__table__  # type: ignore[attr-defined]
_offers: Table = tables.Offer.__table__  # type: ignore[attr-defined]


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


@pytest.mark.parametrize("noun", ["offer", "trial"])
async def test_only_the_ways_of_the_table_are_open(market: Market, noun: str) -> None:
    """Every state with every event, on both databases."""
    segment = await market.do(keeping.make, "all", "", Every(), {})
    said: Mapping[str, str] = {} if noun == "offer" else {"conclusion": "learned"}
    table, module = (_offers, offers) if noun == "offer" else (_trials, trials)
    terms: Any = Terms("o", "promotion", segment=segment) if noun == "offer" else Design("t", "bought", segment=segment)
    steps: Any = module.STEPS
    id = await market.do(module.make, terms)
    for state in module.STATES:
        for event in EVENTS:
            async with market.database.writing() as session:
                await session.execute(update(table).where(table.c.id == id).values(state=state))
            if (state, event) in steps:
                await market.do(module.step, id, event, **said)
            else:
                with pytest.raises(Refused, match="WRONG_STATE"):
                    await market.do(module.step, id, event, **said)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (Terms("", "promotion"), "REQUIRED"),
        (Terms("o", "gift"), "BAD_CHOICE"),
        (Terms("o", "promotion", cost_micros=-1), "BAD_NUMBER"),
        (Terms("o", "promotion", window_days=0), "BAD_NUMBER"),
        (Terms("o", "promotion", segment=UUID(int=1)), "UNKNOWN_SEGMENT"),
        (Terms("o", "promotion", owner=UUID(int=1)), "UNKNOWN_STAFF"),
        (Design("t", "luck"), "BAD_CHOICE"),
        (Design("t", "bought", share=0), "BAD_NUMBER"),
        (Design("t", "bought", share=1_000_000), "BAD_NUMBER"),
    ],
)
async def test_what_an_offer_or_trial_may_be(market: Market, terms: Terms | Design, code: str) -> None:
    with pytest.raises(Refused, match=code):
        await market.do(offers.make if isinstance(terms, Terms) else trials.make, terms)


def test_ways_fall_by_chance_and_always_the_same() -> None:
    trial, customers = UUID(int=7), [UUID(int=place) for place in range(20_000)]
    ways = [trials.way_of(trial, one, 300_000) for one in customers]
    assert ways == [trials.way_of(trial, one, 300_000) for one in customers]
    assert 0.29 < ways.count("b") / len(ways) < 0.31
    other = [trials.way_of(UUID(int=8), one, 300_000) for one in customers]
    both = sum(one == two == "b" for one, two in zip(ways, other, strict=True))
    assert 0.08 < both / len(ways) < 0.10  # one trial says nothing of another
