"""Draws for a simulation, from one seeded chance: the same seed draws the same."""

from collections.abc import Sequence
from typing import TypeVar

from kequn.clock import Random

T = TypeVar("T")


class Dice:
    """What `Random` gives as fractions, as choices."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def falls(self, probability: float) -> bool:
        """True with this probability."""
        return self._random.fraction() < probability

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit`, excluded."""
        return int(self._random.fraction() * limit)

    def one_of(self, things: Sequence[T]) -> T:
        return things[self.below(len(things))]

    def two_of(self, things: Sequence[T]) -> tuple[T, T]:
        """Two different ones."""
        first = self.below(len(things))
        second = (first + 1 + self.below(len(things) - 1)) % len(things)
        return things[first], things[second]

    def weighted(self, things: Sequence[tuple[T, int]]) -> T:
        """One of (thing, weight)."""
        mark = self.below(sum(weight for _, weight in things))
        for thing, weight in things:
            mark -= weight
            if mark < 0:
                return thing
        raise ValueError("nothing to choose from")
