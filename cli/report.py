"""`kequn report customers`: one page on all customers that can be kept, sent and printed; it needs no network."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli import files
from cli.installation import Tenant, opened
from kequn.domain.summary import Summary, summary
from kequn.terminal import Failure, say

group = typer.Typer(help="Pages that can be kept, sent and printed.", no_args_is_help=True)
Out = Annotated[Path, typer.Option(help="The file that is written, as HTML.")]


@group.callback()
def report() -> None:
    """Pages that can be kept, sent and printed."""


@group.command()
def customers(out: Out = Path("report.html"), tenant: Tenant = None) -> None:
    """Write a page on all customers. As of the last evaluation: value, tiers, stages, retention, risk, alerts."""
    from cli.leaflet import page  # drawing takes its time to load

    found, name = asyncio.run(_summary(tenant))
    if found is None:
        raise Failure("no customers have been evaluated yet; run the mutation evaluateCustomers, or `kequn serve`")
    files.write(out, page(found, name).encode())  # it names customers
    say(str(out))


async def _summary(tenant: str | None) -> tuple[Summary | None, str]:
    async with opened(tenant) as here, here.database.reading() as session:
        return await summary(session, here.scope), tenant or here.settings.tenant
