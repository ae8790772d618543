"""Points and claims that run out: who has them is listed, and told in time; who is gone stops nobody."""

from dataclasses import replace
from typing import Any

import pytest

from jobs.chores import CHORES
from kequn.store.scope import Role
from tests.schema.conftest import Client
from tests.schema.test_classification import CARRY, EVALUATE, buy, done, people

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
LIST = "query($n: Int) { pointsRunningOut(days: $n) { points at customer { name } } }"
NOTICES = "{ notices { edges { node { body customer { name } } } } }"
DELETE = "mutation($id: ID!) { it: deleteCustomer(id: $id) { problems { code } } }"
BENEFIT = """mutation { it: createBenefit(input: {name: "券", kind: COUPON, usage: "u", validDays: 2,
    startsAt: "2026-01-01T00:00:00Z", endsAt: "2027-01-01T00:00:00Z"}) { benefit { id } problems { code } } }"""
PUBLISH = 'mutation($id: ID!) { it: handleBenefit(id: $id, event: PUBLISH, note: "") { problems { code } } }'
CLAIM = "mutation($b: ID!, $c: ID!) { it: claimBenefit(benefitId: $b, customerId: $c) { problems { code } } }"


def days(client: Client, number: float) -> None:
    client.ledger.clock.move(number * 86_400)  # type: ignore[attr-defined]


async def work(client: Client, chore: str) -> None:
    """As a worker does."""
    [one] = [one for one in CHORES if one.name == chore]
    await one.work(client.database, client.ledger, replace(client.actor, role=Role.OPERATOR, name="system"))


async def told(client: Client) -> list[tuple[str, str]]:
    found = (await client.ask(NOTICES))["notices"]["edges"]
    return [(edge["node"]["customer"]["name"], edge["node"]["body"]) for edge in found]


@pytest.mark.requirement("B06")
async def test_points_that_run_out_are_listed_and_told_of_once(client: Client) -> None:
    ids = await people(client, "甲", "乙", "丙")
    for id, amount in zip(ids, ("70", "30", "20"), strict=True):
        await buy(client, id, (1, amount))
    await done(client, EVALUATE)
    await done(client, CARRY)
    days(client, 334)

    async def listed(**given: Any) -> list[tuple[str, int]]:
        found = (await client.ask(LIST, **given))["pointsRunningOut"]
        return [(one["customer"]["name"], one["points"]) for one in found]

    assert (await listed(), await listed(n=40)) == ([], [("甲", 70), ("乙", 30), ("丙", 20)])
    spend = 'mutation($id: ID!) { it: redeemPoints(customerId: $id, points: 50, reason: "r") { problems { code } } }'
    await done(client, spend, id=ids[0])
    await done(client, DELETE, id=ids[2])
    days(client, 2)
    assert await listed() == [("甲", 20), ("乙", 30)]
    for _ in range(2):
        await work(client, "reminders of points")
    said = dict(await told(client))
    assert {name: body[:4] for name, body in said.items()} == {"甲": "您有20", "乙": "您有30"}
    assert await client.code("{ pointsRunningOut(days: 0) { points } }") == "BAD_NUMBER"


async def test_a_claim_of_somebody_who_is_gone_stops_no_reminder(client: Client) -> None:
    ids = await people(client, "甲", "乙")
    benefit = (await done(client, BENEFIT))["benefit"]["id"]
    await done(client, PUBLISH, id=benefit)
    for id in ids:
        await done(client, CLAIM, b=benefit, c=id)
    await done(client, DELETE, id=ids[0])
    await work(client, "reminders of claims")
    assert [name for name, _ in await told(client)] == ["乙"]
