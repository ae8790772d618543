"""How many requests a round costs: counted at the emulator, for every feed as a run pulls them."""

from collections import Counter

import pytest

from kequn.contracts.crm import Cursor
from tests.plugins.jiandaoyun.rig import Rig, opened

pytestmark = pytest.mark.anyio

FORMS = ("tier", "group", "customer", "purchase", "interaction", "feedback", "membership")
QUIET = 2 * len(FORMS) + 3
MEMBERS = 2  # departments, and who is in them


async def round_of(rig: Rig, cursors: dict[str, Cursor | None]) -> Counter[str]:
    """A run of another process: what it asks for, by the last two parts of the path."""
    before = len(rig.emulator.requests)
    rig.restart()
    await rig.crm.open()
    for feed in rig.crm.feeds():
        cursors[feed.name] = (await rig.walk(feed.name, cursors.get(feed.name))).cursor
    return Counter("/".join(seen.path.split("/")[-2:]) for seen in rig.emulator.requests[before:])


@pytest.mark.parametrize(("records", "pages"), [(0, 1), (99, 1), (230, 3)])
async def test_a_first_load_is_its_pages(records: int, pages: int) -> None:
    rig = await opened(records=records)
    asked = await round_of(rig, {})
    least = sum(max(1, -(-len(rig.people.read(name)) // 100)) for name in FORMS)
    assert max(1, -(-len(rig.people.read("customer")) // 100)) == pages
    assert asked["data/list"] == least
    assert asked.total() == least + MEMBERS


async def test_the_first_round_after_it_knows_that_nothing_has_changed() -> None:
    rig, cursors = await opened(records=230), dict[str, Cursor | None]()
    rig.later(60)
    await round_of(rig, cursors)
    rig.later(60)
    assert (await round_of(rig, cursors)).total() == len(FORMS) + MEMBERS


@pytest.mark.parametrize("minutes", [1, 30])
async def test_rounds_without_news(minutes: int) -> None:
    rig, cursors = await opened(records=60), dict[str, Cursor | None]()
    rig.later(60)
    await round_of(rig, cursors)
    for _ in range(10):
        rig.later(minutes * 60)
        asked = await round_of(rig, cursors)
        assert asked.total() <= QUIET, asked


async def test_what_changes_during_a_first_load_comes_with_the_next_walk() -> None:
    rig = await opened(records=230)
    rig.later(60)
    rig.restart()
    await rig.crm.open()
    first = await rig.crm.pull("customer", None)
    edited = first.records[3].id
    rig.people.edit("customer", edited, {"name": "Mill"})
    rest = await rig.walk("customer", first.next_cursor)
    assert edited not in rest.ids
    rig.later(60)
    following = await rig.walk("customer", rest.cursor)
    assert [record.fields["name"] for record in following.records if record.id == edited] == ["Mill"]


async def test_widgets_that_were_noted_long_ago_are_looked_at() -> None:
    rig = await opened(records=3)
    rig.people.set_alias("tier", "name", None)
    rig.later(601)
    rig.restart()
    await rig.crm.open()
    assert {problem.object for problem in rig.crm._forms.problems} == {"tier"}
