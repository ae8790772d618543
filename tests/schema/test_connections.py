"""A connection as a frontend sees it: what it may do is shown, with what it touches it is not."""

from typing import Any

import pytest

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
