"""Tenants from the command line: made, listed, changed."""

import pytest

from tests.cli.shell import Command


def test_a_tenant_has_rows_of_its_own(kequn: Command) -> None:
    kequn.well("tenant", "add", "acme", "--name", "Acme Ltd", "--zone", "Europe/Berlin")
    token = kequn.well("token", "create", "--role", "viewer", "--tenant", "acme").out
    assert kequn.well("token", "list", "--json").json == []
    assert token.startswith(kequn.well("token", "list", "--tenant", "acme", "--json").json[0]["prefix"])
    listed = kequn.well("tenant", "list", "--json").json
    assert [(one["tenant"], one["name"], one["time_zone"]) for one in listed] == [
        ("acme", "Acme Ltd", "Europe/Berlin"),
        ("default", "default", "Asia/Shanghai"),
    ]


def test_what_it_is_called_and_its_hours_can_change(kequn: Command) -> None:
    kequn.well("tenant", "edit", "default", "--name", "一公司", "--zone", "Asia/Tokyo")
    assert "一公司" in kequn.well("tenant", "list").out
    kequn.well("tenant", "edit", "default", "--name", "二公司")
    (one,) = kequn.well("tenant", "list", "--json").json
    assert (one["name"], one["time_zone"]) == ("二公司", "Asia/Tokyo")


def test_where_it_dials_is_said_before_it_has_customers(kequn: Command) -> None:
    kequn.well("tenant", "edit", "default", "--region", "US")
    sheet = kequn.folder / "people.csv"
    sheet.write_text("name,phone\nAlice,(415) 555-2671\n", encoding="utf-8")
    kequn.well("import", str(sheet), "--apply")
    sheet.write_text("name,phone\nAlice,+1 415 555 2671\n", encoding="utf-8")
    assert kequn.well("import", str(sheet), "--by", "phone", "--json").json["counts"] == {"updated": 1}
    assert "has customers" in kequn("tenant", "edit", "default", "--region", "CN").error
    assert kequn.well("tenant", "list", "--json").json[0]["region"] == "US"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "default"), "already"),
        (("add", "Two Words"), "lower case"),
        (("add", "acme", "--zone", "Mars/Base"), "no time zone Mars/Base"),
        (("edit", "default", "--zone", "../etc"), "no time zone"),
        (("add", "acme", "--region", "EU"), "no country"),
        (("edit", "default"), "--name"),
        (("edit", "nobody", "--name", "x"), "there are: default"),
    ],
)
def test_what_is_wrong_is_told(kequn: Command, words: tuple[str, ...], told: str) -> None:
    assert told in kequn("tenant", *words).error
    assert len(kequn.well("tenant", "list", "--json").json) == 1


def test_who_names_one_that_is_not_there_is_told_how_to_make_it(kequn: Command) -> None:
    assert "kequn tenant add" in kequn("token", "list", "--tenant", "acme").error
