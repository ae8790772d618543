"""The plugin that the kit ships as a model, as a package that `kequn plugin new` writes and the page makes of it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import kequn.testing.scaffold.acme
from kequn.scaffolding import write_plugin
from kequn.terminal import Failure
from kequn.testing.conformance import CASES, Level, PluginContract, Result, Subject, check, claimed
from tests.kequn.testing.conformance import guide

pytestmark = pytest.mark.anyio


class TestScaffold(PluginContract):
    plugin = kequn.testing.scaffold.acme
    level = "read"


async def test_the_page_ends_with_a_plugin_that_passes_every_case(tmp_path: Path) -> None:
    subject = Subject.of(guide.load(tmp_path))
    assert await claimed(subject) is Level.REALTIME
    verdict = await check(subject, Level.REALTIME)
    assert [(one.case.id, one.note) for one in verdict.of(Result.FAILED)] == []
    assert len(verdict.of(Result.OK)) == len(CASES) == 60


def test_a_new_plugin_bears_its_own_name(tmp_path: Path) -> None:
    folder = write_plugin("two_words", tmp_path)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert folder.name == "kequn-two-words"
    assert folder / "kequn_two_words" / "adapter.py" in files
    assert [path for path in files if "acme" in path.read_text(encoding="utf-8").lower()] == []
    assert 'name = "kequn-two-words"' in (folder / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["Two", "two-words", "2two", "", "../two", "two_"])
def test_a_name_that_is_no_module_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Failure):
        write_plugin(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_its_tests_find_it_before_it_is_installed(tmp_path: Path) -> None:
    package = write_plugin("fresh", tmp_path)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    program = [str(Path(sys.executable).with_name("pytest")), "-q", "-k", "T01", "-p", "no:cacheprovider"]
    done = subprocess.run(program, cwd=package, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout[-2000:]


def test_a_folder_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    write_plugin("twice", tmp_path)
    with pytest.raises(Failure, match="already"):
        write_plugin("twice", tmp_path)


def test_the_page_changes_only_files_that_the_scaffold_has(tmp_path: Path) -> None:
    package = write_plugin("acme", tmp_path)
    shown: dict[str, Any] = {path: code for files in guide.steps().values() for path, code in files.items()}
    assert len(shown) == 3
    assert [path for path in shown if not (package / path).is_file()] == []
