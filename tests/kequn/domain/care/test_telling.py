"""Who is told of alerts, and what is noted of them: each at least once, and a broken plugin stops no other."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from kequn.contracts.hooks import AlertListener, AlertNote, AlertRaised, hookimpl
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain import alerts, standards
from kequn.domain.care import telling
from kequn.log import EventLog
from kequn.registry import Registry
from kequn.store.database import Database
from kequn.store.rows import table
from tests.kequn.domain.market import AS_OF, Market
from tests.working import statements

pytestmark = pytest.mark.anyio


class Listener:
    """A plugin that hears of alerts. `answer`: what it makes of them; None: it never comes back."""

    def __init__(self, name: str, answer: Any) -> None:
        self.name, self.answer, self.heard = name, answer, []  # type: tuple[str, Any, list[AlertRaised]]

    def plugin(self) -> object:
        async def hear(raised: Sequence[AlertRaised]) -> Sequence[AlertNote]:
            self.heard += raised
            if self.answer is None:  # it never answers
                await asyncio.Event().wait()
            found: Sequence[AlertNote] = self.answer(raised)
            return found

        @hookimpl
        def on_alert() -> AlertListener:
            return AlertListener(self.name, hear)

        module = ModuleType(self.name)
        module.__dict__["on_alert"] = on_alert
        return module


def broken(raised: Sequence[AlertRaised]) -> Any:
    raise RuntimeError("no")


def noted(raised: Sequence[AlertRaised]) -> Any:
    return [AlertNote(raised[0].id, "call today", "now"), AlertNote("alt_0", "of none"), "not a note"]


async def talks(market: Market) -> list[dict[str, Any]]:
    interactions = table(Kind.INTERACTION)
    async with market.database.reading() as session:
        return [dict(row) for row in (await session.execute(select(interactions))).mappings()]


async def unhappy(market: Market) -> tuple[UUID, UUID]:
    """A customer who complains, and the alert."""
    [one] = await market.people(1)
    await market.answer(one, AS_OF - timedelta(days=1), 1, about="attitude")
    await market.evaluate()
    [alert] = (await market.do(alerts.raise_all)).new
    return one, alert


async def tell(market: Market, *listeners: Listener) -> int:
    registry = Registry.load([one.plugin() for one in listeners], entry_points=False)
    assert registry.problems == ()
    world = (market.database, market.ledger, market.actor)
    return await telling.tell(*world, registry.listeners, EventLog(), patience=0.01)


async def test_every_listener_is_told_once_and_notes_reach_the_customer(database: Database, tenant: UUID) -> None:
    market = Market(database, tenant)
    customer, alert = await unhappy(market)
    bad, mute, good = Listener("bad", broken), Listener("mute", None), Listener("good", noted)
    assert [await tell(market, bad, mute, good), await tell(market, bad, mute, good)] == [1, 0]
    [heard] = good.heard
    assert (heard.id, heard.customer) == (format_id("alert", alert), format_id(Kind.CUSTOMER, customer))
    assert (heard.kind, heard.reasons, heard.owner) == ("service", ("attitude",), None)
    assert len(bad.heard) == len(mute.heard) == 1
    [talk] = await talks(market)
    assert (talk["customer_id"], talk["subject"], talk["channel"]) == (customer, "call today", "notice")


async def test_notes_of_all_alerts_where_the_standard_says_so(database: Database, tenant: UUID) -> None:
    market = Market(database, tenant)
    await market.do(standards.publish, await market.do(standards.draft, {"alerts": {"noted": True}}))
    customer, _ = await unhappy(market)
    assert await tell(market) == 1
    [talk] = await talks(market)
    assert (talk["customer_id"], talk["subject"]) == (customer, "service quality alert 服务质量预警")
    assert talk["content"].startswith("attitude; until ")


async def test_many_take_no_more_statements_than_a_few_and_the_newest_come_first(
    database: Database, tenant: UUID
) -> None:
    market, counts = Market(database, tenant), []
    await market.do(standards.publish, await market.do(standards.draft, {"alerts": {"noted": True}}))
    for count in (3, 30):
        people = await market.people(count)
        for one in people:
            await market.answer(one, AS_OF - timedelta(days=1), 1, about="attitude")
        await market.evaluate()
        raised = (await market.do(alerts.raise_all)).new
        listener = Listener("all", lambda raised: [AlertNote(one.id, "call", "now") for one in raised])
        with statements(database) as sent:
            assert await tell(market, listener) == count
        counts.append(len(sent))
        assert [one.id for one in listener.heard] == [format_id("alert", id) for id in sorted(raised, reverse=True)]
    assert counts[1] <= counts[0]
    assert len(await talks(market)) == 2 * 33


async def test_a_note_that_is_refused_keeps_no_other_from_being_written(database: Database, tenant: UUID) -> None:
    market = Market(database, tenant)
    await unhappy(market)
    notes = Listener("notes", lambda raised: [AlertNote(raised[0].id, subject, "") for subject in ("", "call")])
    assert await tell(market, notes) == 1
    assert [talk["subject"] for talk in await talks(market)] == ["call"]
