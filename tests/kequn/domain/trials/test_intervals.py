"""How far two ways differ: against published intervals, against scipy, and what must hold of all of them."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kequn.domain.trials import intervals
from kequn.domain.trials.intervals import Sample


def share(successes: int, size: int) -> Sample:
    return Sample(size, successes, successes)


def of(values: list[float]) -> Sample:
    return Sample(len(values), sum(values), sum(value * value for value in values))


@pytest.mark.parametrize(
    ("b", "a", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),  # Newcombe 1998, table II, method 10
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_published_intervals(b: tuple[int, int], a: tuple[int, int], low: float, high: float) -> None:
    found = intervals.of_shares(share(*a), share(*b))
    assert found is not None
    assert [found.low, found.high] == pytest.approx([low, high], abs=1e-4)


@given(st.integers(1, 500), st.integers(1, 500), st.data())
@settings(max_examples=50)
def test_shares_stay_within_their_limits_and_turn_round(size_a: int, size_b: int, data: st.DataObject) -> None:
    a, b = (share(data.draw(st.integers(0, size)), size) for size in (size_a, size_b))
    found, turned = intervals.of_shares(a, b), intervals.of_shares(b, a)
    assert found is not None
    assert turned is not None
    assert -1 - 1e-9 <= found.low <= found.value <= found.high <= 1 + 1e-9
    assert [turned.low, turned.high] == pytest.approx([-found.high, -found.low])


def test_means_are_those_of_scipy() -> None:
    draw = random.Random(5)
    for size_a, size_b in ((2, 3), (30, 12), (200, 500)):
        a = [draw.gauss(50, 9) for _ in range(size_a)]
        b = [draw.gauss(55, 20) for _ in range(size_b)]
        wanted = stats.ttest_ind(b, a, equal_var=False).confidence_interval(intervals.CONFIDENCE)
        found = intervals.of_means(of(a), of(b))
        assert found is not None
        assert [found.low, found.high] == pytest.approx([wanted.low, wanted.high])


def test_what_follows() -> None:
    assert intervals.of_shares(share(0, 0), share(1, 2)) is None
    assert intervals.of_means(of([1.0]), of([1.0, 2.0])) is None
    same = intervals.of_means(of([1.0, 1.0]), of([1.0, 1.0]))
    better, worse = intervals.of_shares(share(10, 100), share(40, 100)), intervals.of_shares(share(9, 10), share(1, 10))
    assert [one.verdict for one in (same, better, worse) if one] == ["unclear", "better", "worse"]
