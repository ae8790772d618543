"""How long things took, counted in one process: by their labels, how many took at most so long. Decides what the steps
are, and nothing about who reads them."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

STEPS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds."""


@dataclass
class _Counted:
    counts: list[int] = field(default_factory=lambda: [0] * (len(STEPS) + 1))
    seconds: float = 0.0


class Durations:
    """Labels must be few: routes, plugins, statuses; never what somebody sent."""

    def __init__(self) -> None:
        self._counted: dict[tuple[str, ...], _Counted] = {}

    def note(self, seconds: float, *labels: str) -> None:
        counted = self._counted.setdefault(labels, _Counted())
        counted.counts[bisect_left(STEPS, seconds)] += 1
        counted.seconds += seconds

    def all(self) -> Iterator[tuple[tuple[str, ...], Sequence[tuple[str, int]], float]]:
        """The labels, how many took at most so many seconds (the last: any), and all seconds together."""
        names = (*(str(step) for step in STEPS), "+Inf")
        for labels, counted in sorted(self._counted.items()):
            yield labels, list(zip(names, accumulate(counted.counts), strict=True)), counted.seconds
