"""Questions and what answers them: 0 is an answer, nothing is none, and whatever is sent, nothing else gets in."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kequn.domain.answers import ABOUT
from kequn.domain.problems import Refused
from kequn.domain.surveys import questions
from kequn.domain.surveys.inviting import sample
from kequn.domain.surveys.questions import Question

ASKED = (
    Question("r", "rating", "?"),
    Question("n", "nps", "?", required=True),
    Question("c", "ces", "?"),
    Question("s", "single", "?", options=(("a", ""), ("b", ""))),
    Question("m", "multiple", "?", options=(("a", ""), ("b", ""), ("c", ""))),
    Question("t", "text", "?"),
)
TEXTS = some.lists(some.sampled_from(["", " ", "0", "1", "2", "5", "7", "10", "11", "-1", "1.5", "٣", "x"]), max_size=3)


@pytest.mark.parametrize(
    ("key", "texts", "want"),
    [
        ("n", ["0"], 0), ("n", ["11"], "bad"), ("n", [], "required"), ("n", [" "], "required"), ("r", ["0"], "bad"),
        ("r", ["5"], 5), ("r", ["1", "2"], "bad"), ("c", ["7"], 7), ("s", ["1"], 1), ("s", ["2"], "bad"),
        ("m", ["2", "0", "2"], [0, 2]), ("m", ["0", "x"], "bad"), ("t", [" 好 "], "好"), ("t", ["x" * 4001], "bad"),
    ],
)  # fmt: skip
def test_what_is_understood(key: str, texts: list[str], want: object) -> None:
    reading = questions.understand(ASKED, {"n": ["5"], key: texts})
    assert reading.faults.get(key) == want or reading.answers.get(key) == want
    assert not (key in reading.faults and key in reading.answers)


@given(some.dictionaries(some.sampled_from(["r", "n", "c", "s", "m", "t", "other"]), TEXTS))
def test_nothing_else_gets_in(said: dict[str, list[str]]) -> None:
    reading = questions.understand(ASKED, said)
    assert not reading.answers.keys() & reading.faults.keys()
    assert reading.answers.keys() | reading.faults.keys() <= {one.key for one in ASKED}
    for one in ASKED:
        if one.type in questions.SCALES and one.key in reading.answers:
            assert reading.answers[one.key] in one.scale


def test_what_is_kept_is_read_again() -> None:
    assert questions.read(questions.show(ASKED)) == ASKED


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        (Question("Bad Key", "rating", "?"), "key"),
        (Question("k", "stars", "?"), "type"),
        (Question("k", "rating", " "), "zh"),
        (Question("k", "single", "?"), "options"),
        (Question("k", "rating", "?", options=(("a", ""), ("b", ""))), "options"),
        (Question("k", "ces", "?", about="overall"), "about"),
        (Question("k", "rating", "?", about="weather"), "about"),
    ],
)
def test_a_question_that_cannot_be_asked(bad: Question, place: str) -> None:
    with pytest.raises(Refused) as refused:
        questions.check([bad], ABOUT)
    assert ("questions", 0, place) in [problem.path for problem in refused.value.problems]


@given(some.sets(some.uuids(), max_size=40), some.integers(1, 50), some.text(max_size=4))
def test_a_sample_can_be_drawn_again(ids: set[UUID], size: int, seed: str) -> None:
    found = sample(ids, size, seed)
    assert found == sample(sorted(ids), size, seed)
    assert len(set(found)) == len(found) == min(size, len(ids))
    assert set(found) <= ids
    assert sample(ids, None, seed)[:size] == found
