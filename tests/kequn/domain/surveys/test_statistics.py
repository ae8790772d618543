"""Intervals against figures of the literature and against their own laws; drivers against known data."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kequn.domain.service.lexicon import Grading
from kequn.domain.surveys import drivers, opinions, statistics
from kequn.domain.surveys.opinions import Opinion
from kequn.domain.surveys.shapley import shares_of
from kequn.domain.surveys.statistics import Estimate


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
    ids=["Newcombe a", "Newcombe b", "Newcombe c", "Newcombe d"],
)
def test_wilson_is_as_published(hits: int, count: int, low: float, high: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17, table I, method 3."""
    found = statistics.wilson(hits, count)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(some.integers(1, 10**5).flatmap(lambda count: some.tuples(some.integers(0, count), some.just(count))))
def test_a_share_lies_in_its_interval(case: tuple[int, int]) -> None:
    hits, count = case
    found, mirrored = statistics.wilson(hits, count), statistics.wilson(count - hits, count)
    assert found is not None
    assert mirrored is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert (found.low, found.high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low))


def test_0_is_an_answer_and_none_is_none() -> None:
    assert statistics.nps([]) is statistics.content("rating", []) is statistics.wilson(0, 0) is None
    found = statistics.nps([0, 0, 10])
    assert found is not None
    assert found.value == pytest.approx(-1 / 3)
    assert found.count == 3
    assert statistics.distribution([0, 0, 10], range(11))[0] == (0, 2)


@given(some.lists(some.integers(0, 10), min_size=1))
def test_nps_is_promoters_less_detractors(answers: list[int]) -> None:
    found = statistics.nps(answers)
    assert found is not None
    by_hand = sum((one > 8) - (one < 7) for one in answers) / len(answers)
    assert found.value == pytest.approx(by_hand)
    assert -1 <= found.low <= found.high <= 1


def test_the_interval_of_nps_covers_as_often_as_it_says() -> None:
    draw, weights = random.Random(4), [3, 1, 1, 2, 2, 5, 6, 15, 20, 20, 25]
    truth = sum(weight * ((one > 8) - (one < 7)) for one, weight in enumerate(weights)) / 100
    covered = 0
    for _ in range(1000):
        found = statistics.nps(draw.choices(range(11), weights, k=40))
        assert found is not None
        covered += found.low <= truth <= found.high
    assert 930 <= covered <= 975


def test_a_difference_is_newcombes() -> None:
    """Newcombe (1998), Statistics in Medicine 17, 873-890, table II (a): 56/70 less 48/80."""
    later, earlier = statistics.wilson(56, 70), statistics.wilson(48, 80)
    assert later is not None
    assert earlier is not None
    found = statistics.change(earlier, later)
    assert [round(one, 4) for one in (found.value, found.low, found.high)] == [0.2, 0.0524, 0.3339]
    assert found.clear
    same = Estimate(0.5, 0.4, 0.6, 90)
    assert not statistics.change(same, same).clear


def people(count: int) -> tuple[list[float], dict[str, list[float]]]:
    """Overall follows `service` much, `price` a little, `colour` not at all."""
    draw = random.Random(2)
    service, price, colour, overall = [], [], [], []
    for _ in range(count):
        one, other, third = draw.randrange(5), draw.randrange(5), draw.randrange(5)
        service.append(one / 4)
        price.append(other / 4)
        colour.append(third / 4)
        overall.append(0.6 * one / 4 + 0.25 * other / 4 + 0.15 * draw.random())
    return overall, {"colour": colour, "price": price, "service": service}


def test_what_moves_satisfaction_is_found() -> None:
    overall, others = people(200)
    found = drivers.find(overall, others)
    assert [one.key for one in found.drivers] == ["service", "price", "colour"]
    assert sum(one.weight for one in found.drivers) == pytest.approx(1)
    assert found.explained is not None
    assert 0.9 < found.explained < 1
    strong, middle, none = found.drivers
    assert strong.weight > 0.7 > middle.weight > 0.1 > none.weight
    assert strong.tau > 0.5
    assert strong.p < 0.001 < none.p


def test_shapley_values_sum_to_what_all_explain() -> None:
    overall, others = people(60)
    import numpy as np

    columns = [np.asarray(column) for column in others.values()]
    target = np.asarray(overall)
    twins = [columns[2], columns[2] + 0.0]  # two that say the same share it
    first, second = shares_of(target, twins)
    assert first == pytest.approx(second)
    assert first + second == pytest.approx(sum(shares_of(target, columns[2:])))
    whole = np.corrcoef(target, np.column_stack([np.ones(60), *columns]) @ np.linalg.lstsq(
        np.column_stack([np.ones(60), *columns]), target, rcond=None)[0])[0, 1] ** 2  # fmt: skip
    assert sum(shares_of(target, columns)) == pytest.approx(whole)


@pytest.mark.parametrize(
    ("overall", "others"),
    [
        ([], {"a": []}),
        ([1.0] * 29, {"a": [0.5] * 29}),
        ([1.0] * 40, {"a": [0.0, 1.0] * 20}),
        ([0.0, 1.0] * 20, {"a": [1.0] * 40}),
    ],
    ids=["nobody", "too few", "all content alike", "one that never varies"],
)
def test_nothing_is_said_where_nothing_can_be(overall: list[float], others: dict[str, list[float]]) -> None:
    found = drivers.find(overall, others)
    assert (found.drivers, found.explained) == ((), None)


def test_opinions_are_grouped_by_what_they_are_about() -> None:
    said = [Opinion("快递太慢，价格也贵", 0.0), Opinion("快递小哥很好", 1.0), Opinion("嗯", None)]
    found = opinions.group(said, Grading())
    assert [(one.category, one.count, one.content) for one in found] == [
        ("delivery", 2, 0.5), ("other", 1, None), ("price", 1, 0.0),
    ]  # fmt: skip
    assert found[0].texts[0] == "快递太慢，价格也贵"
