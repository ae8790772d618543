"""P1 to P10 at once: histories that hypothesis draws, judged by somebody who knows nothing of the engine."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.kequn.sync.histories import Machine

# Shrinking takes hours with a database beneath: a history that fails is shown as it was drawn.
FEW = settings(
    max_examples=8,
    stateful_step_count=20,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    deadline=None,
    derandomize=True,
)
MANY = settings(FEW, max_examples=3000, stateful_step_count=40)


def _run(template: Path, folder: Path, how: settings) -> int:
    made = []

    def machine() -> Machine:
        made.append(Machine(template, folder))
        return made[-1]

    run_state_machine_as_test(machine, settings=how)  # type: ignore[arg-type] # a factory will do, says hypothesis
    return len(made)


def test_histories(sqlite_template: Path, tmp_path: Path) -> None:
    assert _run(sqlite_template, tmp_path, FEW) >= 8


@pytest.mark.soak
def test_many_histories(sqlite_template: Path, tmp_path: Path) -> None:
    assert _run(sqlite_template, tmp_path, MANY) >= 3000
