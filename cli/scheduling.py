"""`kequn connection schedule` and `kequn sync now`: when a connection is synced, and that it is to be synced at once by
whichever worker looks first. Nothing is synced here."""

import asyncio
from typing import Annotated, Any

import typer

from cli.installation import Tenant, opened
from kequn.contracts.identity import format_id
from kequn.domain import schedules
from kequn.store import connections, runs
from kequn.terminal import Failure, note, say

USUAL_ZONE = "Asia/Shanghai"
Name = Annotated[str, typer.Argument(metavar="NAME", help="The connection's name.")]
Every = Annotated[float | None, typer.Option(help="Every so many seconds.")]
Cron = Annotated[str | None, typer.Option(help="At the times of a cron line, as in '0 3 * * 1-5'.")]
Zone = Annotated[str | None, typer.Option(help=f"With --cron: the time zone of its hours; {USUAL_ZONE} if left out.")]
Usual = Annotated[bool, typer.Option("--default", help="As often as KEQUN_SYNC_SECONDS says.")]


def schedule(
    name: Name,
    every: Every = None,
    cron: Cron = None,
    zone: Zone = None,
    default: Usual = False,
    tenant: Tenant = None,
) -> None:
    """Show or set when workers sync a connection. Nothing need ask for it then; edits and webhooks do not wait."""

    wanted = _wanted(every, cron, zone, default=default)

    async def work() -> None:
        async with opened(tenant) as here:
            async with here.database.writing() as session:
                if wanted is None:
                    one = await connections.get(session, here.scope, name)
                else:
                    one = await connections.schedule(session, here.scope, name, wanted)
            say(f"{name} is synced {schedules.told(one.schedule, here.settings.sync_seconds)}")

    asyncio.run(work())


def now(name: Name, tenant: Tenant = None) -> None:
    """Ask for a run; a worker begins it within a second or two. (`kequn sync run` makes one itself.)"""

    async def work() -> None:
        async with opened(tenant) as here, here.database.writing() as session:
            one = await connections.get(session, here.scope, name)
            if one.state != "active":
                raise Failure(f"{name} is {one.state}; `kequn connection resume {name}` lets it go on")
            run = await runs.ask(session, here.scope, one.id, here.ledger.new_id(), "command", here.clock.now())
        say(format_id("run", run))
        note("`kequn sync status --watch` shows how far it is")

    asyncio.run(work())


def _wanted(every: float | None, cron: str | None, zone: str | None, *, default: bool) -> dict[str, Any] | None:
    """None: it is only to be shown. Raises Failure."""
    if (every is not None) + (cron is not None) + default > 1:
        raise Failure("either --every, --cron or --default")
    if zone is not None and cron is None:
        raise Failure("--zone says where the hours of --cron are; say that, too")
    try:
        if cron is not None:
            return schedules.cron(cron, zone or USUAL_ZONE)
        return schedules.every(every) if every is not None else {} if default else None
    except schedules.BadSchedule as error:
        raise Failure(str(error)) from error
