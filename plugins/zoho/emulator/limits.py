"""Credits and concurrency (contract, section 14): what a call costs, when the day's credits are spent, how many calls
may be under way at once."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from plugins.zoho.emulator.errors import THROTTLED, ApiError
from plugins.zoho.emulator.knobs import CONCURRENCY
from plugins.zoho.emulator.org import Org

DAY_SECONDS = 24 * 3600
HEAVY = 10
"""How many of the costly calls (sorted lists, big writes, search, COQL) may be under way at once, in every edition."""


class Limits:
    def __init__(self, org: Org) -> None:
        self._org = org
        self._spent: deque[tuple[float, int]] = deque()
        self._total = 0
        self._running = {"all": 0, "heavy": 0}

    @contextmanager
    def room(self, *, heavy: bool) -> Iterator[None]:
        """Take a place among the calls under way. Raises ApiError when there is none."""
        kinds = ("all", "heavy") if heavy else ("all",)
        most = {"all": self._org.knobs.concurrency or CONCURRENCY[self._org.knobs.edition], "heavy": HEAVY}
        if any(self._running[kind] >= most[kind] for kind in kinds):
            raise too_many()
        for kind in kinds:
            self._running[kind] += 1
        try:
            yield
        finally:
            for kind in kinds:
                self._running[kind] -= 1

    def spend(self, credits: int) -> None:
        """Raises ApiError when the last 24 hours leave too little."""
        most = self._org.knobs.credits
        if most is None:
            return
        now = self._org.exact_now()
        while self._spent and self._spent[0][0] <= now - DAY_SECONDS:
            self._total -= self._spent.popleft()[1]
        if self._total + credits > most:
            raise too_many()
        self._spent.append((now, credits))
        self._total += credits

    def headers(self) -> dict[str, str]:
        """What is left, once half of it is spent."""
        most = self._org.knobs.credits
        if most is None or self._total * 2 < most:
            return {}
        return {"X-API-CREDITS-REMAINING": str(most - self._total)}


def too_many() -> ApiError:
    return ApiError(THROTTLED["code"], THROTTLED["message"], status=429)
