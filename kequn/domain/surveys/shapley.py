"""Shapley values of R²: how much of what varies in one column each of the others accounts for. Pure, over numpy."""

from collections.abc import Sequence
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray


def shares_of(target: NDArray[np.float64], columns: Sequence[NDArray[np.float64]]) -> list[float]:
    """How much each adds to R², on average over all orders in which they might be added. They sum up to R² of all."""
    size, places = len(columns), range(len(columns))
    subsets = [some for count in range(size + 1) for some in combinations(places, count)]
    fits = {some: _fit(target, [columns[place] for place in some]) for some in subsets}
    found = []
    for place in places:
        share = 0.0
        for some, fit in fits.items():
            if place not in some:
                weight = factorial(len(some)) * factorial(size - len(some) - 1) / factorial(size)
                share += weight * (fits[tuple(sorted((*some, place)))] - fit)
        found.append(max(0.0, share))
    return found


def _fit(target: NDArray[np.float64], columns: Sequence[NDArray[np.float64]]) -> float:
    """R² of a straight line through these."""
    if not columns:
        return 0.0
    centred = target - target.mean()
    design = np.column_stack([column - column.mean() for column in columns])
    solved, *_ = np.linalg.lstsq(design, centred, rcond=None)
    left = centred - design @ solved
    return float(1 - (left @ left) / (centred @ centred))
