"""Tiers through GraphQL: what the rules say is carried out, a pin stays, and a tenant may have more than three."""

import pytest

from tests.schema.conftest import Client
from tests.schema.test_classification import CARRY, EVALUATE, done, market

pytestmark = pytest.mark.anyio


@pytest.mark.requirement("K04", "B07")
async def test_tiers_follow_the_rules_and_a_pin_stays(client: Client) -> None:
    ids = await market(client)
    assert (await done(client, CARRY))["tiersChanged"] == 5
    query = "{ customers { edges { node { name tier { id name } } } } }"
    tiers = {edge["node"]["name"]: edge["node"]["tier"] for edge in (await client.ask(query))["customers"]["edges"]}
    assert {name: tier["name"] for name, tier in tiers.items()} == {"a": "VIP", **dict.fromkeys("bcde", "普通")}
    pin = """mutation($c: ID!, $t: ID!) { it: pinTier(customerId: $c, tierId: $t, reason: "founder") {
        customer { tier { name } pins { id reason madeBy } } problems { code } } }"""
    pinned = (await done(client, pin, c=ids["e"], t=tiers["a"]["id"]))["customer"]
    assert pinned["tier"] == {"name": "VIP"}
    assert [(one["reason"], one["madeBy"]) for one in pinned["pins"]] == [("founder", "tester")]
    approve = (
        """mutation($c: ID!) { it: approveTier(customerId: $c, reason: "known for years") { problems { code } } }"""
    )
    await done(client, approve, c=ids["a"])
    for _ in range(3):
        client.ledger.clock.move(86400 * 20)  # type: ignore[attr-defined]
        await done(client, EVALUATE)
        await done(client, CARRY)
    after = {edge["node"]["name"]: edge["node"]["tier"] for edge in (await client.ask(query))["customers"]["edges"]}
    assert (after["a"]["name"], after["e"]["name"]) == ("战略", "VIP")


@pytest.mark.requirement("K04", "B07")
async def test_a_tenant_has_as_many_tiers_as_it_likes(client: Client) -> None:
    await market(client)
    steps = [
        {"tier": "Silver", "within": "regular", "spend": 50},
        {"tier": "Gold", "within": "vip", "spend": 1000},
    ]
    draft = "mutation($s: JSON!) { it: draftStandard(settings: $s) { standard { id } problems { code path } } }"
    wrong = (await client.ask(draft, s={"tiers": {"steps": [*steps, steps[0]]}}))["it"]["problems"]
    assert wrong == [{"code": "BAD_VALUE", "path": ["settings", "tiers"]}]
    made = (await done(client, draft, s={"tiers": {"steps": steps}}))["standard"]["id"]
    preview = """mutation($id: ID!) { it: previewStandard(id: $id) { counts { rule value count }
        movements { rule before after customers { name } } problems { code } } }"""
    shown = await done(client, preview, id=made)
    assert {"rule": "tierStep", "value": "Silver", "count": 1} in shown["counts"]
    assert {"rule": "tierStep", "before": None, "after": "Gold", "customers": [{"name": "a"}]} in shown["movements"]
    await done(client, "mutation($id: ID!) { it: publishStandard(id: $id) { problems { code } } }", id=made)
    await done(client, EVALUATE)
    await done(client, CARRY)
    query = """{ customers(where: {standing: {tierStep: {isNull: false}}}, orderBy: {field: NAME}) { edges { node {
        tier { name rank } standing { tierClass tierStep } explanations { rule value inputs }
        care { service { approach } } } } } }"""
    gold, silver = [edge["node"] for edge in (await client.ask(query))["customers"]["edges"]]
    assert (gold["tier"], silver["tier"]) == ({"name": "Gold", "rank": 4}, {"name": "Silver", "rank": 2})
    assert gold["standing"] == {"tierClass": "VIP", "tierStep": "Gold"}
    assert gold["care"]["service"]["approach"] == "cultivate"
    [why] = [one for one in gold["explanations"] if one["rule"] == "tierStep"]
    assert (why["value"], why["inputs"]["spend_window_micros"]) == ("Gold", 4_000_000_000)
    assert why["inputs"]["step_2"] == {**steps[1], "points": 0}
