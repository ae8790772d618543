"""Runs that did nothing go after a while; what anything refers to stays, and what waits is found by an index."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Executable, insert, text

from jobs.due import question
from jobs.forgetting import AT_A_TIME, forget, forgetting, is_idle
from kequn.clock import ManualClock, uuid7
from kequn.store import bygone
from kequn.store.database import Database
from kequn.store.scope import Actor, Role, Scope
from kequn.store.tables import Change, Connection, Run
from tests.jobs.shop import Shop

pytestmark = pytest.mark.anyio
DAYS = 30
DEAR = ("SCAN run", "Seq Scan on run")
"""Words of both databases for reading all of the table."""
IDLE: dict[str, Any] = {"pulled": 3, "pushed": 0, "conflicts": 0, "agree": 3, "problems": [], "requests": 7, "spent": 7}


class Past:
    """Runs of a connection, minute after minute, forty days ago."""

    def __init__(self, shop: Shop, connection: UUID) -> None:
        self.shop, self.connection = shop, connection
        self.clock = ManualClock(shop.clock.now() - timedelta(days=DAYS + 10))

    def row(self, **given: Any) -> dict[str, Any]:
        self.clock.move(60)
        now, id = self.clock.now(), uuid7(self.clock, self.shop.random)
        usual = {"connection_id": self.connection, "state": "done", "starter": "schedule", "counts": IDLE, "code": None}
        times = {"generation": 1, "started_at": now, "finished_at": now}
        return {"tenant_id": self.shop.scope.tenant, "id": id, **usual, **times, **given}

    async def add(self, *rows: dict[str, Any]) -> list[UUID]:
        async with self.shop.database.writing() as session:
            await session.execute(insert(Run), list(rows))
        return [row["id"] for row in rows]

    async def change(self, run: UUID) -> None:
        mine = {"tenant_id": self.shop.scope.tenant, "id": uuid7(self.clock, self.shop.random)}
        what = {"kind": "customer", "row_id": UUID(int=1), "op": "update", "source": "sync", "actor": "", "values": b""}
        async with self.shop.database.writing() as session:
            await session.execute(insert(Change), [{**mine, **what, "run_id": run, "at": self.clock.now()}])


@pytest.fixture
async def past(shop: Shop) -> Past:
    return Past(shop, (await shop.add()).id)


async def ids(shop: Shop) -> set[UUID]:
    return {one.id for one in await shop.runs()}


async def explained(database: Database, query: Executable) -> str:
    """What the database says that it would do."""
    async with database.writing() as session:
        await session.execute(text("ANALYZE"))
    word = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
    said = query.compile(database.engine.sync_engine, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
    values = tuple(_plain(said)) if said.positional else _named(said)
    async with database.engine.connect() as connection:
        told = await connection.exec_driver_sql(f"{word} {said}", values)
        return "\n".join(str(tuple(row)) for row in told)


def _named(said: Any) -> dict[str, Any]:
    made = said._bind_processors
    return {name: made[name](value) if name in made else value for name, value in said.params.items()}


def _plain(said: Any) -> list[Any]:
    values = _named(said)
    return [values[name] for name in said.positiontup]


async def test_idle_runs_go_after_a_while_and_the_newest_stays(shop: Shop, past: Past) -> None:
    old = await past.add(*(past.row() for _ in range(3)), past.row(starter="api"), past.row(starter="api"))
    past.clock.move(11 * 86_400)
    young = await past.add(past.row(starter="command"), past.row(starter="command"))
    await forgetting(DAYS).work(shop.database, shop.ledger, Actor(shop.scope.tenant, Role.OPERATOR, "system"))
    assert await ids(shop) == {old[2], old[4], *young}


async def test_what_a_run_has_changed_keeps_it(shop: Shop, past: Past) -> None:
    changed, idle, _ = await past.add(*(past.row() for _ in range(3)))
    await past.change(changed)
    async with shop.database.writing() as session:
        await bygone.forget(session, shop.scope, [changed, idle])
    assert changed in await ids(shop)
    assert idle not in await ids(shop)


@pytest.mark.parametrize(
    "given",
    [
        {"state": "failed", "code": "RETRY_LATER"},
        {"code": "PARTLY"},
        {"state": "stopped"},
        {"state": "queued", "finished_at": None},
        {"state": "running", "finished_at": None},
        {"counts": IDLE | {"pushed": 1}},
        {"counts": IDLE | {"conflicts": 1}},
        {"counts": IDLE | {"problems": [{"code": "REJECTED"}]}},
    ],
    ids=lambda given: "_".join(map(str, given.values()))[:20],
)
async def test_a_run_with_anything_to_tell_stays(shop: Shop, past: Past, given: dict[str, Any]) -> None:
    told, _, last = await past.add(past.row(**given), past.row(), past.row())
    await forget(shop.database, shop.scope, shop.ledger, DAYS)
    assert await ids(shop) == {told, last}


async def test_the_newest_of_every_connection_stays(shop: Shop, past: Past) -> None:
    mine = await past.add(past.row(), past.row())
    plugin = shop.registry.crm("zoho")
    async with shop.database.writing() as session:
        other = Connection(
            tenant_id=shop.scope.tenant, id=UUID(int=7), name="b", plugin=plugin.name, created_at=past.clock.now()
        )
        session.add(other)
    theirs = await past.add(past.row(connection_id=UUID(int=7)))
    await forget(shop.database, shop.scope, shop.ledger, DAYS)
    assert await ids(shop) == {mine[1], *theirs}


async def test_other_tenants_are_not_touched(shop: Shop, past: Past) -> None:
    await past.add(past.row(), past.row())
    await forget(shop.database, Scope(UUID(int=9)), shop.ledger, DAYS)
    assert len(await ids(shop)) == 2


async def test_however_many_there_are(shop: Shop, past: Past) -> None:
    busy = IDLE | {"pushed": 1}
    rows = [past.row(counts=busy if number % 3 == 0 else IDLE) for number in range(2 * AT_A_TIME + 2)]
    await past.add(*rows)
    await forget(shop.database, shop.scope, shop.ledger, DAYS)
    assert await ids(shop) == {row["id"] for row in rows if row["counts"] is busy} | {rows[-1]["id"]}


async def test_what_waits_is_found_by_an_index(shop: Shop, past: Past) -> None:
    await past.add(*(past.row() for _ in range(5000)))
    [waits] = await past.add(past.row(state="queued", finished_at=None))
    told = await explained(shop.database, question(shop.clock.now()))
    assert told.count("ix_run_open") >= 2  # PostgreSQL finds what is under way by the index that keeps it unique
    assert not {word for word in DEAR if word in told}
    async with shop.database.reading() as session:
        assert (await session.execute(question(shop.clock.now()))).mappings().one()["asked"] == waits


async def test_what_may_go_is_found_by_indexes(shop: Shop, past: Past) -> None:
    runs = await past.add(*(past.row() for _ in range(5000)))
    told = await explained(shop.database, bygone.question(shop.scope, shop.clock.now(), runs[2000]).limit(AT_A_TIME))
    assert not {word for word in DEAR if word in told}


@pytest.mark.parametrize(
    ("counts", "want"),
    [({}, True), (IDLE, True), ({"leave": 2}, True), ({"update": 1}, False), ({"wait": 1}, False), ({"ask": 1}, False)],
)
def test_what_is_idle(counts: dict[str, Any], want: bool) -> None:
    assert is_idle(counts) is want
