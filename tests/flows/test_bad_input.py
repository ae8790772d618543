"""What goes wrong at the other end: a clear message that names the connection, the record and the field; the rest of
the run goes on; and once it is mended, nothing is missing."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from kequn.contracts.records import Kind
from kequn.store import hints, rows
from kequn.sync.engine import Outcome
from tests.flows.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[World]:
    world = await World(5, 12).open(database_url)
    yield world
    await world.close()


def _told(outcome: Outcome) -> str:
    """Everything that the run says to people."""
    return " ".join([outcome.message or "", *(problem["message"] for problem in outcome.tally.problems)])


async def _persons(world: World) -> int:
    return sum(row.facts["type"] == "person" for row in (await world.customers()).values())


@pytest.mark.parametrize("secret", ["client_secret", "refresh_token"])
async def test_wrong_credentials_stop_the_run_and_name_the_connection(world: World, secret: str) -> None:
    given = dict(world.zoho.settings("http://zoho.test"))
    await world.resettle({**given, secret: "not-the-key"})
    outcome = await world.sync()
    assert (outcome.state, outcome.code) == ("failed", "NEEDS_LOGIN")
    assert outcome.message is not None
    assert outcome.message.startswith("zoho: ")
    assert "not-the-key" not in outcome.message
    await world.resettle(given)
    assert (await world.sync()).state == "done"
    assert await _persons(world) == 12


async def test_a_missing_scope_is_named(database_url: str) -> None:
    world = World(5, 3, knobs={"scopes": "ZohoCRM.modules.ALL,ZohoCRM.users.READ,ZohoCRM.org.READ"})
    await world.open(database_url)
    outcome = await world.sync()
    await world.close()
    assert (outcome.state, outcome.code) == ("failed", "NEEDS_LOGIN")
    assert "ZohoCRM.settings" in _told(outcome)


@pytest.mark.parametrize("fault", ["refused", "html_502", "truncated_json", "timeout_before_commit"])
async def test_an_answer_that_cannot_be_used_loses_nothing(world: World, fault: str) -> None:
    world.break_path("/", fault)
    outcome = await world.sync()
    assert outcome.state == "failed" or outcome.tally.problems
    assert "oho" in _told(outcome)
    world.zoho.faults.before(None)
    world.clock.move(4000)
    assert (await world.sync()).state == "done"
    assert await _persons(world) == 12


async def test_one_broken_module_does_not_stop_the_others(world: World) -> None:
    await world.sync()
    people = world.zoho.people
    person = next(iter(people.read("Contacts")))
    world.clock.move(10)
    people.edit("Contacts", person, {"Description": "still read"})
    world.break_path("/crm/v8/Cases")
    outcome = await world.sync()
    assert "cases" in _told(outcome)
    assert "still read" in [row.facts["notes"] for row in (await world.customers()).values()]


async def test_an_unknown_picklist_value_becomes_a_tier_and_is_reported(world: World) -> None:
    world.zoho.people.create("Contacts", {"Last_Name": "Vost", "Email": "vost@example.org", "Customer_Tier": "Diamond"})
    outcome = await world.sync()
    assert [(one["id"], one["field"]) for one in outcome.tally.problems] == [("Diamond", "tier")]
    row = await world.customer(email="vost@example.org")
    tier = row.facts["tier"]
    async with world.database.reading() as session:
        tiers = await rows.load(session, world.scope, Kind.TIER, [tier])  # type: ignore[list-item]
    assert [one.facts["name"] for one in tiers.values()] == ["Diamond"]


async def test_a_record_without_its_mandatory_field_is_listed_with_its_name_and_the_others_come(world: World) -> None:
    broken = world.zoho.people.create("Contacts", {"Last_Name": "Vost"})
    world.spoil("Contacts", broken, {"Last_Name": None, "First_Name": None, "Full_Name": None, "Email": None})
    outcome = await world.sync()
    assert outcome.state == "done"
    assert await _persons(world) == 12
    async with world.database.reading() as session:
        after = world.clock.now().replace(year=2030)
        waiting = await hints.due(session, world.scope, world.connection, after, 10)
    assert [(one.object, one.external_id) for one in waiting] == [("Contacts", broken)]
    assert waiting[0].cause
    assert waiting[0].field == "Last_Name"


async def test_emoji_travel_both_ways_unharmed(world: World) -> None:
    await world.sync()
    person = next(row for row in (await world.customers()).values() if row.facts["type"] == "person")
    await world.change(person.id, notes="好 🧧🐼")
    world.clock.move(5)
    assert (await world.sync()).state == "done"
    assert "好 🧧🐼" in [one["Description"] for one in world.zoho.people.read("Contacts").values()]


async def test_text_that_is_too_long_for_the_crm_waits_with_its_field_and_is_never_cut(world: World) -> None:
    await world.sync()
    person = next(row for row in (await world.customers()).values() if row.facts["type"] == "person")
    long = "x" * 200
    await world.change(person.id, occupation=long, notes="short")
    world.clock.move(5)
    outcome = await world.sync()
    contact: Any = next(one for one in world.zoho.people.read("Contacts").values() if one["Description"] == "short")
    assert outcome.state == "done"
    assert contact["Title"] is None
    assert await world.waiting() == [("REJECTED", "occupation")]
    assert (await world.customers())[person.id].facts["occupation"] == long
