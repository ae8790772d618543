"""What the tables themselves refuse and keep, on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from sqlmodel import select

from kequn.clock import ManualClock, SeededRandom, uuid7
from kequn.store.database import Database
from kequn.store.tables import Tier

pytestmark = pytest.mark.anyio


async def test_times_come_back_aware_and_in_utc(database: Database, tenant: UUID) -> None:
    beijing = datetime(2026, 3, 1, 8, 0, tzinfo=timezone(timedelta(hours=8)))
    id = uuid7(ManualClock(), SeededRandom())
    async with database.writing() as session:
        session.add(Tier(tenant_id=tenant, id=id, name="VIP", created_at=beijing, updated_at=beijing))
    async with database.reading() as session:
        tier = (await session.execute(select(Tier))).scalar_one()
    assert tier.created_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert tier.created_at.tzinfo is UTC
