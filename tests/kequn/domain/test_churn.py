"""BG/NBD against the published figures, lifetimes as an oracle, and the laws of the model."""

import math
import warnings
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.domain import churn
from kequn.domain.churn import Parameters, TooFew
from tests.kequn.domain import cdnow

PUBLISHED = Parameters(r=0.243, alpha=4.414, a=0.793, b=2.426)


@pytest.fixture(scope="module")
def columns() -> cdnow.Columns:
    return cdnow.columns()


@pytest.fixture(scope="module")
def fitted(columns: cdnow.Columns) -> Parameters:
    return churn.fit(columns.frequency, columns.recency, columns.age)


def lifetimes_fitter(name: str, module: str) -> Any:
    """lifetimes sets an option that current pandas warns of; nothing else of it is silenced."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The 'mode.chained_assignment' option", category=DeprecationWarning)
        fitters = __import__(f"lifetimes.fitters.{module}", fromlist=[name])
    return getattr(fitters, name)


def test_the_published_parameters(fitted: Parameters) -> None:
    assert fitted.customers == 2357
    assert [round(value, 3) for value in (fitted.r, fitted.alpha, fitted.a, fitted.b)] == [0.243, 4.414, 0.793, 2.426]
    assert round(fitted.likelihood, 1) == -9582.4


def test_the_published_example() -> None:
    """Two more purchases, the last after 30.43 of 38.86 weeks: 1.226 in the next 39."""
    assert churn.expected_purchases(PUBLISHED, 2, 30.43, 38.86, 39)[0] == pytest.approx(1.226, abs=0.001)


def test_lifetimes_agrees(fitted: Parameters, columns: cdnow.Columns) -> None:
    oracle = lifetimes_fitter("BetaGeoFitter", "beta_geo_fitter")()
    oracle.fit(columns.frequency, columns.recency, columns.age)
    ours = [fitted.r, fitted.alpha, fitted.a, fitted.b]
    assert ours == pytest.approx([float(oracle.params_[name]) for name in ("r", "alpha", "a", "b")], rel=1e-3)
    r, alpha, a, b = (float(oracle.params_[name]) for name in ("r", "alpha", "a", "b"))
    same = Parameters(r, alpha, a, b)
    three = columns[:3]
    assert churn.alive(same, *three) == pytest.approx(oracle.conditional_probability_alive(*three), rel=1e-9)
    theirs = oracle.conditional_expected_number_of_purchases_up_to_time(39, *three)
    assert churn.expected_purchases(same, *three, 39) == pytest.approx(np.asarray(theirs), rel=1e-7)


def test_expected_repeat_purchases_track_the_real_ones(fitted: Parameters) -> None:
    """The tracking plot of the paper: cumulative repeat purchases of all, by week, are within a few percent."""
    people = cdnow.sample()
    firsts = [min(spent) for spent in people.values()]
    for weeks in (39, 52, 78):
        until = date(1996, 12, 31) + timedelta(weeks=weeks)
        real = sum(
            sum(first < day <= until for day in spent) for first, spent in zip(firsts, people.values(), strict=True)
        )
        ages = np.array([max((until - first).days, 0) / 7 for first in firsts])
        values, counts = np.unique(ages, return_counts=True)
        expected = float(churn.expected_of_new(fitted, values) @ counts)
        assert expected == pytest.approx(real, rel=0.06), weeks


def test_a_model_needs_customers_who_came_back() -> None:
    with pytest.raises(TooFew, match="only 2 customers"):
        churn.fit([0, 1, 2], [0, 3, 4], [9, 9, 9])


@pytest.mark.parametrize("days", [1.0, 7.0, 365.0])
def test_the_unit_of_time_does_not_matter(fitted: Parameters, columns: cdnow.Columns, days: float) -> None:
    other = churn.fit(columns.frequency, columns.recency * days, columns.age * days)
    assert [other.r, other.alpha / days, other.a, other.b] == pytest.approx(
        [fitted.r, fitted.alpha, fitted.a, fitted.b], rel=1e-3
    )


histories = st.tuples(st.integers(0, 5000), st.floats(0, 1), st.floats(1, 1000)).map(
    lambda one: (one[0], one[1] * one[2] if one[0] else 0.0, one[2])
)
positive = st.floats(-3, 9).map(math.exp)
models = st.builds(Parameters, positive, positive, positive, positive)


@given(models, histories)
def test_chances_are_chances_and_silence_lowers_them(fitted: Parameters, history: tuple[int, float, float]) -> None:
    x, recent, age = history
    now, later = churn.alive(fitted, x, recent, age)[0], churn.alive(fitted, x, recent, age + 10)[0]
    assert 0 <= later <= now <= 1
    assert x > 0 or now == 1


@given(models, histories, st.floats(0.1, 200))
def test_more_time_means_more_purchases(fitted: Parameters, history: tuple[int, float, float], ahead: float) -> None:
    near, far = (churn.expected_purchases(fitted, *history, time)[0] for time in (ahead, 2 * ahead))
    assert np.isfinite([near, far]).all()
    assert 0 <= near <= far * (1 + 1e-3) + 1e-9


@pytest.mark.parametrize("history", [(0, 0.0, 10.0), (1, 3.0, 10.0), (7, 20.0, 39.0), (30, 30.0, 39.0)])
def test_the_integral_and_the_formula_agree(history: tuple[int, float, float]) -> None:
    fitted = Parameters(0.243, 4.414, 0.793, 2.426)
    x, recent, age = history
    alive = churn.alive(fitted, x, recent, age)[0]
    formula = churn.expected_purchases(fitted, *history, 39.0)[0]
    assert alive * churn._integrated(fitted, x, age, 39.0) == pytest.approx(formula, rel=1e-4)


@pytest.mark.parametrize(
    ("fitted", "history", "ahead"),
    [
        (Parameters(0.0498, 0.0498, 0.0498, 0.2271), (872, 0.684, 1.0), 188.97),
        (Parameters(148.4, 2.496, 148.4, 148.4), (400, 0.0, 1.0), 200.0),
        (Parameters(0.0498, 0.0498, 2.718, 1096.0), (1, 0.0, 1.0), 400.0),
    ],
)
def test_what_overflows_in_the_formula_is_integrated(
    fitted: Parameters, history: tuple[int, float, float], ahead: float
) -> None:
    x, _, age = history
    found = churn.expected_purchases(fitted, *history, ahead)[0]
    assert 0 <= found <= (fitted.r + x) / (fitted.alpha + age) * ahead


@given(models, histories)
def test_nothing_breaks_where_a_is_one(fitted: Parameters, history: tuple[int, float, float]) -> None:
    around = [
        churn.expected_purchases(Parameters(fitted.r, fitted.alpha, a, fitted.b), *history, 30)[0]
        for a in (1 - 1e-4, 1.0, 1 + 1e-4)
    ]
    assert around == pytest.approx([around[1]] * 3, rel=5e-3, abs=1e-9)


def test_the_slope_is_the_slope(columns: cdnow.Columns) -> None:
    """The search is led by slopes that were worked out by hand: compared with differences."""
    data = churn._Data.of(*columns[:3])
    at = np.array([0.3, 4.0, 0.9, 2.0])
    _, slope = churn._likelihood(at, data)
    for place in range(4):
        step = np.eye(4)[place] * 1e-6
        ends = [churn._likelihood(at + sign * step, data)[0] for sign in (1, -1)]
        assert slope[place] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4)
