"""Crashes: the process is gone at some request or transaction, as by kill -9. What it held in memory is lost; the
database and the CRMs keep what they have."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from kequn.store.database import Database
from kequn.testing.simulation.dice import Dice


class Crash(BaseException):
    """kequn ends here. No `except Exception` may save it."""


class Trip:
    """Crashes with `probability` at every point it is asked at, while `armed`."""

    def __init__(self, dice: Dice, probability: float) -> None:
        self._dice = dice
        self.probability = probability
        self.armed = False
        self.count = 0

    def point(self) -> None:
        """A point at which the process may be killed."""
        if self.armed and self._dice.falls(self.probability):
            self.count += 1
            raise Crash

    @contextmanager
    def watching(self, database: Database) -> Iterator[None]:
        """Every beginning and every commit of a transaction is a point."""
        engine = database.engine.sync_engine

        def struck(*_: Any) -> None:
            self.point()

        event.listen(engine, "begin", struck)
        event.listen(engine, "commit", struck)
        try:
            yield
        finally:
            event.remove(engine, "begin", struck)
            event.remove(engine, "commit", struck)
