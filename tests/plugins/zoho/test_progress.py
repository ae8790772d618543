"""How far a run is, as people read it: a contact counts once, though Zoho tells its tags beside it; and each kind that
is pushed counts for itself."""

import pytest

from kequn.contracts.records import Kind
from kequn.store.journal import Cause
from kequn.store.ledger import Edit
from kequn.store.rows import Row
from kequn.sync.job import Progress
from tests.flows.world import World

pytestmark = pytest.mark.anyio


async def test_a_contact_counts_once(sqlite_url: str) -> None:
    world, told = await World(records=5).open(sqlite_url), list[Progress]()
    await world.sync(report=told.append)
    await world.close()
    ends = {one.name: one.done for one in told if one.phase == "pull"}
    assert (ends["contacts"], ends["accounts"]) == (5, len(world.zoho.people.read("Accounts")))


async def test_each_kind_counts_for_itself(sqlite_url: str) -> None:
    world, told = await World().open(sqlite_url), list[Progress]()
    rows = [Row(Kind.GROUP, world.ledger.new_id(), {"name": "Tea"})]
    rows += [Row(Kind.CUSTOMER, world.ledger.new_id(), {"type": "person", "name": f"N{n}"}) for n in range(2)]
    async with world.database.writing() as session:
        await world.ledger.write(session, world.scope, [Edit(None, row, Cause("user", "somebody")) for row in rows])
    await world.sync(report=told.append)
    await world.close()
    assert {one.name: one.done for one in told if one.phase == "push"} == {"group": 1, "customer": 2}
