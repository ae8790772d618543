"""Plugins that say how feedback is meant: asked once, many at a time; one that fails stops nobody."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from kequn.contracts.hooks import FeedbackJudge, hookimpl
from kequn.contracts.records import Kind
from kequn.domain.service import judging, taking, tickets
from kequn.log import EventLog
from kequn.registry import Registry
from kequn.store.database import Database
from tests.kequn.domain.market import Market

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
TEXTS = {"很失望": None, "还行": None, "很好": None}


@pytest.fixture
async def market(database: Database, tenant: UUID) -> Market:
    market = Market(database, tenant)
    await market.add(Kind.FEEDBACK, *({"subject": subject, "kind": "opinion"} for subject in TEXTS))
    assert await market.do(taking.take_all) == len(TEXTS)
    return market


def plugin(name: str, judge: Any) -> object:
    @hookimpl
    def classify_feedback() -> FeedbackJudge:
        return FeedbackJudge(name, judge)

    module = ModuleType(name)
    module.classify_feedback = classify_feedback  # type: ignore[attr-defined]
    return module


async def judged(market: Market, *plugins: object) -> tuple[int, list[tuple[str, str]]]:
    judges = Registry.load(plugins, entry_points=False).judges
    count = await judging.judge(market.database, market.ledger, market.actor, judges, EventLog())
    async with market.database.reading() as session:
        query = select(tickets.TICKETS.c.sentiment, tickets.TICKETS.c.sentiment_by)
        return count, sorted((row.sentiment, row.sentiment_by) for row in await session.execute(query))


async def test_what_a_plugin_knows_better_stands(market: Market) -> None:
    asked: list[str] = []

    async def judge(texts: Sequence[str]) -> Sequence[str | None]:
        asked.extend(texts)
        return ["negative" if "失望" in text else "nonsense" if "好" in text else None for text in texts]

    want = [("negative", "reader"), ("neutral", "kind, asked"), ("positive", "words, asked")]
    assert await judged(market, plugin("reader", judge)) == (1, want)
    assert sorted(asked) == sorted(TEXTS)
    assert (await judged(market, plugin("reader", judge)))[0] == 0
    assert len(asked) == len(TEXTS)  # nobody is asked twice


async def test_one_that_fails_or_miscounts_stops_nobody(market: Market) -> None:
    async def broken(texts: Sequence[str]) -> Sequence[str | None]:
        raise OSError

    async def short(texts: Sequence[str]) -> Sequence[str | None]:
        return ["negative"]

    async def good(texts: Sequence[str]) -> Sequence[str | None]:
        return ["positive"] * len(texts)

    count, found = await judged(market, plugin("a", broken), plugin("b", short), plugin("c", good))
    assert (count, found) == (3, [("positive", "c")] * 3)


async def test_without_a_plugin_nothing_changes(market: Market) -> None:
    assert await judged(market) == (0, [("negative", "words"), ("neutral", "kind"), ("positive", "words")])
