"""Feedback keeps the time at which it was given, whichever CRM it came from and wherever it is sent."""

from datetime import UTC, datetime
from types import ModuleType

import pytest
from sqlalchemy import select

import plugins.fxiaoke
import plugins.jiandaoyun
import plugins.zoho
from kequn.contracts.records import Kind
from kequn.domain import feedback
from kequn.domain.editing import Desk
from kequn.store import rows
from tests.flows.world import World

pytestmark = pytest.mark.anyio
CRMS = {"zoho": plugins.zoho, "fxiaoke": plugins.fxiaoke, "jiandaoyun": plugins.jiandaoyun}
ENTERED = {
    "zoho": ("Cases", {"Subject": "theirs", "Status": "New", "Case_Origin": "Web"}),
    "fxiaoke": ("CasesObj", {"name": "theirs"}),
    "jiandaoyun": ("feedback", {"subject": "theirs", "happened_at": "2021-03-04T05:06:00.000Z"}),
}
GIVEN = datetime(2021, 3, 4, 5, 6, tzinfo=UTC)


async def told(world: World) -> dict[str, datetime | None]:
    table = rows.table(Kind.FEEDBACK)
    async with world.database.reading() as session:
        query = select(table.c.subject, table.c.happened_at).where(table.c.tenant_id == world.scope.tenant)
        return {row.subject: row.happened_at for row in await session.execute(query)}


@pytest.mark.parametrize("plugin", CRMS.values(), ids=CRMS)
async def test_it_is_not_the_time_of_the_sync(database_url: str, plugin: ModuleType) -> None:
    world = await World(plugin=plugin).open(database_url)
    object, entered = ENTERED[world.name]
    world.emulator.people.create(object, entered)
    then = GIVEN if world.name == "jiandaoyun" else world.clock.now().replace(microsecond=0)
    async with world.database.writing() as session:
        desk = Desk(session, world.actor, world.ledger)
        await feedback.create(desk, {"subject": "ours", "happened_at": GIVEN})
        await feedback.create(desk, {"subject": "nobody knows when"})
    for _ in range(3):
        world.clock.move(86400 * 30)
        assert (await world.sync()).state == "done"
    assert await told(world) == {"theirs": then, "ours": GIVEN, "nobody knows when": None}
    assert await world.waiting() == []
    await world.close()
