"""The plugin of docs/writing-a-plugin.md, made as a reader would make it: the package that `kequn plugin new acme`
writes, and the page's code over it, step by step."""

import importlib
import itertools
import re
import sys
from pathlib import Path
from types import ModuleType

from kequn.scaffolding import write_plugin
from tests.rules import ROOT

PAGE = ROOT / "docs" / "writing-a-plugin.md"
_BLOCK = re.compile(r'^```python title="([^"]+)"\n(.*?)^```', re.MULTILINE | re.DOTALL)
_STEP = re.compile(r"^## (\d)\. ", re.MULTILINE)
_numbers = itertools.count(1)


def steps() -> dict[int, dict[str, str]]:
    """The files that each step of the page shows, by path in the package."""
    text = PAGE.read_text(encoding="utf-8")
    marks = [(int(mark[1]), mark.start()) for mark in _STEP.finditer(text)]
    ends = [start for _, start in marks[1:]] + [len(text)]
    return {number: dict(_BLOCK.findall(text[start:end])) for (number, start), end in zip(marks, ends, strict=True)}


def write(folder: Path, name: str = "acme", upto: int = 4) -> Path:
    """The package as it stands after step `upto`, in `folder`."""
    package = write_plugin(name, folder)
    for number, files in steps().items():
        for path, code in files.items() if number <= upto else ():
            target = package / path.replace("acme", name)
            target.write_text(code.replace("Acme", name.capitalize()).replace("acme", name), encoding="utf-8")
    return package


def load(folder: Path, changes: dict[str, tuple[str, str]] | None = None) -> ModuleType:
    """The finished plugin as a module of its own. `changes`: by file, a text that stands there once and what to put in
    its place."""
    name = f"acme{next(_numbers)}"
    package = write(folder, name) / f"kequn_{name}"
    for file, (old, new) in (changes or {}).items():
        text = (package / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        (package / file).write_text(text.replace(old, new), encoding="utf-8")
    sys.path.insert(0, str(package.parent))
    try:
        return importlib.import_module(package.name)
    finally:
        sys.path.remove(str(package.parent))
