"""Figures of answers with their intervals, at 95 %. Pure. Shares have Wilson's interval; NPS, a difference of two
shares of the same people, an adjusted Wald interval; two waves are compared by Newcombe's interval of a difference."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054
LIKED = {"rating": 4, "ces": 5}
"""From this answer on somebody counts as content."""


@dataclass(frozen=True)
class Estimate:
    """A share, or NPS from -1 to 1, of `count` answers; it lies between `low` and `high` 19 times of 20."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Difference:
    """Later less earlier. `clear`: 0 lies outside of the interval."""

    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        return self.low > 0 or self.high < 0


def wilson(hits: int, count: int, z: float = Z) -> Estimate | None:
    """The share of hits; None where there are no answers."""
    if not count:
        return None
    share, square = hits / count, z * z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = z / (1 + square / count) * sqrt(share * (1 - share) / count + square / (4 * count * count))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return Estimate(share, low if hits else 0.0, high if hits < count else 1.0, count)


def content(type: str, answers: Sequence[int]) -> Estimate | None:
    """The share of those who are content: of CSAT 4 and 5, of CES 5 to 7."""
    return wilson(sum(answer >= LIKED[type] for answer in answers), len(answers))


def nps(answers: Sequence[int], z: float = Z) -> Estimate | None:
    """Promoters (9, 10) less detractors (0 to 6). The interval is the adjusted Wald one: as if three more had answered,
    one and a half of them passive."""
    count = len(answers)
    if not count:
        return None
    promoters, detractors = sum(one >= 9 for one in answers), sum(one <= 6 for one in answers)
    size = count + 3
    up, down = (promoters + 0.75) / size, (detractors + 0.75) / size
    half = z * sqrt((up + down - (up - down) ** 2) / size)
    value = (promoters - detractors) / count
    return Estimate(value, max(-1.0, up - down - half), min(1.0, up - down + half), count)


def change(earlier: Estimate, later: Estimate) -> Difference:
    """Newcombe's interval, from those of the two."""
    value = later.value - earlier.value
    down = sqrt((later.value - later.low) ** 2 + (earlier.high - earlier.value) ** 2)
    up = sqrt((later.high - later.value) ** 2 + (earlier.value - earlier.low) ** 2)
    return Difference(value, value - down, value + up)


def distribution(answers: Sequence[int], allowed: Sequence[int]) -> list[tuple[int, int]]:
    """How often each possible answer was given."""
    counts = Counter(answers)
    return [(answer, counts[answer]) for answer in allowed]
