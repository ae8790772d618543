"""What moves satisfaction: the share of the variance of the overall answer that each other rating accounts for, as
Shapley values of R² (Lindeman, Merenda and Gold), beside Kendall's tau-b, which asks for no straight line. Pure.

Both tell association, not cause; ratings of one person tend to go together. Only who answered all of the questions
counts, and below FEWEST of them, or where nothing varies, nothing is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FEWEST, MOST = 30, 8
"""Answers for a statement; drivers, because every subset of them is looked at."""


@dataclass(frozen=True)
class Driver:
    """`weight`: of the explained variance, from 0 to 1, all together 1. `tau`: from -1 to 1; `p`: how often so strong a
    tau comes by chance. `mean`: the answers, from 0 (worst) to 1. Much weight and a low mean: begin here."""

    key: str
    weight: float
    tau: float
    p: float
    mean: float


@dataclass(frozen=True)
class Drivers:
    """`explained`: R² of all together. `count`: who answered everything. Empty where nothing can be said."""

    count: int
    explained: float | None = None
    drivers: tuple[Driver, ...] = ()


def find(target: Sequence[float], others: Mapping[str, Sequence[float]]) -> Drivers:
    """All lists are of the same people, and of answers from 0 to 1."""
    # A server that only answers never loads numpy and scipy.
    import numpy as np
    from scipy.stats import kendalltau

    from kequn.domain.surveys.shapley import shares_of

    if len(target) < FEWEST:
        return Drivers(len(target))
    overall = np.asarray(target, dtype=float)
    columns = {key: np.asarray(values, dtype=float) for key, values in list(others.items())[:MOST]}
    varied = {key: column for key, column in columns.items() if column.std() > 0}
    if not varied or overall.std() == 0:
        return Drivers(len(overall))
    shares = shares_of(overall, list(varied.values()))
    whole = sum(shares)
    found = []
    for (key, column), share in zip(varied.items(), shares, strict=True):
        tau: Any = kendalltau(overall, column)
        weight = share / whole if whole > 0 else 0.0
        found.append(Driver(key, weight, float(tau.statistic), float(tau.pvalue), float(column.mean())))
    return Drivers(len(overall), whole, tuple(sorted(found, key=lambda one: -one.weight)))
