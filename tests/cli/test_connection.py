"""Connections from the command line: entered, shown without secrets, checked, changed, paused, removed."""

import asyncio
import io
import json
import sys
from typing import Any

import pytest

from cli.connection import examine
from cli.installation import opened
from kequn.clock import ManualClock
from kequn.contracts.identity import parse_id
from kequn.store import connections
from kequn.terminal import Failure
from tests.cli.shell import Command, Zoho


def settings_of(kequn: Command, name: str = "zoho") -> dict[str, Any]:
    (found,) = (one for one in kequn.well("connection", "list", "--json").json if one["name"] == name)
    settings: dict[str, Any] = found["settings"]
    return settings


def enter(kequn: Command, text: str) -> None:
    kequn.monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_it_is_added_and_works(kequn: Command, zoho: Zoho) -> None:
    said = kequn.well("connection", "add", "zoho", "--settings", str(zoho.settings))
    assert "con_" in said.out
    assert kequn.well("connection", "check", "zoho", "--json").json == {"connection": "zoho", "problems": []}
    assert "the credentials do" in kequn.well("connection", "check", "zoho").out


def test_it_may_be_added_and_looked_at_before_a_worker_begins(kequn: Command, zoho: Zoho) -> None:
    said = kequn.well("connection", "add", "zoho", "--settings", str(zoho.settings), "--paused")
    assert "`kequn connection resume zoho` lets it begin" in said.err
    assert kequn.well("connection", "list", "--json").json[0]["state"] == "paused"
    assert kequn.well("connection", "check", "zoho", "--json").json == {"connection": "zoho", "problems": []}
    assert kequn.well("sync", "plan", "zoho", "--json").json["lines"]
    assert "is paused" in kequn("sync", "run", "zoho").error


def test_it_is_said_that_a_worker_begins_at_once(kequn: Command, zoho: Zoho) -> None:
    said = kequn.well("connection", "add", "zoho", "--settings", str(zoho.settings))
    assert "a worker begins at once" in said.err


def test_no_secret_is_ever_shown(kequn: Command, connected: Zoho) -> None:
    given = json.loads(connected.settings.read_text())
    for arguments in (("list",), ("list", "--json"), ("check", "zoho"), ("edit", "zoho", "--set", "lines=true")):
        said = kequn.well("connection", *arguments)
        assert [name for name in ("client_secret", "refresh_token") if given[name] in said.out + said.err] == []


def test_secrets_may_come_from_files_and_standard_input(kequn: Command, zoho: Zoho) -> None:
    given = json.loads(zoho.settings.read_text())
    (kequn.folder / "secret").write_text(given["client_secret"] + "\n")
    enter(kequn, given["refresh_token"] + "\n")
    plain = [f"--set={name}={given[name]}" for name in ("accounts_url", "client_id")]
    kequn.well(
        "connection", "add", "mine", "--plugin", "zoho", *plain, "--set=client_secret=@secret", "--set=refresh_token=-"
    )
    assert kequn.well("connection", "check", "mine").err == ""


def test_all_settings_may_come_from_standard_input(kequn: Command, zoho: Zoho) -> None:
    enter(kequn, zoho.settings.read_text())
    kequn.well("connection", "add", "zoho", "--settings", "-")
    assert settings_of(kequn)["accounts_url"] == zoho.url


def test_an_unknown_setting_is_named_with_the_nearest(kequn: Command, zoho: Zoho) -> None:
    error = kequn("connection", "add", "zoho", "--settings", str(zoho.settings), "--set", "client_idd=1").error
    assert "client_idd is unknown (did you mean client_id?)" in error
    assert kequn.well("connection", "list", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--set", "client_id=1"), "client_secret is missing"),
        (("--set", "bulk_threshold=many"), "bulk_threshold: integer is wanted"),
        (("--set", "pages=x"), """as in --set 'pages={"contacts": "https://"""),
        (("--set", "data_center=mars"), "data_center must be one of us"),
        (("--set", "client_id"), "key=value"),
        (("--set", "client_id=@nowhere"), "nowhere: No such file"),
        (("--settings", "nowhere.json"), "nowhere.json: No such file"),
        (("--settings", "broken.json"), "broken.json: this is not JSON (line 1, column 2)"),
        (("--settings", "list.json"), "list.json: a JSON object is wanted"),
        (("--policy", "policy.json"), "custommer is no kind"),
    ],
)
def test_what_is_wrong_is_told(kequn: Command, arguments: tuple[str, ...], told: str) -> None:
    (kequn.folder / "broken.json").write_text("{")
    (kequn.folder / "list.json").write_text("[]")
    (kequn.folder / "policy.json").write_text('{"custommer": {}}')
    assert told in kequn("connection", "add", "zoho", *arguments).error


def test_an_unknown_plugin_names_the_nearest(kequn: Command) -> None:
    assert "did you mean zoho?" in kequn("connection", "add", "mine", "--plugin", "zohoo").error


def test_a_name_is_used_once(kequn: Command, connected: Zoho) -> None:
    for name in ("zoho", "kequn"):
        said = kequn("connection", "add", name, "--plugin", "zoho", "--settings", str(connected.settings))
        assert "choose another name" in said.error


def test_an_edit_keeps_what_it_does_not_name(kequn: Command, connected: Zoho) -> None:
    kequn.well("connection", "edit", "zoho", "--set", "tag_sweep_minutes=5")
    assert settings_of(kequn) == {**settings_of(kequn), "tag_sweep_minutes": 5, "accounts_url": connected.url}
    kequn.well("connection", "edit", "zoho", "--unset", "tag_sweep_minutes")
    assert "tag_sweep_minutes" not in settings_of(kequn)
    assert kequn.well("connection", "check", "zoho").err == ""


def test_wrong_credentials_are_told_with_what_to_do(kequn: Command, connected: Zoho) -> None:
    kequn.well("connection", "check", "zoho")
    kequn.well("connection", "edit", "zoho", "--set", "client_secret=wrong")
    error = kequn("connection", "check", "zoho").error
    assert error.startswith("kequn: zoho: ")
    assert "client secret" in error
    assert "kequn connection edit zoho" in error


def test_a_host_out_of_reach_is_told(kequn: Command, connected: Zoho) -> None:
    kequn.well("connection", "edit", "zoho", "--set", "accounts_url=http://127.0.0.1:1")

    async def check() -> None:
        clock = ManualClock()  # between two tries it waits
        async with opened(clock=clock) as here:
            await examine(here, "zoho")

    with pytest.raises(Failure, match=r"^zoho: 127\.0\.0\.1 cannot be reached"):
        asyncio.run(check())


def test_paused_resumed_removed(kequn: Command, connected: Zoho) -> None:
    for act, state in (("pause", "paused"), ("resume", "active")):
        kequn.well("connection", act, "zoho")
        assert kequn.well("connection", "list", "--json").json[0]["state"] == state
    kequn.well("connection", "remove", "zoho", "--yes")
    assert kequn.well("connection", "list", "--json").json == []
    assert "there is no connection zoho" in kequn("connection", "check", "zoho").error


def test_where_a_crm_rings_is_told_to_whoever_enters_it_there(kequn: Command, connected: Zoho) -> None:
    assert "KEQUN_PUBLIC_URL" in kequn("connection", "webhook", "zoho").error
    kequn.monkeypatch.setenv("KEQUN_PUBLIC_URL", "https://kequn.example.com/")
    address = kequn.well("connection", "webhook", "zoho").out.strip()
    assert asyncio.run(who_is_at(address)) == "zoho"
    assert "there is no connection nobody" in kequn("connection", "webhook", "nobody").error


async def who_is_at(address: str) -> str | None:
    base, id, door = address.rsplit("/", 2)
    assert base == "https://kequn.example.com/webhooks"
    async with opened() as here, here.database.reading() as session:
        found = await connections.at_door(session, parse_id(id, "connection")[1], door)
    return found.name if found else None


def test_an_edit_that_says_nothing_is_none(kequn: Command, connected: Zoho) -> None:
    assert "--set" in kequn("connection", "edit", "zoho").error
    assert "lins" in kequn("connection", "edit", "zoho", "--unset", "lins").error
    assert "did you mean lines?" in kequn("connection", "edit", "zoho", "--unset", "lins").error


@pytest.mark.parametrize("name", ["", " ", "a b", "a/b", "x" * 101])
def test_a_name_is_one_word(kequn: Command, zoho: Zoho, name: str) -> None:
    said = kequn("connection", "add", name, "--plugin", "zoho", "--settings", str(zoho.settings))
    assert "letters, digits" in said.error


def test_what_ends_for_good_is_asked_about(kequn: Command, connected: Zoho) -> None:
    enter(kequn, "")
    assert "--yes" in kequn("connection", "remove", "zoho").error
    assert "there is no connection nobody" in kequn("connection", "remove", "nobody").error
    assert kequn.well("connection", "list", "--json").json[0]["state"] == "active"


@pytest.mark.parametrize(
    ("content", "told"),
    [(b'\xef\xbb\xbf{"client_id": "1"}', "client_secret is missing"), (b'{"a": "\xd6\xd0"}', "not a text in UTF-8")],
    ids=["marked", "gbk"],
)
def test_settings_come_as_editors_save_them(kequn: Command, content: bytes, told: str) -> None:
    (kequn.folder / "zoho.json").write_bytes(content)
    assert told in kequn("connection", "add", "zoho", "--settings", "zoho.json").error
    kequn.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
    assert told in kequn("connection", "add", "zoho", "--settings", "-").error
