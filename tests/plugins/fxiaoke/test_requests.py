"""How many requests a round costs: counted at the emulator, for every feed as a run pulls them."""

from collections import Counter

import pytest

from kequn.contracts.crm import Cursor
from tests.plugins.fxiaoke.rig import Rig, opened

pytestmark = pytest.mark.anyio

OBJECTS = ("object_kqgroup__c", "AccountObj", "SalesOrderObj", "ActiveRecordObj", "CasesObj", "object_kqmember__c")
QUIET = 2 * len(OBJECTS) + 3


async def round_of(rig: Rig, cursors: dict[str, Cursor | None]) -> Counter[str]:
    """A run of another process: what it asks for, by the last part of the path."""
    before = len(rig.emulator.requests)
    rig.restart()
    await rig.crm.open()
    for feed in rig.crm.feeds():
        if feed.name != "users" or feed.name not in cursors:  # which is due once a day
            cursors[feed.name] = (await rig.walk(feed.name, cursors.get(feed.name))).cursor
    return Counter(rig.paths(before))


@pytest.mark.parametrize(("records", "pages"), [(0, 1), (99, 1), (230, 3), (4321, 44)])
async def test_a_first_load_is_its_pages(records: int, pages: int) -> None:
    rig = await opened(records=records, calls_in_20_seconds=100)
    asked = await round_of(rig, {})
    least = sum(max(1, -(-len(rig.people.read(name)) // 100)) for name in OBJECTS)
    assert max(1, -(-len(rig.people.read("AccountObj")) // 100)) == pages
    assert asked["query"] == least
    assert set(asked) == {"query", "list", "get"}  # people are listed, and each is asked for


@pytest.mark.parametrize("minutes", [1, 61, 119])
async def test_rounds_without_news(minutes: int) -> None:
    rig, cursors = await opened(records=60), dict[str, Cursor | None]()
    await round_of(rig, cursors)
    for _ in range(10):
        rig.later(minutes * 60)
        asked = await round_of(rig, cursors)
        assert asked.total() <= QUIET, asked
