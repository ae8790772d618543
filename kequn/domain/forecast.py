"""What is expected of each customer: the chance that they are one still, purchases and spend of the next 365 days, and
the lifetime value. Turns columns of facts into columns of predictions by the models of churn.py and worth.py; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kequn.domain import churn, worth
from kequn.domain.churn import Column, TooFew
from kequn.domain.standard import Forecast

YEAR = 365.0
MOST = 30_000
"""Models are fitted to so many customers at most."""
_LARGEST = 9e18  # of what a column holds


@dataclass(frozen=True)
class History:
    """Per customer who ever bought: purchases after the first, age at the last, age now (days), average (micros)."""

    repeats: Column
    recency: Column
    age: Column
    average: Column


@dataclass(frozen=True)
class Models:
    """The models of one evaluation, fitted to all customers."""

    churn: churn.Parameters
    worth: worth.Parameters

    def show(self) -> dict[str, Any]:
        return {"churn": asdict(self.churn), "worth": asdict(self.worth)}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Models | None":
        if not plain:
            return None
        return cls(churn.Parameters(**plain["churn"]), worth.Parameters(**plain["worth"]))


@dataclass(frozen=True)
class Outlook:
    """Per customer: see tables.Prediction."""

    alive: Column
    purchases: Column
    value: Column
    spend: Column
    lifetime: Column


def fit(history: History) -> Models | None:
    """None where too few customers came back, or bought anything of value. Of very many customers every second, third,
    ... is asked: more would move the parameters by less than a year does."""
    some = slice(None, None, max(1, -(-history.repeats.size // MOST)))
    try:
        coming = churn.fit(history.repeats[some], history.recency[some], history.age[some])
        return Models(coming, worth.fit(history.repeats[some] + 1, history.average[some]))
    except TooFew:
        return None


def predict(models: Models, history: History, by: Forecast) -> Outlook:
    """Lifetime value: the expected spend of each year of the horizon, discounted to today."""
    three = (history.repeats, history.recency, history.age)
    value = np.where(history.average > 0, worth.expected_value(models.worth, history.repeats + 1, history.average), 0.0)
    until = [np.zeros_like(value)]
    until += [churn.expected_purchases(models.churn, *three, YEAR * year) for year in range(1, by.years + 1)]
    discounted = [
        (until[year] - until[year - 1]) / (1 + by.discount) ** (year - 0.5) for year in range(1, by.years + 1)
    ]
    spend, lifetime = value * until[1], value * np.sum(discounted, axis=0)
    return Outlook(
        churn.alive(models.churn, *three),
        until[1],
        *(np.minimum(money, _LARGEST) for money in (value, spend, lifetime)),
    )


def column(numbers: Sequence[float]) -> Column:
    return np.asarray(numbers, dtype=np.float64)


def rounded(outlook: Outlook, history: History) -> dict[str, list[Any]]:
    """As the columns of tables.Prediction hold it."""
    whole = {
        "alive_millionths": outlook.alive * 1e6,
        "purchases_thousandths": outlook.purchases * 1e3,
        "value_micros": outlook.value,
        "spend_micros": outlook.spend,
        "lifetime_micros": outlook.lifetime,
        "repeats": history.repeats,
        "average_micros": history.average,
    }
    exact = {"recency": history.recency, "age": history.age}
    return {name: np.rint(one).astype(np.int64).tolist() for name, one in whole.items()} | {
        name: one.tolist() for name, one in exact.items()
    }
