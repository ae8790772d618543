"""How far a pull is, as people read it: a contact counts once, though Zoho tells its tags beside it."""

import pytest

from kequn.sync.job import Progress
from tests.flows.world import World

pytestmark = pytest.mark.anyio


async def test_a_contact_counts_once(sqlite_url: str) -> None:
    world, told = await World(records=5).open(sqlite_url), list[Progress]()
    await world.sync(report=told.append)
    await world.close()
    ends = {one.name: one.done for one in told if one.phase == "pull"}
    assert (ends["contacts"], ends["accounts"]) == (5, len(world.zoho.people.read("Accounts")))
