"""Runs of before, as they are looked at."""

from dataclasses import replace
from uuid import UUID

import pytest

from kequn.clock import ManualClock, SeededRandom, uuid7
from kequn.store import bygone, runs
from kequn.store.database import Database
from kequn.store.scope import Scope

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("piece", [1, 2, 3, 500])
async def test_the_latest_come_first_and_whole_however_they_are_read(
    database: Database, scope: Scope, connection: UUID, piece: int
) -> None:
    clock, chance = ManualClock(), SeededRandom(5)
    made = []
    async with database.writing() as session:
        for _ in range(4):
            clock.move(1)
            made.append(uuid7(clock, chance))
            await runs.enqueue(session, scope, connection, made[-1], "command", clock.now())
    async with database.reading() as session:
        found = [one async for one in bygone.latest(session, scope, piece=piece)]
        assert [one.id for one in found] == made[::-1]
        assert await bygone.last(session, scope, connection) == found[0]
        assert await bygone.last(session, scope, connection, well=True) is None
        assert await bygone.state_of(session, scope, made[0]) == "queued"
        nobody = replace(scope, tenant=UUID(int=1))
        assert await bygone.state_of(session, nobody, made[0]) is None
        assert [one async for one in bygone.latest(session, nobody)] == []
        assert [one async for one in bygone.latest(session, scope, UUID(int=1))] == []
