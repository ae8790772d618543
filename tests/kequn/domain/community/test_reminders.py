"""Who runs many groups is told of each, in few statements or one group at a time, also by whoever goes on after a
crash."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.contracts.records import Kind
from kequn.domain.community import charters, checking, prompting
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import Market
from tests.working import Killed, killed_at_commit, statements

pytestmark = pytest.mark.anyio
_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
_charters: Table = tables.Charter.__table__  # type: ignore[attr-defined]
DAY = 86_400


@pytest.fixture
def market(database: Database, tenant: UUID) -> Market:
    return Market(database, tenant)


async def owned(market: Market, count: int) -> list[UUID]:
    """Groups with one member each, all of one owner."""
    market.clock.move(1)
    [owner] = await market.add(Kind.STAFF, {"name": "owner"})
    [who] = await market.people(1)
    names = ({"name": f"{market.clock.now()} {number}", "owner": owner} for number in range(count))
    groups = await market.add(Kind.GROUP, *names)
    await market.add(Kind.MEMBERSHIP, *({"customer": who, "group": group} for group in groups))
    return groups


async def told(market: Market) -> list[str]:
    """Which group each notice is about."""
    async with market.database.reading() as session:
        return sorted((await session.execute(select(_notices.c.occasion))).scalars())


async def remind(market: Market) -> int:
    return await prompting.remind(market.database, market.ledger, market.actor)


async def test_more_checks_that_are_due_take_no_more_statements(market: Market) -> None:
    counts: list[tuple[int, int]] = []
    for size in (3, 30):
        groups = await owned(market, size)
        with statements(market.database) as sent:
            assert await market.do(checking.remind) == 0
        begun = len(sent)
        market.clock.move(8 * DAY)
        with statements(market.database) as sent:
            assert await market.do(checking.remind) == len(groups)
        counts.append((begun, len(sent)))
        assert await market.do(checking.remind) == 0
        await market.do(_checked)
    assert counts[0] == counts[1]


async def _checked(desk: Any) -> None:
    """Nothing is due for a long time."""
    await desk.session.execute(_charters.update().values(check_at=desk.ledger.clock.now().replace(year=2099)))


async def test_a_group_of_which_somebody_was_told_is_not_looked_at_again_this_month(market: Market) -> None:
    groups = await owned(market, 5)
    for group in groups:
        await market.do(charters.write, group)
    market.clock.move(31 * DAY)
    with killed_at_commit(3, market.database), pytest.raises(Killed):
        await remind(market)
    assert len(await told(market)) == 2
    assert await remind(market) == 3
    assert len(set(await told(market))) == 5
    with statements(market.database) as sent:
        assert await remind(market) == 0
    assert not [one for one in sent if "membership" in one]
