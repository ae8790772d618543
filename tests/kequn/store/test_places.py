"""Where a tenant is: asked for once in a session, and anew after it was changed there."""

from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from kequn.store import tenants
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.store.tenants import Place

pytestmark = pytest.mark.anyio


async def test_it_is_asked_for_once_and_known_anew_after_a_change(database: Database, tenant: UUID) -> None:
    sent: list[str] = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *about: sent.append(about[2]))
    async with database.writing() as session:
        for _ in range(3):
            assert await tenants.place(session, Scope(tenant)) == Place(ZoneInfo("Asia/Shanghai"), "CN")
        assert sum("tenant.region" in text for text in sent) == 1
        await tenants.edit(session, tenants.DEFAULT, region="DE")
        assert (await tenants.place(session, Scope(tenant))).region == "DE"
