"""Claims and points of many that run out: in pieces, each in a few statements; what a crash between them leaves
is done the next time."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, func, select

from kequn.contracts.records import Kind
from kequn.domain import points
from kequn.domain.benefits import claiming, lapsing, offering, running_out
from kequn.domain.benefits.claiming import CLAIMS
from kequn.store import tables
from kequn.store.database import Database
from tests.kequn.domain.market import Market

pytestmark = pytest.mark.anyio
SIZES = (6, 40)
_notices: Table = tables.Notice.__table__  # type: ignore[attr-defined]
_entries: Table = tables.PointEntry.__table__  # type: ignore[attr-defined]
Chore = Callable[..., Awaitable[int]]


class Till(Market):
    async def claims(self, count: int, *, days: int = 2, **said: Any) -> list[UUID]:
        """So many customers with a claim each, which runs out in so many days."""
        now = self.clock.now()
        span = {"starts_at": now, "ends_at": now + timedelta(days=days), "usage": "at the till", **said}
        benefit: UUID = await self.do(offering.make, {"name": "coupon", "kind": "coupon", **span})
        people = await self.people(count)
        made = {"created_at": now, "updated_at": now, "changed_at": now, "changed_by": "x", "state": "claimed"}
        about = {"benefit_id": benefit, "name": "coupon", "claimed_at": now, "expires_at": span["ends_at"], **made}
        await self.insert(CLAIMS, *({**about, "customer_id": one, "code": one.hex[-12:].upper()} for one in people))
        return people

    async def earned(self, count: int, days: int = 5) -> list[UUID]:
        """So many customers with points that run out in so many days."""
        now, people = self.clock.now(), await self.people(count)
        about = {"kind": "award", "points": 10, "at": now, "noted_at": now, "actor": "x", "inputs": {}}
        about |= {"expires_at": now + timedelta(days=days)}
        await self.insert(_entries, *({**about, "customer_id": one} for one in people))
        return people

    async def count(self, table: Table, *conditions: Any) -> int:
        async with self.database.reading() as session:
            return int((await session.execute(select(func.count()).select_from(table).where(*conditions))).scalar_one())

    async def ask(self, chore: Chore, piece: int = 500) -> int:
        return await chore(self.database, self.ledger, self.actor, piece)


@pytest.fixture
def till(database: Database, tenant: UUID) -> Till:
    return Till(database, tenant)


async def test_claims_that_run_out_are_ended_in_pieces(till: Till) -> None:
    await till.claims(5)
    till.clock.move(2 * 86_400)
    await till.dies_after(2, lapsing.expire_all, 2)
    expired = CLAIMS.c.state == "expired"
    assert await till.count(CLAIMS, expired) == 4
    assert [await till.ask(lapsing.expire_all) for _ in range(2)] == [1, 0]
    assert await till.count(CLAIMS, expired) == 5


async def test_reminders_of_claims_go_out_in_pieces_and_nobody_is_told_twice(till: Till) -> None:
    await till.claims(5)
    await till.dies_after(2, lapsing.remind_all, 2)
    assert await till.count(_notices) == 4
    assert [await till.ask(lapsing.remind_all, 2) for _ in range(2)] == [1, 0]
    assert await till.count(_notices) == 5
    assert await till.do(lapsing.remind) == 0


async def test_each_benefit_says_when_its_claims_are_reminded_of(till: Till) -> None:
    for days, remind_days, want in ((20, 3, 0), (20, 30, 1), (2, 1, 0), (2, 0, 0), (3, 3, 1)):
        await till.claims(1, days=days, remind_days=remind_days)
        assert await till.ask(lapsing.remind_all) == want


async def test_who_is_gone_is_not_reminded(till: Till) -> None:
    one, _ = await till.claims(2)
    await till.edit(Kind.CUSTOMER, one, deleted_at=till.clock.now())
    assert await till.ask(lapsing.remind_all) == 1


async def test_points_that_run_out_are_taken_in_pieces_and_once(till: Till) -> None:
    await till.earned(5)
    till.clock.move(6 * 86_400)
    await till.dies_after(2, points.expire_all, 2)
    lost = _entries.c.kind == "expire"
    assert await till.count(_entries, lost) == 4
    assert [await till.ask(points.expire_all) for _ in range(2)] == [1, 0]
    assert await till.count(_entries, lost) == 5


async def test_reminders_of_points_go_out_in_pieces_and_nobody_is_told_twice(till: Till) -> None:
    await till.earned(5)
    await till.dies_after(2, running_out.remind, 2)
    assert await till.count(_notices) == 4
    assert [await till.ask(running_out.remind, 2) for _ in range(2)] == [1, 0]
    assert await till.count(_notices) == 5


@pytest.mark.parametrize(
    ("fill", "chore", "days"),
    [
        (Till.claims, lapsing.expire_all, 3),
        (Till.claims, lapsing.remind_all, 0),
        (Till.earned, points.expire_all, 6),
        (Till.earned, running_out.remind, 0),
    ],
    ids=["claims end", "claims remind", "points end", "points remind"],
)
async def test_many_take_no_more_statements_than_a_few(till: Till, fill: Any, chore: Chore, days: int) -> None:
    counts = []
    for size in SIZES:
        await fill(till, size)
        till.clock.move(days * 86_400)
        with till.statements() as sent:
            assert await till.ask(chore) == size
        counts.append(len(sent))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_claim_that_is_redeemed_just_now_is_not_ended(till: Till) -> None:
    """And it is not waited for."""
    await till.claims(1)
    async with till.database.reading() as session:
        code = (await session.execute(select(CLAIMS.c.code))).scalar_one()
    expire = partial(till.ask, lapsing.expire_all)

    async def redeem(desk: Any) -> None:
        await claiming.redeem(desk, code)
        till.clock.move(3 * 86_400)
        assert await expire() == 0

    await till.do(redeem)
    assert await expire() == 0
    assert await till.count(CLAIMS, CLAIMS.c.state == "redeemed") == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_that_remind_at_once_tell_everybody_once(till: Till) -> None:
    await till.claims(3)
    assert await till.meanwhile(lapsing.remind, lapsing.remind) == [0]
    assert await till.count(_notices) == 3
