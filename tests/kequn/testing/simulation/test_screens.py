"""Simulated people at the screens of every CRM: what they write they see, whatever the CRM calls it."""

from importlib import import_module

import pytest

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.emulator import EmulatorOptions
from kequn.contracts.records import Kind
from kequn.registry import Registry
from kequn.testing.simulation.screens import Screens
from kequn.testing.simulation.things import ORGANISATION, Thing, key_for, thing_of
from plugins import BUILT_IN

pytestmark = pytest.mark.anyio
WHO, OTHER = key_for(Kind.CUSTOMER, 1), key_for(Kind.CUSTOMER, 2)


@pytest.fixture(params=BUILT_IN)
async def screens(request: pytest.FixtureRequest) -> Screens:
    """A CRM in which two customers stand."""
    registry = Registry.load([import_module(request.param)], entry_points=False)
    [plugin] = registry.emulators.values()
    emulator = plugin.build(EmulatorOptions(ManualClock(), SeededRandom(1), 1))
    things: list[Thing] = [Kind.CUSTOMER, ORGANISATION, Kind.GROUP, Kind.MEMBERSHIP, Kind.FEEDBACK, Kind.TIER]
    screens = Screens("crm", emulator, things)
    screens.have_tiers([])
    for key in (WHO, OTHER):
        await screens.create(key, {"notes": f"of {key}"}, None)
    return screens


async def test_a_customer_is_seen_as_written(screens: Screens) -> None:
    await screens.edit(WHO, {"notes": "v3"})
    seen = dict(await screens.read())
    assert (seen[WHO]["notes"], seen[OTHER]["notes"]) == ("v3", f"of {OTHER}")


async def test_a_customer_joins_a_group_and_leaves_it(screens: Screens) -> None:
    await screens.create("g3", {}, None)
    await screens.create(f"{WHO}|g3", {}, None)
    assert {key for key, _ in await screens.read()} == {WHO, OTHER, "g3", f"{WHO}|g3"}
    await screens.delete(f"{WHO}|g3")
    assert {key for key, _ in await screens.read()} == {WHO, OTHER, "g3"}


async def test_who_belongs_to_a_deleted_group_is_in_none(screens: Screens) -> None:
    await screens.create("g3", {}, None)
    await screens.create(f"{WHO}|g3", {}, None)
    await screens.delete("g3")
    assert {thing_of(key) for key, _ in await screens.read()} == {Kind.CUSTOMER}


async def test_feedback_refers_to_a_customer_until_it_refers_to_another(screens: Screens) -> None:
    await screens.create("f3", {"content": "v4", "customer": WHO}, None)
    assert dict(await screens.read())["f3"] == {"content": "v4", "solution": None, "customer": WHO}
    await screens.edit("f3", {"customer": OTHER})
    assert dict(await screens.read())["f3"]["customer"] == OTHER


async def test_a_person_belongs_to_an_organisation_which_is_a_customer_apart(screens: Screens) -> None:
    await screens.create("o3", {"notes": "v4"}, None)
    await screens.edit(WHO, {"parent": "o3"})
    seen = dict(await screens.read())
    assert (seen["o3"], seen[WHO]["parent"], seen[OTHER]["parent"]) == ({"notes": "v4"}, "o3", None)


async def test_a_customer_has_one_of_the_tiers_that_an_administrator_has_entered(screens: Screens) -> None:
    screens.have_tiers(["t1", "t2"])
    await screens.edit(WHO, {"tier": "t2"})
    seen = dict(await screens.read())
    assert (seen[WHO]["tier"], seen[OTHER]["tier"], seen["t1"], seen["t2"]) == ("t2", None, {}, {})


async def test_an_element_of_a_set_is_ticked_and_unticked(screens: Screens) -> None:
    if "interests" not in screens.fields[Kind.CUSTOMER]:
        pytest.skip("it has no sets at its screens")
    await screens.edit(WHO, {"interests/v5": "v5"})
    await screens.edit(WHO, {"interests/v6": "v6"})
    await screens.edit(WHO, {"interests/v5": None})
    assert {name for name in dict(await screens.read())[WHO] if "/" in name} == {"interests/v6"}
