"""`kequn sync resolve --all`: many conflicts, counted, asked about and settled at once."""

import pytest

from tests.cli.shell import Command, Zoho
from tests.cli.story import contacts, disputed, run


@pytest.fixture
def three(kequn: Command, synced: Zoho) -> list[str]:
    """Contacts whose city is in dispute."""
    return [disputed(kequn, synced, name) for name in ("甲", "乙", "丙")]


def test_many_conflicts_are_settled_with_one_word(kequn: Command, synced: Zoho, three: list[str]) -> None:
    wanted = ("sync", "resolve", "--all", "--kind", "customer", "--field", "city", "--choice", "ours")
    asked = kequn(*wanted)
    assert "3 x field of customer city" in asked.err
    assert "--yes" in asked.error
    assert len(kequn.well("sync", "conflicts", "--json").json["conflicts"]) == 3
    assert "3 of 3 conflicts are settled: ours" in kequn.well(*wanted, "--yes").out
    run(kequn)
    assert {contacts(synced)[id]["Mailing_City"] for id in three} == {"杭州"}
    assert "no open conflict" in kequn.well(*wanted, "--yes").out


def test_only_what_is_asked_for_is_settled(kequn: Command, synced: Zoho, three: list[str]) -> None:
    for other in (("--kind", "group"), ("--field", "phone"), ("--choice", "keep")):
        said = kequn.well("sync", "resolve", "--all", "--yes", "--choose", "theirs", *other)
        assert "no open conflict" in said.out
    assert "--connection" in kequn.well("sync", "resolve", "--help").out
    assert kequn("sync", "resolve", "--all", "--yes", "--choose", "theirs", "--connection", "nobody").status == 1


def test_what_cannot_be_meant_is_refused(kequn: Command, synced: Zoho) -> None:
    assert "--all" in kequn("sync", "resolve", "--choose", "ours").error
    assert "--choose" in kequn("sync", "resolve", "--all").error
    assert "--all takes" in kequn("sync", "resolve", "--all", "--choose", "value").error
