"""`kequn sync status`: how each connection stands - the last run, how old what we know is, and everything that waits,
with its cause, count and next try. Reads only."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cli.installation import Installation, Json, Tenant, opened
from cli.runs import plain
from kequn.store import bygone, connections, tables, trouble
from kequn.store.scope import Scope
from kequn.store.tables import Connection
from kequn.terminal import clear, note, say, say_json

_outbox: Table = tables.Outbox.__table__  # type: ignore[attr-defined]
_hints: Table = tables.Hint.__table__  # type: ignore[attr-defined]
_links: Table = tables.Link.__table__  # type: ignore[attr-defined]
_conflicts: Table = tables.Conflict.__table__  # type: ignore[attr-defined]

Standing = dict[str, Any]
SHOWN = 10  # problems of the last run, and causes of what waits


def add_to(group: typer.Typer) -> None:
    group.command()(status)


def status(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One connection; all if left out.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show it again and again, until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="With --watch: seconds in between.")] = 2.0,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """Show how each connection stands. That is: the last run, and what waits, with cause, count and next try."""

    async def work() -> None:
        async with opened(tenant) as here:
            _show(await _look(here, name), here.clock.now(), json=json)
            while watch:
                await here.clock.sleep(every)
                if (found := await _look_again(here, name)) is None:
                    continue
                if sys.stdout.isatty():
                    clear()
                _show(found, here.clock.now(), json=json)

    asyncio.run(work())


async def _look(here: Installation, name: str | None) -> list[Standing]:
    async with here.database.reading() as session:
        if name is None:
            chosen = list(await connections.present(session, here.scope))
        else:
            chosen = [await connections.get(session, here.scope, name)]
        return [await _standing(session, here.scope, one, here.clock.now()) for one in chosen]


async def _look_again(here: Installation, name: str | None) -> list[Standing] | None:
    """None while the database does not answer, and a word about it."""
    try:
        return await _look(here, name)
    except Exception as error:
        if (ailing := trouble.word(error)) is None:
            raise
        note(f"the database does not answer ({ailing}); it is asked again")
        return None


def _show(found: Sequence[Standing], now: datetime, *, json: bool) -> None:
    if json:
        say_json({"connections": found})
    elif not found:
        say("there is no connection; `kequn connection add` makes one")
    for one in [] if json else found:
        _tell(one, now)


async def _standing(session: AsyncSession, scope: Scope, connection: Connection, now: datetime) -> Standing:
    last = await bygone.last(session, scope, connection.id)
    done = await bygone.last(session, scope, connection.id, well=True)
    agreed = done.started_at if done else None
    return {
        "name": connection.name,
        "plugin": connection.plugin,
        "state": connection.state,
        "last_run": last and plain(last),
        "lag_seconds": round((now - agreed).total_seconds(), 1) if agreed else None,
        "outbox": await _waiting(session, scope, connection, _outbox),
        "hints": await _waiting(session, scope, connection, _hints),
        "conflicts": await _open_conflicts(session, scope, connection),
        "out_of_scope": await _resting(session, scope, connection),
    }


async def _waiting(session: AsyncSession, scope: Scope, connection: Connection, table: Table) -> list[Standing]:
    """What waits in a table, put together by kind and cause."""
    by = (table.c.kind, table.c.code, table.c.cause, table.c.field)
    query = (
        select(*by, func.count().label("count"), func.min(table.c.next_try_at).label("next_try_at"))
        .where(table.c.tenant_id == scope.tenant, table.c.connection_id == connection.id)
        .group_by(*by)
        .order_by(func.count().desc(), *by)
    )
    return [dict(row) for row in (await session.execute(query)).mappings()]


async def _open_conflicts(session: AsyncSession, scope: Scope, connection: Connection) -> int:
    mine = (_conflicts.c.tenant_id == scope.tenant, _conflicts.c.connection_id == connection.id)
    query = select(func.count()).select_from(_conflicts).where(*mine, _conflicts.c.state == "open")
    return (await session.execute(query)).scalar_one()


async def _resting(session: AsyncSession, scope: Scope, connection: Connection) -> dict[str, int]:
    """How many records, by kind, are linked and out of scope."""
    mine = (_links.c.tenant_id == scope.tenant, _links.c.connection_id == connection.id, ~_links.c.in_scope)
    query = select(_links.c.kind, func.count()).where(*mine).group_by(_links.c.kind).order_by(_links.c.kind)
    return {row[0]: row[1] for row in await session.execute(query)}


def _tell(one: Standing, now: datetime) -> None:
    lag = "never synced" if one["lag_seconds"] is None else f"as of {_ago(one['lag_seconds'])} ago"
    say(f"{one['name']} ({one['plugin']}, {one['state']}): {lag}")
    if one["last_run"]:
        _tell_run(one["last_run"])
    _tell_waiting("to be pushed", one["outbox"], now)
    _tell_waiting("to be looked at", one["hints"], now)
    for kind, count in one["out_of_scope"].items():
        say(f"  {count:,} {kind} out of scope: nothing is taken from them, nothing written to them")
    if one["conflicts"]:
        say(f"  {one['conflicts']} conflicts to decide; `kequn sync conflicts {one['name']}` lists them")


def _tell_run(run: Mapping[str, Any]) -> None:
    counts = {name: count for name, count in run["counts"].items() if isinstance(count, int)}
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)
    say(
        f"  last run: {run['state']}, {run['started_at']:%Y-%m-%d %H:%M:%SZ}{f', {told}' if told else ''} ({run['id']})"
    )
    if run["message"]:
        say(f"    {run['code']}: {run['message']}")
    problems = run["counts"].get("problems", [])
    for problem in problems[:SHOWN]:
        say(f"    {problem['code']}: {problem['message']}")
    if len(problems) > SHOWN:
        say(f"    and {len(problems) - SHOWN} more; --json lists them")


def _tell_waiting(what: str, waiting: Sequence[Standing], now: datetime) -> None:
    for one in waiting[:SHOWN]:
        due = (one["next_try_at"] - now).total_seconds()
        when = "next run" if due <= 0 else f"next try in {_ago(due)}"
        cause = ": ".join(part for part in (one["code"], one["field"], one["cause"]) if part)
        say(f"  {one['count']:,} {one['kind']} {what}, {when}{f' ({cause})' if cause else ''}")
    if len(waiting) > SHOWN:
        rest = sum(one["count"] for one in waiting[SHOWN:])
        say(f"  {rest:,} more {what}, for {len(waiting) - SHOWN} other causes; --json lists them")


def _ago(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
