"""`kequn token`: issue, list and revoke API tokens. A token's text is shown once, alone, when it is made."""

import asyncio
import re
from datetime import timedelta
from typing import Annotated

import typer

from cli.installation import Json, Tenant, opened
from kequn.contracts.identity import format_id, parse_id
from kequn.contracts.records import Kind
from kequn.store import rows, tokens
from kequn.store.scope import Role, Sight
from kequn.store.tables import Token
from kequn.terminal import Failure, say, say_json, say_table

UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
COLUMNS = ("department", "personal", "created_at", "expires_at", "revoked_at")

group = typer.Typer(help="API tokens.", no_args_is_help=True)


@group.command()
def create(
    role: Annotated[
        str, typer.Option(help="viewer, operator, developer or admin; each may all that the one before may.")
    ],
    name: Annotated[str, typer.Option(help="Who will hold it; stands in the history of what they change.")] = "",
    batch: Annotated[bool, typer.Option("--batch", help="It may have pages of many rows, to copy data.")] = False,
    expires: Annotated[
        str | None, typer.Option(help="How long it lasts: 12h, 90d, 52w; for good, if left out.")
    ] = None,
    staff: Annotated[
        str | None, typer.Option(help="Whose it is (stf_...): it sees their customers alone. Viewers only.")
    ] = None,
    department: Annotated[
        bool, typer.Option("--department", help="With --staff: the customers of the whole department.")
    ] = False,
    personal: Annotated[
        bool, typer.Option("--personal/--no-personal", help="Whether it sees phones, addresses and the like.")
    ] = True,
    tenant: Tenant = None,
) -> None:
    """Issue a token and print it alone. As in `TOKEN=$(kequn token create --role operator)`."""
    try:
        wanted, lasts = Role.named(role), _span(expires) if expires else None
        whose = parse_id(staff, Kind.STAFF)[1] if staff else None
        if department and whose is None:
            raise ValueError("--department goes with --staff")
    except ValueError as error:
        raise Failure(str(error)) from error
    sight = Sight(whose, department, personal)

    async def work() -> None:
        async with opened(tenant) as here, here.database.writing() as session:
            if whose is not None and not await rows.load(session, here.scope, Kind.STAFF, [whose]):
                raise Failure(f"nobody of our staff is {staff}")
            try:
                text = await tokens.issue(
                    session,
                    here.scope,
                    wanted,
                    name,
                    clock=here.clock,
                    chance=here.random,
                    batch=batch,
                    lasts=lasts,
                    sight=sight,
                )
            except ValueError as error:
                raise Failure(str(error)) from error
        say(text.reveal())

    asyncio.run(work())


@group.command("list")
def show(tenant: Tenant = None, json: Json = False) -> None:
    """Show the tokens, by how they begin."""

    async def work() -> None:
        async with opened(tenant) as here, here.database.reading() as session:
            found = await tokens.issued(session, here.scope)
        columns = ("prefix", "role", "batch", "name", "staff", *COLUMNS)
        shown = [[_shown(one, column) for column in columns] for one in found]
        if json:
            say_json([dict(zip(columns, row, strict=True)) for row in shown])
        else:
            say_table(columns, shown)

    asyncio.run(work())


def _shown(token: Token, column: str) -> object:
    if column == "staff":
        return format_id(Kind.STAFF, token.staff_id) if token.staff_id else None
    shown: object = getattr(token, column)
    return shown


def _span(text: str) -> timedelta:
    """Raises ValueError."""
    found = re.fullmatch(r"([1-9][0-9]{0,3})([hdw])", text)
    if found is None:
        raise ValueError(f"{text} is no stretch of time; say 12h, 90d or 52w")
    return int(found[1]) * UNITS[found[2]]


@group.command()
def revoke(
    prefix: Annotated[str, typer.Argument(metavar="PREFIX", help="How the token begins; `kequn token list` shows it.")],
    tenant: Tenant = None,
) -> None:
    """End a token at once."""

    async def work() -> None:
        async with opened(tenant) as here, here.database.writing() as session:
            token = await tokens.revoke(session, here.scope, prefix, here.clock)
        say(f"{token.prefix} is revoked")

    asyncio.run(work())
