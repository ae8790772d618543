"""Every command and option that the documents show is there."""

import re
import shlex

import pytest

from tests.cli.shell import Command
from tests.rules import ROOT

DOCUMENTS = ("README.md", "README.zh-CN.md", "docs/operating.md", "docs/writing-a-plugin.md")
LINE = re.compile(r"^(?:\.venv/bin/)?kequn [^#\n]*|`kequn [^`]+`", re.MULTILINE)


def shown(text: str) -> list[list[str]]:
    """The words of each command in a document, without `kequn`."""
    return [shlex.split(line.strip("`"), comments=True)[1:] for line in LINE.findall(text)]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_shown_is_there(kequn: Command, document: str) -> None:
    wrong = []
    for words in shown((ROOT / document).read_text(encoding="utf-8")):
        path = [word for word in words[:2] if re.fullmatch(r"[a-z]+", word)]
        path = path if kequn(*path, "--help").status == 0 else path[:1]
        help = kequn(*path, "--help")
        missing = [word for word in words if word.startswith("--") and word.partition("=")[0] not in help.out]
        if help.status or missing:
            wrong.append(" ".join(words))
    assert wrong == []


def test_a_command_that_is_gone_is_found() -> None:
    assert shown("    x\nkequn sync run   # now\nuse `kequn gone --now` or\n") == [["sync", "run"], ["gone", "--now"]]
