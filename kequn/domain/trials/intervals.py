"""How far two ways differ, and between which limits the true difference lies in 95 of 100 such trials. Pure. Shares by
Newcombe's hybrid of two Wilson intervals (Statist. Med. 17, 1998, method 10), means by Welch's t."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Difference:
    """b less a. Nothing is known where a way has too few customers: fewer than one for shares, than two for means."""

    value: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """better, worse, or unclear: no difference was shown, which does not mean that there is none."""
        return "better" if self.low > 0 else "worse" if self.high < 0 else "unclear"


@dataclass(frozen=True)
class Sample:
    """`total` and `squares`: sums of the values and of their squares; of shares both are the number of successes."""

    size: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.size if self.size else 0.0

    @property
    def variance(self) -> float:
        """Of the population that it was drawn from."""
        return max(0.0, (self.squares - self.size * self.mean**2) / (self.size - 1))


def of_shares(a: Sample, b: Sample) -> Difference | None:
    if not a.size or not b.size:
        return None
    (low_a, high_a), (low_b, high_b) = wilson(a.total, a.size), wilson(b.total, b.size)
    below = sqrt((b.mean - low_b) ** 2 + (high_a - a.mean) ** 2)
    above = sqrt((high_b - b.mean) ** 2 + (a.mean - low_a) ** 2)
    value = b.mean - a.mean
    return Difference(value, value - below, value + above)


def wilson(successes: float, size: int) -> tuple[float, float]:
    """Between which limits a share lies."""
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share = successes / size
    middle, spread = share + z * z / (2 * size), z * sqrt(share * (1 - share) / size + (z / (2 * size)) ** 2)
    return (middle - spread) / (1 + z * z / size), (middle + spread) / (1 + z * z / size)


def of_means(a: Sample, b: Sample) -> Difference | None:
    from scipy.special import stdtrit  # a server that only answers never loads it

    if min(a.size, b.size) < 2:
        return None
    parts = a.variance / a.size, b.variance / b.size
    error, value = sqrt(sum(parts)), b.mean - a.mean
    if error == 0:
        return Difference(value, value, value)
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (a.size - 1) + parts[1] ** 2 / (b.size - 1))
    spread = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * error
    return Difference(value, value - spread, value + spread)
