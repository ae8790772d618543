"""What is done with many members at once takes no more statements than with few, in the same order as one by one; and
what concerns everybody goes on after a crash where it was."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.contracts.records import Kind
from kequn.domain import groups
from kequn.domain.community import admission, arrivals, charters, gatherings, posts, rules, sweeping
from kequn.domain.segments import keeping as segments
from kequn.store import tables
from kequn.store.database import Database
from kequn.store.where import Every
from tests.kequn.domain.market import Market
from tests.working import Killed, killed_at_commit, statements

pytestmark = pytest.mark.anyio
PRIVACY = [{"category": "privacy", "text": "x"}]


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


async def found(market: Market, count: int = 1) -> list[UUID]:
    return await market.add(Kind.GROUP, *({"name": f"{market.clock.now()} {number}"} for number in range(count)))


async def open_to_all(market: Market, *groups: UUID) -> None:
    """The charter of each names a segment that everybody is in."""
    market.clock.move(1)
    everybody = await market.do(segments.make, f"s{market.clock.now()}", "", Every(()), {})
    for group in groups:
        await market.do(charters.write, group, segment_id=everybody, welcome="{name} in {group}")


async def read(market: Market, table: Any, *columns: str, **wanted: Any) -> list[tuple[Any, ...]]:
    """In the order of the columns."""
    here: Table = table.__table__
    query = select(*(here.c[name] for name in columns)).where(*(here.c[name] == one for name, one in wanted.items()))
    async with market.database.reading() as session:
        return sorted(tuple(row) for row in await session.execute(query))


async def admit_all(market: Market, piece: int = admission.PIECE) -> int:
    return await admission.admit_all(market.database, market.ledger, market.actor, piece)


async def consent(market: Market, group: UUID, people: Sequence[UUID]) -> None:
    await market.do(rules.publish, await market.do(rules.write, group, PRIVACY))
    for who in people:
        await market.do(rules.consent, group, who, True)


async def test_a_larger_segment_is_admitted_in_as_many_statements(market: Market) -> None:
    counts, before = [], 0
    for more in (8, 60):
        people, [group] = await market.people(more - before), await found(market)
        before = more
        await open_to_all(market, group)
        await consent(market, group, people[:-1])
        with statements(market.database) as sent:
            assert sorted(await market.do(admission.admit_segment, group)) == sorted(people[:-1])
        counts.append(len(sent))
    assert counts[0] == counts[1]


async def test_each_is_welcomed_by_name_behind_the_one_before(market: Market) -> None:
    people, [group] = sorted(await market.people(3)), await found(market)
    await market.edit(Kind.GROUP, group, {"name": "g"})
    await open_to_all(market, group)
    await consent(market, group, [people[0], people[2]])
    with_consents = 2
    assert await admit_all(market, 2) == 2
    came = [(people[0], "joined", "segment"), (people[0], "welcomed", None)]
    came += [(people[2], "joined", "segment"), (people[2], "welcomed", None)]
    events = await read(market, tables.MemberEvent, "place", "customer_id", "kind", "reason", group_id=group)
    assert events[with_consents:] == [(place, *one) for place, one in enumerate(came, with_consents + 1)]
    told = {who: body for who, body in await read(market, tables.Notice, "customer_id", "body") if "in g" in body}
    names = dict(await read(market, tables.Customer, "id", "name"))
    assert told == {who: f"{names[who]} in g" for who in (people[0], people[2])}
    ways = await read(market, tables.Application, "customer_id", "way", "state", "reason")
    admitted, invited = ("segment", "admitted", "segment"), ("segment", "invited", None)
    assert ways == [(people[0], *admitted), (people[1], *invited), (people[2], *admitted)]
    assert await admit_all(market) == 0


async def test_whoever_goes_on_after_a_crash_admits_the_rest(market: Market) -> None:
    people, both = await market.people(5), await found(market, 2)
    await open_to_all(market, *both)
    with killed_at_commit(2, market.database), pytest.raises(Killed):
        await admit_all(market, 2)
    assert len(await read(market, tables.Membership, "id")) == len(await read(market, tables.Attendance, "id")) == 2
    assert [await admit_all(market, 2), await admit_all(market, 2)] == [8, 0]
    pairs = await read(market, tables.Membership, "group_id", "customer_id")
    assert pairs == sorted((group, who) for group in both for who in people)


async def test_a_larger_sweep_takes_as_many_statements(market: Market) -> None:
    people, counts = await market.people(300), []
    for size in (5, 20):
        [group] = await found(market)
        market.clock.move(1)
        await market.add(Kind.MEMBERSHIP, *({"customer": who, "group": group} for who in people[:200]))
        market.clock.move(timedelta(days=400).total_seconds())
        await arrivals.catch_up(market.database, market.ledger, market.actor)
        with statements(market.database) as sent:
            await market.do(sweeping.sweep, group, people[:size])
        counts.append(len(sent))
        gone = await read(market, tables.Attendance, "customer_id", "ended", "ended_reason", group_id=group)
        swept = [(who, "swept", "silent for 400 days") for who in people[:size]]
        assert [one for one in gone if one[1]] == sorted(swept)
    assert counts[0] == counts[1]


async def test_who_came_by_a_crm_is_swept_before_it_was_noted(market: Market) -> None:
    [who], [group] = await market.people(1), await found(market)
    await market.add(Kind.MEMBERSHIP, {"customer": who, "group": group})
    market.clock.move(timedelta(days=400).total_seconds())
    await market.do(sweeping.sweep, group, [who])
    assert await read(market, tables.Attendance, "customer_id", "way", "ended") == [(who, "added", "swept")]
    assert await read(market, tables.MemberEvent, "place", "kind") == [(1, "swept")]


async def test_a_larger_event_is_moved_up_and_attended_in_as_many_statements(market: Market) -> None:
    counts = []
    for size in (6, 30):
        people, [group] = await market.people(size), await found(market)
        market.clock.move(1)
        await market.add(Kind.MEMBERSHIP, *({"customer": who, "group": group} for who in people))
        event = await market.do(gatherings.plan, group, "n", "quiz", market.clock.now(), 1)
        await market.do(gatherings.step, event, "open")
        for who in people:
            market.clock.move(1)
            await market.do(gatherings.sign_up, event, who)
        with statements(market.database) as sent:
            await market.do(gatherings.change, event, capacity=size - 1)
            await market.do(gatherings.step, event, "hold", "fine")
            await market.do(gatherings.attended, event, people[: size // 2])
        counts.append(len(sent))
        states = dict(await read(market, tables.SignUp, "customer_id", "state", gathering_id=event))
        half, seated = size // 2, size - 1
        assert [states[who] for who in people] == ["attended"] * half + ["absent"] * (seated - half) + ["waiting"]
        told = [who for who, *_ in await read(market, tables.Notice, "customer_id", "occasion", group_id=group)]
        assert told == sorted(people[1:seated])
    assert counts[0] == counts[1]


async def test_more_posts_are_published_in_as_many_statements(market: Market) -> None:
    counts, [group] = [], await found(market)
    for count in (2, 20):
        for _ in range(count):
            post = await market.do(posts.write, group, "tip", "t")
            await market.do(posts.step, post, "schedule", market.clock.now() + timedelta(minutes=1))
        market.clock.move(61)
        with statements(market.database) as sent:
            assert await market.do(posts.publish_due) == count
        counts.append(len(sent))
    assert counts[0] == counts[1]
    when = await read(market, tables.Post, "state", "published_at")
    assert len(when) == 22
    assert {state for state, _ in when} == {"published"}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_whom_a_person_admits_meanwhile_is_not_admitted_again(market: Market) -> None:
    people, [group] = await market.people(3), await found(market)
    await open_to_all(market, group)
    assert await market.meanwhile(partial(admission.admit_segment, group_id=group), lambda _: admit_all(market)) == [0]
    assert await read(market, tables.Membership, "customer_id") == sorted((who,) for who in people)
    assert len(await read(market, tables.Application, "id")) == 3


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_group_that_goes_meanwhile_keeps_no_other_from_being_filled(market: Market) -> None:
    [_], [gone, other] = await market.people(1), await found(market, 2)
    await open_to_all(market, gone, other)
    assert await market.meanwhile(partial(groups.delete, id=gone), lambda _: admit_all(market)) == [1]
    assert await read(market, tables.Membership, "group_id") == [(other,)]


async def test_a_group_that_is_larger_goes_in_as_many_statements(market: Market) -> None:
    counts = []
    for size in (6, 40):
        people, [group] = await market.people(size), await found(market)
        market.clock.move(1)
        await market.add(Kind.MEMBERSHIP, *({"customer": who, "group": group} for who in people))
        with statements(market.database) as sent:
            await market.do(groups.delete, group)
        counts.append(len(sent))
    assert counts[0] == counts[1]
