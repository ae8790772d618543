"""Many at once through GraphQL, on two servers and on both databases: no more coupons, seats or points are given than
there are, a fourth of what is asked for."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store.database import Database
from kequn.store.values import Fact
from tests.schema.conftest import Client

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("many", [40, pytest.param(200, marks=pytest.mark.soak)]),
]
BENEFIT = """mutation($i: BenefitInput!) { it: createBenefit(input: $i) { row: benefit { id } problems { code } } }"""
PUBLISH = """mutation($id: ID!) { it: handleBenefit(id: $id, event: PUBLISH, note: "") {
    row: benefit { id } problems { code } } }"""
CLAIM = "mutation($on: ID!, $c: ID!) { it: claimBenefit(benefitId: $on, customerId: $c) { problems { code path } } }"
PLAN = """mutation($g: ID!, $at: DateTime!, $n: Int!) { it: planGathering(groupId: $g, name: "茶会", kind: SALON,
    startsAt: $at, capacity: $n, place: "杭州") { row: gathering { id } problems { code } } }"""
OPEN = "mutation($id: ID!) { it: handleGathering(id: $id, event: OPEN) { row: gathering { id } problems { code } } }"
SIGN = """mutation($on: ID!, $c: ID!) { it: signUp(gatheringId: $on, customerId: $c) {
    row: signUp { state } problems { code path } } }"""
GIVE = """mutation($c: ID!, $n: Int!) { it: adjustPoints(customerId: $c, points: $n, reason: "gift") {
    problems { code } } }"""
TAKE = """mutation($on: Int!, $c: ID!) { it: redeemPoints(customerId: $c, points: $on, reason: "tea") {
    problems { code path } } }"""


async def done(client: Client, mutation: str, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.ask(mutation, **given))["it"]
    assert answer["problems"] == []
    return answer


async def people(client: Client, count: int) -> list[str]:
    found = await client.add(Kind.CUSTOMER, *({"name": f"c{place}"} for place in range(count)))
    return [format_id("customer", id) for id in found]


async def all_at_once(
    client: Client, other: Database, mutation: str, on: Any, crowd: Sequence[str]
) -> list[dict[str, Any]]:
    """What each of them is answered: every second one by another server."""
    servers = (client, replace(client, database=other))

    async def one(place: int) -> dict[str, Any]:
        answer: dict[str, Any] = (await servers[place % 2].ask(mutation, on=on, c=crowd[place]))["it"]
        return answer

    return list(await asyncio.gather(*(one(place) for place in range(len(crowd)))))


def refusals(answers: Sequence[dict[str, Any]]) -> Counter[str]:
    return Counter(f"{one['code']} {one['path'][0]}" for answer in answers for one in answer["problems"])


@pytest.mark.requirement("B01", "B04")
async def test_coupons(client: Client, second_database: Database, many: int) -> None:
    now = client.ledger.clock.now()
    span = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(days=30)).isoformat()}
    made = await done(client, BENEFIT, i={"name": "券", "kind": "COUPON", "usage": "u", "stock": many // 4, **span})
    await done(client, PUBLISH, id=made["row"]["id"])
    answers = await all_at_once(client, second_database, CLAIM, made["row"]["id"], await people(client, many))
    assert refusals(answers) == {"NOT_ELIGIBLE stock": many - many // 4}
    given = await client.ask("{ benefitClaims(where: {state: {eq: CLAIMED}}) { totalCount } }")
    assert given["benefitClaims"]["totalCount"] == many // 4


@pytest.mark.requirement("G17", "G18")
async def test_seats(client: Client, second_database: Database, many: int) -> None:
    [group] = await client.add(Kind.GROUP, {"name": "福利群"})
    crowd = await client.add(Kind.CUSTOMER, *({"name": f"c{place}"} for place in range(many)))
    memberships: list[dict[str, Fact]] = [{"customer": one, "group": group, "role": "member"} for one in crowd]
    await client.add(Kind.MEMBERSHIP, *memberships)
    at = (client.ledger.clock.now() + timedelta(days=9)).isoformat()
    made = await done(client, PLAN, g=format_id("group", group), at=at, n=many // 4)
    await done(client, OPEN, id=made["row"]["id"])
    names = [format_id("customer", one) for one in crowd]
    answers = await all_at_once(client, second_database, SIGN, made["row"]["id"], names)
    assert refusals(answers) == {}
    assert Counter(one["row"]["state"] for one in answers) == {"SEATED": many // 4, "WAITING": many - many // 4}


@pytest.mark.requirement("B06")
async def test_points(client: Client, second_database: Database, many: int) -> None:
    [one] = await people(client, 1)
    await done(client, GIVE, c=one, n=many // 4)
    answers = await all_at_once(client, second_database, TAKE, 1, [one] * many)
    assert refusals(answers) == {"TOO_FEW_POINTS points": many - many // 4}
