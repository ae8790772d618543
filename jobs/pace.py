"""The time by which chores come: that of the clock, but it never goes back. Where a clock is set back it goes on from
where it was, and others learn how far it is, so that no slot of a chore comes twice and none is waited for. It says
when a chore comes; what is due inside one is told by the clock itself."""

from datetime import datetime, timedelta

from kequn.clock import Clock


class Pace:
    """Of one worker."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._zero = self._read()

    def now(self) -> datetime:
        self._zero = max(self._zero, self._read())
        return self._zero + timedelta(seconds=self._clock.monotonic())

    def learn(self, moment: datetime | None) -> None:
        """Chores have come as far as this, here before or elsewhere."""
        if moment is not None and moment > self.now():
            self._zero = moment - timedelta(seconds=self._clock.monotonic())

    def _read(self) -> datetime:
        """When the monotonic clock began, as far as it seems. (Read second, it makes this no later than it was.)"""
        now = self._clock.now()
        return now - timedelta(seconds=self._clock.monotonic())
