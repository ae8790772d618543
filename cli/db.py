"""`kequn db`: bring a database to the present tables, and copy one into another."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url

import migrations
from cli.files import OWNER_ALONE
from cli.installation import database_at, reachable
from kequn.clock import SystemClock, SystemRandom
from kequn.settings import Settings
from kequn.store.copy import copy as copy_all
from kequn.terminal import note, say, say_json

group = typer.Typer(help="The database: KEQUN_DATABASE_URL says where it is.", no_args_is_help=True)


@group.command()
def upgrade() -> None:
    """Bring the database to the tables of this kequn. It is made when there is none."""
    url = Settings.read().database_url
    with reachable(url):
        _make_private(url)
        say(f"the database is at revision {asyncio.run(migrations.upgrade(url, SystemClock(), SystemRandom()))}")


def _make_private(url: str) -> None:
    """A new file of SQLite is for its owner alone: it holds personal values. Where none can be made SQLite says so."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database not in {None, "", ":memory:"}:
        with suppress(OSError):
            Path(str(address.database)).touch(OWNER_ALONE, exist_ok=False)


@group.command()
def copy(
    target: Annotated[
        str, typer.Argument(metavar="URL", help="An empty database; its password may stand in PGPASSWORD.")
    ],
    json: Annotated[bool, typer.Option("--json", help="JSON, for machines.")] = False,
) -> None:
    """Copy everything into another, empty database. Stop the server first; the secret key stays the same."""

    async def work() -> dict[str, int]:
        with reachable(target):
            _make_private(target)
            await migrations.upgrade(target, SystemClock(), SystemRandom())
        async with database_at(Settings.read().database_url) as source, database_at(target) as there:
            return await copy_all(source, there, None if json else lambda table, rows: note(f"{table}: {rows}"))

    counts = asyncio.run(work())
    if json:
        say_json(counts)
    else:
        say(f"{sum(counts.values())} rows are copied; set KEQUN_DATABASE_URL to the new address")
