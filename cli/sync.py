"""`kequn sync run`, and what every command that runs shares: which connections are meant, how an outcome is told. The
work is the engine's; planning.py, standing.py, settling.py and undoing.py add the other commands of the group."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import typer

from cli import progress
from cli.installation import Installation, Json, Tenant, opened
from jobs.rates import keep_rates
from kequn.contracts.errors import CrmError
from kequn.contracts.identity import format_id
from kequn.log import EventLog
from kequn.store import connections
from kequn.store.runs import Busy, Fenced
from kequn.sync.engine import Outcome
from kequn.sync.remote import Remote
from kequn.terminal import Failure, advice, note, say, say_json

group = typer.Typer(help="Sync with the CRMs, and see how it stands.", no_args_is_help=True)

T = TypeVar("T")
SHOWN = 20  # problems that a person is shown; --json has them all

Name = Annotated[
    str | None, typer.Argument(metavar="NAME", help="The connection; may be left out when there is only one.")
]
Full = Annotated[bool, typer.Option("--full", help="Walk every feed, also those that are not due yet.")]
Deletes = Annotated[bool, typer.Option("--allow-deletes", help="Go on where the brakes on deletes would stop it.")]
Unsafe = Annotated[bool, typer.Option("--allow-unsafe", help="Go on where any brake would stop it.")]
Every = Annotated[bool, typer.Option("--all", help="Every connection that is not paused.")]


@group.command()
def run(
    name: Name = None,
    all: Every = False,
    full: Full = False,
    allow_deletes: Deletes = False,
    allow_unsafe: Unsafe = False,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """Pull what is new, then push what waits."""

    how = How(full, allow_deletes, allow_unsafe)

    async def work() -> tuple[list[dict[str, Any]], list[Exception]]:
        async with opened(tenant) as here:
            names = await chosen(here, name, every=all)
            with progress.shown(here.clock, quiet=json) as reports:
                return await each(names, lambda one: run_one(here, one, reports(one), how), _failed)

    ended, broken = asyncio.run(work())
    if json:
        say_json({"runs": ended})
    elif not ended:
        say("there is nothing to sync: no connection, or all are paused")
    for one in [] if json else ended:
        tell(one)
    require_well(ended, broken)


async def each(
    names: Sequence[str], work: Callable[[str], Awaitable[T]], failed: Callable[[str, Exception], T]
) -> tuple[list[T], list[Exception]]:
    """What came of this work on each connection, and what nobody foresaw of it: that does not stop the others."""
    done, broken = [], []
    for name in names:
        try:
            done.append(await work(name))
        except Exception as error:
            broken.append(error)
            done.append(failed(name, error))
    return done, broken


async def chosen(here: Installation, name: str | None, *, every: bool, only_look: bool = False) -> list[str]:
    """`only_look`: at one that is paused, too, if it is named."""
    if every and name is not None:
        raise Failure(f"either {name} or --all")
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
    if present[name] == "paused" and not only_look:
        raise Failure(f"{name} is paused; `kequn connection resume {name}` lets it go on")
    return [name]


@dataclass(frozen=True)
class How:
    """How a run is made; see the options."""

    full: bool = False
    allow_deletes: bool = False
    allow_unsafe: bool = False


async def run_one(here: Installation, name: str, report: progress.Report, how: How = How()) -> dict[str, Any]:
    """How the run of one connection ended; a connection that fails does not stop the others."""

    async def work(remote: Remote) -> Outcome:
        outcome = await here.engine.sync(
            remote, full=how.full, allow_deletes=how.allow_deletes, allow_unsafe=how.allow_unsafe, report=report
        )
        if outcome.state == "done":
            await keep_rates(here.database, here.ledger, remote, EventLog())
        return outcome

    return await ended_by(here, name, work)


async def ended_by(here: Installation, name: str, work: Callable[[Remote], Awaitable[Outcome]]) -> dict[str, Any]:
    """What came of this work on a connection, for people and machines."""
    began = here.clock.monotonic()
    try:
        async with here.switchboard.connect(here.scope, name) as remote:
            outcome = await work(remote)
    except (CrmError, Busy, Fenced) as error:
        return _failed(name, error)
    return _ended(name, outcome, here.clock.monotonic() - began)


def require_well(ended: Sequence[dict[str, Any]], broken: Sequence[Exception] = ()) -> None:
    """Raises Failure when a run failed or was stopped, or left a feed or a kind out. `broken`: what --debug shows."""
    if why := [one["message"] for one in ended if one["code"]]:
        told = f"{len(why)} of {len(ended)} connections did not go well: " if len(ended) > 1 else ""
        raise Failure(told + "; ".join(why)) from (ExceptionGroup("unforeseen", broken) if broken else None)


def _failed(name: str, error: Exception) -> dict[str, Any]:
    return {"connection": name, "state": "failed", "code": code_of(error), "message": told_of(name, error)}


def code_of(error: Exception) -> str:
    if isinstance(error, CrmError):
        return error.code
    return type(error).__name__.upper() if isinstance(error, Busy | Fenced) else "INTERNAL"


def told_of(name: str, error: Exception) -> str:
    """In a line that names the connection."""
    return f"{name}: {advice(error).removeprefix(f'{name}: ')}"


def _ended(name: str, outcome: Outcome, seconds: float) -> dict[str, Any]:
    tally = outcome.tally
    return {
        "connection": name,
        "run": format_id("run", outcome.run) if outcome.run else None,
        "state": outcome.state,
        "code": outcome.code,
        "message": outcome.message,
        "seconds": round(seconds, 2),
        "pulled": tally.pulled,
        "pushed": tally.pushed,
        "conflicts": tally.conflicts,
        "requests": outcome.requests,
        "planned": tally.planned or None,
        "decisions": tally.verbs,
        "problems": tally.problems,
    }


def tell(ended: dict[str, Any]) -> None:
    """One run, for people; that it did not go well is told at the end (`require_well`)."""
    if "seconds" in ended:
        counts = " · ".join(f"{word} {ended[word]:,}" for word in ("pulled", "pushed", "conflicts"))
        took = f"requests {ended['requests']:,}" + (f" of {ended['planned']:,} planned" if ended["planned"] else "")
        say(f"{ended['connection']}: {ended['state']} in {ended['seconds']:.1f} s · {counts} · {took}")
    problems = ended.get("problems", [])
    for one in problems[:SHOWN]:
        where = " ".join(str(one[key]) for key in ("object", "id", "record", "field") if one.get(key))
        say(f"  {one['code']} {where}{': ' if where else ''}{one['message']}")
    if len(problems) > SHOWN:
        say(f"  and {len(problems) - SHOWN} more; --json lists them all")
    if ended.get("conflicts"):
        note("`kequn sync conflicts` lists what you must decide")
