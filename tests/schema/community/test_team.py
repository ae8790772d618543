"""How much owner and administrators take part: what each of them said and answered, nothing too."""

import pytest

from tests.schema.community.running import Group, customer, found, q
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
TEAM = "staffMessages staffInteractions team { customerId activeDays messages interactions events }"


async def promote(group: Group, one: str, role: str) -> None:
    [row] = await group.list(f'memberships(where: {{customer: {{id: {{eq: "{one}"}}}}}})', "id")
    change = f'updateMembership(id: "{row["id"]}", input: {{role: {role}}}) {{ problems {{ code }} }}'
    await group.client.ask(f"mutation {{ {change} }}")


@pytest.mark.requirement("G30")
async def test_what_each_of_the_team_did(client: Client) -> None:
    group = await found(client)
    owner, helper, usual = [await customer(client, name) for name in "甲乙丙"]
    await group.join(owner, helper, usual)
    await promote(group, owner, "OWNER")
    await promote(group, helper, "ADMINISTRATOR")
    client.ledger.clock.move(5 * 86_400)  # type: ignore[attr-defined]
    for one, messages, interactions in ((owner, 2, 3), (usual, 9, 9)):
        await group.do("noteActivity", "activityDay { id }", customerId=q(one), day=q("2026-01-08"),
                       messages=messages, interactions=interactions)  # fmt: skip
    seen = (await client.ask(f'{{ groupFigures(groupId: "{group.id}") {{ {TEAM} }} }}'))["groupFigures"]
    assert (seen["staffMessages"], seen["staffInteractions"]) == (2, 3)
    idle = {"activeDays": 0, "messages": 0, "interactions": 0, "events": 0}
    assert seen["team"] == [
        {"customerId": owner, "activeDays": 1, "messages": 2, "interactions": 3, "events": 0},
        {"customerId": helper, **idle},
    ]
