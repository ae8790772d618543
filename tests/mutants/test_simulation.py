"""Wrong engines, and the histories that give them away. A mutant is handed in by replacing names for a test's time; the
shipped code has no switch. The right engine passes the same histories."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import pytest

from kequn.registry import Registry
from kequn.testing.simulation.history import History
from kequn.testing.simulation.judge import false_conflicts, judge
from kequn.testing.simulation.play import Script, run
from plugins import BUILT_IN
from tests.mutants import engines
from tests.mutants.engines import Patch

ALL = tuple(BUILT_IN)
ZOHO, FXIAOKE, JIANDAOYUN = (("plugins.zoho",), ("plugins.fxiaoke",), ("plugins.jiandaoyun",))
PLAIN = Script(
    systems=2,
    groups=0.0,
    voices=0.0,
    orders=0.0,
    talks=0.0,
    firms=0.0,
    claims=0.0,
    answers=0.0,
    tiers=0.0,
    hears=0.0,
    twins=0.0,
)
"""Customers alone, in two CRMs."""
ONE = replace(PLAIN, systems=1, changes=0.0)
CALM = replace(ONE, faults=0.0, crash=0.0)
STORM = replace(ONE, faults=0.3, crash=0.0)
MEETING = replace(
    PLAIN, faults=0.0, crash=0.0, late=1.0, known=1.0, changes=0.1, office=("connect",), busy=0.02, steps=60, deletes=0
)
"""A CRM that has been in use for a while, with people whom others know."""
GRAVES = replace(STORM, faults=0.5, busy=0.1, steps=50, deletes=30, asks=0.0, late=0.0)
"""Many deletes, and reads that lag behind them."""
SEARCHED = 100
NEAR = 4
"""Seeds that are tried: what the engine asks of chance may change, and with it which history gives a mutant away."""


@dataclass(frozen=True)
class Mutant:
    """`seed`: the first known to give it away, in this kind of history with these plugins."""

    engine: Callable[[Patch], None]
    seed: int
    script: Script
    plugins: tuple[str, ...] = ZOHO


MUTANTS = (
    Mutant(engines.silent_conflicts, 2, PLAIN, ALL),
    Mutant(engines.delete_without_looking, 11, PLAIN, ALL),
    Mutant(engines.base_shared_by_all_links, 1, PLAIN, ALL),
    Mutant(engines.partial_scan_taken_as_complete, 0, ONE, JIANDAOYUN),
    Mutant(engines.tombstones_forgotten, 79, GRAVES, JIANDAOYUN),
    Mutant(
        engines.outbox_outside_the_transaction, 3, replace(PLAIN, faults=0.0, crash=0.08, changes=0.0, late=0.0), ALL
    ),
    Mutant(engines.scope_exit_taken_as_delete, 103, replace(PLAIN, changes=0.15), ALL),
    Mutant(engines.merge_taken_as_delete, 8, replace(CALM, merges=20, steps=45, late=0.0, asks=0.0)),
    Mutant(engines.exclusive_cursor, 3, ONE),
    Mutant(engines.no_base_after_adoption, 4, MEETING, ALL),
    Mutant(engines.unconditional_delete, 16, replace(CALM, busy=0.25, steps=40)),
    Mutant(engines.blind_retry_of_create, 27, replace(STORM, faults=0.45, late=0.0), JIANDAOYUN),
    Mutant(engines.cursor_before_merges, 18, replace(CALM, crash=0.06, steps=45)),
    Mutant(engines.no_note_of_unanswered_writes, 11, replace(STORM, alone=True, busy=0.4, late=0.0, deletes=0)),
)


@pytest.fixture(scope="module")
def registries() -> dict[tuple[str, ...], Registry]:
    loaded = {some: [import_module(name) for name in some] for some in (ALL, ZOHO, FXIAOKE, JIANDAOYUN)}
    return {some: Registry.load(modules, entry_points=False) for some, modules in loaded.items()}


def _refuses(history: History, script: Script) -> bool:
    """Where nothing goes wrong, or nobody works in the CRMs, a conflict of what was not written at once is a fault."""
    calm = script.faults == script.crash == 0 and (script.changes == 0 or script.office == ("connect",))
    return bool(judge(history)) or ((calm or script.alone) and false_conflicts(history) > 0)


def _first_refused(mutant: Mutant, registry: Registry, seeds: Iterable[int], folder: Path, patch: Patch) -> int | None:
    """The first seed that refuses the mutant, and not the right engine."""
    for seed in seeds:
        with patch.context() as changed:
            mutant.engine(changed)
            [wrong] = run(registry, [seed], mutant.script, folder)
        if _refuses(wrong, mutant.script):
            [right] = run(registry, [seed], mutant.script, folder)
            assert not _refuses(right, mutant.script), seed
            return seed
    return None


def _named(mutant: Mutant) -> str:
    return mutant.engine.__name__


Registries = dict[tuple[str, ...], Registry]


@pytest.mark.parametrize("mutant", MUTANTS, ids=_named)
def test_a_wrong_engine_is_refused(mutant: Mutant, registries: Registries, tmp_path: Path, monkeypatch: Patch) -> None:
    near = range(mutant.seed, mutant.seed + NEAR)
    assert _first_refused(mutant, registries[mutant.plugins], near, tmp_path, monkeypatch) is not None


@pytest.mark.soak
@pytest.mark.parametrize("mutant", MUTANTS, ids=_named)
def test_a_wrong_engine_is_refused_within_100_histories(
    mutant: Mutant, registries: Registries, tmp_path: Path, monkeypatch: Patch
) -> None:
    found = _first_refused(mutant, registries[mutant.plugins], range(SEARCHED), tmp_path, monkeypatch)
    assert found is not None


def test_the_wrong_engines_are_at_least_twelve() -> None:
    named = {name for name, thing in vars(engines).items() if getattr(thing, "__module__", "") == engines.__name__}
    assert named == {_named(mutant) for mutant in MUTANTS}
    assert len(named) >= 12
