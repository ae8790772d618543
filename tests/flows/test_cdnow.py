"""The customers of CDNOW, end to end: entered into a CRM as contacts and deals, synced in, evaluated and carried out
through GraphQL, and the size of every class held against counting in plain Python."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kequn.store.scope import Actor, Role
from tests.flows.world import World
from tests.kequn.domain import cdnow, reckoning
from tests.kequn.domain.cdnow import Purchase
from tests.kequn.domain.reckoning import Told
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
ZONE = ZoneInfo("Asia/Shanghai")  # the tenant's, and the CRM's
AS_OF = datetime.combine(cdnow.END + timedelta(days=1), time(), ZONE)
RULES = {
    "frequencyClass": "frequency_class",
    "valueClass": "value_class",
    "loyaltyClass": "loyalty_class",
    "activity": "activity",
    "lifecycle": "lifecycle",
    "tierClass": "tier_class",
}
EVALUATE = """mutation($at: DateTime!) { evaluateCustomers(asOf: $at) {
    evaluation { whole counts { rule value count } } problems { code } } }"""
CARRY = """mutation { carryOutEvaluation(atMost: 500) { tiersChanged moreTiers alertsRaised pointsAwarded
    problems { code } } }"""


def paid(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


def enter(world: World, purchases: list[Purchase]) -> dict[str, Told]:
    """Into the CRM, as its people would; and told to plain Python."""
    told: dict[str, Told] = {}
    contacts: dict[str, str] = {}
    for place, one in enumerate(purchases):
        if one.customer not in contacts:
            contacts[one.customer] = world.zoho.people.create("Contacts", {"Last_Name": f"customer {one.customer}"})
        deal = {"Deal_Name": f"order {place}", "Stage": "Closed Won", "Amount": one.value}
        who = {"Contact_Name": {"id": contacts[one.customer]}, "Closing_Date": one.day.isoformat()}
        world.zoho.people.create("Deals", {**deal, **who})
        told.setdefault(one.customer, Told()).sales.append((paid(one.day), round(one.value * 1_000_000)))
    return told


async def classify(url: str, purchases: list[Purchase]) -> tuple[dict[str, Told], dict[str, Counter[str]], Client]:
    """What was told, the sizes of the classes through GraphQL, and a client to ask more."""
    world = await World().open(url)
    told = enter(world, purchases)
    outcome = await world.sync()
    assert outcome.state == "done", outcome.message
    client = Client(world.database, world.ledger, Actor(world.scope.tenant, Role.ADMIN, "ops"))
    found = (await client.ask(EVALUATE, at=AS_OF.isoformat()))["evaluateCustomers"]
    assert found["problems"] == []
    sizes: dict[str, Counter[str]] = {rule: Counter() for rule in RULES}
    for one in found["evaluation"]["counts"]:
        if one["rule"] in RULES:
            sizes[one["rule"]][one["value"]] = one["count"]
    return told, sizes, client


def expected(told: dict[str, Told]) -> dict[str, Counter[str]]:
    classes = reckoning.classes(told, AS_OF).values()
    return {rule: Counter(of[column] for of in classes if of[column] is not None) for rule, column in RULES.items()}


async def check(url: str, purchases: list[Purchase]) -> dict[str, Any]:
    told, sizes, client = await classify(url, purchases)
    assert sizes == expected(told)
    carried: dict[str, Any] = (await client.ask(CARRY))["carryOutEvaluation"]
    tiers = more = carried
    while more["moreTiers"]:
        more = (await client.ask(CARRY))["carryOutEvaluation"]
        tiers = {"tiersChanged": tiers["tiersChanged"] + more["tiersChanged"]}
    assert tiers["tiersChanged"] == len(told)
    raised = (await client.ask("{ alerts { totalCount edges { node { kind reasons } } } }"))["alerts"]
    assert raised["totalCount"] == carried["alertsRaised"] > 0
    assert {edge["node"]["kind"] for edge in raised["edges"]} == {"CHURN"}
    query = "{ customers { totalCount edges { node { tier { name } prediction { alive lifetime } } } } }"
    customers = (await client.ask(query))["customers"]
    assert customers["totalCount"] == len(told)
    assert all(edge["node"]["tier"] and edge["node"]["prediction"] for edge in customers["edges"])
    await client.database.close()
    return carried


@pytest.mark.requirement("K15")
async def test_some_customers_of_cdnow(sqlite_url: str) -> None:
    """One in ten of the papers' sample."""
    some = [one for one in cdnow.read("CDNOW_sample.txt") if int(one.customer) % 10 == 0]
    carried = await check(sqlite_url, some)
    assert carried["problems"] == []


@pytest.mark.soak
@pytest.mark.parametrize("file", ["CDNOW_sample.txt", "CDNOW_master.txt"])
async def test_all_customers_of_cdnow(tmp_path: Path, postgresql_url: str, file: str) -> None:
    carried = await check(postgresql_url, cdnow.read(file))
    assert carried["problems"] == []
