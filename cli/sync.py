"""`kequn sync`: plan, apply, run; standing.py and settling.py add the rest. Decides which connections are meant and how
an outcome is told; the work is the engine's."""

import asyncio
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import progress, settling, standing
from cli.installation import Installation, Json, Tenant, opened
from kequn.contracts.errors import CrmError
from kequn.store import connections
from kequn.store.runs import Busy, Fenced
from kequn.sync.engine import Outcome
from kequn.sync.lines import Line, WorldMoved
from kequn.sync.proposal import Proposal
from kequn.terminal import Failure, note, say, say_json

group = typer.Typer(help="Sync with the CRMs, and see how it stands.", no_args_is_help=True)
standing.add_to(group)
settling.add_to(group)

SHOWN = 20  # problems or lines that a person is shown; --json has them all

Name = Annotated[str | None, typer.Argument(help="The connection; may be left out when there is only one.")]
Full = Annotated[bool, typer.Option("--full", help="Walk every feed, also those that are not due yet.")]
Unsafe = Annotated[bool, typer.Option("--allow-unsafe", help="Go on where the brakes would stop the run.")]


@group.command()
def run(
    name: Name = None,
    all: Annotated[bool, typer.Option("--all", help="Every connection that is not paused.")] = False,
    full: Full = False,
    allow_unsafe: Unsafe = False,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """Pull what is new, then push what waits."""

    async def work() -> list[dict[str, Any]]:
        async with opened(tenant) as here:
            names = await _chosen(here, name, every=all)
            with progress.shown(here.clock, quiet=json) as reports:
                return [await run_one(here, one, reports(one), full=full, allow_unsafe=allow_unsafe) for one in names]

    ended = asyncio.run(work())
    if json:
        say_json({"runs": ended})
    elif not ended:
        say("there is nothing to sync: no connection, or all are paused")
    for one in [] if json else ended:
        tell(one)
    if any(one["state"] != "done" for one in ended):
        raise typer.Exit(1)


@group.command()
def plan(
    name: Name = None,
    out: Annotated[Path | None, typer.Option(help="Write the plan to a file that `kequn sync apply` takes.")] = None,
    full: Full = False,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """Show what a run would do. Writes nothing, here or in the CRM."""

    async def work() -> Proposal:
        async with opened(tenant) as here:
            (chosen,) = await _chosen(here, name, every=False)
            try:
                with progress.shown(here.clock, quiet=json) as reports:
                    async with here.switchboard.connect(here.scope, chosen) as remote:
                        return await here.engine.propose(remote, full=full, report=reports(chosen))
            except CrmError as error:
                raise Failure(f"{chosen}: {error.message}") from error

    proposal = asyncio.run(work())
    if out:
        _write(out, proposal.dump())
    if json:
        say_json(asdict(proposal) | {"counts": proposal.counts})
    else:
        _tell_plan(proposal, out)


@group.command()
def apply(
    file: Annotated[Path, typer.Argument(help="The plan, from `kequn sync plan --out FILE`.")],
    full: Full = False,
    allow_unsafe: Unsafe = False,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """Do exactly what a plan lists; when the world has moved meanwhile, do nothing and show the difference."""
    try:
        proposal = Proposal.parse(file.read_bytes())
    except ValueError as error:
        raise Failure(f"{file}: {error}") from error

    async def work() -> dict[str, Any]:
        async with opened(tenant) as here:
            with progress.shown(here.clock, quiet=json) as reports:
                return await _apply(here, proposal, reports(proposal.connection), full=full, unsafe=allow_unsafe)

    try:
        ended = asyncio.run(work())
    except WorldMoved as moved:
        _tell_moved(moved)
        raise Failure(f"the world has moved: {moved}") from moved
    if json:
        say_json(ended)
    else:
        tell(ended)
    if ended["state"] != "done":
        raise typer.Exit(1)


async def _chosen(here: Installation, name: str | None, *, every: bool) -> list[str]:
    async with here.database.reading() as session:
        present = {one.name: one.state for one in await connections.present(session, here.scope)}
        if name is not None:
            await connections.get(session, here.scope, name)  # says it when there is none
    if every:
        return [one for one, state in present.items() if state == "active"]
    if name is None:
        if len(present) != 1:
            known = f"there are {', '.join(present)}" if present else "there is none; `kequn connection add` makes one"
            raise Failure(f"say which connection ({known}), or --all")
        (name,) = present
    if present[name] == "paused":
        raise Failure(f"{name} is paused; `kequn connection resume {name}` lets it go on")
    return [name]


async def run_one(
    here: Installation, name: str, report: progress.Report, *, full: bool, allow_unsafe: bool
) -> dict[str, Any]:
    """How the run of one connection ended; a connection that fails does not stop the others."""
    began = here.clock.monotonic()
    try:
        async with here.switchboard.connect(here.scope, name) as remote:
            outcome = await here.engine.sync(remote, full=full, allow_unsafe=allow_unsafe, report=report)
    except (CrmError, Busy, Fenced) as error:
        return _failed(name, error)
    return _ended(name, outcome, here.clock.monotonic() - began)


async def _apply(
    here: Installation, proposal: Proposal, report: progress.Report, *, full: bool, unsafe: bool
) -> dict[str, Any]:
    began = here.clock.monotonic()
    (name,) = await _chosen(here, proposal.connection, every=False)
    try:
        async with here.switchboard.connect(here.scope, name) as remote:
            outcome = await here.engine.apply(remote, proposal, full=full, allow_unsafe=unsafe, report=report)
    except (CrmError, Busy, Fenced) as error:
        return _failed(name, error)
    return _ended(name, outcome, here.clock.monotonic() - began)


def _failed(name: str, error: CrmError | Busy | Fenced) -> dict[str, Any]:
    code = error.code if isinstance(error, CrmError) else type(error).__name__.upper()
    return {"connection": name, "state": "failed", "code": code, "message": f"{name}: {error}"}


def _ended(name: str, outcome: Outcome, seconds: float) -> dict[str, Any]:
    tally = outcome.tally
    return {
        "connection": name,
        "state": outcome.state,
        "code": outcome.code,
        "message": outcome.message,
        "seconds": round(seconds, 2),
        "pulled": tally.pulled,
        "pushed": tally.pushed,
        "conflicts": tally.conflicts,
        "decisions": tally.verbs,
        "problems": tally.problems,
    }


def tell(ended: dict[str, Any]) -> None:
    """One run, for people."""
    if "seconds" in ended:
        counts = " · ".join(f"{word} {ended[word]:,}" for word in ("pulled", "pushed", "conflicts"))
        say(f"{ended['connection']}: {ended['state']} in {ended['seconds']:.1f} s · {counts}")
    problems = ended.get("problems", [])
    for one in problems[:SHOWN]:
        where = " ".join(str(one[key]) for key in ("object", "id", "record", "field") if one.get(key))
        say(f"  {one['code']} {where}{': ' if where else ''}{one['message']}")
    if len(problems) > SHOWN:
        say(f"  and {len(problems) - SHOWN} more; --json lists them all")
    if ended.get("conflicts"):
        note("`kequn sync conflicts` lists what you must decide")
    if ended["state"] != "done":
        note(f"kequn: {ended['message']}")


def _tell_plan(proposal: Proposal, out: Path | None) -> None:
    for what, count in proposal.counts.items():
        verb, kind, side = what.split()
        say(f"would {verb} {count:,} {kind} {'here' if side == 'here' else f'in {proposal.connection}'}")
    if not proposal.lines:
        say(f"{proposal.connection}: nothing to do")
    elif out:
        note(f"{out} holds every change, with personal values; `kequn sync apply {out}` does exactly that")
    else:
        for line in proposal.lines[:SHOWN]:
            say(f"  {_told(line)}")
        note("--out FILE writes all of it to a file that `kequn sync apply` takes")


def _told(line: Line) -> str:
    moved = ", ".join(f"{name}: {old!r} -> {new!r}" for name, (old, new) in line.fields.items())
    raised = f" ({'; '.join(line.conflicts)})" if line.conflicts else ""
    return f"{line.side} {line.verb} {line.kind} {line.object} {line.id or line.row} {moved}{raised}".rstrip()


def _tell_moved(moved: WorldMoved) -> None:
    for sign, lines in (("-", moved.missing), ("+", moved.added)):
        for line in lines[:SHOWN]:
            note(f"{sign} {_told(line)}")
        if len(lines) > SHOWN:
            note(f"{sign} and {len(lines) - SHOWN} more")


def _write(path: Path, text: bytes) -> None:
    """For its owner alone: a plan holds personal values."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)
