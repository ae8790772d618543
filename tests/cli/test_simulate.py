"""`kequn simulate`: the files it writes, that a seed always means the same, and what it tells of a refused history."""

import json
from dataclasses import replace

import pytest

from kequn import simulating
from kequn.clock import ManualClock
from kequn.simulating import Judged, Wish
from kequn.testing.simulation.history import History
from kequn.testing.simulation.judge import Verdict, judge
from kequn.testing.simulation.play import Script
from tests.cli.shell import Command

PLAYED = ("simulate", "--histories", "2", "--systems", "2", "--seed", "11")


def test_the_same_seed_writes_the_same_file(kequn: Command) -> None:
    kequn.well(*PLAYED, "--out", "one", "--processes", "2")
    kequn.well(*PLAYED, "--out", "other", "--processes", "1")
    one, other = (kequn.folder / name for name in ("one", "other"))
    assert sorted(file.name for file in one.iterdir()) == ["11.json", "12.json"]
    assert {file.name: file.read_bytes() for file in one.iterdir()} == {
        file.name: file.read_bytes() for file in other.iterdir()
    }
    assert (one / "11.json").read_bytes() != (one / "12.json").read_bytes()


def test_a_file_holds_what_a_judge_needs(kequn: Command) -> None:
    told = kequn.well(*PLAYED, "--histories", "1", "--out", "out", "--json").json
    assert (told["histories"], told["refused"], told["promises"]) == (1, [], {})
    assert told["per_second"] > 0
    history = History.parse((kequn.folder / "out" / "11.json").read_bytes())
    assert (history.seed, len(history.systems), judge(history)) == (11, 3, [])
    assert history.writes


def test_a_refused_history_is_told_with_its_seed_and_ends_with_1(
    capsys: pytest.CaptureFixture[str], kequn: Command
) -> None:
    judged = [Judged(4), Judged(9, (Verdict("P1", "v3 is lost"),)), Judged(5, broke="KeyError: 'x' (play.py:7)")]
    wish = Wish(range(3), Script(), kequn.folder, 1)
    assert simulating.tell(judged, wish, ManualClock()) is False
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["seed 9 refused: P1 v3 is lost", "seed 5 broke off: KeyError: 'x' (play.py:7)"]
    assert "2 refused (P1 in 1)" in lines[2]
    assert simulating.tell(judged, replace(wish, json=True), ManualClock()) is False
    assert [one["seed"] for one in json.loads(capsys.readouterr().out)["refused"]] == [5, 9]


def test_what_is_no_history_is_refused_in_one_line(kequn: Command) -> None:
    assert "--systems" in kequn("simulate", "--systems", "0", "--out", "out").error
