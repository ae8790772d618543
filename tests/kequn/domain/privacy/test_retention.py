"""Who has just been heard of is not erased for having been silent, whoever noted it and when."""

import asyncio
from datetime import timedelta

import pytest

from kequn.contracts.records import Kind
from kequn.domain import purchases
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.privacy import retention
from kequn.store import rows
from kequn.store.database import Database
from kequn.store.scope import Scope
from tests.kequn.domain.market import Market
from tests.working import held_up

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_buys_while_the_silent_are_erased_stays(database: Database, scope: Scope) -> None:
    market = Market(database, scope.tenant)
    silent, buyer = await market.people(2)
    await market.do(retention.keep, "customer", 365)
    market.clock.move(timedelta(days=400).total_seconds())
    async with database.writing() as session:
        desk = Desk(session, market.actor, market.ledger)
        await purchases.create(desk, {"name": "tea", "customer": buyer, "ordered_at": market.clock.now()})
        erasing = asyncio.create_task(market.do(retention.carry_out))
        await held_up(database, erasing)
    assert await erasing == 1
    async with database.reading() as reading:
        found = await rows.load(reading, scope, Kind.CUSTOMER, [silent, buyer])
    assert (found[silent].live, found[buyer].live) == (False, True)


async def test_words_are_kept_for_so_long_after_they_were_said(database: Database, scope: Scope) -> None:
    """Learned of lately, said long ago: they go, and keep nobody from being silent."""
    market = Market(database, scope.tenant)
    now = market.clock.now()
    silent, heard = await market.people(2)
    market.clock.move(timedelta(days=400).total_seconds())
    await market.add(Kind.FEEDBACK, {"subject": "s", "customer": silent, "happened_at": now})
    old, new, unsaid = await market.add(
        Kind.FEEDBACK,
        {"subject": "old", "customer": heard, "happened_at": now},
        {"subject": "new", "customer": heard, "happened_at": market.clock.now() - timedelta(days=2)},
        {"subject": "nobody knows when", "customer": heard},
    )
    for kind in ("customer", "feedback"):
        await market.do(retention.keep, kind, 365)
    assert await market.do(retention.carry_out) == 2
    async with database.reading() as reading:
        people = await rows.load(reading, scope, Kind.CUSTOMER, [silent, heard])
        words = await rows.load(reading, scope, Kind.FEEDBACK, [old, new, unsaid])
    assert (people[silent].live, people[heard].live) == (False, True)
    assert {id for id, row in words.items() if row.live} == {new, unsaid}


async def test_notices_on_their_way_stay_unless_nobody_will_ever_know(database: Database, scope: Scope) -> None:
    market = Market(database, scope.tenant)
    [customer] = await market.people(1)
    await market.do(retention.keep, "notice", 30)
    for occasion in ("left by a process that died", "long put off, and just taken"):
        await market.do(outbox.tell, customer, occasion, "s", "b")
    async with database.writing() as session:
        assert await outbox.claim(Desk(session, market.actor, market.ledger))
    market.clock.move(timedelta(days=40).total_seconds())
    async with database.writing() as session:
        assert await outbox.claim(Desk(session, market.actor, market.ledger))
    assert [await market.do(retention.carry_out) for _ in range(2)] == [1, 0]
