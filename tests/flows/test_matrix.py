"""The kill matrix in one process (P10): each scenario is cut off at every statement, commit and request, on both
databases, and the simulation's judge refuses nothing. `make test` takes three scenarios and some of their points,
`make soak` all. `kill -9` of a real worker stands in test_matrix_kills.py."""

from pathlib import Path

import pytest

from cli import built_in
from kequn.registry import Registry
from tests.databases import PostgreSQL
from tests.flows.matrix import Found, Matrix
from tests.flows.scenarios import SCENARIOS, Scenario
from tests.flows.scene import Files, Server

EVERY = [pytest.param(one, marks=pytest.mark.soak, id=one.name) for one in SCENARIOS]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load(built_in(), entry_points=False)


def held(found: Found) -> None:
    assert found.refused == []
    assert found.points > 50
    assert len(found.left) > min(5, found.tried // 3)  # the crashes left different things behind


@pytest.mark.parametrize("scenario", EVERY)
def test_a_crash_at_every_point_on_sqlite(
    scenario: Scenario, registry: Registry, sqlite_template: Path, tmp_path: Path
) -> None:
    held(Matrix(registry, Files(sqlite_template, tmp_path)).crash(scenario))


@pytest.mark.parametrize("scenario", EVERY)
def test_a_crash_at_every_point_on_postgresql(scenario: Scenario, registry: Registry, postgresql: PostgreSQL) -> None:
    held(Matrix(registry, Server(postgresql)).crash(scenario))
