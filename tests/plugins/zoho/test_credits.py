"""Credits in numbers: a connection that may spend so many in a day stops at them, whatever process spends them."""

from collections.abc import AsyncIterator

import pytest

from kequn.contracts.errors import BadSettings
from kequn.contracts.hooks import Limit
from plugins.zoho import limits
from tests.flows.world import World
from tests.plugins.zoho.rig import Rig

pytestmark = pytest.mark.anyio

CREDITS = 500
BULK = CREDITS - CREDITS // 10  # a tenth is kept for what people change
DAY = 86_400


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[World]:
    world = await World(records=5).open(database_url)
    await world.resettle({"daily_credits": CREDITS})
    yield world
    await world.close()


def test_only_a_tenant_knows_its_credits() -> None:
    assert limits({"daily_credits": 0}) == ()
    assert limits({"daily_credits": 5000}) == (Limit("credits", DAY, 5000),)


@pytest.mark.parametrize("credits", [-1, 499])
def test_so_few_are_a_mistake(credits: int) -> None:
    with pytest.raises(BadSettings, match="daily_credits"):
        Rig(daily_credits=credits)


async def test_a_run_that_finds_none_left_fails_and_one_a_day_later_goes_on(world: World) -> None:
    for _ in range(CREDITS):
        world.clock.move(60)
        if not (outcome := await world.sync()).well:
            break
    assert (outcome.code, outcome.state) == ("RETRY_LATER", "failed") or outcome.code == "PARTLY"
    asked = [request for request in world.zoho.requests if not request.path.endswith("/oauth/v2/token")]
    deletions = sum(request.path.endswith("/deleted") for request in asked)
    assert BULK - 2 <= len(asked) + deletions <= BULK
    world.clock.move(DAY + DAY // 10)
    assert (await world.sync()).well
