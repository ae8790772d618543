"""`kequn tenant`: the companies whose rows stand in this database. `kequn db upgrade` makes the first, `default`; what
is a tenant's is told apart by `--tenant` and by the tokens of the API."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cli.installation import Json, database_at
from kequn.clock import SystemClock, SystemRandom
from kequn.contracts.identity import is_region
from kequn.domain.schedules import BadSchedule, require_zone
from kequn.settings import Settings
from kequn.store import identities, tenants
from kequn.store.scope import Scope
from kequn.terminal import Failure, say, say_json, say_table

group = typer.Typer(help="Companies that share this database, each with rows of its own.", no_args_is_help=True)
Slug = Annotated[str, typer.Argument(metavar="TENANT", help="As --tenant names it: lower case letters, digits and -.")]
Name = Annotated[str | None, typer.Option(help="What people call it.")]
Zone = Annotated[str | None, typer.Option(help="Where its days begin and end; Asia/Shanghai unless told.")]
Region = Annotated[str | None, typer.Option(help="Country (ISO 3166) of phone numbers without a code; CN unless told.")]
COLUMNS = ("tenant", "name", "time_zone", "region", "created_at")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@group.command()
def add(slug: Slug, name: Name = None, zone: Zone = None, region: Region = None) -> None:
    """Make a tenant."""
    if not _SLUG.fullmatch(slug):
        raise Failure(f"{slug!r} is no tenant's name: lower case letters, digits and -, 63 at most")

    async def work() -> None:
        async with _writing() as session:
            try:
                await tenants.create(session, slug, name or "", clock=SystemClock(), chance=SystemRandom())
            except ValueError as error:
                raise Failure(str(error)) from error
            await tenants.edit(session, slug, time_zone=_zone(zone), region=_region(region))

    asyncio.run(work())
    say(f"{slug} is made; --tenant {slug} and KEQUN_TENANT mean it, and `kequn token create` opens the API to it")


@group.command()
def edit(slug: Slug, name: Name = None, zone: Zone = None, region: Region = None) -> None:
    """Change what is known of a tenant. Where it dials cannot change any more once it has customers."""
    if not (name or zone or region):
        raise Failure("nothing is said: --name, --zone or --region")

    async def work() -> None:
        async with _writing() as session:
            if (found := await tenants.find(session, slug)) is None:
                known = ", ".join(one.slug for one in await tenants.everyone(session))
                raise Failure(f"there is no tenant {slug}; there are: {known}")
            if region and await identities.any_of(session, Scope(found.id)):
                raise Failure(f"{slug} has customers: their phone numbers were read as those of {found.region}")
            await tenants.edit(session, slug, name=name, time_zone=_zone(zone), region=_region(region))

    asyncio.run(work())
    say(f"{slug} is changed")


@group.command("list")
def show(json: Json = False) -> None:
    """Show the tenants."""

    async def work() -> list[dict[str, Any]]:
        async with database_at(Settings.read().database_url) as database, database.reading() as session:
            found = await tenants.everyone(session)
        rows = [(one.slug, one.name, one.time_zone, one.region, one.created_at) for one in found]
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows]

    found = asyncio.run(work())
    if json:
        say_json(found)
    else:
        say_table(COLUMNS, [list(one.values()) for one in found])


@asynccontextmanager
async def _writing() -> AsyncIterator[AsyncSession]:
    async with database_at(Settings.read().database_url) as database, database.writing() as session:
        yield session


def _zone(zone: str | None) -> str | None:
    try:
        return zone and require_zone(zone)
    except BadSchedule as error:
        raise Failure(str(error)) from error


def _region(region: str | None) -> str | None:
    if region and not is_region(region):
        raise Failure(f"no country is called {region!r} by ISO 3166; Germany is DE, China CN")
    return region
