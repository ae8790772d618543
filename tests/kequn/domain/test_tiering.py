"""Tiers: what the rules say is carried out with patience, and what a person decided stays."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, select

from kequn.clock import ManualClock
from kequn.contracts.records import Kind
from kequn.domain import pins, standards, tiering
from kequn.domain.problems import Refused
from kequn.domain.standard import BadStandard, read
from kequn.domain.tiering import Moves
from kequn.store import rows, tables
from kequn.store.database import Database
from tests.kequn.domain.market import AS_OF, Market

pytestmark = pytest.mark.anyio
_pins: Table = tables.Pin.__table__  # type: ignore[attr-defined]
_tiers: Table = tables.Tier.__table__  # type: ignore[attr-defined]
_changes: Table = tables.Change.__table__  # type: ignore[attr-defined]


SILVER = {"tier": "Silver", "within": "regular", "points": 100}
GOLD = {"tier": "Gold", "within": "vip", "points": 200, "spend": 95}


class House(Market):
    """Ten customers; the first two spend the most."""

    async def found(self) -> list[UUID]:
        ids = await self.people(10)
        for place, id in enumerate(ids):
            self.buy(id, AS_OF - timedelta(days=100), (100 - 10 * place) * 1_000_000)
        await self.live()
        await self.apply(0)
        return ids

    async def apply(self, day: int) -> Moves:
        """Evaluate, and carry out, so many days later."""
        at = AS_OF + timedelta(days=day)
        self.clock.move(max((at - self.clock.now()).total_seconds(), 60))
        await self.evaluate(as_of=at)
        return await tiering.apply(self.database, self.ledger, self.actor)

    async def publish(self, **tiers: Any) -> None:
        await self.do(standards.publish, await self.do(standards.draft, {"tiers": tiers}))

    async def tiers(self) -> dict[UUID, str | None]:
        async with self.database.reading() as session:
            found = await rows.load(session, self.actor.scope, Kind.CUSTOMER, list(self.told))
            names = await session.execute(select(_tiers.c.id, _tiers.c.name))
        known: dict[Any, str] = {row.id: row.name for row in names}
        return {id: known.get(row.facts["tier"]) for id, row in found.items()}

    async def pins(self) -> list[tuple[UUID, str, str]]:
        query = select(_pins.c.customer_id, _pins.c.reason, _pins.c.made_by).where(_pins.c.ended_at.is_(None))
        async with self.database.reading() as session:
            return [tuple(row) for row in await session.execute(query)]


@pytest.fixture
def house(database: Database, tenant: UUID) -> House:
    return House(database, tenant)


async def test_everybody_gets_a_first_tier_at_once(house: House) -> None:
    ids = await house.found()
    assert await house.tiers() == dict(zip(ids, ["VIP", "VIP", *["普通"] * 8], strict=True))
    assert await house.apply(1) == Moves()


async def test_some_at_a_time(house: House) -> None:
    await house.people(10)
    await house.evaluate()
    steps = [await tiering.apply(house.database, house.ledger, house.actor, most=6) for _ in range(2)]
    assert steps == [Moves(6, more=True), Moves(4)]


async def test_a_narrow_change_waits_for_a_second_evaluation(house: House) -> None:
    ids = await house.found()
    house.buy(ids[2], AS_OF, 11_000_000)  # 91 where the edge was 90: past it, and near
    await house.live()
    assert await house.apply(1) == Moves()
    assert await house.apply(1) == Moves()  # the same day again is no second evaluation
    assert await house.apply(2) == Moves(moved=1)
    assert (await house.tiers())[ids[2]] == "VIP"


async def test_a_day_that_is_over_counts_no_more(house: House) -> None:
    ids = await house.found()
    house.buy(ids[2], AS_OF, 11_000_000)
    await house.live()
    assert [await house.apply(day) for day in (2, 1, 2)] == [Moves()] * 3
    assert await house.apply(3) == Moves(moved=1)


async def test_a_clear_change_is_made_at_once(house: House) -> None:
    ids = await house.found()
    house.buy(ids[9], AS_OF, 500_000_000)
    await house.live()
    assert await house.apply(1) == Moves(moved=1)
    assert (await house.tiers())[ids[9]] == "VIP"


async def test_down_goes_only_who_had_the_time_of_grace(house: House) -> None:
    ids = await house.found()
    house.buy(ids[8], AS_OF, 1_000_000_000)
    house.buy(ids[9], AS_OF, 600_000_000)  # is the edge now, so that a second evaluation is waited for
    await house.live()
    moved = [(await house.apply(day)).moved for day in (1, 2, 29, 30, 31)]
    assert moved == [1, 1, 0, 0, 2]
    assert {id for id, tier in (await house.tiers()).items() if tier == "VIP"} == set(ids[8:])


async def test_the_highest_tier_needs_a_word_of_a_person(house: House) -> None:
    ids = await house.found()
    for day in range(8):
        house.buy(ids[0], AS_OF - timedelta(days=day), 1_000_000_000)
    await house.live()
    await house.apply(1)
    assert (await house.tiers())[ids[0]] == "VIP"
    await house.do(pins.approve, ids[0], "founder of the club")
    await house.apply(2)
    await house.apply(3)
    assert (await house.tiers())[ids[0]] == "战略"


async def test_rules_never_move_a_pin_until_it_ends(house: House) -> None:
    ids = await house.found()
    async with house.database.reading() as session:
        vip = (await session.execute(select(_tiers.c.id).where(_tiers.c.name == "VIP"))).scalar_one()
    id = await house.do(pins.pin, ids[9], vip, "spoke with her", until=AS_OF + timedelta(days=60))
    for day in (1, 31, 32, 59):
        assert await house.apply(day) == Moves()
    assert (await house.tiers())[ids[9]] == "VIP"
    assert (await house.apply(61)).moved == 1
    assert (await house.tiers())[ids[9]] == "普通"
    await house.do(pins.release, id)
    with pytest.raises(Refused, match="NOT_FOUND"):
        await house.do(pins.release, id)


async def test_a_tier_that_was_edited_in_a_crm_becomes_a_pin(house: House) -> None:
    ids = await house.found()
    async with house.database.reading() as session:
        vip = (await session.execute(select(_tiers.c.id).where(_tiers.c.name == "VIP"))).scalar_one()
    await house.edit(Kind.CUSTOMER, ids[9], {"tier": vip})
    await house.apply(1)
    assert await house.apply(31) == Moves(pinned=1)
    assert await house.pins() == [(ids[9], "set in a CRM", "crm")]
    assert await house.apply(32) == Moves()
    assert (await house.tiers())[ids[9]] == "VIP"


class Ticking(ManualClock):
    """Never tells the same moment twice."""

    def now(self) -> datetime:
        self.move(0.01)
        return super().now()


@pytest.mark.parametrize("clock", [ManualClock, Ticking])
async def test_a_released_pin_is_not_made_again(house: House, clock: type[ManualClock]) -> None:
    house.clock = clock()
    house.ledger = replace(house.ledger, clock=house.clock)
    ids = await house.found()
    async with house.database.reading() as session:
        vip = (await session.execute(select(_tiers.c.id).where(_tiers.c.name == "VIP"))).scalar_one()
    id = await house.do(pins.pin, ids[9], vip, "a test")
    await house.do(pins.release, id)
    await house.apply(1)
    assert await house.apply(31) == Moves(moved=1)


async def test_a_change_by_rule_goes_out_and_says_which_rule(house: House) -> None:
    ids = await house.found()
    async with house.database.reading() as session:
        query = select(_changes.c.source, _changes.c.actor, _changes.c.rule).where(
            _changes.c.row_id == ids[0], _changes.c.op == "update"
        )
        assert (await session.execute(query)).all() == [("rule", "tiers", "tier VIP by standard 0")]


async def test_a_pin_needs_a_reason_and_an_end_to_come(house: House) -> None:
    ids = await house.found()
    for given in ({"reason": " "}, {"reason": "x", "until": AS_OF - timedelta(days=9)}, {"reason": "x" * 1001}):
        with pytest.raises(Refused):
            await house.do(pins.approve, ids[0], **given)
    assert await house.pins() == []


async def test_other_names_of_tiers(house: House) -> None:
    await house.publish(regular="Basic", vip="Gold", strategic="Platinum")
    ids = await house.found()
    assert (await house.tiers())[ids[0]] == "Gold"


async def test_further_tiers_between(house: House) -> None:
    await house.publish(steps=[GOLD, SILVER])
    ids = await house.found()
    async with house.database.reading() as session:
        tiers = (await session.execute(select(_tiers.c.name, _tiers.c.id).order_by(_tiers.c.rank))).all()
    assert [name for name, _ in tiers] == ["普通", "Silver", "VIP", "Gold", "战略"]
    await house.do(pins.pin, ids[9], tiers[3].id, "a friend of the house")
    await house.award(ids[0], 300)  # far above the edge of 200
    await house.award(ids[3], 104)  # near the edge of 100
    await house.award(ids[4], 99)
    assert [await house.apply(day) for day in (1, 2, 3)] == [Moves(moved=1), Moves(moved=1), Moves()]
    await house.award(ids[0], -290)
    assert [(await house.apply(day)).moved for day in (4, 33, 34)] == [0, 0, 1]
    found = await house.tiers()
    assert [found[ids[place]] for place in (0, 1, 3, 4, 9)] == ["VIP", "VIP", "Silver", "普通", "Gold"]


async def test_a_tier_falls_by_one_step_too(house: House) -> None:
    """The days of grace count from when the rules said this step, of the same class."""
    await house.publish(steps=[SILVER, {**SILVER, "tier": "Silver plus", "points": 1000}])
    ids = await house.found()
    for day, points, moved in ((1, 2000, 1), (2, -1500, 0), (20, -450, 0), (32, 0, 0), (49, 0, 0), (50, 0, 1)):
        await house.award(ids[9], points)
        assert (await house.apply(day)).moved == moved
    assert (await house.tiers())[ids[9]] == "普通"


@pytest.mark.parametrize(
    ("tiers", "words"),
    [
        ({"steps": [{**SILVER, "tier": "VIP"}]}, "two tiers have the same name"),
        ({"steps": [SILVER, {**SILVER, "within": "vip"}]}, "two tiers have the same name"),
        ({"vip": "普通"}, "two tiers have the same name"),
        ({"steps": [SILVER, {**SILVER, "tier": "Bronze", "points": 99}]}, "Bronze asks for less than Silver"),
        ({"steps": [GOLD, SILVER, {**GOLD, "tier": "Jade", "spend": 94}]}, "Jade asks for less than Gold"),
        ({"steps": [{**SILVER, "within": "gold"}]}, "tiers.steps.0.within: "),
        ({"steps": [{**SILVER, "tier": ""}]}, "tiers.steps.0.tier: "),
        ({"steps": [{**SILVER, "tier": str(place)} for place in range(21)]}, "tiers.steps: "),
    ],
)
def test_tiers_that_are_no_ladder_are_refused(tiers: dict[str, Any], words: str) -> None:
    with pytest.raises(BadStandard, match=words):
        read({"tiers": tiers})


@pytest.mark.parametrize(
    ("ranks", "after"),
    [((1, 2, 3), [1, 2, 3, 4, 5]), ((1, None, 7), [1, 2, 3, 4, 5]), ((-1, 3, 9), [-1, 2, 3, 4, 9])],
    ids=["no_room", "unranked", "room"],
)
async def test_ranks_rise_with_the_ladder(house: House, ranks: tuple[int | None, ...], after: list[int]) -> None:
    known = zip(("普通", "VIP", "战略"), ranks, strict=True)
    await house.add(Kind.TIER, *({"name": name, "rank": rank} for name, rank in known))
    await house.publish(steps=[GOLD, SILVER])
    await house.found()
    async with house.database.reading() as session:
        found: dict[Any, Any] = dict((await session.execute(select(_tiers.c.name, _tiers.c.rank))).all())
    assert [found[name] for name in ("普通", "Silver", "VIP", "Gold", "战略")] == after
