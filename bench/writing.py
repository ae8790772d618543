"""`python -m bench.writing`: the write of a page into PostgreSQL alone, way by way, into a bare table of twenty columns
and into kequn's table of links, which has keys, indexes and references, in transactions as those of a load.
`kequn/store/upsert.py` takes what takes least of kequn, of the ways that can update what stands there."""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from psycopg import AsyncConnection
from sqlalchemy import ARRAY, BigInteger, Column, DateTime, MetaData, Table, Text, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncSession

from bench import postgresql
from bench.load.machine import taken
from bench.report import machine, put
from bench.site import Site, opened
from kequn.clock import ManualClock, SeededRandom
from kequn.store import connections, loads, tables
from kequn.store.upsert import insert_many, insert_or_update
from migrations import upgrade

Rows = Sequence[Mapping[str, Any]]
_Cost = list[float]
"""Seconds of the clock, of this process and of PostgreSQL."""
Way = Callable[[AsyncSession, Table, Rows], Awaitable[None]]
TYPES = {
    "UUID": "uuid",
    "BIGINT": "int8",
    "BYTEA": "bytea",
    "BOOLEAN": "bool",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}
TEXTS = 16
DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]
HEAD = """| a page into | rows of it | one statement for each row | a list for each column | one JSON text (what kequn does) | `COPY` and upsert | `COPY` alone |
| --- | --- | --- | --- | --- | --- | --- |"""  # fmt: skip # noqa: E501
_links: Table = tables.Link.__table__  # type: ignore[attr-defined]
_bare = Table(
    "bare", MetaData(), Column("id", Uuid, primary_key=True), Column("at", DateTime(timezone=True)),
    Column("version", BigInteger), *(Column(f"text_{number}", Text) for number in range(TEXTS + 1)),
)  # fmt: skip


async def _each(session: AsyncSession, table: Table, rows: Rows) -> None:
    await session.execute(_statement(session, table), rows)


async def _lists(session: AsyncSession, table: Table, rows: Rows) -> None:
    columns = [table.c[name] for name in rows[0]]
    lists = (bindparam(column.name, type_=ARRAY(column.type, dimensions=1)) for column in columns)
    given = func.unnest(*lists).table_valued(*columns).render_derived(name="given")
    statement = _statement(session, table).from_select(list(rows[0]), select(*(given.c[name] for name in rows[0])))
    await session.execute(statement, {name: [row[name] for row in rows] for name in rows[0]})


async def _json(session: AsyncSession, table: Table, rows: Rows) -> None:
    await insert_many(session, _statement(session, table), rows)


def _statement(session: AsyncSession, table: Table) -> Any:
    return insert_or_update(session, table, *_values(table, {column.name for column in table.c}))


def _values(table: Table, names: Any) -> list[str]:
    return [column.name for column in table.c if column.name in names and not column.primary_key]


async def _copied(session: AsyncSession, table: Table, rows: Rows) -> None:
    """Into a temporary table, and from there in one statement."""
    names, key = ", ".join(rows[0]), ", ".join(column.name for column in table.primary_key)
    driver = await _driver(session)
    await driver.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS new_{table.name} AS "  # noqa: S608 - our own tables
        f"SELECT {names} FROM {table.name} WITH NO DATA".encode()
    )
    await _copy(driver, f"new_{table.name}", table, rows)
    taken = ", ".join(f"{name} = excluded.{name}" for name in _values(table, rows[0]))
    await driver.execute(
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM new_{table.name} "  # noqa: S608 - our own tables
        f"ON CONFLICT ({key}) DO UPDATE SET {taken}".encode()
    )
    await driver.execute(f"DELETE FROM new_{table.name}".encode())  # noqa: S608 - our own tables


async def _only_copied(session: AsyncSession, table: Table, rows: Rows) -> None:
    await _copy(await _driver(session), table.name, table, rows)


async def _copy(driver: AsyncConnection[Any], name: str, table: Table, rows: Rows) -> None:
    kinds = [TYPES.get(table.c[column].type.compile(DIALECT), "text") for column in rows[0]]
    command = f"COPY {name} ({', '.join(rows[0])}) FROM STDIN (FORMAT BINARY)".encode()
    async with driver.cursor() as cursor, cursor.copy(command) as copy:
        copy.set_types(kinds)
        for row in rows:
            await copy.write_row(list(row.values()))


async def _driver(session: AsyncSession) -> AsyncConnection[Any]:
    raw = await (await session.connection()).get_raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, AsyncConnection)
    return driver


WAYS: Sequence[Way] = (_each, _lists, _json, _copied, _only_copied)


async def _measured(url: str, page: int, number: int, rounds: int) -> list[str]:
    await upgrade(url, ManualClock(), SeededRandom())
    async with opened("zoho", url, 1, 1) as site:
        async with site.database.writing() as session:
            await (await session.connection()).run_sync(_bare.metadata.create_all)
            connection = (await connections.present(session, site.scope))[0].id
        made: dict[Table, Callable[[int], Mapping[str, Any]]] = {
            _bare: lambda place: _bare_row(site, place),
            _links: lambda place: _link_row(site, connection, place),
        }
        return [await _row(site, table, make, page, number, rounds) for table, make in made.items()]


async def _row(site: Site, table: Table, make: Any, page: int, number: int, rounds: int) -> str:
    found: dict[Way, list[_Cost]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in WAYS:
            rows = [make(place) for place in range(number)]
            before = await _spent(site)
            for start in range(0, number, page):
                async with site.database.writing() as session:
                    await loads.hurry(session)
                    await way(session, table, rows[start : start + page])
            after = await _spent(site)
            found[way].append([(end - start) / number for start, end in zip(before, after, strict=True)])
    cells = [f"`{table.name}`", str(page), *(_told(found[way]) for way in WAYS)]
    print(" | ".join(cells), flush=True)
    return "| " + " | ".join(cells) + " |"


async def _spent(site: Site) -> _Cost:
    """Of the one connection in use."""
    async with site.database.reading() as session:
        backend = taken((await session.execute(select(func.pg_backend_pid()))).scalar_one())
    assert backend is not None
    return [time.perf_counter(), time.thread_time(), backend.seconds]


def _told(costs: Sequence[_Cost]) -> str:
    clock, ours, theirs = (median(cost[part] for cost in costs) for part in range(3))
    return f"{1 / clock:,.0f} ({ours * 1e6:.0f} + {theirs * 1e6:.0f})"


def _bare_row(site: Site, place: int) -> dict[str, Any]:
    texts = {f"text_{number}": f"text {number} of {place}" for number in range(TEXTS + 1)}
    return {"id": site.ledger.new_id(), "at": site.clock.now(), "version": place, **texts}


def _link_row(site: Site, connection: Any, place: int) -> dict[str, Any]:
    row = site.ledger.new_id()
    return {
        "tenant_id": site.scope.tenant, "connection_id": connection, "object": "Contacts", "external_id": row.hex,
        "kind": "customer", "row_id": row, "version": place, "base": bytes(300), "is_primary": True,
        "in_scope": True, "parted": False, "stale": False, "owner": None, "seen": None, "seen_at": site.clock.now(),
        "pushed_at": None,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.writing")
    parser.add_argument("--pages", type=int, nargs="+", default=[200, 2000], help="rows of a page")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    with postgresql.server() as server:
        lines = [
            line
            for page in chosen.pages
            for line in asyncio.run(_measured(server.fresh(), page, chosen.rows, chosen.rounds))
        ]
    if chosen.out:
        pages = " ".join(str(page) for page in chosen.pages)
        command = f"python -m bench.writing --pages {pages} --rows {chosen.rows} --rounds {chosen.rounds}"
        put(chosen.out, "writing", [command, machine(), "", HEAD, *lines])


if __name__ == "__main__":
    main()
