"""Welfare days and surprises, told of: whoever may claim what is given out today, and nobody else, once."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from jobs.chores import CHORES
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain.benefits import announcing
from kequn.store.scope import Role
from tests.schema.benefits.test_story import WELFARE, benefit, count
from tests.schema.conftest import Client
from tests.working import Killed, killed_at_commit

pytestmark = pytest.mark.anyio
TELL = "mutation { it: announceBenefitDays { count problems { code } } }"
TOLD = "{ notices { edges { node { body group { name } customer { name } } } } }"


def to(client: Client, *moment: int) -> None:
    clock: Any = client.ledger.clock
    clock.move((datetime(*moment, tzinfo=UTC) - clock.now()).total_seconds())  # type: ignore[misc, arg-type]


async def told(client: Client) -> list[dict[str, Any]]:
    return [edge["node"] for edge in (await client.ask(TOLD))["notices"]["edges"]]


@pytest.mark.requirement("B03", "G26")
async def test_whoever_may_claim_is_told_on_the_day(client: Client) -> None:
    [group] = await client.add(Kind.GROUP, {"name": "福利群"})
    inside, quiet, _ = await client.add(
        Kind.CUSTOMER, {"name": "甲"}, {"name": "乙", "opted_out": True}, {"name": "丙"}
    )
    await client.add(Kind.MEMBERSHIP, *({"customer": one, "group": group} for one in (inside, quiet)))
    id = await benefit(client, days=120, onDays=True, groupId=format_id("group", group))
    await count(client, WELFARE, b=id)
    assert await count(client, TELL) == 0
    to(client, 2026, 2, 24, 1)  # nine in Shanghai
    assert [await count(client, TELL) for _ in "12"] == [1, 0]
    [notice] = await told(client)
    assert (notice["customer"], notice["group"]) == ({"name": "甲"}, {"name": "福利群"})
    assert "九折券" in notice["body"]
    assert "结账时出示" in notice["body"]


async def test_many_are_told_some_at_a_time_and_whoever_goes_on_tells_the_others(client: Client) -> None:
    await client.add(Kind.CUSTOMER, *({"name": f"c{number}"} for number in range(5)))
    await count(client, WELFARE, b=await benefit(client, days=120, onDays=True))
    to(client, 2026, 2, 24, 1)

    async def announce() -> int:
        return await announcing.announce(client.database, client.ledger, client.actor, piece=2)

    with killed_at_commit(2, client.database), pytest.raises(Killed):
        await announce()
    assert len(await told(client)) == 2
    assert [await announce(), await announce()] == [3, 0]
    assert sorted(one["customer"]["name"] for one in await told(client)) == ["c0", "c1", "c2", "c3", "c4"]


@pytest.mark.requirement("B03", "G26")
async def test_a_worker_tells_and_not_of_what_is_gone_or_dropped(client: Client) -> None:
    await client.add(Kind.CUSTOMER, {"name": "甲"})
    for entered in ({"stock": 0}, {"name": "另一张"}):
        await count(client, WELFARE, b=await benefit(client, days=120, onDays=True, **entered))
    days = '{ benefitDays(where: {benefit: {name: {eq: "另一张"}}}) { edges { node { id day } } } }'
    drop = "mutation($id: ID!) { it: handleBenefitDay(id: $id, event: DROP) { problems { code } } }"
    [first, second] = (await client.ask(days))["benefitDays"]["edges"]
    [chore] = [chore for chore in CHORES if chore.name == "days of benefits"]
    system = replace(client.actor, role=Role.OPERATOR, name="system")
    await client.ask(drop, id=first["node"]["id"])
    to(client, 2026, 2, 24, 1)
    await chore.work(client.database, client.ledger, system)
    assert await told(client) == []
    to(client, *(int(part) for part in second["node"]["day"].split("-")), 1)
    await chore.work(client.database, client.ledger, system)
    assert ["另一张" in one["body"] for one in await told(client)] == [True]
