"""Plays one history: lets people, operations staff and the sync go on under faults and crashes, waits until all is
quiet, and has it written down how everything stands."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.errors import RetryLater
from kequn.registry import Registry
from kequn.store import tenants
from kequn.store.tables import Outbox, metadata
from kequn.testing.simulation.direct import open_database
from kequn.testing.simulation.ending import write_down
from kequn.testing.simulation.history import History
from kequn.testing.simulation.office import Office
from kequn.testing.simulation.script import Script
from kequn.testing.simulation.stage import Stage

__all__ = ["Script", "blank", "play", "run", "settle"]
ROUNDS, QUIET_ROUNDS = 3, 2
RINGS, AGAIN = 0.3, 0.05
PAUSES = (0, 0, 1, 5, 90, 700)
REST = 900.0
SET_UP = 12
"""Writes that make a CRM ready: where objects have no field for the kequn id, one is made in each, and again once the
answer was lost."""
_outbox = Outbox.__table__  # type: ignore[attr-defined]


def blank(folder: Path) -> Path:
    """An empty database with its tenant, made once and copied for every history."""
    path = folder / "blank.db"
    if not path.exists():
        asyncio.run(_make_blank(path))
    return path


async def _make_blank(path: Path) -> None:
    database = open_database(f"sqlite+aiosqlite:///{path}")
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    async with database.writing() as session:
        await tenants.create(session, "default", clock=ManualClock(), chance=SeededRandom())
    await database.close()


def run(registry: Registry, seeds: Sequence[int], script: Script, folder: Path) -> list[History]:
    """Play some histories, one after the other, in files of `folder`."""
    blank(folder)

    async def all_of_them() -> list[History]:
        return [await play(registry, seed, script, folder) for seed in seeds]

    return asyncio.run(all_of_them())


async def play(registry: Registry, seed: int, script: Script, folder: Path) -> History:
    """Play the history of this seed. The same seed gives the same history."""
    history = History(seed, [], [])
    file = folder / f"{seed}.db"
    shutil.copyfile(folder / "blank.db", file)
    stage = Stage(script, registry, file, history)
    await stage.build()
    try:
        office = Office(stage)
        await _live(stage, office)
        await office.finish()
        await settle(stage)
        await write_down(stage)
    finally:
        await stage.close()
        for left in folder.glob(f"{seed}.*"):
            left.unlink()
    return history


async def _live(stage: Stage, office: Office) -> None:
    """The troubled part."""
    _trouble(stage, stage.script.faults)
    for _ in range(stage.script.steps):
        if stage.dice.falls(stage.script.changes):
            await office.act()
        if stage.dice.falls(0.7):
            await stage.people.act()
        if stage.dice.falls(RINGS):
            await stage.ring(stage.dice.one_of(list(stage.emulators)))
        if stage.dice.falls(AGAIN):
            await stage.bells.again()
        if stage.dice.falls(0.45):
            await _sync_one(stage)
        stage.clock.move(stage.dice.one_of(PAUSES))
    _trouble(stage, 0.0)


def _trouble(stage: Stage, faults: float) -> None:
    for emulator in stage.emulators.values():
        emulator.faults.probability = faults


async def _sync_one(stage: Stage) -> None:
    name = stage.dice.one_of(stage.awake)
    stage.trip.armed = True
    outcome = await stage.sync(name)
    stage.trip.armed = False
    stage.history.events.append(["sync", name, outcome.state if outcome else "crash"])


async def settle(stage: Stage) -> None:
    """Faults are over: after three rounds all must agree, and two more must write nothing."""
    await _sit_out(stage)
    for _ in range(ROUNDS):
        await _round(stage)
    history, before = stage.history, _writes(stage)
    for _ in range(QUIET_ROUNDS):
        await _round(stage)
    history.quiet_writes = _writes(stage) - before
    history.writes_made = before
    edits = len(history.writes) + len(history.deletes) + sum(event[0] == "create" for event in history.events)
    history.bound = 3 * edits * len(history.systems) + SET_UP * len(stage.emulators)


async def _sit_out(stage: Stage) -> None:
    """A CRM that has said when to come again is out of order until then: some say in a quarter of an hour."""
    query = select(func.max(_outbox.c.next_try_at)).where(_outbox.c.code == RetryLater.code)
    async with stage.database.reading() as session:
        until = (await session.execute(query)).scalar_one()
    if until:
        stage.clock.move(min(max((until - stage.clock.now()).total_seconds(), 0.0), REST))


async def _round(stage: Stage) -> None:
    await stage.bells.again()
    for name in stage.awake:
        stage.clock.move(200)
        await stage.ring(name)
        outcome = await stage.sync(name)
        state = outcome.state if outcome else "crash"
        stage.history.events.append(["round", name, state, *(outcome.tally.problems if outcome else ())])
        if outcome is None or outcome.state != "done":
            raise RuntimeError(f"{name}: {state} without faults: {outcome.message if outcome else ''}")


def _writes(stage: Stage) -> int:
    return sum(request.write for emulator in stage.emulators.values() for request in emulator.requests)
