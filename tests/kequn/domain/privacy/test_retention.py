"""Who has just been heard of is not erased for having been silent, whoever noted it and when."""

import asyncio
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select

from kequn.contracts.records import Kind
from kequn.domain import merging, purchases
from kequn.domain.editing import Desk
from kequn.domain.notices import outbox
from kequn.domain.privacy import retention
from kequn.domain.service import taking
from kequn.store import rows
from kequn.store.database import Database
from kequn.store.scope import Scope
from tests.kequn.domain.market import Market
from tests.working import Killed, held_up, killed_at_commit, statements

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
    left, taken = "left by a process that died", "long put off, and just taken"
    one, other = [await market.do(outbox.tell, customer, occasion, "s", "b") for occasion in (left, taken)]
    assert await market.do(outbox.claim, one)
    market.clock.move(timedelta(days=40).total_seconds())
    assert await market.do(outbox.claim, other)
    assert [await market.do(retention.carry_out) for _ in range(2)] == [1, 0]


async def acts(market: Market) -> dict[UUID, dict[str, int]]:
    """By customer, how many rows of each table were erased."""
    async with market.database.reading() as session:
        query = select(retention._acts.c.customer_id, retention._acts.c.counts)
        return dict((await session.execute(query)).all())


async def known(market: Market, count: int) -> list[UUID]:
    """Customers of whom something is known, and from whom nothing will be heard."""
    people = await market.people(count)
    for kind in (Kind.PURCHASE, Kind.INTERACTION, Kind.FEEDBACK):
        name = "name" if kind is Kind.PURCHASE else "subject"
        await market.add(kind, *({name: "x", "customer": one} for one in people))
    await market.do(taking.take_all)
    await market.do(outbox.tell_all, people, "o", "s", "b")
    return people


@pytest.mark.parametrize("kind", ["customer", "feedback", "notice"])
async def test_many_take_no_more_statements_than_a_few(database: Database, scope: Scope, kind: str) -> None:
    market, counts = Market(database, scope.tenant), []
    await market.do(retention.keep, kind, 365)
    for count in (4, 40):
        await known(market, count)
        market.clock.move(timedelta(days=400).total_seconds())
        with statements(database) as sent:
            assert await market.do(retention.carry_out) == count
        counts.append(len(sent))
    assert counts[1] <= counts[0] <= 90


async def test_each_of_many_has_an_act_of_their_own(database: Database, scope: Scope) -> None:
    market = Market(database, scope.tenant)
    alone, winner, loser, heard = await known(market, 4)
    await market.do(merging.merge, winner, loser)
    await market.do(retention.keep, "customer", 365)
    market.clock.move(timedelta(days=400).total_seconds())
    await market.do(outbox.tell, alone, "another", "s", "b")
    await market.add(Kind.PURCHASE, {"name": "tea", "customer": heard})
    assert await market.do(retention.carry_out) == 2
    found = await acts(market)
    one = {"customer": 1, "feedback": 1, "interaction": 1, "notice": 2, "purchase": 1, "ticket": 1, "ticket_step": 1}
    assert {name: found[alone].get(name) for name in one} == one
    two = {"customer": 2, "feedback": 2, "interaction": 2, "purchase": 2, "ticket": 2, "ticket_step": 2}
    assert {name: found[winner].get(name) for name in two} == two
    assert found.keys() == {alone, winner}


@pytest.mark.parametrize(("kind", "gone"), [("customer", 5), ("feedback", 5), ("notice", 5)])
async def test_a_worker_lets_go_all_piece_by_piece(database: Database, scope: Scope, kind: str, gone: int) -> None:
    """Whoever goes on after a crash does the rest."""
    market = Market(database, scope.tenant)
    await known(market, gone)
    await market.do(retention.keep, kind, 365)
    market.clock.move(timedelta(days=400).total_seconds())
    go = partial(retention.carry_out_all, database, market.ledger, market.actor, piece=2)
    with killed_at_commit(2, database), pytest.raises(Killed):
        await go()
    async with database.reading() as session:
        [left] = await retention.due(session, scope, market.clock.now())
    assert left.count == gone - 2
    assert [await go(), await go()] == [gone - 2, 0]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_who_let_go_the_same_let_it_go_once(database: Database, scope: Scope) -> None:
    market = Market(database, scope.tenant)
    people = await known(market, 3)
    await market.do(retention.keep, "customer", 365)
    market.clock.move(timedelta(days=400).total_seconds())
    assert await market.meanwhile(retention.carry_out, retention.carry_out) == [0]
    assert (await acts(market)).keys() == set(people)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_nothing_goes_by_a_rule_that_is_taken_away_meanwhile(database: Database, scope: Scope) -> None:
    market = Market(database, scope.tenant)
    one = min(await known(market, 2))
    await market.do(retention.keep, "customer", 365)
    market.clock.move(timedelta(days=400).total_seconds())
    async with database.writing() as session:
        desk = Desk(session, market.actor, market.ledger)
        await rows.load(session, scope, Kind.CUSTOMER, [one], lock=True)
        go = partial(retention.carry_out_all, database, market.ledger, market.actor, piece=1)
        erasing = asyncio.create_task(go())
        await held_up(database, erasing)
        await retention.keep_for_good(desk, "customer")
    assert await erasing == 0
