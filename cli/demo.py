"""`kequn demo`: everything at once on one machine - emulated CRMs, the first sync, then the API and the worker. Decides
what a newcomer sees; the parts are those of the other commands."""

import asyncio
import fcntl
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import socket
from typing import Annotated, Any

import typer
from sqlalchemy import ColumnElement, Table, func, select

from cli import disputes, progress, stage, tour
from cli.installation import Installation, Json
from cli.serve import application, serve_app
from cli.stage import Crm
from cli.sync import run_one, tell
from kequn import log
from kequn.clock import SystemClock
from kequn.contracts.records import Kind
from kequn.serving import address, listen
from kequn.store import connections, rows, tables
from kequn.terminal import Failure, note, say, say_json

HOME = Path(".kequn/demo")

ROUNDS = 3

_conflicts: Table = tables.Conflict.__table__  # type: ignore[attr-defined]
_outbox: Table = tables.Outbox.__table__  # type: ignore[attr-defined]


def demo(
    once: Annotated[bool, typer.Option("--once", help="Sync twice, tell what happened, and end.")] = False,
    json: Json = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the API; 0: any that is free.")] = 8000,
    records: Annotated[int, typer.Option(min=1, help="Contacts in each CRM.")] = 1000,
) -> None:
    """Try kequn: emulated CRMs, a first sync, then GraphiQL. Nothing leaves this machine."""
    log.start("warning", sys.stderr)
    with ExitStack() as stack:
        listener = None if once else stack.enter_context(listen(port))
        folder = stack.enter_context(_passing() if once else _home())
        asyncio.run(_demonstrate(folder, records, listener, json=json))


async def _demonstrate(folder: Path, records: int, listener: socket | None, *, json: bool) -> None:
    clock, registry = SystemClock(), stage.built_in_alone()
    began = clock.monotonic()
    with stage.emulated(registry, records) as crms:
        seconds = clock.monotonic() - began
        async with stage.installed(folder, registry, crms) as here:
            report = await _sync_twice(here, crms, quiet=json)
            report["seconds"] = {"emulators": round(seconds, 2), **report["seconds"]}
            if json:
                say_json(report)
            if _failed(report):
                raise Failure("the demo did not go as it should; --once --json tells all of it")
            if listener:
                await _serve(here, crms, listener, tell=note if json else say)
            elif not json:
                say(f"the second run wrote {report['second_run_writes']} times; nothing failed")


async def _sync_twice(here: Installation, crms: list[Crm], *, quiet: bool) -> dict[str, Any]:
    """What `--once --json` tells. The first run goes round until every CRM knows what the others brought."""
    began, first = here.clock.monotonic(), []
    for _ in range(ROUNDS):
        first.append(await _round(here, crms, quiet=quiet))
        if not await _count(here, _outbox, _outbox.c.code.is_(None)):
            break
    first_seconds = here.clock.monotonic() - began
    for ended in [] if quiet else (ended for round in first for ended in round):
        tell(ended)
        if ended["code"]:
            note(f"kequn: {ended['message']}")
    began, writes = here.clock.monotonic(), sum(crm.writes for crm in crms)
    second = await _round(here, crms, quiet=True)
    return {
        "connections": [await _told(here, crm, list(runs)) for crm, *runs in zip(crms, *first, second, strict=True)],
        "rows": await _rows(here),
        "conflicts": await _count(here, _conflicts, _conflicts.c.state == "open"),
        "second_run_writes": sum(crm.writes for crm in crms) - writes,
        "seconds": {
            "first_run": round(first_seconds, 2),
            "second_run": round(here.clock.monotonic() - began, 2),
        },
    }


async def _round(here: Installation, crms: list[Crm], *, quiet: bool) -> list[dict[str, Any]]:
    with progress.shown(here.clock, quiet=quiet) as reports:
        return [await run_one(here, crm.name, reports(crm.name)) for crm in crms]


async def _told(here: Installation, crm: Crm, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """One connection after all runs. A run that did not go well is a problem. Conflicts: those that are open."""
    problems = [
        *(one for run in runs for one in run.get("problems", [])),
        *({"code": run["code"], "message": run["message"]} for run in runs if run["code"]),
    ]
    async with here.database.reading() as session:
        mine = _conflicts.c.connection_id == (await connections.get(session, here.scope, crm.name)).id
    return {
        "name": crm.name,
        "plugin": crm.name,
        **{name: sum(run.get(name, 0) for run in runs) for name in ("pulled", "pushed")},
        "conflicts": await _count(here, _conflicts, _conflicts.c.state == "open", mine),
        "problems": problems,
        "requests": crm.requests,
    }


def _failed(report: dict[str, Any]) -> bool:
    return bool(report["second_run_writes"] or any(one["problems"] for one in report["connections"]))


async def _rows(here: Installation) -> dict[str, int]:
    counts = {}
    async with here.database.reading() as session:
        for kind in Kind:
            table = rows.table(kind)
            live = select(func.count()).where(table.c.tenant_id == here.scope.tenant, table.c.deleted_at.is_(None))
            counts[kind.value] = (await session.execute(live)).scalar_one()
    return counts


async def _count(here: Installation, table: Table, *where: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table).where(table.c.tenant_id == here.scope.tenant, *where)
    async with here.database.reading() as session:
        return (await session.execute(query)).scalar_one()


async def _serve(here: Installation, crms: list[Crm], listener: socket, tell: Callable[[str], None]) -> None:
    examples = [await tour.open_pages(here, crm) for crm in crms]
    dispute = await disputes.find(here, crms)
    app = application(here)  # GraphQL takes a second to load: who is told where it is finds it there
    for line in tour.guide(address(listener), [one for one in examples if one], dispute):
        tell(line)
    await serve_app(listener, app, here.settings)


@contextmanager
def _passing() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="kequn-demo-") as name:
        yield Path(name)


@contextmanager
def _home() -> Iterator[Path]:
    """A folder that stays, so that its database can be looked at; emptied of the last demo, whose CRMs are no more."""
    HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(f"another demo is at work in {HOME}; stop it, or start this one elsewhere") from None
        for file in [HOME / stage.KEY, *HOME.glob(f"{stage.DATABASE}*")]:
            file.unlink(missing_ok=True)
        yield HOME
