"""Simulated histories with the real engine, adapters and emulators: none is refused. The same seed plays the same."""

from importlib import import_module
from pathlib import Path

import pytest

from kequn.registry import Registry
from kequn.testing.simulation.judge import false_conflicts, judge
from kequn.testing.simulation.play import Script, run
from plugins import BUILT_IN

PART = 20
PARTS = 15  # the other seeds are played by make soak
TROUBLED, CALM = Script(systems=2), Script(systems=2, faults=0.0, crash=0.0, changes=0.0)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load([import_module(name) for name in BUILT_IN], entry_points=False)


@pytest.mark.parametrize("part", range(PARTS))
def test_histories_with_faults_and_crashes_hold(registry: Registry, part: int, tmp_path: Path) -> None:
    seeds = range(part * PART, (part + 1) * PART)
    refused = {history.seed: judge(history) for history in run(registry, seeds, TROUBLED, tmp_path)}
    assert {seed: verdicts for seed, verdicts in refused.items() if verdicts} == {}


def test_without_faults_no_conflict_is_false(registry: Registry, tmp_path: Path) -> None:
    histories = run(registry, range(5000, 5020), CALM, tmp_path)
    assert [judge(history) for history in histories] == [[]] * len(histories)
    assert sum(false_conflicts(history) for history in histories) == 0


def test_the_same_seed_plays_the_same_history(registry: Registry, tmp_path: Path) -> None:
    first, second = (run(registry, [77], TROUBLED, tmp_path)[0].dump() for _ in range(2))
    assert first == second


@pytest.mark.soak
@pytest.mark.parametrize("part", range(50))
def test_many_histories_hold(registry: Registry, part: int, tmp_path: Path) -> None:
    seeds = range(part * 100, (part + 1) * 100)
    refused = {history.seed: judge(history) for history in run(registry, seeds, Script(systems=3), tmp_path)}
    assert {seed: verdicts for seed, verdicts in refused.items() if verdicts} == {}


@pytest.mark.soak
def test_of_1000_histories_without_faults_at_most_one_conflict_is_false(registry: Registry, tmp_path: Path) -> None:
    histories = run(registry, range(6000, 7000), CALM, tmp_path)
    assert sum(false_conflicts(history) for history in histories) <= 1


@pytest.mark.soak
def test_races_lose_nothing_outside_their_windows(registry: Registry, tmp_path: Path) -> None:
    racing = Script(systems=3, races=True, busy=0.15)
    refused = {history.seed: judge(history) for history in run(registry, range(7000, 7200), racing, tmp_path)}
    assert {seed: verdicts for seed, verdicts in refused.items() if verdicts} == {}
