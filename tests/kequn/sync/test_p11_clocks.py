"""P11: no merge, delete or paging decision compares the clocks of two machines. Cursors overlap and are made of the
CRM's own versions. "Newest wins" is a policy of last resort."""

from datetime import timedelta

import pytest

from kequn.clock import ManualClock
from kequn.contracts.records import Kind
from kequn.testing.memory import Options
from tests.kequn.sync.world import EVERYTHING, World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"


@pytest.mark.parametrize("skew", [-86_400 * 400, 86_400 * 400], ids=["CRM is a year behind", "CRM is a year ahead"])
@pytest.mark.parametrize("feed", [True, False], ids=["delete feed", "scan"])
async def test_a_skewed_clock_changes_no_outcome(small: World, skew: int, feed: bool) -> None:
    crm = await small.add("crm", Options(delete_feed=feed))
    crm.book._clock = ManualClock(small.clock.now() + timedelta(seconds=skew))
    first, second = crm.person("First", phone=PHONE), crm.person("Second", phone="+86 19900000002")
    await small.calm(1)
    rows = {str(row.facts["name"]): row.id for row in (await small.rows(Kind.CUSTOMER)).values()}
    crm.people.edit("people", first, {"city": "there"})
    await small.edit(Kind.CUSTOMER, rows["First"], city="here", notes="here")
    crm.people.delete("people", second)
    await small.calm(2)
    assert set(await small.rows(Kind.CUSTOMER)) == {rows["First"]}
    assert crm.shows(first)["notes"] == "here"
    [conflict] = await small.conflicts()
    assert (conflict.ours, conflict.theirs) == ({"city": "here"}, {"city": "there"})


async def test_newest_wins_only_what_is_in_conflict_anyway(small: World) -> None:
    policy = {**EVERYTHING, "customer": {"winner": "newest", "create": "always"}}
    crm = await small.add("crm", policy=policy)
    id = crm.person("Lemona", phone=PHONE, city="base")
    await small.calm(1)
    row = (await small.the_row()).id
    crm.people.edit("people", id, {"city": "older", "occupation": "theirs alone"})
    small.clock.move(60)
    await small.edit(Kind.CUSTOMER, row, city="newer")
    await small.calm(2)
    assert (crm.shows(id)["city"], crm.shows(id)["occupation"]) == ("newer", "theirs alone")
    [conflict] = await small.conflicts(open_only=False)
    assert (conflict.state, conflict.theirs) == ("settled", {"city": "older"})


async def test_edits_during_a_walk_are_not_missed(world: World) -> None:
    crm = await world.add("crm", Options(page=2))
    ids = [crm.person(f"No. {number}") for number in range(7)]
    seen = []

    async def meanwhile(request: str, object: str) -> None:
        if (request, object) == ("pull", "people"):
            seen.append(object)
            crm.people.edit("people", ids[0], {"city": f"city {len(seen)}"})
            crm.person(f"Late {len(seen)}") if len(seen) < 4 else None

    crm.crm.faults.before(meanwhile)
    await world.sync(crm)
    crm.crm.faults.before(None)
    await world.calm(1)
    rows = await world.rows(Kind.CUSTOMER)
    assert len(rows) == len(crm.people.read("people"))
    assert crm.shows(ids[0])["city"] in {row.facts["city"] for row in rows.values()}
