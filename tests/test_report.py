"""The report at the end of a run: what counts as proved, and that its line is the last one."""

import pytest

CONFTEST = """
from pathlib import Path
from tests.report import Report

def pytest_addoption(parser):
    parser.addoption("--requirements", action="store_true")

def pytest_configure(config):
    config.addinivalue_line("markers", "requirement(*ids): proves them")
    config.pluginmanager.register(Report(config, Path(__file__).parent / "requirements.md"))
"""

TESTS = """
import pytest

@pytest.mark.requirement("C01", "C02")
def test_passes():
    assert True

@pytest.mark.requirement("K01")
def test_fails():
    assert False

@pytest.mark.requirement("K02")
@pytest.mark.skip
def test_skipped():
    assert True

@pytest.mark.requirement("K03")
@pytest.mark.xfail
def test_expected_to_fail():
    assert False
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(CONFTEST)
    pytester.path.joinpath("requirements.md").write_text(
        "# Requirements\n\n" + "".join(f"- {id} something — 词\n" for id in ("C01", "C02", "K01", "K02", "K03"))
    )
    pytester.path.joinpath("tests", "flows").mkdir(parents=True)
    pytester.path.joinpath("tests", "flows", "test_some.py").write_text(TESTS)
    return pytester


def test_only_what_passed_is_proved(project: pytest.Pytester) -> None:
    result = project.runpytest_inprocess("--requirements", "--import-mode=importlib")
    assert result.outlines[-1] == "requirements: 2 of 5 proved; unproved: K01 K02 K03"


def test_without_the_option_there_is_no_such_line(project: pytest.Pytester) -> None:
    result = project.runpytest_inprocess("--import-mode=importlib")
    result.stdout.no_fnmatch_line("requirements:*")
    assert "failed" in result.outlines[-1]


def test_all_proved_says_none(project: pytest.Pytester) -> None:
    project.path.joinpath("requirements.md").write_text("- C01 one\n")
    result = project.runpytest_inprocess("--requirements", "--import-mode=importlib")
    assert result.outlines[-1] == "requirements: 1 of 1 proved; unproved: none"


def test_seconds_are_summed_per_folder(project: pytest.Pytester) -> None:
    result = project.runpytest_inprocess("--import-mode=importlib")
    assert [line.split()[1:] for line in result.outlines if line.endswith(("tests/flows", "in all"))] == [
        ["tests/flows"],
        ["in", "all"],
    ]
