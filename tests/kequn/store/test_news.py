"""News: what is new is told once, though transactions commit in another order than that of their ids; the bell rings
for whoever listens, and only after something was written."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import pytest
from anyio import wait_all_tasks_blocked
from hypothesis import given
from hypothesis import strategies as st

from kequn.clock import ManualClock, SeededRandom, uuid7
from kequn.contracts.records import Kind
from kequn.contracts.secrets import Keyring
from kequn.log import EventLog
from kequn.store.bell import PollingBell
from kequn.store.database import Database
from kequn.store.journal import Cause
from kequn.store.ledger import Edit, Ledger
from kequn.store.news import OVERLAP, Trail
from kequn.store.rows import Row
from kequn.store.scope import Scope
from kequn.store.vault import Vault

PAGE = 3


@dataclass(frozen=True)
class Entry:
    id: UUID


class Table:
    """Entries whose ids were made at one time and that were committed at another."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.chance = SeededRandom(3)
        self.waiting: list[Entry] = []
        self.committed: list[Entry] = []

    def make(self) -> None:
        self.waiting.append(Entry(uuid7(self.clock, self.chance)))

    def commit(self, place: int) -> None:
        if self.waiting:
            self.committed.append(self.waiting.pop(place % len(self.waiting)))

    async def read(self, beyond: UUID) -> list[Entry]:
        return sorted((one for one in self.committed if one.id > beyond), key=lambda one: one.id)[:PAGE]


STEPS = st.lists(st.sampled_from(["make", "make", "commit", "look", "tick"]) | st.integers(0, 5), max_size=60)


@given(STEPS)
def test_each_entry_is_told_once(steps: list[str | int]) -> None:
    told = asyncio.run(play(steps))
    assert told[0] == told[1]


async def play(steps: list[str | int]) -> tuple[list[UUID], list[UUID]]:
    """All that was committed, and all that was told. No transaction takes longer than the overlap."""
    table = Table()
    trail, told = Trail(table.clock), list[UUID]()
    assert await trail.follow(table.read) == []
    for step in [*steps, *range(60), "look"]:
        match step:
            case "make":
                table.make()
            case "look":
                told += [entry.id for entry in await trail.follow(table.read)]
            case "tick":
                table.clock.move(OVERLAP.total_seconds() / 100)
            case _:
                table.commit(step if isinstance(step, int) else 0)
    return sorted(entry.id for entry in table.committed), sorted(told)


@pytest.mark.anyio
async def test_what_is_there_already_is_not_new() -> None:
    table = Table()
    table.make()
    table.commit(0)
    trail = Trail(table.clock)
    assert [await trail.follow(table.read) for _ in range(2)] == [[], []]


async def write(database: Database, scope: Scope, ledger: Ledger) -> None:
    row = Row(Kind.TIER, ledger.new_id(), {"name": str(ledger.new_id())})
    async with database.writing() as session:
        await ledger.write(session, scope, [Edit(None, row, Cause("sync", "crm"))])


@pytest.mark.anyio
async def test_the_bell_rings_after_something_was_written(database: Database, scope: Scope) -> None:
    chance, clock = SeededRandom(2), ManualClock()
    bell, heard = PollingBell(database, clock, EventLog()), list[None]()

    async def listen() -> None:
        async for _ in bell.rings(scope):
            heard.append(None)

    async def rings() -> int:
        """How often it has rung after a look."""
        await bell.look()
        await wait_all_tasks_blocked()
        return len(heard)

    listening = asyncio.create_task(listen())
    await wait_all_tasks_blocked()
    assert len(heard) == 1  # at the beginning
    quiet = await rings()
    assert await rings() == quiet
    await write(database, scope, Ledger(Vault(Keyring([b"k" * 32], chance)), clock, chance))
    assert await rings() == quiet + 1
    assert await rings() == quiet + 1
    listening.cancel()
    await asyncio.wait({listening})
