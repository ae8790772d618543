"""`kequn sync undo`: what one run changed is shown, taken back, and goes out; what was changed again since stays."""

import asyncio

from kequn.domain import customers
from tests.cli.shell import Command, Zoho
from tests.cli.story import contacts, entered, links_of, run


def moved(kequn: Command, zoho: Zoho, city: str) -> tuple[str, str, str]:
    """A run that brings two people's edits; its id, and the contacts."""
    one, other = sorted(contacts(zoho))[:2]
    for id in (one, other):
        zoho.emulator.people.edit("Contacts", id, {"Mailing_City": city})
    return run(kequn)["run"], one, other


def test_a_run_is_taken_back_here_and_in_the_crm(kequn: Command, synced: Zoho) -> None:
    before = contacts(synced)
    undone, one, other = moved(kequn, synced, "漠河")
    plan = kequn.well("sync", "undo", undone, "--json").json
    assert sorted(row["fields"]["city"] for row in plan["rows"]) == sorted(
        ["漠河", before[id]["Mailing_City"]] for id in (one, other)
    )
    assert (plan["applied"], plan["kept"]) == (False, [])
    said = kequn.well("sync", "undo", undone)
    assert ("city: '漠河' -> " in said.out, "nothing is written" in said.err) == (True, True)
    assert contacts(synced)[one]["Mailing_City"] == "漠河"
    kequn.well("sync", "undo", undone, "--apply")
    assert run(kequn)["pushed"] == 2
    assert [contacts(synced)[id]["Mailing_City"] for id in (one, other)] == [
        before[id]["Mailing_City"] for id in (one, other)
    ]
    assert "nothing to take back" in kequn.well("sync", "undo", undone).out


def test_what_was_changed_again_since_is_kept_and_told(kequn: Command, synced: Zoho) -> None:
    undone, one, _ = moved(kequn, synced, "漠河")
    (row,) = asyncio.run(links_of(one))
    entered(kequn, lambda desk: customers.change(desk, row, {"city": "三亚"}))
    said = kequn.well("sync", "undo", undone, "--apply")
    assert f"kept: customer cus_{row.hex} city, changed again since" in said.out
    run(kequn)
    assert contacts(synced)[one]["Mailing_City"] == "三亚"


def test_rows_that_a_run_created_are_deleted_only_when_that_is_said(kequn: Command, synced: Zoho) -> None:
    synced.emulator.people.create("Contacts", {"Last_Name": "示例"})
    created = run(kequn)["run"]
    assert "--allow-deletes" in kequn("sync", "undo", created, "--apply").error
    assert kequn.well("sync", "undo", created, "--json").json["rows"][0]["op"] == "delete"
    kequn.well("sync", "undo", created, "--apply", "--allow-deletes")
    assert kequn.well("sync", "undo", created, "--json").json["rows"] == []


def test_what_is_no_run_is_refused_in_one_line(kequn: Command, synced: Zoho) -> None:
    assert "it should look like" in kequn("sync", "undo", "last").error
    assert "there is no run" in kequn("sync", "undo", f"run_{0:032x}").error
