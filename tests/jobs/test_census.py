"""Who is dead: a worker whose heartbeat has not risen for a while, by the clock of whoever watches."""

from datetime import timedelta

import pytest

from jobs.census import Census
from kequn.clock import ManualClock
from kequn.store.database import Database

pytestmark = pytest.mark.anyio
SILENCE = 30.0


def census(database: Database, clock: ManualClock, name: str) -> Census:
    return Census(database, clock, name, silence=SILENCE)


async def together(clock: ManualClock, *some: Census) -> list[list[str]]:
    """Half a minute and a little in which these beat; what each says at the end."""
    found: list[list[str]] = []
    for _ in range(7):
        clock.move(SILENCE / 6)
        found = [await one.beat() for one in some]
    return found


async def test_a_worker_that_falls_silent_is_dead_for_the_others(database: Database) -> None:
    clock = ManualClock()
    alpha, beta, gamma = (census(database, clock, name) for name in ("alpha", "beta", "gamma"))
    assert [await one.beat() for one in (alpha, beta, gamma)] == [[], [], []]
    await alpha.beat()
    assert (alpha.leads, beta.leads, gamma.leads) == (True, False, False)
    assert await together(clock, beta, gamma) == [["alpha"], ["alpha"]]
    assert (beta.is_dead("alpha"), beta.is_dead("gamma"), beta.is_dead("beta")) == (True, False, False)
    assert (beta.leads, gamma.leads) == (True, False)
    await beta.bury("alpha")
    assert await together(clock, beta, gamma) == [[], []]
    assert beta.is_dead("alpha")


async def test_one_that_another_has_buried_is_dead(database: Database) -> None:
    """Or its runs would wait for their leases wherever its silence was not heard to the end."""
    clock = ManualClock()
    alpha, beta, gamma = (census(database, clock, name) for name in ("alpha", "beta", "gamma"))
    assert [await one.beat() for one in (alpha, beta)] == [[], []]
    clock.move(SILENCE / 6)
    await gamma.beat()
    clock.move(SILENCE / 6)
    await alpha.bury("beta")
    assert not gamma.is_dead("beta")
    await gamma.beat()
    assert (gamma.is_dead("beta"), gamma.is_dead("alpha"), gamma.is_dead("never seen")) == (True, False, False)


async def test_one_that_comes_back_lives(database: Database) -> None:
    clock = ManualClock()
    alpha, beta = census(database, clock, "alpha"), census(database, clock, "beta")
    await alpha.beat()
    await beta.beat()
    await together(clock, beta)
    await beta.bury("alpha")
    await alpha.beat()
    assert await beta.beat() == []
    assert not beta.is_dead("alpha")


async def test_a_clock_that_is_wrong_kills_nobody(database: Database) -> None:
    clock, wrong = ManualClock(), ManualClock(ManualClock().now() + timedelta(hours=5))
    alpha, beta = census(database, clock, "alpha"), census(database, wrong, "beta")
    for _ in range(20):
        assert (await alpha.beat(), await beta.beat()) == ([], [])
        clock.move(SILENCE / 6)
        wrong.move(SILENCE / 6)


async def test_who_slept_blames_nobody(database: Database) -> None:
    """The machine was suspended, with everybody on it."""
    clock = ManualClock()
    alpha, beta = census(database, clock, "alpha"), census(database, clock, "beta")
    await alpha.beat()
    await beta.beat()
    clock.move(3600)
    assert (await alpha.beat(), await beta.beat()) == ([], [])
