"""`kequn template` and `kequn today`."""

import json

import pytest

from tests.cli.shell import Command


@pytest.mark.requirement("X12")
def test_a_group_is_founded_by_a_template(kequn: Command) -> None:
    listed = kequn.well("template", "list").out
    assert all(word in listed for word in ("welfare-group", "福利群", "会员群", "存量客户"))
    made = kequn.well("template", "apply", "welfare-group", "--group", "新群", "--json").json
    assert made["group"].startswith("grp_")
    assert (made["posts"], made["rules"], made["welfare_days"]) == (8, 1, 6)
    assert kequn("template", "apply", "welfare-group", "--group", "新群").status != 0
    assert "welfare-group" in kequn("template", "apply", "nothing").error


def test_an_edited_template(kequn: Command) -> None:
    shown = kequn.well("template", "show", "member-group")
    assert len(shown.out.splitlines()) > 20  # it is edited in a file
    content = shown.json
    content["posts"] = []
    (kequn.folder / "mine.json").write_text(json.dumps(content), encoding="utf-8")
    assert kequn.well("template", "apply", "member-group", "--file", "mine.json", "--json").json["posts"] == 0
    content["charter"] = 3
    (kequn.folder / "mine.json").write_text(json.dumps(content), encoding="utf-8")
    assert "charter" in kequn("template", "apply", "member-group", "--file", "mine.json").error
    assert "did you mean member-group?" in kequn("template", "apply", "member", "--file", "mine.json").error


def test_what_waits_today(kequn: Command) -> None:
    assert kequn.well("today").out == "nothing waits\n"
    kequn.well("template", "apply", "welfare-group")
    assert {one["what"] for one in kequn.well("today", "--json").json["today"]} <= {"post"}
    assert "none of our own people" in kequn("today", "--person", "nobody").error
