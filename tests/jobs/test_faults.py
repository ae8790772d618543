"""What a worker does while something around it is broken for a while: the others go on, it is said plainly, it mends
itself, and nothing is lost (the simulation's judge)."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from cli import built_in
from kequn.registry import Registry
from kequn.testing.simulation.people import People
from tests.flows.scenarios import acts
from tests.flows.scene import Files
from tests.jobs.shift import INTERVAL, Shift

pytestmark = pytest.mark.anyio
ENDLESS = 1 << 30


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load(built_in(), entry_points=False)


@pytest.fixture
async def shift(
    request: pytest.FixtureRequest, registry: Registry, sqlite_template: Path, tmp_path: Path
) -> AsyncIterator[Shift]:
    systems = 3 if request.node.get_closest_marker("soak") else 2
    shift = await Shift.begin(registry, Files(sqlite_template, tmp_path), systems)
    yield shift
    await shift.scene.end()


@pytest.mark.soak
async def test_a_crm_that_is_away_for_half_an_hour_keeps_nobody_waiting(shift: Shift) -> None:
    broken, *others = shift.names
    before = {name: len(await shift.runs(name)) for name in shift.names}
    asked = len(shift.scene.emulators[broken].requests)
    shift.ail(broken, "refused")
    await shift.go(minutes=30, people=20)
    failed = (await shift.runs(broken))[before[broken] :]
    assert {run.code for run in failed} <= {"RETRY_LATER", "PARTLY"}  # all of it, or feed by feed
    assert all(str(run.message).startswith(f"{broken}: ") for run in failed)
    assert len(shift.scene.emulators[broken].requests) - asked < 200  # it is left alone for longer and longer
    for name in others:
        ran = (await shift.runs(name))[before[name] :]
        assert {(run.state, run.code) for run in ran} == {("done", None)}
        assert len(ran) >= 25  # one a minute, about: who waits for an answer moves the clock of all here
    shift.heal(broken)
    await shift.go(minutes=7)  # the longest rest
    assert (await shift.runs(broken))[-1].state == "done"
    assert await shift.judged() == ()


async def test_a_storm_of_429_is_weathered_with_few_requests(shift: Shift) -> None:
    broken, *others = shift.names
    before = {name: len(await shift.runs(name)) for name in shift.names}
    asked, numbers = len(shift.scene.emulators[broken].requests), count()
    shift.ail(broken, "throttled_retry_after", lambda: next(numbers) % 5 != 4)
    await shift.go(minutes=10, people=10)
    assert len(shift.scene.emulators[broken].requests) - asked < 200
    for name in others:
        assert {run.state for run in (await shift.runs(name))[before[name] :]} == {"done"}
    shift.heal(broken)
    await shift.go(minutes=7)
    assert (await shift.runs(broken))[-1].state == "done"
    assert await shift.judged() == ()


@contextmanager
def pragma(shift: Shift, name: str, value: int, usual: int) -> Iterator[None]:
    """kequn's own connections to its file work under this limit."""
    holds = [value]

    def limit(connection: Any, *_: Any) -> None:
        connection.cursor().execute(f"PRAGMA {name}={holds[0]}")

    event.listen(shift.scene.database.engine.sync_engine, "checkout", limit)
    yield
    holds[0] = usual


def file_of(shift: Shift) -> str:
    return shift.scene.url.partition(":///")[2]


async def test_a_full_disk_is_named_and_what_did_not_fit_comes_later(shift: Shift) -> None:
    with closing(sqlite3.connect(file_of(shift))) as look:
        [pages] = look.execute("PRAGMA page_count").fetchone()
    await acts(People.create, 20, 0)(shift.scene)
    with pragma(shift, "max_page_count", pages, usual=ENDLESS):
        await shift.go(minutes=3)
    assert "DISK_FULL" in {facts.get("type") for _, facts in shift.said.lines}
    await shift.go(minutes=7)
    assert {(await shift.runs(name))[-1].state for name in shift.names} == {"done"}
    assert await shift.judged() == ()


async def test_a_database_that_another_program_locks_is_named_and_waited_for(shift: Shift) -> None:
    await acts(People.create, 3, 0)(shift.scene)
    with (
        closing(sqlite3.connect(file_of(shift), isolation_level=None)) as other,
        pragma(shift, "busy_timeout", 1, usual=30_000),
    ):

        async def lock(method: str, path: str) -> None:
            """In the middle of a run."""
            if not other.in_transaction:
                other.execute("BEGIN IMMEDIATE")

        shift.scene.emulators[shift.names[0]].faults.before(lock)
        await shift.go(minutes=3)
        shift.heal(shift.names[0])
    assert "DATABASE_LOCKED" in {facts.get("type") for _, facts in shift.said.lines}
    await shift.go(minutes=7, people=4)
    assert {(await shift.runs(name))[-1].state for name in shift.names} == {"done"}
    assert await shift.judged() == ()


async def test_a_clock_that_is_set_back_an_hour_stops_nothing(shift: Shift) -> None:
    before = {name: len(await shift.runs(name)) for name in shift.names}
    await shift.go(minutes=3, people=6)
    shift.clock.wrong = timedelta(hours=-1)
    await shift.go(minutes=10, people=10)
    for name in shift.names:
        ran = (await shift.runs(name))[before[name] :]
        assert {run.state for run in ran} == {"done"}
        assert 10 <= len(ran) <= 2 * 13 * 60 / INTERVAL  # neither an hour of silence, nor a run at every look
    assert await shift.judged() == ()
