"""`kequn sync runs`: the runs of before, for whoever looks for the one to be taken back. Reads only; how a connection
stands now is standing.py."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

import typer
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from cli.installation import Installation, Json, Tenant, opened
from jobs.forgetting import is_idle
from kequn.contracts.identity import format_id
from kequn.store import connections, tables
from kequn.terminal import note, say, say_json

_runs: Table = tables.Run.__table__  # type: ignore[attr-defined]
PIECE = 500
SHOWN = ("id", "state", "starter", "worker", "started_at", "finished_at", "counts", "code", "message")


def add_to(group: typer.Typer) -> None:
    group.command()(runs)


def runs(
    name: Annotated[str | None, typer.Argument(help="Of one connection; of all if left out.")] = None,
    first: Annotated[int, typer.Option(min=1, help="So many at most.")] = 20,
    idle: Annotated[bool, typer.Option("--idle", help="Those too that had nothing to do.")] = False,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """List runs, the latest first; `kequn sync undo` takes one back."""

    async def work() -> list[dict[str, Any]]:
        async with opened(tenant) as here, here.database.reading() as session:
            found: list[dict[str, Any]] = []
            async for one in _latest(session, here, name):
                if idle or _tells(one):
                    found.append(one)
                if len(found) > first:
                    break
            return found

    found = asyncio.run(work())
    if json:
        say_json({"runs": found[:first], "more": len(found) > first})
        return
    if not found:
        say("there was no run" if idle else "there was no run that did anything")
    for one in found[:first]:
        _tell(one)
    if len(found) > first:
        note(f"there are more; --first {first * 10} lists more of them")


async def _latest(session: AsyncSession, here: Installation, name: str | None) -> AsyncIterator[dict[str, Any]]:
    """Ids sort by the time they were made."""
    query = select(_runs).where(_runs.c.tenant_id == here.scope.tenant).order_by(_runs.c.id.desc()).limit(PIECE)
    if name is not None:
        query = query.where(_runs.c.connection_id == (await connections.get(session, here.scope, name)).id)
    names = {one.id: one.name for one in await connections.everyone(session, here.scope)}
    last = None
    while True:
        asked = query if last is None else query.where(_runs.c.id < last)
        rows = (await session.execute(asked)).mappings().all()
        for row in rows:
            plain = {column: row[column] for column in SHOWN} | {"id": format_id("run", row["id"])}
            yield {"connection": names[row["connection_id"]], **plain}
        if len(rows) < PIECE:
            return
        last = rows[-1]["id"]


def _tells(run: Mapping[str, Any]) -> bool:
    """It did something, did not go well, or has not ended."""
    return run["state"] != "done" or bool(run["code"]) or not is_idle(run["counts"])


def _tell(run: Mapping[str, Any]) -> None:
    counts = {name: count for name, count in run["counts"].items() if isinstance(count, int) and count}
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    say(f"{run['id']}  {run['connection']}  {run['state']}  {run['started_at']:%Y-%m-%d %H:%M:%SZ}  {told}".rstrip())
    if run["message"]:
        say(f"  {run['code']}: {run['message']}")
