"""The limits of each CRM's windows are kept by all runs and commands together, one after the other or at once."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

import api
import plugins.fxiaoke
import plugins.jiandaoyun
from kequn.settings import Settings
from tests.flows.world import World

pytestmark = pytest.mark.anyio
Sort = Callable[[str], str]
AT_ONCE = 3


class Log:
    """When each interface was called."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.calls: dict[str, list[datetime]] = defaultdict(list)
        world.emulator.faults.before(self._note)

    async def _note(self, method: str, path: str) -> None:
        self.calls[path].append(self._world.clock.now())

    def most(self, seconds: float, sort: Sort) -> int:
        """In any stretch of so long, of one sort of call. Logging in has a limit of its own."""
        sorts: dict[str, list[datetime]] = defaultdict(list)
        for path, times in self.calls.items():
            sorts[sort(path)] += [] if path.endswith("/V2") else times
        width = timedelta(seconds=seconds)
        return max(sum(start <= at < start + width for at in times) for times in sorts.values() for start in times)


def each(path: str) -> str:
    return path


def together(path: str) -> str:
    return ""


CASES = [
    pytest.param(plugins.fxiaoke, 20, 90, each, id="fxiaoke"),
    pytest.param(plugins.jiandaoyun, 1, 10, together, id="jiandaoyun"),
]


@pytest.fixture
async def world(request: pytest.FixtureRequest, database_url: str, anyio_backend: str) -> AsyncIterator[World]:
    world = await World(plugin=request.param).open(database_url)
    yield world
    await world.close()


@pytest.mark.parametrize(("world", "seconds", "most", "sort"), CASES, indirect=["world"])
async def test_runs_one_after_the_other_share_a_window(world: World, seconds: float, most: int, sort: Sort) -> None:
    log = Log(world)
    for _ in range(12):
        assert (await world.sync()).well
    assert sum(map(len, log.calls.values())) > most
    assert log.most(seconds, sort) <= most


@pytest.mark.parametrize(("world", "seconds", "most", "sort"), CASES, indirect=["world"])
async def test_commands_at_once_share_a_window(world: World, seconds: float, most: int, sort: Sort) -> None:
    log = Log(world)

    async def check() -> None:
        async with world.board.connect(world.scope, world.name) as remote:
            await remote.crm.open()
            await remote.crm.check()

    for _ in range(8):
        await asyncio.gather(*(check() for _ in range(AT_ONCE)))
    assert (
        log.most(seconds, sort) < 2 * most
    )  # the clock jumps while requests are on their way; each alone makes as many


@pytest.mark.parametrize("world", [plugins.fxiaoke], indirect=True)
async def test_the_metrics_tell_what_is_left(world: World) -> None:
    log = Log(world)
    assert (await world.sync()).well
    parts: dict[str, Any] = {"keyring": world.keyring, "clock": world.clock, "random": world.random}
    app = api.build(Settings(), world.registry, database=world.database, **parts)
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
        text = (await browser.get("/metrics")).text
    family = next(one for one in text_string_to_metric_families(text) if one.name == "kequn_budget_left")
    left = {one.labels["limit"]: one.value for one in family.samples}
    calls = {path: len(times) for path, times in log.calls.items() if not path.endswith("/V2")}
    assert left == {"calls": 100_000 - sum(calls.values()), "calls_in_20_seconds": 90 - max(calls.values())}
