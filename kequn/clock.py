"""Time and chance, as arguments. Nothing else in kequn reads the clock, draws a random number, makes a uuid or sleeps.
`tests/test_house.py` holds the rest of the code to that."""

import asyncio
import os
import random
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    """Time of this machine. Never compared with the clock of another machine."""

    def now(self) -> datetime:
        """The current time, aware and in UTC."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed on this clock."""


class Random(Protocol):
    """Chance: for ids, keys, tokens and jitter."""

    def bytes(self, count: int) -> bytes:
        """`count` random bytes."""

    def fraction(self) -> float:
        """A number from 0 (included) to 1 (excluded)."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SystemRandom:
    def bytes(self, count: int) -> bytes:
        return os.urandom(count)

    def fraction(self) -> float:
        return secrets.randbits(53) / (1 << 53)


class ManualClock:
    """A clock that moves when told to. `sleep` moves it and gives way to other tasks once."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)) -> None:
        self._start = self._now = start

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    def move(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.move(max(seconds, 0))
        await asyncio.sleep(0)


class SeededRandom:
    """The same seed draws the same numbers: for tests and simulations, never for keys of real data."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - chosen for repeatability

    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def fraction(self) -> float:
        return self._random.random()


def uuid7(clock: Clock, chance: Random) -> UUID:
    """A UUID version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, then random bits.

    Libraries read the clock and the system's randomness themselves, so a simulation could not repeat their ids."""
    milliseconds = int(clock.now().timestamp() * 1000)
    bits = int.from_bytes(chance.bytes(10), "big")
    high = (milliseconds << 16) | 0x7000 | (bits >> 68)
    low = (0b10 << 62) | (bits & ((1 << 62) - 1))
    return UUID(int=(high << 64) | low)
