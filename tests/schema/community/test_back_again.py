"""Who was removed from a group, or left it, is not fetched back by its segment, whichever way they had come."""

import pytest

from tests.schema.community.running import Group, customer, found, q
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
MAKE = 'mutation { createSegment(name: "s", where: {city: {eq: "上海"}}) { segment { id } } }'
ADD = "mutation($g: ID!, $c: ID!) { addMember(groupId: $g, customerId: $c) { problems { code } } }"


async def filled(client: Client) -> tuple[Group, str]:
    """A group, and a member whom somebody entered, or a CRM brought: nobody asked them in."""
    group, one = await found(client), await customer(client, "甲", city="上海")
    await client.ask(ADD, g=group.id, c=one)
    segment = (await client.ask(MAKE))["createSegment"]["segment"]["id"]
    await group.do("setCharter", "charter { id }", segmentId=q(segment), ladder='{advertising: ["remove"]}')
    return group, one


@pytest.mark.requirement("G05", "G12")
async def test_who_was_removed_stays_out(client: Client) -> None:
    group, one = await filled(client)
    made = await group.do("reportViolation", "violation { id }", customerId=q(one), category="ADVERTISING",
                          evidence=q("加微信"))  # fmt: skip
    decided = await group.do("handleViolation", "violation { sanction }", group=False, id=q(made["id"]), event="DECIDE")
    assert decided == {"sanction": "REMOVE"}
    assert await group.do("admitSegment", "customerIds") == []
    assert await group.list("memberships", "id") == []


@pytest.mark.requirement("G05")
async def test_who_left_stays_out(client: Client) -> None:
    group, one = await filled(client)
    await group.do("leaveGroup", "memberStanding { id }", customerId=q(one))
    assert await group.do("admitSegment", "customerIds") == []
