"""Clocks that move when told to, chance that repeats, and ids made of both."""

import asyncio
from datetime import UTC, timedelta
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.clock import Clock, ManualClock, Random, SeededRandom, SystemClock, SystemRandom, uuid7

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("clock", [SystemClock(), ManualClock()])
async def test_a_clock_is_in_utc_and_never_goes_back(clock: Clock) -> None:
    start, ticks = clock.now(), clock.monotonic()
    await clock.sleep(0)
    assert start.tzinfo is UTC
    assert (clock.now() >= start, clock.monotonic() >= ticks) == (True, True)


async def test_a_manual_clock_sleeps_by_moving_and_lets_others_run() -> None:
    clock = ManualClock()
    start = clock.now()
    seen: list[str] = []

    async def other() -> None:
        seen.append("other")

    task = asyncio.create_task(other())
    await clock.sleep(3600)
    await task
    clock.move(-0.5)
    assert clock.now() - start == timedelta(seconds=3599.5)
    assert clock.monotonic() == 3599.5
    assert seen == ["other"]


@pytest.mark.parametrize("chance", [SystemRandom(), SeededRandom(3)])
def test_chance_has_its_bounds(chance: Random) -> None:
    assert all(0 <= chance.fraction() < 1 for _ in range(100))
    assert [len(chance.bytes(count)) for count in (0, 1, 32)] == [0, 1, 32]


def test_a_seed_repeats() -> None:
    first, second, other = SeededRandom(1), SeededRandom(1), SeededRandom(2)
    assert first.bytes(8) == second.bytes(8) != other.bytes(8)
    assert first.fraction() == second.fraction() != other.fraction()


@given(st.integers(0, 2**32), st.integers(0, 10**9))
def test_ids_are_version_7_and_tell_their_time(seed: int, seconds: int) -> None:
    clock = ManualClock()
    clock.move(seconds)
    made = uuid7(clock, SeededRandom(seed))
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == int(clock.now().timestamp() * 1000)


def test_later_ids_sort_later_and_none_is_made_twice() -> None:
    clock, chance = ManualClock(), SeededRandom()
    made = []
    for _ in range(1000):
        clock.move(0.001)
        made.append(uuid7(clock, chance))
    assert made == sorted(set(made))
    assert len({uuid7(clock, chance) for _ in range(1000)}) == 1000
