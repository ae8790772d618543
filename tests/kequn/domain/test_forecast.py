"""What is expected of customers: sums fit together, and a server that only answers loads no models."""

import subprocess
import sys

import numpy as np
import pytest

from kequn.domain import forecast
from kequn.domain.forecast import MOST, History, Models
from kequn.domain.standard import Forecast
from tests.kequn.domain import cdnow


@pytest.fixture(scope="module")
def history() -> History:
    columns = cdnow.columns()
    average = np.where(columns.frequency > 0, columns.value, 20.0) * 1e6
    return History(columns.frequency, columns.recency * 7, columns.age * 7, average)


@pytest.fixture(scope="module")
def models(history: History) -> Models:
    fitted = forecast.fit(history)
    assert fitted is not None
    return fitted


def test_years_of_a_lifetime_add_up(models: Models, history: History) -> None:
    """Without discount a lifetime of one year is the year's spend; longer is more, later is less."""
    year = forecast.predict(models, history, Forecast(years=1, discount=0))
    three = forecast.predict(models, history, Forecast(years=3, discount=0))
    discounted = forecast.predict(models, history, Forecast(years=3, discount=0.1))
    assert year.lifetime == pytest.approx(year.spend)
    assert year.spend == pytest.approx(year.purchases * year.value)
    assert (three.lifetime >= year.lifetime).all()
    assert (discounted.lifetime <= three.lifetime).all()


def test_models_are_read_as_they_were_shown(models: Models, history: History) -> None:
    read = Models.read(models.show())
    assert read == models
    assert Models.read({}) is None


def test_too_little_to_go_by(history: History) -> None:
    few = History(*(getattr(history, name)[:10] for name in ("repeats", "recency", "age", "average")))
    assert forecast.fit(few) is None


def test_of_very_many_customers_some_are_asked(models: Models, history: History) -> None:
    times = -(-2 * MOST // history.repeats.size)
    many = History(*(np.tile(getattr(history, name), times) for name in ("repeats", "recency", "age", "average")))
    fitted = forecast.fit(many)
    assert fitted is not None
    assert fitted.churn.customers <= MOST
    assert fitted.churn.r == pytest.approx(models.churn.r, rel=0.05)
    assert fitted.worth.p == pytest.approx(models.worth.p, rel=0.05)


def test_a_server_that_only_answers_loads_no_models() -> None:
    source = "import sys, api.app, jobs.worker, schema.execution; print({'numpy', 'scipy'} & sys.modules.keys())"
    assert (
        subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout == "set()\n"
    )
