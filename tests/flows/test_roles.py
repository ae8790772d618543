"""What each CRM is for: Fxiaoke's customers are imported fast, classified and placed in their lifecycle; Jiandaoyun has
analysis, classification, alerts and surveys in one; rules are each company's own, and predictions come with them."""

from collections import Counter
from types import ModuleType
from typing import Any

import pytest

import plugins.fxiaoke
import plugins.jiandaoyun
from kequn.clock import SeededRandom
from kequn.store import tenants
from kequn.store.scope import Actor, Role
from tests.flows.world import World
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
EVALUATE = "mutation { it: evaluateCustomers { evaluation { counts { rule value count } } problems { code } } }"
CARRY = "mutation { it: carryOutEvaluation { tiersChanged alertsRaised problems { code } } }"


async def synced(url: str, plugin: ModuleType, records: int = 60) -> tuple[World, Client]:
    world = await World(seed=3, records=records, plugin=plugin).open(url)
    assert (await world.sync()).state == "done"
    return world, Client(world.database, world.ledger, Actor(world.scope.tenant, Role.ADMIN, "ops"))


async def counts(client: Client, rule: str) -> Counter[str]:
    answer = (await client.ask(EVALUATE))["it"]
    assert answer["problems"] == []
    return Counter({one["value"]: one["count"] for one in answer["evaluation"]["counts"] if one["rule"] == rule})


@pytest.mark.requirement("X02")
async def test_fxiaoke_is_imported_fast_classified_and_placed(sqlite_url: str) -> None:
    world, client = await synced(sqlite_url, plugins.fxiaoke)
    assert len(world.emulator.requests) <= 40  # a page at a time, not a record
    assert (await client.ask("{ customers { totalCount } }"))["customers"]["totalCount"] == 60
    stages = await counts(client, "lifecycle")
    assert sum(stages.values()) == 60
    assert {"growth", "churn", "none"} <= stages.keys()
    carried = (await client.ask(CARRY))["it"]
    assert carried["tiersChanged"] > 0
    again = await world.sync()
    assert again.state == "done"
    tiers = {one.get("account_level") for one in world.emulator.people.read("AccountObj").values()}
    assert len(tiers - {None, ""}) >= 2  # the classes are seen in the CRM
    await world.close()


@pytest.mark.requirement("X04")
async def test_jiandaoyun_has_it_all_in_one(sqlite_url: str) -> None:
    world, client = await synced(sqlite_url, plugins.jiandaoyun)
    assert {"high", "medium", "low"} <= (await counts(client, "valueClass")).keys()
    assert (await client.ask(CARRY))["it"]["alertsRaised"] > 0
    query = "{ alerts { edges { node { kind reasons customer { id } } } } }"
    raised = [edge["node"] for edge in (await client.ask(query))["alerts"]["edges"]]
    assert "SATISFACTION" in {one["kind"] for one in raised}  # 投诉 is a complaint
    id = raised[0]["customer"]["id"]
    note = "mutation($id: ID!) { it: recordAnswer(customerId: $id, score: 5) { problems { code } } }"
    assert (await client.ask(note, id=id))["it"]["problems"] == []
    analysis = "{ cohorts(months: 3) { customers } churnCauses(by: COMPLAINT) { value customers } }"
    found: dict[str, Any] = await client.ask(analysis)
    assert "complained" in {one["value"] for one in found["churnCauses"]}
    await world.close()


@pytest.mark.requirement("X10")
async def test_rules_are_each_companys_own(sqlite_url: str) -> None:
    world, client = await synced(sqlite_url, plugins.fxiaoke, records=12)
    async with world.database.writing() as session:
        other = await tenants.create(session, "other", clock=world.clock, chance=SeededRandom(3))
    neighbour = Client(world.database, world.ledger, Actor(other.id, Role.ADMIN, "ops"))
    for many in (1, 2):
        draft = "mutation($s: JSON!) { it: draftStandard(settings: $s) { standard { id } problems { code } } }"
        made = (await client.ask(draft, s={"frequency": {"high_orders": many}}))["it"]["standard"]["id"]
        preview = "mutation($id: ID!) { it: previewStandard(id: $id) { version problems { code } } }"
        assert (await client.ask(preview, id=made))["it"] == {"version": many, "problems": []}
        publish = "mutation($id: ID!) { it: publishStandard(id: $id) { problems { code } } }"
        assert (await client.ask(publish, id=made))["it"]["problems"] == []
    mine = (await client.ask("{ standard { version } standards { version state } }"))["standards"]
    assert [(one["version"], one["state"]) for one in mine] == [(2, "published"), (1, "retired")]
    theirs = await neighbour.ask("{ standard { version settings } standards { version } }")
    assert (theirs["standard"]["version"], theirs["standards"]) == (0, [])
    assert theirs["standard"]["settings"]["frequency"]["high_orders"] == 6
    await world.close()
