"""`kequn connection rules`: what holds for all connections of the tenant - by which keys a customer is known again, and
which connection owns which field. What it means is kequn/sync/rules.py."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cli.entered import read_json
from cli.installation import Json, Tenant, opened
from kequn.store import connections, tenants
from kequn.store.scope import Scope
from kequn.sync.rules import Rules, read
from kequn.terminal import say, say_json


def add_to(group: typer.Typer) -> None:
    group.command()(rules)


def rules(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A file with a JSON object, or -, to replace them.")
    ] = None,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """Show or replace what holds for all connections. That is: identity keys, and who owns which field."""

    async def show() -> Rules:
        async with opened(tenant) as here, here.database.reading() as session:
            return read(await tenants.rules_of(session, here.scope))

    async def replace(plain: dict[str, Any]) -> Rules:
        async with opened(tenant) as here, here.database.writing() as session:
            found = read(plain, await _names(session, here.scope))
            await tenants.set_rules(session, here.scope, plain)
            return found

    found = asyncio.run(show() if file is None else replace(read_json(file)))
    if json:
        say_json({"identity": found.identity, "authority": found.authority})
        return
    say(f"a customer is known again by {', then '.join(found.identity) or 'its link alone'}")
    for kind, fields in found.authority.items():
        for name, ranking in fields.items():
            say(f"{kind} {'every other field' if name == '*' else name}: {' before '.join(ranking)}")


async def _names(session: AsyncSession, scope: Scope) -> list[str]:
    return [one.name for one in await connections.present(session, scope)]
