"""Days of groups are those of the tenant's zone: plans, figures, what members did, and what templates plan."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.schema.community.running import customer, found, q
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio
APPLY = """mutation { applyTemplate(template: "welfare-group", name: "g") { templateUse { group {
    posts(orderBy: {field: DUE_AT}) { edges { node { dueAt } } } } } } }"""


def to(client: Client, *moment: int) -> None:
    clock: Any = client.ledger.clock
    clock.move((datetime(*moment, tzinfo=UTC) - clock.now()).total_seconds())  # type: ignore[misc, arg-type]


@pytest.mark.requirement("G15")
async def test_a_post_of_an_early_monday_is_of_the_week_that_begins(client: Client) -> None:
    """Seven in the morning in Shanghai is Sunday night in Greenwich."""
    group = await found(client)
    made = await group.do("draftPost", "post { id }", category="TIP", title=q("t"))
    due = {"event": "SCHEDULE", "dueAt": q("2026-01-11T23:00:00Z")}
    await group.do("handlePost", "post { id }", group=False, id=q(made["id"]), **due)
    plan = f'contentPlan(groupId: "{group.id}", since: "2026-01-05", weeks: 2) {{ monday posts }}'
    weeks = (await client.ask(f"{{ {plan} }}"))["contentPlan"]
    assert [week["posts"] for week in weeks] == [0, 1]


@pytest.mark.requirement("G19")
async def test_what_members_did_is_of_the_day_that_it_is_there(client: Client) -> None:
    group, one = await found(client), await customer(client, "甲")
    await group.join(one)
    to(client, 2026, 1, 6, 23)  # seven in the morning of the 7th
    for day, messages in (("2026-01-06", 1), ("2026-01-07", 4)):
        await group.do("noteActivity", "activityDay { id }", customerId=q(one), day=q(day), messages=messages)
    assert await group.refused("noteActivity", customerId=q(one), day=q("2026-01-08")) == ("BAD_DATE", ["day"])
    to(client, 2026, 1, 8, 20)
    asked = 'groupFigures(groupId: "%s", since: "2026-01-06T16:00:00Z", until: "2026-01-07T16:00:00Z") { messages }'
    assert (await client.ask(f"{{ {asked % group.id} }}"))["groupFigures"] == {"messages": 4}


@pytest.mark.requirement("X12")
async def test_posts_of_a_template_are_planned_by_the_clock_of_the_tenant(client: Client) -> None:
    use = (await client.ask(APPLY))["applyTemplate"]["templateUse"]
    first = use["group"]["posts"]["edges"][0]["node"]["dueAt"]
    assert first == "2026-01-12T02:00:00+00:00"  # ten on the Monday after
