"""What members are told: a notice to a whole group; that an event does not take place, has moved, or is tomorrow."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from jobs.chores import CHORES
from kequn.store.scope import Role
from tests.schema.community.running import Group, customer, found, q
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
ALL = """mutation($g: ID!, $o: String!) { it: tellGroup(groupId: $g, occasion: $o, subject: "停业通知",
    body: "春节停业三天") { done problems { code path } } }"""
REMIND = "mutation { it: remindGatherings { done problems { code } } }"
MOVED, SIGNS = "gathering { startsAt capacity place }", "signUps(orderBy: {field: ID}) { edges { node { state } } }"


async def told(group: Group, subject: str) -> dict[str, str]:
    """The words, by name of the customer."""
    some = await group.list("notices", "subject body customer { name }")
    return {one["customer"]["name"]: one["body"] for one in some if one["subject"] == subject}


async def states(group: Group) -> list[str]:
    [event] = await group.list("gatherings", SIGNS)
    return [edge["node"]["state"] for edge in event["signUps"]["edges"]]


async def salon(client: Client, *names: str) -> tuple[Group, dict[str, Any]]:
    """A group, and an event of it with one seat for which these signed up."""
    group = await found(client)
    people = [await customer(client, name) for name in names]
    await group.join(*people)
    when = {"name": q("品茶会"), "kind": "SALON", "startsAt": q("2026-02-01T06:00:00Z"), "place": q("杭州")}
    made = await group.do("planGathering", "gathering { id }", capacity=1, **when)
    this = {"group": False, "id": q(made["id"])}
    await group.do("handleGathering", "gathering { id }", event="OPEN", **this)
    for one in people:
        await group.do("signUp", "signUp { id }", group=False, gatheringId=q(made["id"]), customerId=q(one))
    return group, this


@pytest.mark.requirement("G26")
async def test_all_members_are_told_something_once(client: Client) -> None:
    group = await found(client)
    await group.join(*[await customer(client, name) for name in "甲乙"])
    await customer(client, "丙")
    assert [(await client.ask(ALL, g=group.id, o="停业"))["it"]["done"] for _ in "12"] == [2, 0]
    assert await told(group, "停业通知") == dict.fromkeys("甲乙", "春节停业三天")
    refused = [(await client.ask(ALL, g=group.id, o=" "))["it"]["problems"],
               (await client.who(Role.VIEWER).ask(ALL, g=group.id, o="x"))["it"]["problems"]]  # fmt: skip
    assert [(one["code"], one["path"]) for [one] in refused] == [("REQUIRED", ["occasion"]), ("FORBIDDEN", [])]


@pytest.mark.requirement("G17", "G26")
async def test_who_signed_up_is_told_that_an_event_is_cancelled(client: Client) -> None:
    group, this = await salon(client, *"甲乙丙")
    [out] = [one["customer"]["id"] for one in await group.list("memberStandings", "customer { id name }")
             if one["customer"]["name"] == "丙"]  # fmt: skip
    await group.do("cancelSignUp", "signUp { id }", group=False, gatheringId=this["id"], customerId=q(out))
    await group.do("handleGathering", "gathering { state }", event="CANCEL", **this)
    assert await states(group) == ["CANCELLED"] * 3
    words = await told(group, "活动取消")
    assert words.keys() == {"甲", "乙"}
    assert "品茶会" in words["甲"]
    assert "2026-02-01 14:00" in words["甲"]  # as clocks in Shanghai show it


@pytest.mark.requirement("G17", "G26")
async def test_an_event_is_moved_and_gets_more_seats(client: Client) -> None:
    group, this = await salon(client, *"甲乙丙")
    later = {"startsAt": q("2026-02-02T06:00:00Z"), "capacity": 2}
    seen = await group.do("changeGathering", MOVED, **this, **later)
    assert seen == {"startsAt": "2026-02-02T06:00:00+00:00", "capacity": 2, "place": "杭州"}
    assert await states(group) == ["SEATED", "SEATED", "WAITING"]
    assert {
        name: "2026-02-02 14:00" in words for name, words in (await told(group, "活动变更")).items()
    } == dict.fromkeys("甲乙丙", True)
    assert (await told(group, "活动候补成功")).keys() == {"乙"}
    assert await group.refused("changeGathering", **this, capacity=1) == ("BAD_NUMBER", ["capacity"])
    assert await group.refused("changeGathering", **this, place=q(" ")) == ("REQUIRED", ["place"])
    await group.do("changeGathering", MOVED, **this, capacity=0)
    assert await states(group) == ["SEATED"] * 3
    await group.do("handleGathering", "gathering { id }", event="HOLD", outcome=q("尽兴"), **this)
    assert await group.refused("changeGathering", **this, capacity=9) == ("WRONG_STATE", ["id"])


@pytest.mark.requirement("G17", "G26")
async def test_who_has_a_seat_is_reminded_the_day_before(client: Client) -> None:
    group, _ = await salon(client, *"甲乙")
    assert (await client.ask(REMIND))["it"]["done"] == 0
    clock: Any = client.ledger.clock
    clock.move((datetime(2026, 1, 31, 8, tzinfo=UTC) - clock.now()).total_seconds())
    [chore] = [chore for chore in CHORES if chore.name == "reminders of events"]
    await chore.work(client.database, client.ledger, replace(client.actor, role=Role.OPERATOR, name="system"))
    assert (await client.ask(REMIND))["it"]["done"] == 0  # once
    words = await told(group, "活动提醒")
    assert words.keys() == {"甲"}
    assert "2026-02-01 14:00" in words["甲"]
