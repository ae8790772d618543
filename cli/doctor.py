"""`kequn doctor`: what is wrong with this installation, and what to do about it. Each check is made whatever the others
found, as far as it can be. Changes nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from functools import partial

import typer

import migrations
from cli import built_in, clocks, seals, workers
from cli.clocks import Dates
from cli.connection import examine
from cli.installation import Installation, Json, Tenant, opened, revision_of
from kequn.clock import Clock, SystemRandom
from kequn.registry import Registry
from kequn.settings import BadEnvironment, Settings
from kequn.store import connections
from kequn.store.budgets import RESERVED, SharedBudget
from kequn.terminal import Failure, advice, say, say_json

LONG = 3600.0  # seconds: a limit that is spent for longer than a coffee


@dataclass(frozen=True)
class Finding:
    """`what` was looked at; `wrong`: what is the matter and what to do, None when it is well."""

    what: str
    wrong: str | None = None


def doctor(tenant: Tenant = None, json: Json = False) -> None:
    """Look for what is wrong here, and say what to do."""
    found = asyncio.run(findings(tenant))
    if json:
        say_json([asdict(one) | {"ok": one.wrong is None} for one in found])
    for one in [] if json else found:
        say(f"{'ok   ' if one.wrong is None else 'WRONG'} {one.what}{f': {one.wrong}' if one.wrong else ''}")
    if any(one.wrong for one in found):
        raise typer.Exit(1)


async def findings(tenant: str | None, clock: Clock | None = None) -> list[Finding]:
    try:
        settings = Settings.read()
    except BadEnvironment as error:
        return [Finding("configuration", str(error))]
    found = [Finding("configuration"), _key(settings), *_plugins(), await _database(settings)]
    if not any(one.wrong for one in found if one.what in {"secret key", "database"}):
        try:
            async with opened(tenant, clock=clock) as here:
                found += [one async for one in _inside(here)]
        except Failure as error:
            found.append(Finding("tenant", str(error)))
    return found


def _key(settings: Settings) -> Finding:
    try:
        settings.keyring(SystemRandom())
    except BadEnvironment as error:
        return Finding("secret key", str(error))
    return Finding("secret key")


def _plugins() -> Iterator[Finding]:
    registry = Registry.load(built_in())
    yield from (Finding(f"plugin {name}") for name in registry.crms)
    yield from (Finding(f"plugin {one.plugin}", one.message) for one in registry.problems)


async def _database(settings: Settings) -> Finding:
    try:
        revision = await revision_of(settings.database_url)
    except Failure as error:
        return Finding("database", str(error))
    if told := migrations.newer(revision):
        return Finding("database", told)
    if revision != migrations.head():
        what = "there is none yet" if revision is None else f"it is at {revision}, this kequn at {migrations.head()}"
        return Finding("database", f"{what}; run `kequn db upgrade`")
    return Finding("database")


async def _inside(here: Installation) -> AsyncIterator[Finding]:
    """What can only be seen with the database open."""
    async with here.database.reading() as session:
        present = list(await connections.present(session, here.scope))
    dates = Dates(here.clock)
    found = [await _connection(here, one.name, dates) for one in present if one.state == "active"]
    yield Finding("seals", await seals.wrong(here.database, here.keyring))
    yield Finding("clock", await clocks.wrong(here, dates))
    yield Finding("workers", await workers.missing(here))
    for one in found:
        yield one


async def _quota(here: Installation, name: str) -> str | None:
    """What is left for bulk work of a connection's limits."""
    async with here.switchboard.line(here.scope, name) as line:
        limits = line.plugin.limits(line.settings)
        left = await SharedBudget(here.database, here.scope, line.connection.id, limits, clock=here.clock).left()
    spent = [one for one in limits if left[one.name] <= one.units * RESERVED and one.seconds >= LONG]
    told = ", ".join(f"{left[one.name]} of {one.units} units of its limit {one.name}" for one in spent)
    return f"only {told} are left; pulling waits, edits still go out" if told else None


async def _connection(here: Installation, name: str, dates: Dates) -> Finding:
    what = f"connection {name}"
    try:
        problems = await examine(here, name, heard=partial(dates.hear, name))
        scarce = await _quota(here, name)
    except Exception as error:  # whatever it is, the other connections are looked at too
        return Finding(what, advice(error).removeprefix(f"{name}: "))
    told = "; ".join(f"{one['object']}: {one['message']}" for one in problems)
    wrong = [*([f"in the CRM: {told}"] if told else []), *([scarce] if scarce else [])]
    return Finding(what, "; ".join(wrong) or None)
