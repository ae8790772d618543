"""Who came and went by another road is noted, however many they are: in a few statements for each piece, in the order
in which they came, and nobody twice."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.contracts.records import Kind
from kequn.domain.community import arrivals, welcome
from kequn.store import tables
from kequn.store.database import Database
from kequn.store.rows import table
from tests.kequn.domain.market import Market
from tests.working import Killed, killed_at_commit, statements

pytestmark = pytest.mark.anyio
_events: Table = tables.MemberEvent.__table__  # type: ignore[attr-defined]
_standings: Table = tables.Attendance.__table__  # type: ignore[attr-defined]


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


async def join(market: Market, groups: list[UUID], people: list[UUID]) -> list[UUID]:
    """Each into every group, by a CRM, one after the other."""
    made = []
    for who in people:
        market.clock.move(1)
        made += await market.add(Kind.MEMBERSHIP, *({"customer": who, "group": group} for group in groups))
    return made


async def found(market: Market, count: int = 1) -> list[UUID]:
    return await market.add(Kind.GROUP, *({"name": f"g{number}"} for number in range(count)))


async def catch_up(market: Market, piece: int = arrivals.PIECE) -> int:
    return await arrivals.catch_up(market.database, market.ledger, market.actor, piece)


async def told(market: Market, group: UUID) -> list[tuple[int, UUID, str]]:
    """What happened in a group, in order."""
    query = select(_events.c.place, _events.c.customer_id, _events.c.kind).where(_events.c.group_id == group)
    async with market.database.reading() as session:
        return [(row[0], row[1], row[2]) for row in await session.execute(query.order_by(_events.c.place))]


async def standings(market: Market) -> list[dict[str, Any]]:
    async with market.database.reading() as session:
        return [dict(row) for row in (await session.execute(select(_standings))).mappings()]


async def test_more_members_take_no_more_statements(market: Market) -> None:
    people, counts = await market.people(60), []
    for some in (people[:5], people[5:]):
        group = await found(market, 2)
        ids = await join(market, group, some)
        with statements(market.database) as sent:
            assert await catch_up(market) == 2 * len(some)
        came = len(sent)
        for id in ids:
            await market.edit(Kind.MEMBERSHIP, id, deleted_at=market.clock.now())
        with statements(market.database) as sent:
            assert await catch_up(market) == 2 * len(some)
        counts.append((came, len(sent)))
        await market.do(_clear)
    assert counts[0] == counts[1]


async def _clear(desk: Any) -> None:
    for some in (_standings, table(Kind.MEMBERSHIP)):
        await desk.session.execute(some.delete())


async def test_each_group_has_its_own_order_and_goes_on_where_it_was(market: Market) -> None:
    people = await market.people(3)
    one, other = await found(market, 2)
    ids = await join(market, [one, other], people[:2])
    assert await catch_up(market) == 4
    await market.edit(Kind.MEMBERSHIP, ids[0], deleted_at=market.clock.now())
    await join(market, [one], people[2:])
    assert [await catch_up(market, 1), await catch_up(market, 1)] == [2, 0]
    first, second, third = people
    came = [(1, first, "joined"), (2, second, "joined")]
    assert await told(market, one) == [*came, (3, third, "joined"), (4, first, "left")]
    assert await told(market, other) == came
    ended = {(row["group_id"], row["customer_id"]): row["ended"] for row in await standings(market)}
    assert {pair for pair, how in ended.items() if how} == {(one, first)}


async def test_whoever_goes_on_after_a_crash_notes_the_rest(market: Market) -> None:
    people, [group] = await market.people(5), await found(market)
    await join(market, [group], people)
    with killed_at_commit(2, market.database), pytest.raises(Killed):
        await catch_up(market, 2)
    assert len(await told(market, group)) == len(await standings(market)) == 2
    assert [await catch_up(market, 2), await catch_up(market, 2)] == [3, 0]
    assert [(place, who) for place, who, _ in await told(market, group)] == list(enumerate(people, 1))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_a_person_notes_meanwhile_is_not_noted_again(market: Market) -> None:
    [who, other], [group] = await market.people(2), await found(market)
    await join(market, [group], [who, other])

    async def note(desk: Any) -> None:
        await welcome.standing(desk, group, who)

    await market.meanwhile(note, lambda desk: catch_up(market))
    ways = {row["customer_id"]: row["way"] for row in await standings(market)}
    assert ways == {who: "added", other: "elsewhere"}
    assert await told(market, group) == [(1, other, "joined")]
