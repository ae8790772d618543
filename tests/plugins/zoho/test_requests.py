"""How many requests a round costs: counted at the emulator, for every feed as a run pulls them."""

from collections import Counter

import pytest

from kequn.contracts.crm import Cursor
from tests.plugins.zoho.rig import Rig, opened

pytestmark = pytest.mark.anyio

MODULES = ("Accounts", "Contacts", "Deals", "Cases", "Calls", "Events", "Tasks")
OBJECTS = len(MODULES) + 2  # with Users and Tags
QUIET = 2 * OBJECTS + 3


async def round_of(rig: Rig, cursors: dict[str, Cursor | None]) -> Counter[str]:
    """A run of another process: what it asks for, by the last part of the path."""
    before = len(rig.emulator.requests)
    await rig.reopen()
    for feed in rig.crm.feeds():
        cursors[feed.name] = (await rig.walk(feed.name, cursors.get(feed.name))).cursor
    await rig.crm.exchange_rates()
    return Counter(seen.path.rpartition("/")[2] for seen in rig.emulator.requests[before:])


async def test_a_first_load_of_three_pages() -> None:
    rig = await opened(records=500)
    asked = await round_of(rig, {})
    pages = {name: -(-len(rig.people.read(name)) // 200) for name in MODULES}
    assert pages["Contacts"] == 3
    assert {name: asked[name] for name in MODULES} == {name: max(count, 1) for name, count in pages.items()}
    assert set(asked) == {*MODULES, "users", "tags", "fields", "currencies"}
    assert [asked[name] for name in ("users", "tags", "fields", "currencies")] == [1, 1, 1, 1]


@pytest.mark.parametrize("minutes", [1, 61, 24 * 60], ids=["a_minute", "an_hour", "a_day"])
async def test_rounds_without_news(minutes: int) -> None:
    rig, cursors = await opened(records=60), dict[str, Cursor | None]()
    await round_of(rig, cursors)
    for _ in range(12):
        rig.later(minutes * 60)
        asked = await round_of(rig, cursors)
        assert asked.total() <= QUIET, asked


async def test_each_part_of_the_organisation_is_asked_for_again_within_a_day() -> None:
    rig, cursors = await opened(records=1), dict[str, Cursor | None]()
    rig.people.add_field("Tasks", "Wishes", "text")
    for _ in range(12):
        rig.later(3600)
        await round_of(rig, cursors)
    assert "Wishes" in rig.crm._organisation.modules["Tasks"].fields


async def test_a_field_that_a_person_makes_is_found_soon() -> None:
    rig = await opened(create_fields=False)
    assert rig.crm._organisation.unmade
    await rig.reopen()
    assert len(rig.crm._organisation.unmade) == len(MODULES) + 1
    rig.people.add_field("Contacts", "Kequn Id", "text", unique=True)
    for _ in range(len(MODULES)):
        rig.later(601)
        await rig.reopen()
    told = {problem.object for problem in rig.crm._organisation.unmade.values() if problem.field == "Kequn_Id"}
    assert told == set(MODULES) - {"Contacts"}
