"""Whose turn it is: tenants one after the other, whoever waits longest first, and no more than workers can begin."""

from datetime import timedelta
from uuid import UUID

import pytest

from jobs.due import AT_ONCE, Line, due
from kequn.clock import ManualClock, SeededRandom, uuid7
from kequn.store import runs
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.store.tables import Connection, Tenant

pytestmark = pytest.mark.anyio
SECONDS = 60.0


class Town:
    """Tenants with so many connections each, by their names."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = ManualClock()
        self._chance = SeededRandom(1)
        self.scopes: dict[str, Scope] = {}
        self.connections: dict[str, list[UUID]] = {}

    def id(self) -> UUID:
        return uuid7(self.clock, self._chance)

    async def settle(self, name: str, connections: int) -> None:
        """Their connections were never synced."""
        self.clock.move(1)
        scope, now = Scope(self.id()), self.clock.now()
        self.scopes[name], self.connections[name] = scope, [self.id() for _ in range(connections)]
        async with self.database.writing() as session:
            session.add(Tenant(id=scope.tenant, slug=name, name=name, created_at=now))
            await session.flush()
            for number, id in enumerate(self.connections[name]):
                session.add(
                    Connection(tenant_id=scope.tenant, id=id, name=f"crm-{number}", plugin="zoho", created_at=now)
                )

    async def begin(self, name: str, *, end: bool = False) -> None:
        """The next of its connections is being synced; or was, with `end`."""
        async with self.database.writing() as session:
            id = self.connections[name].pop(0)
            claim = await runs.claim(session, self.scopes[name], id, self.id(), "here:1", self.clock.now())
            if end:
                await runs.finish(session, claim, "done", self.clock.now(), {})

    async def line(self) -> Line:
        async with self.database.reading() as session:
            return await due(session, self.clock.now(), SECONDS)

    async def turns(self) -> str:
        """The initials of the tenants in line."""
        names = {scope.tenant: name for name, scope in self.scopes.items()}
        free = [one for one in (await self.line()).due if one.held is None]
        return "".join(names[one.scope.tenant] for one in free)


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)


async def test_each_tenant_has_its_turn_before_another_has_its_second(town: Town) -> None:
    await town.settle("h", 5)
    await town.settle("a", 1)
    await town.settle("b", 2)
    assert await town.turns() == "habhbhhh"


async def test_what_a_tenant_has_under_way_are_turns_that_it_had(town: Town) -> None:
    await town.settle("h", 5)
    await town.settle("a", 2)
    for _ in range(2):
        await town.begin("h")
    assert await town.turns() == "aahhh"
    assert (await town.line()).under_way == 2


async def test_whoever_was_synced_longest_ago_comes_first(town: Town) -> None:
    """Were it the same ones each time, the last of many would never have their turn where there is too much to do."""
    for name in "abc":
        await town.settle(name, 1)
    for name in "cab":
        await town.begin(name, end=True)
        town.clock.move(1)
    town.clock.move(SECONDS)
    assert await town.turns() == "cab"


async def test_no_more_are_handed_over_than_workers_begin_soon(town: Town) -> None:
    await town.settle("h", 5 * AT_ONCE)
    await town.settle("a", 1)
    for _ in range(AT_ONCE):
        await town.begin("h")
    line = await town.line()
    front = line.front(1, lambda _: False)
    assert len(front) == AT_ONCE  # as many as are under way, once more
    assert front[0].scope == town.scopes["a"]
    assert len(line.front(2, lambda _: False)) == 3 * AT_ONCE
    assert line.front(0, lambda _: False) == []


async def test_what_a_dead_worker_held_is_free(town: Town) -> None:
    await town.settle("a", 1)
    await town.begin("a")
    town.clock.move(timedelta(hours=1).total_seconds())
    line = await town.line()
    assert line.front(1, lambda _: False) == []
    assert [one.held is not None for one in line.front(1, lambda _: True)] == [True]
