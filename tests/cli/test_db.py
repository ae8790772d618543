"""The database from the command line: made, found missing, copied."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

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


def test_a_database_of_a_newer_kequn_is_not_to_be_upgraded(kequn: Command) -> None:
    at(kequn, kequn.folder / "new.db")
    kequn.well("db", "upgrade")
    with closing(sqlite3.connect(kequn.folder / "new.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    for words in (("connection", "list"), ("db", "upgrade")):
        error = kequn(*words).error
        assert "9999" in error
        assert "use that kequn" in error
    (told,) = (one["wrong"] for one in kequn("doctor", "--json").json if one["what"] == "database")
    assert "use that kequn" in told


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://me:hun@ter2@127.0.0.1:1/kequn", "postgresql://me:hun@ter2:x@a/k"]
)
def test_a_password_that_is_not_quoted_is_not_shown(kequn: Command, url: str) -> None:
    kequn.monkeypatch.setenv("KEQUN_DATABASE_URL", url)
    for words in (("connection", "list"), ("db", "upgrade")):
        said = kequn(*words)
        assert "%40" in said.error
        assert "ter2" not in said.err


def test_it_is_for_its_owner_alone(kequn: Command) -> None:
    at(kequn, kequn.folder / "new.db")
    kequn.well("db", "upgrade")
    assert (kequn.folder / "new.db").stat().st_mode & 0o077 == 0
    kequn.well("db", "copy", f"sqlite+aiosqlite:///{kequn.folder / 'copy.db'}")
    assert (kequn.folder / "copy.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("url", ["oracle://x", "mysql://me@x/k", "postgres://x/k"])
def test_another_database_is_told_what_does(kequn: Command, url: str) -> None:
    kequn.monkeypatch.setenv("KEQUN_DATABASE_URL", url)
    assert "postgresql+psycopg://" in kequn("sync", "status").error
