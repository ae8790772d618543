"""A connection as a frontend sees it: what it may do is shown, with what it touches it is not."""

from typing import Any

import pytest

from kequn.contracts.identity import format_id
from kequn.store.tables import Connection
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio


async def test_what_it_may_do_is_shown_as_it_was_entered(client: Client) -> None:
    policy = {"customer": {"pull": {"city": {"eq": "上海"}}, "create": {"where": {"name": {"startsWith": "x"}}}}}
    async with client.database.writing() as session:
        given: dict[str, Any] = {
            "tenant_id": client.actor.tenant,
            "created_at": client.ledger.clock.now(),
            "plugin": "memory",
        }
        for name, entered in (("scoped", policy), ("usual", {})):
            session.add(Connection(id=client.ledger.new_id(), name=name, policy=entered, **given))
    found = await client.ask("{ connections(orderBy: {field: NAME}) { edges { node { name policy } } } }")
    shown = {edge["node"]["name"]: edge["node"]["policy"] for edge in found["connections"]["edges"]}
    assert shown == {"scoped": policy, "usual": {}}


SCHEDULE = """mutation ($id: ID!, $every: Float, $cron: String, $zone: String! = "Asia/Shanghai") {
  scheduleConnection(connectionId: $id, everySeconds: $every, cron: $cron, timeZone: $zone) {
    connection { schedule { everySeconds cron timeZone } } problems { code path } } }"""


async def test_when_it_is_synced_is_changed_and_shown(client: Client) -> None:
    id = client.ledger.new_id()
    async with client.database.writing() as session:
        session.add(
            Connection(
                id=id, name="shop", tenant_id=client.actor.tenant, created_at=client.ledger.clock.now(), plugin="memory"
            )
        )

    async def given(**when: Any) -> Any:
        answered = await client.ask(SCHEDULE, id=format_id("connection", id), **when)
        said = answered["scheduleConnection"]
        return said["problems"] or said["connection"]["schedule"]

    assert await given(every=600) == {"everySeconds": 600, "cron": None, "timeZone": None}
    night = {"everySeconds": None, "cron": "0 3 * * 1-5", "timeZone": "Asia/Shanghai"}
    assert await given(cron="0 3 * * 1-5") == night
    assert await given(cron="0 0 30 2 *") == [{"code": "BAD_SCHEDULE", "path": ["cron"]}]
    for seconds in (0, 366 * 86400 + 1, 1e300):
        assert await given(every=seconds) == [{"code": "BAD_SCHEDULE", "path": ["everySeconds"]}]
    assert await given(cron="0 3 * *") == [{"code": "BAD_SCHEDULE", "path": ["cron"]}]
    assert await given(cron="0 3 * * *", zone="Mars") == [{"code": "BAD_SCHEDULE", "path": ["cron"]}]
    found = await client.ask("{ connections { edges { node { schedule { cron timeZone } } } } }")
    assert found["connections"]["edges"] == [
        {"node": {"schedule": {"cron": "0 3 * * 1-5", "timeZone": "Asia/Shanghai"}}}
    ]
    assert await given() is None
