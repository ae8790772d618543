"""What callers may spend: every operation pays for the rows that it may read before it reads any. Who counts, and how
much there is to spend, is decided by whoever serves the schema."""

from typing import Protocol


class TooFast(Exception):
    """The budget is spent; there is some again in so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.0f} s")
        self.seconds = seconds

    @property
    def wait(self) -> int:
        """Whole seconds, after which it is there."""
        return max(1, round(self.seconds + 0.5))


class Toll(Protocol):
    def pay(self, rows: int) -> None:
        """Raises TooFast, and then nothing was paid."""


class Free:
    """No toll at all."""

    def pay(self, rows: int) -> None:
        return None
