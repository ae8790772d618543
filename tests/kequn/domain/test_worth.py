"""Gamma-Gamma against the published figures, lifetimes as an oracle, and the laws of the model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.domain import worth
from kequn.domain.churn import TooFew
from kequn.domain.worth import Parameters
from tests.kequn.domain import cdnow
from tests.kequn.domain.test_churn import lifetimes_fitter


@pytest.fixture(scope="module")
def columns() -> cdnow.Columns:
    return cdnow.columns()


@pytest.fixture(scope="module")
def fitted(columns: cdnow.Columns) -> Parameters:
    return worth.fit(columns.frequency, columns.value)


def test_the_published_parameters(fitted: Parameters) -> None:
    assert fitted.customers == 946
    assert [round(value, 2) for value in (fitted.p, fitted.q, fitted.gamma)] == [6.25, 3.74, 15.44]


def test_the_mean_of_all_is_the_published_one(fitted: Parameters) -> None:
    """Of who bought nothing, the expected value is the population's mean, about 35 dollars."""
    assert worth.expected_value(fitted, 0, 0)[0] == pytest.approx(35.18, abs=0.05)


def test_lifetimes_agrees(fitted: Parameters, columns: cdnow.Columns) -> None:
    some = columns.frequency > 0
    x, z = columns.frequency[some], columns.value[some]
    oracle = lifetimes_fitter("GammaGammaFitter", "gamma_gamma_fitter")()
    oracle.fit(x, z)
    theirs = [float(oracle.params_[name]) for name in ("p", "q", "v")]
    assert [fitted.p, fitted.q, fitted.gamma] == pytest.approx(theirs, rel=1e-2)
    expected = oracle.conditional_expected_average_profit(x, z)
    assert worth.expected_value(Parameters(theirs[0], theirs[1], theirs[2]), x, z) == pytest.approx(
        np.asarray(expected), rel=1e-9
    )


def test_the_currency_does_not_matter(fitted: Parameters, columns: cdnow.Columns) -> None:
    other = worth.fit(columns.frequency, columns.value * 1_000_000)
    assert [other.p, other.q, other.gamma / 1_000_000] == pytest.approx([fitted.p, fitted.q, fitted.gamma], rel=1e-3)


def test_a_model_needs_customers_of_value() -> None:
    with pytest.raises(TooFew, match="only 1 customers"):
        worth.fit([0, 1, 3], [5, 9, 0])


parameters = st.builds(Parameters, st.floats(0.5, 20), st.floats(1.1, 20), st.floats(0.1, 100))


@given(parameters, st.floats(1, 500), st.floats(0.1, 1000))
def test_the_expectation_lies_between_the_own_average_and_that_of_all(fitted: Parameters, x: float, z: float) -> None:
    everybody = worth.expected_value(fitted, 0, 0)[0]
    expected = worth.expected_value(fitted, x, z)[0]
    assert min(z, everybody) * (1 - 1e-9) <= expected <= max(z, everybody) * (1 + 1e-9)


@given(parameters, st.floats(1, 100), st.floats(0.1, 1000))
def test_more_purchases_draw_it_to_the_own_average(fitted: Parameters, x: float, z: float) -> None:
    few, many = (abs(worth.expected_value(fitted, number, z)[0] - z) for number in (x, 2 * x))
    assert many <= few * (1 + 1e-9) + 1e-9
