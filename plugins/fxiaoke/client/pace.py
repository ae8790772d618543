"""Pacing: at most so many calls of one interface in any 20 seconds (contract, section 8)."""

from collections import deque

from kequn.contracts.host import Clock

WINDOW = 20.0


class Pace:
    """Of this process. Workers share the budget of the connection besides."""

    def __init__(self, clock: Clock, calls: int) -> None:
        self._clock = clock
        self._calls = max(calls, 1)
        self._times: dict[str, deque[float]] = {}

    async def turn(self, path: str) -> None:
        """Wait until `path` may be called."""
        times = self._times.setdefault(path, deque())
        while wait := self._wait(times):
            await self._clock.sleep(wait)
        times.append(self._clock.monotonic())

    def _wait(self, times: deque[float]) -> float:
        now = self._clock.monotonic()
        while times and times[0] <= now - WINDOW:
            times.popleft()
        return 0.0 if len(times) < self._calls else times[0] + WINDOW - now
