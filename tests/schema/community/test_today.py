"""What waits today, for one person and for all."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kequn.contracts.records import Kind
from kequn.store import tables
from kequn.store.scope import Sight
from tests.schema.care.test_care import ANSWER, HANDLE, PLAN, TASKS
from tests.schema.community.running import customer, found, q
from tests.schema.conftest import Client, connected
from tests.schema.test_classification import CARRY, EVALUATE, buy, done, people

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
TODAY = "query($o: ID) { today(ownerId: $o) { what about overdue ownerId customerName dueAt } }"


async def waits(client: Client, owner: str | None = None) -> list[dict[str, Any]]:
    some: list[dict[str, Any]] = (await client.ask(TODAY, o=owner))["today"]
    return some


@pytest.mark.requirement("L04")
async def test_call_backs_and_care_wait_until_they_are_done(client: Client) -> None:
    """What the plan asks for is due today, and no more once somebody has done it and said how it went."""
    new, born = await people(client, "new", "born")
    await buy(client, new, (20, "10"))
    change = 'mutation($id: ID!) { it: updateCustomer(id: $id, input: {birthday: "1990-01-07"}) { problems { code } } }'
    await done(client, change, id=born)
    await done(client, EVALUATE)
    planned = await done(client, PLAN)
    assert (planned["calls"], planned["birthdays"]) == (2, 1)
    assert {(one["about"], one["customerName"]) for one in await waits(client)} == {
        ("call_back", "new"), ("call_back", "born"), ("birthday", "born"),
    }  # fmt: skip
    for task in (await client.ask(TASKS))["tasks"]["edges"]:
        handled = await done(client, HANDLE, id=task["node"]["id"], e="FINISH", o="reached", n="很满意", c="phone")
        assert (handled["task"]["outcome"], handled["task"]["interaction"]["content"]) == ("reached", "很满意")
    assert await waits(client) == []
    assert (await done(client, PLAN))["calls"] == 0


@pytest.mark.requirement("I08")
async def test_an_alert_waits_until_its_care_is_done(client: Client) -> None:
    [one] = await people(client, "unhappy")
    await done(client, ANSWER, id=one)
    await done(client, EVALUATE)
    await done(client, CARRY)
    about = [(row["what"], row["about"], row["customerName"]) for row in await waits(client)]
    assert ("alert", "service", "unhappy") in about
    assert any(what == "task" for what, _, _ in about)
    for task in (await client.ask(TASKS))["tasks"]["edges"]:
        await done(client, HANDLE, id=task["node"]["id"], e="FINISH", o="apologised", c="phone")
    assert await waits(client) == []
    close = """mutation($id: ID!) { it: handleAlert(id: $id, event: CLOSE, outcome: SOLVED) { alert { state }
        problems { code } } }"""
    alerts = (await client.ask("{ alerts { edges { node { id state } } } }"))["alerts"]["edges"]
    assert {edge["node"]["state"] for edge in alerts} == {"HANDLED"}
    closed = [(await done(client, close, id=edge["node"]["id"]))["alert"]["state"] for edge in alerts]
    assert set(closed) == {"CLOSED"}


async def test_everything_that_waits_the_most_urgent_first(client: Client) -> None:
    mine, other = await client.add(Kind.STAFF, {"name": "甲"}, {"name": "乙"})
    group = await found(client)
    one = await customer(client, "客户")
    await client.ask(
        "mutation($id: ID!, $o: ID!) { updateGroup(id: $id, input: {ownerId: $o}) { problems { code } } }",
        id=group.id, o=f"stf_{other.hex}",
    )  # fmt: skip
    await group.do("applyToGroup", "application { id }", customerId=q(one))
    now = client.ledger.clock.now()
    [who] = await client.add(Kind.CUSTOMER, {"name": "丙"})
    owned: dict[str, Any] = {
        "tenant_id": client.actor.tenant,
        "customer_id": who,
        "created_at": now,
        "kind": "callback",
    }
    connection = await connected(client)
    async with client.database.writing() as session:
        for owner, days in ((mine, -1), (other, 1), (None, 2), (mine, 9)):
            due = now + timedelta(days=days)
            session.add(tables.Task(id=client.ledger.new_id(), owner_id=owner, due_at=due, **owned))
        session.add(
            tables.Conflict(
                tenant_id=client.actor.tenant, id=client.ledger.new_id(), connection_id=connection, object="o",
                external_id="1", kind="customer", type="field", field="phone", state="open", values=b"",
                opened_at=now, updated_at=now,
            )
        )  # fmt: skip
    everything = await waits(client)
    assert [one["what"] for one in everything] == ["task", "application", "conflict", "task", "task"]
    assert [one["overdue"] for one in everything[:1]] == [True]
    assert everything[1]["customerName"] == "客户"
    his = await waits(client, f"stf_{mine.hex}")
    assert [(one["what"], one["ownerId"]) for one in his] == [
        ("task", f"stf_{mine.hex}"), ("conflict", None), ("task", None),
    ]  # fmt: skip


async def test_who_sees_few_is_told_of_few(client: Client) -> None:
    """Rows and figures are held to what a token sees."""
    [mine] = await client.add(Kind.STAFF, {"name": "甲"})
    group = await found(client)
    own, other = [await customer(client, name) for name in ("我的", "别人的")]
    await client.ask(
        "mutation($id: ID!, $o: ID!) { updateCustomer(id: $id, input: {ownerId: $o}) { problems { code } } }",
        id=own, o=f"stf_{mine.hex}",
    )  # fmt: skip
    for one in (own, other):
        await group.do("applyToGroup", "application { id }", customerId=q(one))
    few = replace(client, actor=replace(client.actor, sight=Sight(mine)))
    assert [one["customerName"] for one in await waits(few)] == ["我的"]
    assert len(await waits(client)) == 2
    for row in await group.list("applications", "id"):
        await group.do("handleApplication", "application { id }", group=False, id=q(row["id"]), event="ADMIT")
    client.ledger.clock.move(100 * 86_400)  # type: ignore[attr-defined]
    asked = f'{{ silentMembers(groupId: "{group.id}") {{ customerId }} }}'
    assert (await few.ask(asked))["silentMembers"] == [{"customerId": own}]
    assert len((await client.ask(asked))["silentMembers"]) == 2
