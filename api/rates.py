"""How much callers may ask in a minute: requests of each caller, rows of each tenant, wrong tokens from each address.
Counted in this process; several servers grant as many times as much."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from uuid import UUID

from kequn.clock import Clock
from schema.toll import TooFast

MINUTE = 60.0
KNOWN = 10_000  # callers that are remembered; one that is forgotten begins with a full bucket


@dataclass
class Bucket:
    """Holds what may be spent at once, and fills up again in a minute."""

    level: float
    at: float

    def take(self, amount: float, size: int, now: float) -> float:
        """Take it and return 0; or take nothing and return the seconds until it is there."""
        self.level = min(size, self.level + (now - self.at) * size / MINUTE)
        self.at = now
        wanted = min(amount, size)  # what never fits waits for a full bucket
        if self.level < wanted:
            return (wanted - self.level) * MINUTE / size
        self.level -= wanted
        return 0.0


class Rate:
    """At most `size` in a minute, for each of those who ask. 0: without end."""

    def __init__(self, size: int, clock: Clock) -> None:
        self._size = size
        self._clock = clock
        self._buckets: OrderedDict[Hashable, Bucket] = OrderedDict()

    def take(self, who: Hashable, amount: float = 1) -> None:
        """Raises TooFast, and then nothing was taken."""
        if not self._size:
            return
        now = self._clock.monotonic()
        bucket = self._buckets.setdefault(who, Bucket(self._size, now))
        self._buckets.move_to_end(who)
        while len(self._buckets) > KNOWN:
            self._buckets.popitem(last=False)
        if seconds := bucket.take(amount, self._size, now):
            raise TooFast(seconds)

    def give(self, who: Hashable, amount: float = 1) -> None:
        """What was taken did not count."""
        if bucket := self._buckets.get(who):
            bucket.level += amount


@dataclass(frozen=True)
class TenantToll:
    """What the operations of one tenant pay."""

    rate: Rate
    tenant: UUID

    def pay(self, rows: int) -> None:
        self.rate.take(self.tenant, rows)
