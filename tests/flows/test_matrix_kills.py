"""The kill matrix with real workers (P10): `kill -9` of `kequn worker` at twenty points of each scenario, drawn by
chance among its statements, commits and requests; another worker goes on, and the judge refuses nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import built_in
from kequn.clock import SeededRandom
from kequn.registry import Registry
from kequn.testing.simulation.dice import Dice
from tests.databases import PostgreSQL
from tests.flows.killing import NOWHERE, Cut, Lived, kill
from tests.flows.scenarios import SCENARIOS, Scenario, review
from tests.flows.scene import Files, Place, Server

pytestmark = pytest.mark.anyio
KILLS = 20
WORKED = [one for one in SCENARIOS if one.work is not review]  # a worker applies no plans


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        return Files(template, tmp_path)
    postgresql: PostgreSQL = request.getfixturevalue("postgresql")
    return Server(postgresql)


def cuts(lived: Lived, requests: int, seed: int) -> Iterator[Cut]:
    """Statements and requests by turns, among those of the work itself. There are more of them than kills: runs differ
    in time, and some end before their point comes."""
    dice = Dice(SeededRandom(seed))
    for number in range(2 * KILLS):
        if number % 2:
            yield Cut(request=1 + dice.below(requests), late=dice.falls(0.5))
        else:
            yield Cut(statement=lived.began + dice.below(lived.ended - lived.began))


@pytest.mark.soak
@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("scenario", WORKED, ids=lambda scenario: scenario.name)
async def test_a_worker_is_killed_at_twenty_points(scenario: Scenario, place: Place, tmp_path: Path) -> None:
    registry = Registry.load(built_in(), entry_points=False)
    calm, refused = await kill(scenario, registry, place, tmp_path, NOWHERE)
    killed = 0
    for cut in cuts(calm, calm.requests, WORKED.index(scenario)):
        lived, words = await kill(scenario, registry, place, tmp_path, cut)
        killed += lived.killed
        refused += words
        if killed == KILLS:
            break
    assert refused == []
    assert killed == KILLS
