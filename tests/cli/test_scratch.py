"""`kequn plugin check --connection`: the conformance kit on the CRM that a connection leads to."""

from tests.cli.shell import Command, Zoho

QUICK = ("--case", "T05", "--case", "T09", "--case", "T10", "--case", "T42")


def test_it_asks_before_it_writes(kequn: Command, connected: Zoho) -> None:
    assert "--scratch" in kequn("plugin", "check", "zoho", "--connection", "zoho").error
    assert connected.writes == 0


def test_a_live_crm_is_checked_and_left_as_it_was(kequn: Command, connected: Zoho) -> None:
    before = set(connected.emulator.people.read("Contacts"))
    said = kequn.well("plugin", "check", "zoho", "--connection", "zoho", "--scratch", *QUICK, "--json")
    assert said.json == {"plugin": "zoho", "level": "write", "ok": 4, "failed": [], "skipped": []}
    assert "records of this run say kq" in said.err
    assert "left behind" not in said.err
    assert set(connected.emulator.people.read("Contacts")) == before


def test_people_are_told_line_by_line(kequn: Command, connected: Zoho) -> None:
    lines = kequn.well("plugin", "check", "zoho", "--connection", "zoho", "--scratch", "--case", "T09").out.splitlines()
    assert lines == ["T09  ok       good credentials", "zoho, some cases of write: 1 ok, 0 failed, 0 skipped"]


def test_a_connection_that_is_not_there_is_told(kequn: Command, connected: Zoho) -> None:
    assert "nobody" in kequn("plugin", "check", "zoho", "--connection", "nobody", "--scratch").error


def test_a_connection_of_another_tenant_is_checked(kequn: Command, zoho: Zoho) -> None:
    kequn.well("tenant", "add", "acme")
    kequn.well("connection", "add", "theirs", "--plugin", "zoho", "--settings", str(zoho.settings), "--tenant", "acme")
    command = ("plugin", "check", "zoho", "--connection", "theirs", "--scratch", "--case", "T09")
    assert "there is no connection theirs" in kequn(*command).error
    assert "1 ok" in kequn.well(*command, "--tenant", "acme").out
    assert "there is no tenant nobody" in kequn(*command, "--tenant", "nobody").error


def test_what_goes_with_a_connection_is_not_ignored_without_one(kequn: Command) -> None:
    assert "--tenant goes with --connection" in kequn("plugin", "check", "zoho", "--tenant", "acme").error
    assert "--scratch goes with --connection" in kequn("plugin", "check", "zoho", "--scratch").error
    assert "--full is for the emulator" in kequn("plugin", "check", "zoho", "--connection", "x", "--full").error


def test_a_case_that_does_not_exist_is_told(kequn: Command) -> None:
    assert "there is no case 'T99'; there are: T01 to T60" in kequn("plugin", "check", "zoho", "--case", "T99").error
