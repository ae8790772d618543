"""Who is still a customer, and how often they will come back: the BG/NBD model of Fader, Hardie and Lee, "Counting
your customers" the easy way (Marketing Science 24, 2005; equations are theirs). Pure: columns in, columns out.

A customer is three numbers in one unit of time: `frequency` (x, purchases after the first), `recency` (t_x, age at the
last purchase), `age` (T, time since the first). While alive they buy at a rate that differs between customers by a
gamma distribution (r, alpha); after each purchase they leave with a chance that differs by a beta one (a, b)."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Column = NDArray[np.float64]

LEAST = 20
"""Fewer customers who came back than this say nothing about the rest."""

_BOUND = 9.0  # of a parameter's logarithm: with too little data the likelihood is flat out there
_NEAR_ONE = 1e-6
_POINTS = 200  # of the integral: four digits with the parameters of real customers


class TooFew(ValueError):
    """There is not enough to fit a model to. Wait for more purchases."""


@dataclass(frozen=True)
class Parameters:
    """`likelihood`: the logarithm of it, at the maximum; `customers`: how many it was fitted to."""

    r: float
    alpha: float
    a: float
    b: float
    likelihood: float = 0.0
    customers: int = 0


def fit(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Parameters:
    """The parameters under which these customers are the most likely. Raises TooFew."""
    from scipy.optimize import minimize  # a server that only answers never loads it

    x, recent, old = _columns(frequency, recency, age)
    if np.count_nonzero(x) < LEAST:
        raise TooFew(f"only {np.count_nonzero(x)} customers came back; {LEAST} are needed")
    unit = float(old.max()) / 10  # the same search, whatever the unit of time
    data = _Data.of(x, recent / unit, old / unit)

    def cost(logarithms: Column) -> tuple[float, Column]:
        value, slope = _likelihood(np.exp(logarithms), data)
        return -value / x.size, -slope * np.exp(logarithms) / x.size

    found = minimize(cost, np.zeros(4), jac=True, method="L-BFGS-B", bounds=[(-_BOUND, _BOUND)] * 4,
                     options={"ftol": 1e-14, "gtol": 1e-8})  # fmt: skip
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    # One purchase at the moment t has the density of the unit it is measured in: n log(unit) between the two.
    likelihood = -float(found.fun) * x.size - float(x.sum()) * float(np.log(unit))
    return Parameters(r, alpha * unit, a, b, likelihood, x.size)


def _columns(*given: ArrayLike) -> list[Column]:
    return [np.atleast_1d(np.asarray(column, dtype=np.float64)) for column in given]


@dataclass(frozen=True)
class _Data:
    """Customers, sorted out: `counts` of them have the same history (x, t_x, T), `sizes` the same x."""

    histories: Column
    counts: NDArray[np.int64]
    values: Column
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, x: Column, recent: Column, old: Column) -> "_Data":
        histories, counts = np.unique(np.stack([x, recent, old]), axis=1, return_counts=True)
        values, sizes = np.unique(x, return_counts=True)
        return cls(histories, counts, values, sizes)


def _likelihood(parameters: Column, data: _Data) -> tuple[float, Column]:
    """Equation (6), its logarithm, and the slope along (r, alpha, a, b)."""
    (r, alpha, a, b), (x, recent, old) = parameters, data.histories
    before = np.maximum(x, 1) - 1  # purchases after which they might have left and did not
    till_now, till_last = np.log(alpha + old), np.log(alpha + recent)
    stayed = -(r + x) * till_now
    left = np.where(x > 0, np.log(a) - np.log(b + before) - (r + x) * till_last, -np.inf)
    either = np.logaddexp(stayed, left)
    share = np.exp(left - either)  # of `left` in the sum
    slopes = (
        -(1 - share) * till_now - share * till_last,
        -(r + x) * ((1 - share) / (alpha + old) + share / (alpha + recent)),
        share / a,
        -share / (b + before),
    )
    value, slope = _by_number(parameters, data.values, data.sizes)
    return value + float(data.counts @ either), slope + [float(data.counts @ one) for one in slopes]


def _by_number(parameters: Column, x: Column, sizes: NDArray[np.int64]) -> tuple[float, Column]:
    """The part of it that depends on the number of purchases alone, A1 A2 in the paper."""
    from scipy.special import gammaln, psi

    r, alpha, a, b = parameters
    a1 = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    a2 = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    both = psi(a + b) - psi(a + b + x)
    slopes = (psi(r + x) - psi(r) + np.log(alpha), np.full(x.shape, r / alpha), both, both + psi(b + x) - psi(b))
    return float(sizes @ (a1 + a2)), np.array([float(sizes @ one) for one in slopes])


def alive(fitted: Parameters, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Column:
    """The chance that each is still a customer. Who never came back had no occasion to leave: 1."""
    return 1 / (1 + np.exp(_odds(fitted, *_columns(frequency, recency, age))))


def _odds(fitted: Parameters, x: Column, recent: Column, old: Column) -> Column:
    """The logarithm of the odds of having left."""
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log(fitted.a) - np.log(fitted.b + np.maximum(x, 1) - 1)
        odds = odds + (fitted.r + x) * (np.log(fitted.alpha + old) - np.log(fitted.alpha + recent))
    return np.where(x > 0, np.minimum(odds, 700.0), -np.inf)


def expected_purchases(
    fitted: Parameters, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, ahead: float
) -> Column:
    """How many purchases each makes in the time `ahead`: equation (10). Its hypergeometric function grows without
    bounds for some histories; for those Euler's other form of it stays small: 2F1(p,q;c;z) is
    (1-z)^(c-p-q) 2F1(c-p,c-q;c;z)."""
    from scipy.special import hyp2f1

    x, recent, old = _columns(frequency, recency, age)
    r, b = fitted.r, fitted.b
    a = 1 + _NEAR_ONE if abs(fitted.a - 1) < _NEAR_ONE else fitted.a  # the formula has a hole at 1, its limit none
    passed = ahead / (fitted.alpha + old + ahead)
    small = r + x < a - 1  # as it stands in the paper
    p, q = np.where(small, r + x, a + b - 1 - r), np.where(small, b + x, a - 1)
    with np.errstate(invalid="ignore", over="ignore"):
        grown = 1 - (1 - passed) ** np.where(small, r + x, a - 1) * hyp2f1(p, q, a + b + x - 1, passed)
        expected: Column = (a + b + x - 1) / (a - 1) * grown
    most = (r + x) / (fitted.alpha + old) * ahead  # of somebody who stays for ever
    lost = ~((expected >= 0) & (expected <= most * (1 + 1e-9)))  # more digits than a float has went into it
    expected[lost] = [_integrated(fitted, *one, ahead) for one in zip(x[lost], old[lost], strict=True)]
    alive: Column = 1 / (1 + np.exp(_odds(fitted, x, recent, old)))
    return expected * alive


def _integrated(fitted: Parameters, x: float, old: float, ahead: float) -> float:
    """What the hypergeometric function of equation (10) stands for: the purchases of somebody who is there, over the
    chances `p` of leaving after one, which are Beta(a, b+x) then. It takes longer, and cannot overflow."""
    from scipy.special import betaincinv

    places, weights = _places()
    chance = np.maximum(betaincinv(fitted.a, fitted.b + x, (1 + places) / 2), 1e-290)
    bought = -np.expm1(-(fitted.r + x) * np.log1p(chance * ahead / (fitted.alpha + old))) / chance
    return float(np.sum(bought * weights) / 2)


@cache
def _places() -> tuple[Column, Column]:
    """Where a function between -1 and 1 is looked at, and how much each look counts (Gauss and Legendre)."""
    from scipy.special import roots_legendre

    places, weights = roots_legendre(_POINTS)
    return places, weights


def expected_of_new(fitted: Parameters, ahead: ArrayLike) -> Column:
    """How many purchases after the first somebody makes in the time `ahead` of it: equation (9)."""
    return np.array([float(expected_purchases(fitted, 0, 0, 0, one)[0]) for one in np.atleast_1d(ahead)])
