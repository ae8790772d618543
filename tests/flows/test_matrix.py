"""The kill matrix in one process (P10): each scenario is cut off at every statement, commit and request, on both
databases, and the simulation's judge refuses nothing. `make test` takes three scenarios and some of their points,
`make soak` all. `kill -9` of a real worker stands in test_matrix_kills.py."""

from pathlib import Path
from typing import Any

import pytest

from cli import built_in
from kequn.registry import Registry
from tests.databases import PostgreSQL
from tests.flows.matrix import Found, Matrix
from tests.flows.scenarios import SCENARIOS, Scenario
from tests.flows.scene import Files, Server

NAMED = {one.name: one for one in SCENARIOS}
FEW = ("first sync of Zoho", "edited here", "members come and go")
STRIDE = 37


def cases(*few: str) -> list[Any]:
    """Some points of these, and under `make soak` every point of all."""
    return [
        *(pytest.param(NAMED[name], STRIDE, id=f"{name}, some points") for name in few),
        *(pytest.param(one, 1, marks=pytest.mark.soak, id=one.name) for one in SCENARIOS),
    ]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load(built_in(), entry_points=False)


def thorough(found: Found) -> bool:
    """There were points enough, and the crashes left different things behind."""
    return found.points > 50 and len(found.left) > min(5, found.tried // 3)


@pytest.mark.parametrize(("scenario", "stride"), cases(*FEW))
def test_a_crash_at_every_point_on_sqlite(
    scenario: Scenario, stride: int, registry: Registry, sqlite_template: Path, tmp_path: Path
) -> None:
    found = Matrix(registry, Files(sqlite_template, tmp_path)).crash(scenario, stride=stride)
    assert found.refused == []
    assert thorough(found), found


@pytest.mark.parametrize(("scenario", "stride"), cases())
def test_a_crash_at_every_point_on_postgresql(
    scenario: Scenario, stride: int, registry: Registry, postgresql: PostgreSQL
) -> None:
    found = Matrix(registry, Server(postgresql)).crash(scenario, stride=stride)
    assert found.refused == []
    assert thorough(found), found
