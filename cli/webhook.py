"""`kequn connection webhook`: the address at which a CRM rings, for those CRMs where people enter it at the screens.
Asking for webhooks over an API is jobs/doorbell.py."""

import asyncio

import typer

from cli.connection import Name
from cli.installation import Tenant, opened
from kequn.store import connections
from kequn.terminal import Failure, say


def add_to(group: typer.Typer) -> None:
    group.command()(webhook)


def webhook(name: Name, tenant: Tenant = None) -> None:
    """Print the address that the CRM is to tell of changes, alone. Whoever knows it can ring: keep it to yourself."""

    async def work() -> str:
        async with opened(tenant) as here:
            async with here.database.reading() as session:
                connection = await connections.get(session, here.scope, name)
            if here.settings.public_url is None:
                raise Failure("KEQUN_PUBLIC_URL is not set; it says at which address CRMs reach this server")
            return connections.door_of(connection, here.settings.public_url)

    say(asyncio.run(work()))
