"""Progress: bars on a terminal, plain lines elsewhere, silence for machines."""

import os
import pty
import re
import subprocess
from collections.abc import Mapping

import pytest

from cli import progress
from kequn.clock import ManualClock
from kequn.sync.job import Progress
from tests.cli.shell import Command, Zoho
from tests.cli.test_emulate import PROGRAM

STEPS = [Progress("pull", "contacts", 200, 1000), Progress("pull", "contacts", 1000, 1000), Progress("push", "tier", 3)]


def test_elsewhere_each_phase_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown(ManualClock()) as reports:
        for step in STEPS:
            reports("zoho")(step)
    assert capsys.readouterr().err.splitlines() == ["zoho: pull contacts 1000 of 1000", "zoho: push tier 3"]


def test_a_long_phase_tells_every_few_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    clock = ManualClock()
    with progress.shown(clock) as reports:
        clock.move(6)
        reports("zoho")(STEPS[0])
        reports("zoho")(STEPS[1])
    assert capsys.readouterr().err.splitlines() == [
        "zoho: pull contacts 200 of 1000",
        "zoho: pull contacts 1000 of 1000",
    ]


def test_machines_are_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown(ManualClock(), quiet=True) as reports:
        reports("zoho")(STEPS[0])
    assert capsys.readouterr().err == ""


def on_a_terminal(*arguments: str, environment: Mapping[str, str]) -> str:
    """What a person sees: the program with a terminal for its output."""
    ours, theirs = pty.openpty()
    program = subprocess.Popen([PROGRAM, *arguments], stdout=theirs, stderr=theirs, env=dict(environment))
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:  # so Linux says that the other end was closed
        pass
    os.close(ours)
    assert program.wait() == 0, seen
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forking beside the emulator's thread
def test_on_a_terminal_there_are_bars_with_count_rate_and_remaining_time(kequn: Command, connected: Zoho) -> None:
    seen = on_a_terminal("sync", "run", environment={**os.environ, "TERM": "xterm", "COLUMNS": "120"})
    assert re.search(r"zoho: pull contacts\s+━+\s+20/20\s+[\d,]+/s\s+0:00:00 left", seen), seen
