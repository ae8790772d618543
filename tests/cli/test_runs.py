"""The runs of before, from the command line: what is taken back is most often not the last one."""

from tests.cli.shell import Command, Zoho
from tests.cli.story import contacts, run


def test_a_run_is_found_behind_those_that_did_nothing(kequn: Command, synced: Zoho) -> None:
    first = kequn.well("sync", "runs", "--json").json["runs"]
    assert [one["connection"] for one in first] == ["zoho"]
    synced.emulator.people.edit("Contacts", min(contacts(synced)), {"Mailing_City": "成都"})
    moved = run(kequn)["run"]
    quiet = [run(kequn)["run"] for _ in range(2)][-1]
    assert [one["id"] for one in kequn.well("sync", "runs", "--json").json["runs"]] == [moved, first[0]["id"]]
    told = kequn.well("sync", "runs", "zoho", "--first", "1")
    assert told.out.startswith(f"{moved}  zoho  done")
    assert "--first 10" in told.err
    assert quiet in kequn.well("sync", "runs", "--idle").out
    assert "there is no connection nobody" in kequn("sync", "runs", "nobody").error


def test_one_that_has_not_ended_is_told(kequn: Command, connected: Zoho) -> None:
    assert kequn.well("sync", "runs").out == "there was no run that did anything\n"
    asked = kequn.well("sync", "now", "zoho").out.strip()
    assert kequn.well("sync", "runs").out.startswith(f"{asked}  zoho  queued")
