"""Hints: one that rings again while its record is looked at is looked at again."""

from uuid import UUID

import pytest

from kequn.clock import ManualClock
from kequn.contracts.records import Kind
from kequn.store import hints
from kequn.store.database import Database
from kequn.store.hints import Look
from kequn.store.scope import Scope

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("again", [False, True], ids=["once", "again"])
async def test_what_rings_after_it_was_read_stays(
    database: Database, tenant: UUID, connection: UUID, again: bool
) -> None:
    scope, clock = Scope(tenant), ManualClock()
    looks = [Look("Contacts", str(number), Kind.CUSTOMER, "WEBHOOK") for number in range(8)]
    async with database.writing() as session:
        await hints.note(session, scope, connection, looks, clock.now())
        read = await hints.due(session, scope, connection, clock.now(), 100)
    clock.move(1)
    async with database.writing() as session:
        await hints.note(session, scope, connection, looks[:1] if again else [], clock.now())
        await hints.clear(session, scope, connection, read)
        left = await hints.due(session, scope, connection, clock.now(), 100)
    assert [(one.external_id, one.noted) for one in left] == ([("0", clock.now())] if again else [])
