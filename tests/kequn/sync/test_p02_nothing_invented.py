"""P2: every value was written by someone somewhere, through the declared mapping."""

import pytest

from kequn.contracts.records import Kind
from kequn.testing.memory import Options, folded
from tests.kequn.sync.world import EVERYTHING, World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"
FIELDS = ("city", "notes", "occupation")


@pytest.mark.parametrize("winner", ["ask", "remote", "local", "newest"])
async def test_every_value_was_written_by_somebody(world: World, winner: str) -> None:
    """Two CRMs that had the same person before, a field that one of them holds in part, and edits everywhere."""
    policy = {**EVERYTHING, "customer": {"winner": winner, "create": "always"}}
    first = await world.add("first", policy=policy)
    second = await world.add("second", Options(lossy={(Kind.CUSTOMER, "notes"): folded}), policy)
    written = {"First", "Second"}
    one, two = first.person("Lemona", phone=PHONE, city="First"), second.person("Lemona", phone=PHONE, city="Second")
    await world.calm(2)
    row = (await world.the_row()).id
    for number in range(3):
        for name in FIELDS:
            values = [f"{side} {name} {number}" for side in ("First", "Second", "Here")]
            written |= {*values, values[1].casefold(), values[0].casefold(), values[2].casefold()}
            first.people.edit("people", one, {name: values[0]})
            second.people.edit("people", two, {name: values[1]})
            await world.edit(Kind.CUSTOMER, row, **{name: values[2]})
        await world.calm(1)
    await world.calm(2)
    sides = (first.shows(one), second.shows(two), (await world.the_row()).facts)
    found = {str(side[name]) for side in sides for name in FIELDS}
    assert found <= written
    for conflict in await world.conflicts(open_only=False):
        assert {str(value) for value in (*conflict.ours.values(), *conflict.theirs.values())} <= written


async def test_what_is_created_elsewhere_says_what_was_written(small: World) -> None:
    first, second = await small.add("first"), await small.add("second")
    first.person("Lemona", phone=PHONE, city="Hangzhou", interests=frozenset({"tea"}))
    await small.calm(2)
    [twin] = second.people.read("people").values()
    said = {name: value for name, value in twin.items() if value}
    assert said == {
        "type": "person",
        "name": "Lemona",
        "phone": PHONE,
        "city": "Hangzhou",
        "interests": frozenset({"tea"}),
    }
