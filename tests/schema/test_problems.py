"""Messages: every code has one in each language, and languages are chosen as the header likes."""

import re

import pytest

from kequn.domain.problems import Code, Problem
from schema.problems import MESSAGES, Fault, Language, language_of, message


def test_every_code_is_said_in_both_languages() -> None:
    assert set(MESSAGES) == {*Code, *Fault}
    for english, chinese in MESSAGES.values():
        assert english.isascii()
        assert re.search(r"[\u4e00-\u9fff]", chinese)
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese)) or "{count}" in english


def test_facts_stand_in_the_message() -> None:
    assert message(Problem(Code.TOO_LONG, facts={"limit": 255}), Language.ZH) == "内容过长，最多255个字符。"


@pytest.mark.parametrize(
    ("header", "want"),
    [
        ("", Language.EN),
        ("zh-CN,zh;q=0.9,en;q=0.8", Language.ZH),
        ("en-GB,zh;q=0.5", Language.EN),
        ("fr, zh;q=0.2", Language.ZH),
        ("zh;q=0, en;q=0.1", Language.EN),
        ("zh;q=abc", Language.EN),
        ("de", Language.EN),
    ],
)
def test_language_of_a_header(header: str, want: Language) -> None:
    assert language_of(header) is want
