"""The search for duplicates on both databases: a search of what changed comes to the same as a search of everything,
what people decided stays, and ever more customers take no more statements to read."""

import random
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.records import Kind
from kequn.contracts.secrets import Keyring
from kequn.domain import duplicates, merging
from kequn.domain.duplicates import Tally
from kequn.domain.editing import Desk
from kequn.store import rows, tables
from kequn.store.database import Database
from kequn.store.journal import Cause
from kequn.store.ledger import Edit, Ledger
from kequn.store.rows import Row
from kequn.store.scope import Actor, Role
from kequn.store.vault import Vault

pytestmark = pytest.mark.anyio
_duplicates = tables.Duplicate.__table__  # type: ignore[attr-defined]
NAMES = ["林语", "王芳", "Mira Tolan", "Mira Tolann"]
CITIES = [None, "上海", "上海市", "Wuxi"]


class Registry:
    """Customers as a sync writes them, and the suggestions about them."""

    def __init__(self, database: Database, tenant: UUID) -> None:
        self.database = database
        self.actor = Actor(tenant, Role.OPERATOR, "ops")
        self.clock, chance = ManualClock(), SeededRandom(5)
        self.ledger = Ledger(Vault(Keyring([b"k" * 32], chance)), self.clock, chance)

    async def search(self, *, full: bool = True) -> Tally:
        self.clock.move(3600)
        return await duplicates.search(self.database, self.ledger, self.actor, full=full)

    async def write(self, *edits: Edit) -> None:
        async with self.database.writing() as session:
            await self.ledger.write(session, self.actor.scope, edits)

    async def add(self, *facts: dict[str, Any]) -> list[UUID]:
        made = [Row(Kind.CUSTOMER, self.ledger.new_id(), {"type": "person", **one}) for one in facts]
        await self.write(*(Edit(None, row, Cause("sync", "crm")) for row in made))
        return [row.id for row in made]

    async def edit(self, id: UUID, **facts: Any) -> None:
        async with self.database.reading() as session:
            row = (await rows.load(session, self.actor.scope, Kind.CUSTOMER, [id]))[id]
        after = replace(row, facts={**row.facts, **facts}, deleted_at=None if facts else self.clock.now())
        await self.write(Edit(row, after, Cause("sync", "crm")))

    async def do(self, work: Any, *given: Any) -> Any:
        async with self.database.writing() as session:
            return await work(Desk(session, self.actor, self.ledger), *given)

    async def all(self) -> dict[UUID, tuple[str, int, tuple[str, ...]]]:
        async with self.database.reading() as session:
            found = (await session.execute(select(_duplicates))).mappings().all()
        return {one["id"]: (one["state"], one["score"], tuple(one["reasons"])) for one in found}


@pytest.fixture
def registry(database: Database, tenant: UUID) -> Registry:
    return Registry(database, tenant)


async def test_what_changed_and_everything_come_to_the_same(registry: Registry) -> None:
    draw = random.Random(3)

    def facts() -> dict[str, Any]:
        phone = draw.choice([None, None, f"1390000000{draw.randrange(6)}"])
        return {"name": draw.choice(NAMES), "city": draw.choice(CITIES), "phone": phone}

    ids = await registry.add(*(facts() for _ in range(30)))
    await registry.search()
    for _ in range(6):
        registry.clock.move(3600)
        for id in draw.sample(ids, 3):
            await registry.edit(id, **facts())
        gone = ids.pop(draw.randrange(len(ids)))
        await registry.edit(gone)
        ids += await registry.add(facts(), facts())
        await registry.search(full=False)
        quick = await registry.all()
        assert await registry.search() == Tally(0, 0)
        assert await registry.all() == quick != {}


async def test_a_search_that_finds_nothing_new_changes_nothing(registry: Registry) -> None:
    await registry.add({"name": "a", "phone": "13900000000"}, {"name": "b", "phone": "13900000000"})
    assert await registry.search() == Tally(1, 0)
    before = await registry.all()
    for full in (True, False):
        assert await registry.search(full=full) == Tally(0, 0)
    assert await registry.all() == before


async def test_a_dismissed_pair_learns_new_reasons_and_stays_dismissed(registry: Registry) -> None:
    one, other = await registry.add({"name": "a", "phone": "13900000000"}, {"name": "b", "phone": "13900000000"})
    await registry.search()
    [id] = await registry.all()
    await registry.do(duplicates.dismiss, id)
    for customer in (one, other):
        await registry.edit(customer, email="same@example.com")
    await registry.search(full=False)
    assert await registry.all() == {id: ("dismissed", 940, ("email", "phone"))}
    await registry.edit(other, phone=None, email=None)
    await registry.search()
    assert (await registry.all())[id][0] == "dismissed"


async def test_pairs_of_a_merged_customer_pass_to_the_one_that_stays(registry: Registry) -> None:
    phone = {"phone": "13900000000"}
    one, other, _ = await registry.add({"name": "a", **phone}, {"name": "b", **phone}, {"name": "c", **phone})
    assert (await registry.search()).came == 3
    await registry.do(merging.merge, one, other)
    assert await registry.search(full=False) == Tally(0, 1)
    states = sorted(state for state, *_ in (await registry.all()).values())
    assert states == ["merged", "open"]
    await registry.do(merging.unmerge, other)
    assert await registry.search(full=False) == Tally(1, 0)


@pytest.mark.parametrize("full", [True, False])
async def test_more_customers_take_no_more_statements(registry: Registry, full: bool) -> None:
    counts = []
    sent: list[str] = []
    await registry.search()
    event.listen(registry.database.engine.sync_engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    for number in range(2):
        await registry.add(*({"name": f"{number}{one}", "phone": f"139000{number}{one // 2:04}"} for one in range(40)))
        sent.clear()
        await registry.search(full=full)
        counts.append(len(sent))
    assert counts[1] <= counts[0] <= 12
