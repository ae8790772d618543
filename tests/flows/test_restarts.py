"""PostgreSQL crashes and comes back again and again while a worker works: the worker stays, its runs go on by
themselves, and nothing is lost or doubled (the simulation's judge)."""

from pathlib import Path

import pytest

from cli import built_in
from kequn.registry import Registry
from tests.databases import PostgreSQL
from tests.flows.killing import Cut, live, ready, refused
from tests.flows.scenarios import SCENARIOS, Scenario
from tests.flows.scene import Server

pytestmark = pytest.mark.anyio
EVERY = 6  # requests of the CRMs


@pytest.mark.soak
@pytest.mark.parametrize(
    "scenario", [one for one in SCENARIOS if one.name in ("first sync of Zoho", "made here")], ids=lambda one: one.name
)
async def test_postgresql_that_restarts_again_and_again(
    scenario: Scenario, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    registry = Registry.load(built_in(), entry_points=False)
    restarts = 0

    def restart() -> None:
        nonlocal restarts
        if restarts < 4:
            restarts += 1
            postgresql.restart()

    async with ready(scenario, registry, Server(postgresql)) as yard:
        postgresql.keep(yard.url)
        lived = live(yard, tmp_path, Cut(every=EVERY), restart)
        assert (restarts, lived.killed) == (4, False)
        assert await refused(yard) == ()
