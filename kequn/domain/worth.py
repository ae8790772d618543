"""What a purchase of a customer is worth on average: the model of Fader and Hardie, "The Gamma-Gamma model of monetary
value" (2013; equations are theirs). Pure: columns in, columns out.

A customer is how many purchases were seen (x) and what they were worth on average (z). Few purchases say little: the
expected value lies between the customer's own average and everybody's, the nearer to the own the more were seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kequn.domain.churn import LEAST, Column, TooFew

_BOUND = 9.0


@dataclass(frozen=True)
class Parameters:
    """`likelihood`: the logarithm of it, at the maximum; `customers`: how many it was fitted to."""

    p: float
    q: float
    gamma: float
    likelihood: float = 0.0
    customers: int = 0


def fit(purchases: ArrayLike, average: ArrayLike) -> Parameters:
    """The parameters under which these averages are the most likely. Customers without purchase or value are left
    out, as the model knows none. Raises TooFew."""
    from scipy.optimize import minimize  # a server that only answers never loads it

    x, z = (np.atleast_1d(np.asarray(column, dtype=np.float64)) for column in (purchases, average))
    some = (x > 0) & (z > 0)
    x, z = x[some], z[some]
    if x.size < LEAST:
        raise TooFew(f"only {x.size} customers bought something of value; {LEAST} are needed")
    unit = float(z.mean())  # the same search, whatever the currency

    values, which = np.unique(x, return_inverse=True)

    def cost(logarithms: Column) -> tuple[float, Column]:
        value, slope = _likelihood(np.exp(logarithms), x, z / unit, values, which)
        return -value / x.size, -slope * np.exp(logarithms) / x.size

    found = minimize(cost, np.ones(3), jac=True, method="L-BFGS-B", bounds=[(-_BOUND, _BOUND)] * 3,
                     options={"ftol": 1e-14, "gtol": 1e-8, "maxiter": 1000})  # fmt: skip
    p, q, gamma = (float(value) for value in np.exp(found.x))
    return Parameters(p, q, gamma * unit, -float(found.fun) * x.size - x.size * float(np.log(unit)), x.size)


def _likelihood(
    parameters: Column, x: Column, z: Column, values: Column, which: NDArray[np.int64]
) -> tuple[float, Column]:
    """Equation (1a), its logarithm, and the slope along (p, q, gamma). `values[which]` is x: what depends on the number
    of purchases alone is worked out once for each number."""
    from scipy.special import gammaln, psi

    p, q, gamma = parameters
    beta = (gammaln(p * values + q) - gammaln(p * values))[which]
    up, down = psi(p * values + q)[which], psi(p * values)[which]
    whole, total = p * x + q, np.log(gamma + x * z)
    value = beta - gammaln(q) + q * np.log(gamma) + (p * x - 1) * np.log(z) + p * x * np.log(x) - whole * total
    slopes = (
        x * (up - down + np.log(z) + np.log(x) - total),
        up - psi(q) + np.log(gamma) - total,
        q / gamma - whole / (gamma + x * z),
    )
    return float(value.sum()), np.array([float(slope.sum()) for slope in slopes])


def expected_value(fitted: Parameters, purchases: ArrayLike, average: ArrayLike) -> Column:
    """What a future purchase of each is worth: equation (5). Where customers differ so much that there is no such mean
    (px + q <= 1), their own average."""
    x, z = (np.atleast_1d(np.asarray(column, dtype=np.float64)) for column in (purchases, average))
    below = fitted.p * x + fitted.q - 1
    expected: Column = np.where(below > 0, fitted.p * (fitted.gamma + x * z) / np.where(below > 0, below, 1), z)
    return expected
