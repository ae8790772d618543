"""Who owns a field: the ranking of connections decides, whatever the order in which their edits arrive; what loses
stands in a conflict."""

from collections.abc import Sequence

import pytest
from hypothesis import strategies as st

from kequn.contracts.records import Kind
from kequn.store.journal import HERE
from kequn.sync.policy import Winner
from kequn.sync.policy import read as read_policy
from kequn.sync.rules import Rules
from tests.kequn.sync.world import EVERYTHING, World
from tests.schema.world import examples

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"
NAMES = ("fxiaoke", "zoho", "jiandaoyun")
WRITERS = (*NAMES, HERE)
MEETINGS = st.tuples(st.permutations(WRITERS), st.sets(st.sampled_from(WRITERS), min_size=1), st.permutations(NAMES))
"""A ranking, who edits the field, and the order in which the CRMs are synced after that."""


async def connected(world: World) -> dict[str, str]:
    """Three CRMs that know one person: their records."""
    ids = {}
    for name in NAMES:
        await world.add(name)
        ids[name] = world.sites[name].person("Lemona", phone=PHONE, city="base")
    await world.calm(2)
    return ids


async def edit(world: World, writer: str, ids: dict[str, str], value: str) -> None:
    if writer == HERE:
        await world.edit(Kind.CUSTOMER, (await world.the_row()).id, city=value)
    else:
        world.sites[writer].people.edit("people", ids[writer], {"city": value})


async def sync_in(world: World, order: Sequence[str]) -> None:
    for name in order:
        await world.sync(world.sites[name])
    await world.calm(2)


def shown(world: World, ids: dict[str, str]) -> set[object]:
    return {world.sites[name].shows(id)["city"] for name, id in ids.items()}


async def test_the_ranking_decides_whatever_the_order_of_arrival(small: World) -> None:
    ids = await connected(small)
    judges = set()
    for number, (ranking, writers, order) in enumerate(examples(MEETINGS, 10)):
        judges.add(f"authority {' > '.join(ranking)}")
        small.rules = {"authority": {"customer": {"city": list(ranking)}}}
        for writer in sorted(writers):
            await edit(small, writer, ids, f"{writer} {number}")
        await sync_in(small, order)
        owner = min(writers, key=ranking.index)
        values = shown(small, ids) | {(await small.the_row()).facts["city"]}
        assert values == {f"{owner} {number}"}, (ranking, writers, order)
        conflicts = await small.conflicts(open_only=False)
        lost = {one.theirs["city"] if one.choice == "ours" else one.ours["city"] for one in conflicts}
        assert {f"{writer} {number}" for writer in writers} - values <= lost
    assert await small.conflicts() == []
    assert {one.settled_by for one in conflicts} <= judges


async def test_then_it_is_quiet(small: World) -> None:
    ids = await connected(small)
    small.rules = {"authority": {"customer": {"*": list(WRITERS)}}}
    for writer in WRITERS:
        await edit(small, writer, ids, writer)
    await sync_in(small, NAMES)
    writes = [len(site.writes) for site in small.sites.values()]
    await small.calm(2)
    assert [len(site.writes) for site in small.sites.values()] == writes
    assert shown(small, ids) == {"fxiaoke"}


async def test_at_the_first_sync_the_ranking_decides_too(world: World) -> None:
    world.rules = {"authority": {"customer": {"city": ["zoho"]}}}
    ids = {name: (await world.add(name)).person("Lemona", phone=PHONE, city=name) for name in NAMES}
    await sync_in(world, NAMES)
    assert shown(world, ids) == {"zoho"}


async def test_what_only_one_side_moved_is_not_asked_of_the_ranking(small: World) -> None:
    """To own a field is to win it when others edit it too; `in` and `out` say who may edit it at all."""
    ids = await connected(small)
    small.rules = {"authority": {"customer": {"city": list(WRITERS)}}}
    await edit(small, "jiandaoyun", ids, "theirs alone")
    await sync_in(small, NAMES)
    assert shown(small, ids) == {"theirs alone"}


async def test_a_field_that_a_connection_says_itself_is_not_asked_of_the_ranking(small: World) -> None:
    ids = await connected(small)
    small.rules = {"authority": {"customer": {"*": [HERE]}}}
    zoho = small.sites["zoho"]
    zoho.policy = {**EVERYTHING, "customer": {**EVERYTHING["customer"], "fields": {"city": "remote"}}}
    for writer in ("zoho", HERE):
        await edit(small, writer, ids, writer)
    await small.sync(zoho)
    assert (await small.the_row()).facts["city"] == "zoho"


async def test_fields_have_owners_of_their_own(small: World) -> None:
    ids = await connected(small)
    small.rules = {"authority": {"customer": {"city": ["zoho"], "notes": ["fxiaoke"]}}}
    for name in ("fxiaoke", "zoho"):
        small.sites[name].people.edit("people", ids[name], {"city": name, "notes": name})
    await sync_in(small, NAMES)
    facts = (await small.the_row()).facts
    assert (facts["city"], facts["notes"], await small.conflicts()) == ("zoho", "fxiaoke", [])


@pytest.mark.parametrize(
    ("theirs", "ours", "want"),
    [
        ("a", "b", Winner.REMOTE),
        ("b", "a", Winner.LOCAL),
        ("a", "other", Winner.REMOTE),
        ("other", "b", Winner.LOCAL),
        ("other", "another", Winner.NEWEST),
        ("a", "a", Winner.NEWEST),
    ],
)
def test_what_the_ranking_leaves_open_is_decided_by_the_winner(theirs: str, ours: str, want: Winner) -> None:
    policy = read_policy({"customer": {"winner": "newest"}}, Rules(authority={Kind.CUSTOMER: {"city": ("a", "b")}}))
    assert policy.of(Kind.CUSTOMER).of("city", theirs, ours) is want
