"""Imports go one way: import-linter over the tree, and what a plugin may import, file by file.
Both are shown a tree that breaks the rule."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules import PACKAGES, ROOT

LINTER = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(LINTER), "--no-cache", "--config", str(folder / "pyproject.toml")]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_layers_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree's packages alone, to be spoiled."""
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "assets"))
    return tmp_path


SPOILED = {
    "kequn/domain/__init__.py": ("import kequn.sync.merge", "Imports go one way"),
    "kequn/store/__init__.py": ("import strawberry", "kequn knows no CRM, no GraphQL and no server"),
    "jobs/__init__.py": ("import api", "jobs serve runs, not the API"),
    "schema/__init__.py": ("import plugins", "Only the command line puts the plugins to the rest"),
    "kequn/testing/emulator/__init__.py": ("import kequn.settings", "The emulators' kit knows the contracts alone"),
    "kequn/sync/plan.py": ("import sqlalchemy", "Deciding needs neither database nor network"),
}


def test_every_broken_contract_is_found(copy: Path) -> None:
    for path, (line, _) in SPOILED.items():
        (copy / path).write_text((copy / path).read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    result = lint(copy)
    broken = {line.partition(" BROKEN")[0] for line in result.stdout.splitlines() if " BROKEN" in line}
    assert broken == {contract for _, contract in SPOILED.values()}, result.stdout


def imports(source: str) -> list[str]:
    """Every module that the source imports, by its full name."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append("." * node.level + (node.module or ""))
    return found


def inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def strangers(plugin: str, part: str, source: str) -> list[str]:
    """The imports that this part of a plugin must not have: of kequn it knows the contracts, of plugins itself;
    its emulator knows the emulators' kit too."""
    emulator = part == "emulator"
    allowed = ["kequn.contracts", f"plugins.{plugin}", *(["kequn.testing.emulator"] if emulator else [])]
    ours = [module for module in imports(source) if module.split(".")[0] in {*PACKAGES, ""}]
    return [module for module in ours if not any(inside(module, package) for package in allowed)]


def test_plugins_know_the_contracts_alone() -> None:
    found = {}
    for path in sorted((ROOT / "plugins").glob("*/**/*.py")):
        plugin, part = path.relative_to(ROOT / "plugins").with_suffix("").parts[:2]
        found[str(path.relative_to(ROOT))] = strangers(plugin, part, path.read_text(encoding="utf-8"))
    assert found
    assert {path: modules for path, modules in found.items() if modules} == {}


@pytest.mark.parametrize(
    ("part", "source", "found"),
    [
        ("adapter", "from kequn.contracts.crm import Crm", []),
        ("adapter", "import kequn.store", ["kequn.store"]),
        ("adapter", "from plugins.fxiaoke.mapping import x", ["plugins.fxiaoke.mapping"]),
        ("adapter", "from kequn.testing.emulator import faults", ["kequn.testing.emulator"]),
        ("emulator", "from kequn.testing.emulator import faults", []),
        ("adapter", "from plugins.zoho.mapping import x", []),
        ("adapter", "from kequn import clock", ["kequn"]),
    ],
)
def test_a_stranger_is_found(part: str, source: str, found: list[str]) -> None:
    assert strangers("zoho", part, source) == found
