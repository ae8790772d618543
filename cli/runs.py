"""`kequn sync runs`: the runs of before, for whoever looks for the one to be taken back. Reads only; how a connection
stands now is standing.py."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from cli.installation import Json, Tenant, opened
from jobs.forgetting import is_idle
from kequn.contracts.identity import format_id
from kequn.store import bygone, connections
from kequn.store.bygone import Run
from kequn.terminal import note, say, say_json


def add_to(group: typer.Typer) -> None:
    group.command()(runs)


def runs(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Of one connection; of all if left out.")] = None,
    first: Annotated[int, typer.Option(min=1, help="So many at most.")] = 20,
    idle: Annotated[bool, typer.Option("--idle", help="Those too that had nothing to do.")] = False,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """List runs, the latest first; `kequn sync undo` takes one back."""

    async def work() -> list[dict[str, Any]]:
        async with opened(tenant) as here, here.database.reading() as session:
            whose = None if name is None else (await connections.get(session, here.scope, name)).id
            names = {one.id: one.name for one in await connections.everyone(session, here.scope)}
            found: list[dict[str, Any]] = []
            async for one in bygone.latest(session, here.scope, whose):
                if idle or _tells(one):
                    found.append({"connection": names[one.connection_id], **plain(one)})
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


def _tells(run: Run) -> bool:
    """It did something, did not go well, or has not ended."""
    return run.state != "done" or bool(run.code) or not is_idle(run.counts)


def plain(run: Run) -> dict[str, Any]:
    """For machines. Of which connection it is, they are told by its name."""
    shown = asdict(run) | {"id": format_id("run", run.id)}
    del shown["connection_id"]
    return shown


def _tell(run: Mapping[str, Any]) -> None:
    counts = {name: count for name, count in run["counts"].items() if isinstance(count, int) and count}
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    say(f"{run['id']}  {run['connection']}  {run['state']}  {run['started_at']:%Y-%m-%d %H:%M:%SZ}  {told}".rstrip())
    if run["message"]:
        say(f"  {run['code']}: {run['message']}")
