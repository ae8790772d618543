"""The documents tell the truth: links lead somewhere, samples can be imported, the commands exist."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from kequn.__main__ import commands
from kequn.contracts import hooks
from tests.rules import ROOT

LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
SAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(?:\.venv/bin/)?kequn ([^#\n]+)", re.MULTILINE)
MAKE_TARGETS = ["setup", "node", "demo", "test", "check", "bench", "soak"]


def documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "plugins").rglob("*.md")])


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def missing(source: str) -> Iterator[str]:
    """What a sample takes out of kequn that is not there."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kequn"):
            module = importlib.import_module(str(node.module))
            yield from (f"{node.module}.{alias.name}" for alias in node.names if not hasattr(module, alias.name))


def test_links_lead_to_files_that_exist() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents()
        for target in LINK.findall(document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []


def test_samples_take_only_what_kequn_has() -> None:
    samples = [sample for document in documents() for sample in SAMPLE.findall(document.read_text(encoding="utf-8"))]
    assert samples
    assert [name for sample in samples for name in missing(sample)] == []


def test_a_name_that_is_gone_is_found() -> None:
    assert list(missing("from kequn.contracts.crm import Crm, Crn")) == ["kequn.contracts.crm.Crn"]


def test_every_hook_is_documented() -> None:
    names = [name for name, hook in vars(hooks).items() if hasattr(hook, f"{hooks.PROJECT}_spec")]
    guide = text("docs/writing-a-plugin.md")
    assert "register_crm" in names
    assert [name for name in names if f"`{name}(" not in guide] == []


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_first_screen_shows_the_two_commands(readme: str) -> None:
    screen = "\n".join(text(readme).splitlines()[:24])
    assert [command for command in ("make demo", "make test") if command not in screen] == []


def test_every_make_target_is_told_to_contributors() -> None:
    declared = re.search(r"^\.PHONY: (.*)$", text("Makefile"), re.MULTILINE)
    assert declared is not None
    assert declared[1].split() == MAKE_TARGETS
    assert [target for target in MAKE_TARGETS if f"make {target}" not in text("CONTRIBUTING.md")] == []


def unknown(line: str) -> list[str]:
    """What `kequn LINE` says and the command does not know: a subcommand or an option."""
    command: Any = typer.main.get_command(commands())  # of the click inside typer
    words = line.split()
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return words[:1]
        command = command.commands[words.pop(0)]
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    return [word for word in words if word.startswith("--") and word.partition("=")[0] not in options]


def test_the_commands_in_the_documents_exist() -> None:
    lines = {line for document in documents() for line in COMMAND.findall(document.read_text(encoding="utf-8"))}
    assert "sync run" in {line.strip() for line in lines}
    assert {line: unknown(line) for line in lines if unknown(line)} == {}


def test_a_command_that_does_not_exist_is_found() -> None:
    assert unknown("plugin list --json") == []
    assert unknown("plugin list --jason") == ["--jason"]
    assert unknown("plugin lost") == ["lost"]
