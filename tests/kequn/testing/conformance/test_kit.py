"""The kit itself: which cases there are, what may be skipped, how failures are told, the class and the command."""

import json
import textwrap
from pathlib import Path

import pytest

import kequn.testing.scaffold.acme as acme
from kequn.__main__ import commands
from kequn.contracts.errors import BadSettings, RetryLater
from kequn.terminal import run
from kequn.testing.conformance import CASES, Case, Failed, Level, Outcome, Result, Skipped, Subject, cases_of, try_case
from kequn.testing.conformance.case import expect
from tests.kequn.testing.conformance import guide

pytestmark = pytest.mark.anyio


def test_there_are_sixty_cases_in_order() -> None:
    assert [case.id for case in CASES] == [f"T{number:02}" for number in range(1, 61)]


def test_levels_hold_the_ones_before() -> None:
    read, write, realtime = (cases_of(level) for level in Level)
    assert set(read) < set(write) < set(realtime) == set(CASES)
    assert {case.id for case in realtime} - {case.id for case in write} == {"T56", "T57", "T58", "T59"}


@pytest.mark.parametrize("id", ["T42", "T43", "T47"])
def test_what_needs_no_request_is_never_skipped(id: str) -> None:
    assert next(case for case in CASES if case.id == id).skips == frozenset()


async def outcome(error: Exception | None, skips: frozenset[str] = frozenset()) -> Outcome:
    async def body(subject: Subject) -> None:
        if error is not None:
            raise error

    return await try_case(Case("T99", "a case", Level.READ, body, skips), Subject.of(acme))


@pytest.mark.parametrize(
    ("error", "result", "note"),
    [
        (None, Result.OK, ""),
        (Failed("it is wrong"), Result.FAILED, "it is wrong"),
        (Skipped("scopes"), Result.SKIPPED, "scopes"),
        (Skipped("patience"), Result.FAILED, "a lack of patience does not excuse this case"),
        (RetryLater("busy"), Result.FAILED, "ends in RetryLater: busy"),
        (KeyError("x"), Result.FAILED, "ends in KeyError: 'x'"),
    ],
)
async def test_how_a_case_ends(error: Exception | None, result: Result, note: str) -> None:
    ended = await outcome(error, frozenset({"scopes"}))
    assert (ended.result, ended.note[: len(note)]) == (result, note)


def test_expectations_hold_without_assertions() -> None:
    with pytest.raises(Failed, match="because"):
        expect(False, "because")


def test_a_module_without_a_crm_cannot_be_tested() -> None:
    with pytest.raises(BadSettings, match="registers no CRM"):
        Subject.of("kequn.clock")


async def test_a_lack_that_is_none_does_not_excuse(tmp_path: Path) -> None:
    old = "SETTLE_SECONDS, webhooks=webhook.AVAILABLE\n"
    new = 'SETTLE_SECONDS, webhooks=webhook.AVAILABLE, lacks=frozenset({"scopes", "expiry", "options"})\n'
    subject = Subject.of(guide.load(tmp_path, {"adapter.py": (old, new)}))
    results = {case.id: (await try_case(case, subject)).result for case in CASES if case.id in {"T12", "T15", "T17"}}
    assert results == {"T12": Result.FAILED, "T15": Result.FAILED, "T17": Result.FAILED}


async def test_webhooks_that_a_crm_lacks_excuse_their_cases() -> None:
    subject = Subject.of(acme)
    ended = [await try_case(case, subject) for case in CASES if case.level is Level.REALTIME]
    assert {(one.result, one.note) for one in ended} == {(Result.SKIPPED, "webhooks")}


def test_the_command_tells_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = guide.write(tmp_path, "machine", upto=1)
    assert run(commands(), ["plugin", "check", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"plugin": "machine", "level": "read", "ok": 41, "failed": [], "skipped": []}


def test_the_command_tells_people_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = guide.write(tmp_path, "broken", upto=1)
    adapter = folder / "kequn_broken" / "adapter.py"
    adapter.write_text(
        adapter.read_text(encoding="utf-8").replace("max(milliseconds - OVERLAP_MS, 0)", "milliseconds + 1")
    )
    assert run(commands(), ["plugin", "check", str(folder), "--level", "read"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "T28  failed   changes in the same second are not missed" in lines
    assert lines[-1].startswith("broken is not certified for read: ")


@pytest.mark.parametrize(
    ("words", "said"), [(["nobody"], "there is no plugin"), (["zoho", "--level", "x"], "no level")]
)
def test_the_command_says_what_is_wrong(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(commands(), ["plugin", "check", *words]) == 1
    assert said in capsys.readouterr().err


def test_a_package_that_names_no_entry_point_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    assert run(commands(), ["plugin", "check", str(tmp_path)]) == 1
    assert "names no entry point" in capsys.readouterr().err


def test_a_package_that_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n", encoding="utf-8")
    assert run(commands(), ["plugin", "check", str(tmp_path)]) == 1
    assert "pyproject.toml: this is not TOML" in capsys.readouterr().err


def test_a_case_beyond_the_level_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = guide.write(tmp_path, "beyond", upto=1)
    assert run(commands(), ["plugin", "check", str(folder), "--case", "T56"]) == 1
    assert "T56 is of the level realtime; --level realtime runs it" in capsys.readouterr().err


def test_subclassing_makes_one_test_of_each_case(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        textwrap.dedent("""
        import kequn.testing.scaffold.acme
        from kequn.testing.conformance import PluginContract

        class TestAcme(PluginContract):
            plugin = kequn.testing.scaffold.acme
            level = "realtime"
        """)
    )
    result = pytester.runpytest("-k", "T01 or T22 or T56", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, skipped=1, deselected=57)
