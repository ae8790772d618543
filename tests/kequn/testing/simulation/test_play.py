"""Simulated histories with the real engine, adapters and emulators: none is refused. The same seed plays the same."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from kequn.contracts.records import Kind
from kequn.registry import Registry
from kequn.testing.simulation.history import History
from kequn.testing.simulation.judge import Verdict, false_conflicts, judge
from kequn.testing.simulation.play import Script, run
from kequn.testing.simulation.things import BEGINNINGS, thing_of
from plugins import BUILT_IN

PART = 20
PARTS = 14  # with those without faults 300 histories; the other seeds are played by make soak
TROUBLED = Script(systems=2, steps=10)
CALM = Script(systems=2, faults=0.0, crash=0.0, changes=0.0)
ALONE = Script(groups=0.0, voices=0.0, orders=0.0, talks=0.0, firms=0.0, claims=0.0, answers=0.0, tiers=0.0)
"""Customers, and nothing beside them."""
CROWDED = replace(ALONE, systems=2, faults=0.05, crash=0.0, crowd=330, steps=6, busy=0.7, late=0.0, changes=0.0)
ALL_KINDS = Script(
    systems=2,
    groups=1.0,
    voices=1.0,
    orders=1.0,
    talks=1.0,
    firms=1.0,
    claims=1.0,
    tiers=1.0,
    answers=1.0,
    hears=1.0,
    late=0.0,
    steps=40,
)
BETWEEN_PAGES = {"edit", "create", "delete", "restore"}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load([import_module(name) for name in BUILT_IN], entry_points=False)


def _refused(histories: Iterable[History]) -> dict[int, list[Verdict]]:
    judged = {history.seed: judge(history) for history in histories}
    return {seed: verdicts for seed, verdicts in judged.items() if verdicts}


@pytest.mark.parametrize("part", range(PARTS))
def test_histories_with_faults_and_crashes_hold(registry: Registry, part: int, tmp_path: Path) -> None:
    seeds = range(part * PART, (part + 1) * PART)
    assert _refused(run(registry, seeds, TROUBLED, tmp_path)) == {}


def test_without_faults_no_conflict_is_false(registry: Registry, tmp_path: Path) -> None:
    histories = run(registry, range(5000, 5020), replace(CALM, steps=15), tmp_path)
    assert _refused(histories) == {}
    assert sum(false_conflicts(history) for history in histories) == 0


def test_the_same_seed_plays_the_same_history(registry: Registry, tmp_path: Path) -> None:
    first, second = (run(registry, [77], TROUBLED, tmp_path)[0].dump() for _ in range(2))
    assert first == second


def test_all_kinds_travel_and_webhooks_are_heard(registry: Registry, tmp_path: Path) -> None:
    histories = run(registry, range(8022, 8028), ALL_KINDS, tmp_path)
    assert _refused(histories) == {}
    there = {thing_of(key) for history in histories for records in history.final.values() for key in records}
    assert there == {*BEGINNINGS.values(), Kind.MEMBERSHIP}
    assert sum(history.events[-1][1] > 0 for history in histories) >= 4
    written = {write.field for history in histories for write in history.writes}
    assert written >= {"customer", "parent", "tier"}


def test_records_change_while_they_are_paged(registry: Registry, tmp_path: Path) -> None:
    histories = run(registry, [8100, 8101], CROWDED, tmp_path)
    assert _refused(histories) == {}
    assert any(_changed_between_pages(history.events) for history in histories)


def _changed_between_pages(events: Sequence[Sequence[object]]) -> bool:
    """Somebody acts in a CRM after the first page of one of its feeds, and before the last."""
    paged: object = None
    touched = False
    for what, *rest in events:
        if what == "page":
            if touched and paged == tuple(rest):
                return True
            paged, touched = tuple(rest), False
        elif what in {"sync", "round"}:
            paged = None
        elif what in BETWEEN_PAGES and isinstance(paged, tuple):
            touched = touched or rest[0] == paged[0]
    return False


@pytest.mark.parametrize("systems", [1, 4, 5])
def test_one_to_five_crms_hold(registry: Registry, systems: int, tmp_path: Path) -> None:
    [history] = run(registry, [8200], Script(systems=systems, steps=20), tmp_path)
    assert judge(history) == []
    assert len(history.systems) == systems + 1


@pytest.mark.soak
@pytest.mark.parametrize("part", range(50))
def test_many_histories_hold(registry: Registry, part: int, tmp_path: Path) -> None:
    seeds = range(part * 100, (part + 1) * 100)
    assert _refused(run(registry, seeds, Script(systems=3), tmp_path)) == {}


@pytest.mark.soak
def test_of_1000_histories_without_faults_at_most_one_conflict_is_false(registry: Registry, tmp_path: Path) -> None:
    histories = run(registry, range(6000, 7000), CALM, tmp_path)
    assert _refused(histories) == {}
    assert sum(false_conflicts(history) for history in histories) <= 1


@pytest.mark.soak
@pytest.mark.parametrize("systems", [2, 3])
def test_races_lose_nothing_outside_their_windows(registry: Registry, systems: int, tmp_path: Path) -> None:
    racing = Script(systems=systems, races=True, busy=0.15)
    assert _refused(run(registry, range(7000, 7500), racing, tmp_path)) == {}


@pytest.mark.soak
def test_crowds_hold(registry: Registry, tmp_path: Path) -> None:
    assert _refused(run(registry, range(8100, 8200), CROWDED, tmp_path)) == {}
