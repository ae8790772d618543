"""The command itself: version, plugins, and errors in one line."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from kequn import __version__, terminal
from kequn.__main__ import commands
from tests.cli.shell import Command


def test_it_tells_its_version(kequn: Command) -> None:
    assert kequn.well("--version").out == f"kequn {__version__}\n"


def test_it_lists_the_plugins(kequn: Command) -> None:
    (zoho,) = (one for one in kequn.well("plugin", "list", "--json").json if one["name"] == "zoho")
    assert (zoho["title"], zoho["emulator"]) == ("Zoho CRM", True)
    assert "plugins.zoho" in kequn.well("plugin", "list").out


@pytest.mark.parametrize(
    "arguments",
    [("nonsense",), ("sync", "nonsense"), ("emulate", "zoho"), ("emulate", "zoho", "--port", "a"), ("token", "create")],
    ids=["no_such_command", "no_such_subcommand", "option_missing", "option_of_wrong_type", "role_missing"],
)
def test_misuse_is_told_in_one_line_with_status_2(kequn: Command, arguments: tuple[str, ...]) -> None:
    said = kequn(*arguments)
    assert (said.status, said.out) == (2, "")
    assert said.err == f"{said.error}\n"
    assert "--help" in said.error


def test_misuse_names_the_command_whose_help_is_wanted(kequn: Command) -> None:
    assert kequn("sync", "run", "--nothing").error.endswith("; `kequn sync run --help` shows what there is")
    assert kequn("sync", "ran").error.endswith("Did you mean 'run'? `kequn sync --help` shows what there is")


def test_a_group_alone_shows_its_commands(kequn: Command) -> None:
    said = kequn("sync")
    assert said.status == 2
    assert "resolve" in said.err


def test_every_command_and_what_it_takes_is_explained() -> None:
    found = dict(walk(get_command(commands())))
    assert ("sync", "run") in found
    for words, command in found.items():
        assert command.help, words
        for one in command.params:
            assert one.help, (words, one.name)
            argument = one.param_type_name == "argument"
            assert not argument or one.metavar == one.metavar.upper(), (words, one.name)


def test_lists_of_commands_cut_no_sentence(kequn: Command) -> None:
    """On a terminal of eighty columns."""
    kequn.monkeypatch.setenv("COLUMNS", "80")
    groups = [words for words, command in walk(get_command(commands())) if hasattr(command, "commands")]
    assert ("connection",) in groups
    for words in groups:
        _, _, listed = kequn.well(*words, "--help").out.partition("Commands:")
        assert listed
        assert "..." not in listed, words


def walk(command: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield words, command
    for word, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, *words, word)


def test_a_stack_trace_comes_with_debug_alone(kequn: Command) -> None:
    kequn.monkeypatch.setenv("KEQUN_DATABASE_URL", "mysql://somewhere/x")
    assert "Traceback" not in kequn("connection", "list").err
    assert "Traceback" in kequn("connection", "list", "--debug").err
    assert "Traceback" in kequn("--debug", "connection", "list").err


def test_what_ails_the_database_is_named(tmp_path: Path) -> None:
    theirs, ours = (sqlite3.connect(tmp_path / "some.db", timeout=0) for _ in range(2))
    with closing(theirs), closing(ours):
        theirs.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as met:
            ours.execute("BEGIN IMMEDIATE")
    assert "(DATABASE_LOCKED); give the same command again" in terminal.advice(met.value)


def test_a_broken_environment_is_named(kequn: Command) -> None:
    kequn.monkeypatch.setenv("KEQUN_PORT", "many")
    assert "KEQUN_PORT" in kequn("connection", "list").error


def test_a_missing_secret_key_is_told_with_what_to_do(kequn: Command) -> None:
    kequn.monkeypatch.delenv("KEQUN_SECRET_KEY")
    assert "openssl rand -base64 32" in kequn("sync", "conflicts").error


def test_it_runs_as_a_program() -> None:
    program = Path(sys.executable).with_name("kequn")
    done = subprocess.run([program, "plugin", "lisst"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("kequn: No such command")


@pytest.mark.parametrize(
    ("word", "loads"), [("emulate", []), ("token", ["cli.token"]), (None, ["cli.serve", "cli.token"])]
)
def test_only_what_is_asked_for_is_loaded(word: str | None, loads: list[str]) -> None:
    source = f"import sys; from kequn.__main__ import commands; commands({word!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert [name for name in ("cli.serve", "cli.token") if name in done.stdout.split()] == loads


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("sync", "undo", "run_1"), "like run_ and 32"),
        (("token", "create", "--role", "viewer", "--staff", "x"), "like stf_ and 32"),
        (("sync", "resolve", "cfl_x", "--choose", "ours"), "like cfl_ and 32"),
        (("plugin", "check", "."), "holds no pyproject.toml"),
        (("serve", "--host", "no.such.host.invalid", "--port", "0"), "--host"),
    ],
)
def test_what_is_wanted_is_said(kequn: Command, words: tuple[str, ...], told: str) -> None:
    assert told in kequn(*words).error
