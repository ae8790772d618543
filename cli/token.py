"""`kequn token`: issue, list and revoke API tokens. A token's text is shown once, alone, when it is made."""

import asyncio
from typing import Annotated

import typer

from cli.installation import Json, Tenant, opened
from kequn.store import tokens
from kequn.store.scope import Role
from kequn.terminal import Failure, say, say_json, say_table

group = typer.Typer(help="API tokens.", no_args_is_help=True)


@group.command()
def create(
    role: Annotated[
        str, typer.Option(help="viewer, operator, developer or admin; each may all that the one before may.")
    ],
    name: Annotated[str, typer.Option(help="Who will hold it; stands in the history of what they change.")] = "",
    batch: Annotated[bool, typer.Option("--batch", help="It may have pages of many rows, to copy data.")] = False,
    tenant: Tenant = None,
) -> None:
    """Issue a token and print it alone: `TOKEN=$(kequn token create --role operator)`."""
    try:
        wanted = Role.named(role)
    except ValueError as error:
        raise Failure(str(error)) from error

    async def work() -> None:
        async with opened(tenant) as here, here.database.writing() as session:
            text = await tokens.issue(
                session, here.scope, wanted, name, clock=here.clock, chance=here.random, batch=batch
            )
        say(text.reveal())

    asyncio.run(work())


@group.command("list")
def show(tenant: Tenant = None, json: Json = False) -> None:
    """Show the tokens, by how they begin."""

    async def work() -> None:
        async with opened(tenant) as here, here.database.reading() as session:
            found = await tokens.issued(session, here.scope)
        columns = ("prefix", "role", "batch", "name", "created_at", "revoked_at")
        rows = [[getattr(one, column) for column in columns] for one in found]
        if json:
            say_json([dict(zip(columns, row, strict=True)) for row in rows])
        else:
            say_table(columns, rows)

    asyncio.run(work())


@group.command()
def revoke(
    prefix: Annotated[str, typer.Argument(help="How the token begins; `kequn token list` shows it.")],
    tenant: Tenant = None,
) -> None:
    """End a token at once."""

    async def work() -> None:
        async with opened(tenant) as here, here.database.writing() as session:
            token = await tokens.revoke(session, here.scope, prefix, here.clock)
        say(f"{token.prefix} is revoked")

    asyncio.run(work())
