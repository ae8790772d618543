"""The house rules, held against the whole tree; beside each stands a sample that it must refuse."""

import json
from pathlib import Path

import pytest

from tests import rules
from tests.report import requirement_ids
from tests.rules import PACKAGES, ROOT

EVERYWHERE = (*PACKAGES, "bench", "scripts", "tests")
PLUGIN_FILES = {"README.md", "__init__", "adapter", "client", "mapping", "webhook", "emulator"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def breaches(forbidden: set[str], allowed: str) -> dict[str, list[str]]:
    found = {name(path): rules.uses(path.read_text(encoding="utf-8"), forbidden) for path in rules.sources(*PACKAGES)}
    return {path: uses for path, uses in found.items() if uses and path != allowed}


def test_only_clock_touches_time_and_chance() -> None:
    assert breaches(rules.CHANCE, allowed="kequn/clock.py") == {}


def test_only_settings_reads_the_environment() -> None:
    assert breaches(rules.ENVIRONMENT, allowed="kequn/settings.py") == {}


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.sleep(1)",
        "from time import monotonic as tick\ndefault = tick",
        "from datetime import datetime, UTC\ndatetime.now(UTC)",
        "import datetime as d\nd.date.today()",
        "import random\nrandom.Random(4)",
        "import asyncio\nasync def wait():\n    await asyncio.sleep(0)",
        "from uuid import uuid4\nkey = uuid4()",
        "from sqlalchemy import func\nfunc.now()",
    ],
)
def test_time_and_chance_are_found(source: str) -> None:
    assert rules.uses(source, rules.CHANCE) != []


@pytest.mark.parametrize("source", ["import os\nos.environ['A']", "from os import getenv\ngetenv('A')"])
def test_the_environment_is_found(source: str) -> None:
    assert rules.uses(source, rules.ENVIRONMENT) != []


@pytest.mark.parametrize("source", ["clock.now()", "from datetime import datetime\ndatetime.fromtimestamp(0)"])
def test_a_clock_that_was_handed_in_is_fine(source: str) -> None:
    assert rules.uses(source, rules.CHANCE) == []


def test_names_say_what_is_inside() -> None:
    paths = [path.relative_to(ROOT) for path in rules.sources(*EVERYWHERE)]
    assert [str(path) for path in paths if rules.vague_name(path)] == []


def test_a_vague_name_is_found() -> None:
    assert [rules.vague_name(Path(path)) for path in ("sync/http_utils.py", "common/rows.py", "sync/merge.py")] == [
        True,
        True,
        False,
    ]


def test_files_and_functions_stay_short() -> None:
    found = {name(path): rules.too_long(path.read_text(encoding="utf-8")) for path in rules.sources(*EVERYWHERE)}
    assert {path: long for path, long in found.items() if long} == {}


def test_a_long_function_is_found() -> None:
    assert rules.too_long("def f():\n" + "    x = 1\n" * 61) == ["f has 62 lines"]
    assert rules.too_long("x = 1\n" * 501) == ["501 lines"]


def test_every_source_file_opens_by_saying_what_it_decides() -> None:
    paths = rules.sources(*PACKAGES)
    assert [name(path) for path in paths if not rules.says_what_it_decides(path.read_text(encoding="utf-8"))] == []


def test_every_test_asserts() -> None:
    found = {
        name(path): rules.tests_without_assertion(path.read_text(encoding="utf-8")) for path in rules.sources("tests")
    }
    assert {path: tests for path, tests in found.items() if tests} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def test_a():\n    run()", ["test_a"]),
        ("def test_a():\n    assert run()", []),
        ("def test_a():\n    check()\ndef check():\n    assert True", []),
        ("def test_a():\n    check()\ndef check():\n    test_a()", ["test_a"]),
        ("def test_a():\n    with pytest.raises(ValueError):\n        run()", []),
    ],
)
def test_a_test_that_cannot_fail_is_found(source: str, found: list[str]) -> None:
    assert rules.tests_without_assertion(source) == found


def test_every_marker_names_a_requirement() -> None:
    known = set(requirement_ids(ROOT / "docs" / "requirements.md"))
    marked = {
        name(path): rules.marked_requirements(path.read_text(encoding="utf-8")) for path in rules.sources("tests")
    }
    own = {"tests/test_house.py"}  # the sample below
    assert {path: ids for path, ids in marked.items() if path not in own and not known.issuperset(ids)} == {}


def test_a_marker_is_read() -> None:
    source = 'pytestmark = pytest.mark.requirement("K04")\n@pytest.mark.requirement("Z99", "C01")\ndef test_a(): ...'
    assert sorted(rules.marked_requirements(source)) == ["C01", "K04", "Z99"]


def test_requirements_are_listed_once_each() -> None:
    ids = requirement_ids(ROOT / "docs" / "requirements.md")
    assert (len(ids), len(set(ids))) == (131, 131)


def entries(plugin: Path) -> set[str]:
    names = (entry.name for entry in plugin.iterdir() if entry.name != "__pycache__")
    return {entry.removesuffix(".py") for entry in names}


def test_plugin_folders_have_the_same_entries() -> None:
    plugins = [path for path in (ROOT / "plugins").iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert {plugin.name: entries(plugin) for plugin in plugins} == {plugin.name: PLUGIN_FILES for plugin in plugins}
    assert "zoho" in {plugin.name for plugin in plugins}


@pytest.mark.parametrize("lock", ["requirements.lock", "scripts/node.lock"])
def test_locks_hold_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if "==" in line and not line.startswith("#")]
    assert pins
    assert "://" not in text
    assert all(line.rstrip().endswith("\\") for line in pins)


@pytest.mark.parametrize("folder", ["tests/node", "examples/typescript"])
def test_locks_of_node_do_so_too(folder: str) -> None:
    text = (ROOT / folder / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert len(packages) > 1
    assert [name for name, package in packages.items() if name and not package.get("integrity")] == []
