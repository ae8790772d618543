"""`kequn plugin new`: a package with a plugin that runs, to be turned into one for a CRM of yours. Writes files and
decides nothing about them: they stand in kequn/testing/scaffold."""

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from kequn.terminal import Failure, say

MODEL = "acme"
_NAME = re.compile(r"[a-z](?:[a-z0-9_]*[a-z0-9])?")
_BESIDE = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "test_conformance.py.txt": "tests/test_conformance.py",
}


def write_plugin(name: str, into: Path) -> Path:
    """The folder of the new package. Raises Failure when the name does not do or the folder is there."""
    if not _NAME.fullmatch(name):
        raise Failure(
            f"{name!r} is no name for a plugin: lower case letters, digits and _, a letter first and no _ last"
        )
    folder = into / f"kequn-{name.replace('_', '-')}"
    if folder.exists():
        raise Failure(f"{folder} is there already: choose another name, or another place with --into")
    scaffold = files("kequn.testing.scaffold")
    for source, target in _BESIDE.items():
        _copy(scaffold / "beside" / source, folder / target, name)
    _copy_folder(scaffold / MODEL, folder / f"kequn_{name}", name)
    return folder


def tell(folder: Path) -> None:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        say(str(path))
    say(f"It runs as it is: kequn plugin check {folder}")


def _copy_folder(source: Traversable, target: Path, name: str) -> None:
    for entry in source.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            _copy_folder(entry, target / entry.name, name)
        elif entry.name.endswith(".py"):
            _copy(entry, target / entry.name, name)


def _copy(source: Traversable, target: Path, name: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(renamed(source.read_text(encoding="utf-8"), name), encoding="utf-8")


def renamed(text: str, name: str) -> str:
    """The model's text under another name. A distribution has - where a module has _."""
    spoken = "".join(part.capitalize() for part in name.split("_"))
    text = text.replace(f'name = "kequn-{MODEL}"', f'name = "kequn-{name.replace("_", "-")}"')
    return text.replace(MODEL, name).replace(MODEL.capitalize(), spoken)
