"""docs/writing-a-plugin.md, followed to the letter in a clean environment that holds only the built wheel and what it
needs: from nothing to an installed and certified plugin."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kequn.testing.conformance import guide
from tests.test_wheel import environment, wheel

__all__ = ["environment", "wheel"]


def kequn(environment: Path, folder: Path, *words: str) -> str:
    clean = {"PATH": os.defpath, "HOME": str(folder), "LANG": "C.UTF-8"}
    command = [str(environment / "kequn"), *words]
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done.stdout


def shown(package: Path, step: int) -> None:
    """Put the code of a step of the page where it says."""
    for path, code in guide.steps()[step].items():
        (package / path).write_text(code, encoding="utf-8")


def install(environment: Path, package: Path) -> None:
    """As `pip install ./kequn-acme` does, without a network."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(build, cwd=package, check=True, capture_output=True)
    built = next((package / "dist").glob("*.whl"))
    pip = [sys.executable, "-m", "pip", "--python", str(environment / "python")]
    subprocess.run([*pip, "install", "--quiet", "--no-index", "--no-deps", str(built)], check=True)


def test_the_page_holds_in_a_clean_environment(environment: Path, tmp_path: Path) -> None:
    kequn(environment, tmp_path, "plugin", "new", "acme")
    package = tmp_path / "kequn-acme"
    first = kequn(environment, tmp_path, "plugin", "check", "kequn-acme").splitlines()[-1]
    assert first == "acme is certified for read: 41 ok, 0 failed, 0 skipped"
    assert first in guide.PAGE.read_text(encoding="utf-8")
    shown(package, 2)
    second = kequn(environment, tmp_path, "plugin", "check", "kequn-acme", "--level", "write").splitlines()[-1]
    assert second == "acme is certified for write: 56 ok, 0 failed, 0 skipped"
    shown(package, 3)
    install(environment, package)
    listed: list[dict[str, Any]] = json.loads(kequn(environment, tmp_path, "plugin", "list", "--json"))
    assert [(one["name"], one["emulator"], one.get("problem")) for one in listed] == [("acme", True, None)]
    told = json.loads(kequn(environment, tmp_path, "plugin", "check", "acme", "--json"))
    assert told == {"plugin": "acme", "level": "realtime", "ok": 60, "failed": [], "skipped": []}


@pytest.mark.parametrize("words", ["plugin new acme", "plugin check kequn-acme", "plugin list", "plugin check acme"])
def test_the_page_names_the_commands_that_are_followed(words: str) -> None:
    assert f"\nkequn {words}" in guide.PAGE.read_text(encoding="utf-8")
