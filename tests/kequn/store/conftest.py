"""What several tests of the store start from."""

from uuid import UUID

import pytest

from kequn.clock import ManualClock, SeededRandom, uuid7
from kequn.store.database import Database
from kequn.store.tables import Connection


@pytest.fixture
async def connection(database: Database, tenant: UUID) -> UUID:
    """A connection of the default tenant, without settings."""
    clock = ManualClock()
    id = uuid7(clock, SeededRandom(7))
    async with database.writing() as session:
        session.add(Connection(tenant_id=tenant, id=id, name="crm", plugin="memory", created_at=clock.now()))
    return id
