"""The database from the command line: made, found missing, copied."""

from pathlib import Path

import migrations
from tests.cli.shell import Command


def at(kequn: Command, path: Path) -> str:
    url = f"sqlite+aiosqlite:///{path}"
    kequn.monkeypatch.setenv("KEQUN_DATABASE_URL", url)
    return url


def test_a_missing_database_is_not_made_by_looking(kequn: Command) -> None:
    at(kequn, kequn.folder / "new.db")
    assert "kequn db upgrade" in kequn("connection", "list").error
    assert not (kequn.folder / "new.db").exists()


def test_upgrade_makes_it(kequn: Command) -> None:
    at(kequn, kequn.folder / "new.db")
    assert migrations.head() in kequn.well("db", "upgrade").out
    assert kequn.well("connection", "list", "--json").json == []


def test_a_copy_holds_the_same(kequn: Command) -> None:
    kequn.well("token", "create", "--role", "viewer")
    target = f"sqlite+aiosqlite:///{kequn.folder / 'copy.db'}"
    assert kequn.well("db", "copy", target, "--json").json["token"] == 1
    at(kequn, kequn.folder / "copy.db")
    assert len(kequn.well("token", "list", "--json").json) == 1


def test_a_full_database_is_not_copied_into(kequn: Command) -> None:
    kequn.well("token", "create", "--role", "viewer")
    target = f"sqlite+aiosqlite:///{kequn.folder / 'copy.db'}"
    kequn.well("db", "copy", target)
    assert "name an empty one" in kequn("db", "copy", target).error


def test_a_database_out_of_reach_is_told_without_its_password(kequn: Command) -> None:
    kequn.monkeypatch.setenv("KEQUN_DATABASE_URL", "postgresql+psycopg://me:hunter2@127.0.0.1:1/kequn")
    error = kequn("connection", "list").error
    assert "127.0.0.1:1/kequn cannot be used" in error
    assert "hunter2" not in error


def test_a_folder_that_is_not_there_is_told(kequn: Command) -> None:
    at(kequn, kequn.folder / "nowhere" / "kequn.db")
    assert "unable to open database file" in kequn("db", "upgrade").error
