"""`kequn emulate` as a program: what it says first, that it answers, and how it ends."""

import json
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.shell import Command

PROGRAM = str(Path(sys.executable).with_name("kequn"))
CSV = "Record Id,First Name,Last Name,Email\nzcrm_554023000000527002,一二,东,person1@example.com\n"


@contextmanager
def emulate(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program and its first line."""
    command = [PROGRAM, "emulate", "zoho", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        try:
            yield program, program.stdout.readline()
        finally:
            program.send_signal(signal.SIGINT)
            program.communicate()


def contacts(base_url: str, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """As any client of Zoho would ask for them."""
    login = {"grant_type": "refresh_token", **{k: v for k, v in settings.items() if k != "accounts_url"}}
    token = httpx.post(f"{base_url}/oauth/v2/token", params=login).json()["access_token"]
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    reply = httpx.get(f"{base_url}/crm/v8/Contacts", params={"fields": "Last_Name"}, headers=headers)
    data: list[dict[str, Any]] = reply.json()["data"]
    return data


def test_the_first_line_is_all_that_a_client_needs() -> None:
    with emulate("--records", "12", "--seed", "3", "--json") as (program, line):
        told = json.loads(line)
        assert len(contacts(told["base_url"], told["settings"])) == 12
    assert program.returncode == 0


def test_people_read_the_same_on_one_line() -> None:
    with emulate() as (_, line):
        assert line.startswith("zoho listens at http://127.0.0.1:")
        assert "refresh_token=" in line


def test_the_settings_are_as_a_connection_takes_them(kequn: Command) -> None:
    """In a file, and as `--set` would have them."""
    command = [PROGRAM, "emulate", "jiandaoyun", "--port", "0", "--settings", str(kequn.folder / "it.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        line = program.stdout.readline()
        kequn.well("connection", "add", "file", "--plugin", "jiandaoyun", "--settings", "it.json")
        told = shlex.split(line.partition("settings of a connection: ")[2])
        kequn.well("connection", "add", "line", "--plugin", "jiandaoyun", *[f"--set={pair}" for pair in told])
        one, other = kequn.well("connection", "list", "--json").json
        assert one["settings"] == other["settings"]
        assert (kequn.folder / "it.json").stat().st_mode & 0o077 == 0
        program.send_signal(signal.SIGINT)


def test_it_takes_an_export_of_contacts(tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_text(CSV, encoding="utf-8")
    with emulate("--load", str(tmp_path / "contacts.csv"), "--json") as (_, line):
        told = json.loads(line)
        (contact,) = contacts(told["base_url"], told["settings"])
    assert (contact["id"], contact["Last_Name"]) == ("554023000000527002", "东")


@pytest.mark.parametrize(
    ("text", "told"),
    [("Nachname,Email\n东,person1@example.com\n", "Last Name is missing"), ("", "empty"), ("Last Name\n", None)],
    ids=["wrong_header", "empty", "header_alone"],
)
def test_a_file_that_does_not_do_is_refused_in_one_line(kequn: Command, text: str, told: str | None) -> None:
    (kequn.folder / "contacts.csv").write_text(text, encoding="utf-8")
    if told is None:
        with emulate("--load", str(kequn.folder / "contacts.csv")) as (_, line):
            assert line.startswith("zoho listens")
        return
    error = kequn("emulate", "zoho", "--port", "0", "--load", "contacts.csv").error
    assert "contacts.csv" in error
    assert told in error


def test_a_port_in_use_is_told(kequn: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        error = kequn("emulate", "zoho", "--port", str(taken.getsockname()[1])).error
    assert "choose another with --port" in error


def test_an_unknown_emulator_names_those_there_are(kequn: Command) -> None:
    assert "there are: zoho" in kequn("emulate", "nobody", "--port", "0").error
