"""The wheel as a plugin author gets it: installed in a clean environment with the SDK's own dependencies and no others,
away from the checkout."""

import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import kequn
from tests.rules import PACKAGES, ROOT

SEES = """
import importlib.util, json, kequn, kequn.contracts.hooks, kequn.testing.emulator
names = {names!r}
print(json.dumps({{"file": kequn.__file__, "others": [name for name in names if importlib.util.find_spec(name)]}}))
"""


def wanted(requirement: Requirement, extras: frozenset[str]) -> bool:
    return requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras})


def needed(name: str) -> dict[str, Distribution]:
    """What an installation of `name` brings, itself included, as far as this environment's markers go."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting: list[tuple[str, frozenset[str]]] = [(name, frozenset())]
    while waiting:
        name, extras = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if (key, extras) in seen:
            continue
        seen.add((key, extras))
        found[key] = distribution(name)
        requirements = map(Requirement, found[key].requires or [])
        waiting += [(need.name, frozenset(need.extras)) for need in requirements if wanted(need, extras)]
    return found


def link(dist: Distribution, target: Path) -> None:
    """Make an installed distribution importable in another environment."""
    for top in {file.parts[0] for file in dist.files or [] if file.parts[0] not in {"..", "__pycache__"}}:
        source = Path(str(dist.locate_file(top)))
        if source.exists() and not (target / top).exists():
            (target / top).symlink_to(source)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment with the wheel in it; gives its folder of programs."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(folder, with_pip=False)
    programs = folder / "bin"
    install = ["install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(programs / "python"), *install], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    for name, dist in needed("kequn").items():
        if name != "kequn":
            link(dist, packages)
    return programs


def run(environment: Path, program: str, *arguments: str) -> str:
    clean = {"PATH": os.defpath, "HOME": str(environment), "LANG": "C.UTF-8"}
    command = [str(environment / program), *arguments]
    done = subprocess.run(command, cwd=environment, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_kequn_alone(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {Path(name).parts[0] for name in archive.namelist()}
    assert tops == {"kequn", f"kequn-{kequn.__version__}.dist-info"}


def test_it_is_imported_from_the_wheel_and_sees_no_checkout(environment: Path) -> None:
    names = [name for name in (*PACKAGES, "migrations", "strawberry", "alembic", "pytest") if name != "kequn"]
    seen = json.loads(run(environment, "python", "-c", SEES.format(names=names)))
    assert Path(seen["file"]).is_relative_to(environment.parent)
    assert seen["others"] == []


def test_the_command_tells_its_version(environment: Path) -> None:
    assert kequn.__version__ in run(environment, "kequn", "--version")


def test_the_command_lists_plugins(environment: Path) -> None:
    assert json.loads(run(environment, "kequn", "plugin", "list", "--json")) == []


def test_the_module_runs_as_well(environment: Path) -> None:
    help = run(environment, "python", "-m", "kequn", "--help")
    assert "plugin" in help
    assert "serve" not in help
