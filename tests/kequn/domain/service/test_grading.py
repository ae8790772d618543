"""How feedback is graded by plain rules, and which hours of a day a roster leaves unanswered."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kequn.domain.service.crises import unanswered
from kequn.domain.service.grading import CATEGORIES, SENTIMENTS, SEVERITIES, Said, grade
from kequn.domain.service.lexicon import Grading


@pytest.mark.parametrize(
    ("said", "want"),
    [
        (Said("inquiry", None, "快递什么时候到"), ("delivery", "low", "neutral", "group")),
        (Said("problem", None, "The cup is broken"), ("product", "medium", "negative", "group")),
        (Said("problem", None, "茶壶破损", None, "vip"), ("product", "high", "negative", "private")),
        (Said("complaint", None, "客服态度差"), ("service", "high", "negative", "private")),
        (Said("complaint", "low", "退款太慢"), ("price", "low", "negative", "private")),
        (Said("opinion", None, "喝了过敏"), ("other", "critical", "neutral", "private")),
        (Said("complaint", None, "优惠券", 90), ("benefit", "high", "positive", "private")),
        (Said("suggestion", None, "", 0), ("other", "low", "negative", "group")),
        (Said("opinion", None, "我不满意"), ("other", "low", "negative", "group")),
        (Said("problem", None, "Broken, but thank you"), ("product", "medium", "positive", "group")),
    ],
    ids=[
        "inquiry",
        "problem",
        "of a vip",
        "complaint",
        "priority",
        "safety",
        "by rating",
        "0 is a rating",
        "not content",
        "thanks",
    ],
)
def test_the_grade(said: Said, want: tuple[str, str, str, str]) -> None:
    found = grade(said, Grading())
    assert (found.category, found.severity, found.sentiment, found.setting) == want


def test_other_words_are_other_grades() -> None:
    words = Grading(categories={"price": ("茶",)}, critical=("慢",), positive=("茶",))
    found = grade(Said("opinion", None, "茶慢"), words)
    assert (found.category, found.severity, found.sentiment) == ("price", "critical", "positive")
    assert grade(Said("opinion", None, "质量"), Grading(categories={})).category == "other"


@given(some.text(), some.none() | some.text(max_size=9), some.none() | some.integers(0, 100))
def test_whatever_is_said_it_has_a_grade(text: str, kind: str | None, rating: int | None) -> None:
    found = grade(Said(kind, kind, text, rating), Grading())
    assert found.category in CATEGORIES
    assert found.severity in SEVERITIES
    assert found.sentiment in SENTIMENTS
    assert (found.setting == "private") == (kind == "complaint" or found.severity in {"high", "critical"})


@pytest.mark.parametrize(
    ("shifts", "want"),
    [
        ([], list(range(24))),
        ([(8, 20)], [0, 1, 2, 3, 4, 5, 6, 7, 20, 21, 22, 23]),
        ([(8, 20), (20, 8)], []),
        ([(0, 24)], []),
        ([(22, 6), (6, 21)], [21]),
    ],
    ids=["nobody", "by day", "day and night", "all day", "a gap"],
)
def test_hours_without_an_answer(shifts: list[tuple[int, int]], want: list[int]) -> None:
    assert unanswered([{"from": start, "to": end} for start, end in shifts]) == want
