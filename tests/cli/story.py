"""What happens in the tests of the command: people work on both sides, and runs are made."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from cli.installation import opened
from kequn.domain import customers
from kequn.domain.editing import Desk
from kequn.store.rows import Row
from kequn.store.scope import Actor, Role
from kequn.store.tables import Link
from tests.cli.shell import Command, Zoho


def contacts(zoho: Zoho) -> dict[str, dict[str, Any]]:
    return {id: dict(entry) for id, entry in zoho.emulator.people.read("Contacts").items()}


def run(kequn: Command, *arguments: str) -> dict[str, Any]:
    (ended,) = kequn.well("sync", "run", *arguments, "--json").json["runs"]
    return dict(ended)


def entered(kequn: Command, act: Callable[[Desk], Awaitable[Row]]) -> Row:
    """Somebody works in kequn."""

    async def work() -> Row:
        async with opened() as here, here.database.writing() as session:
            return await act(Desk(session, Actor(here.scope.tenant, Role.OPERATOR, "ops"), here.ledger))

    return asyncio.run(work())


def disputed(kequn: Command, zoho: Zoho, name: str = "示例") -> str:
    """Both sides change the city of one contact, and sync; its id."""
    id = zoho.emulator.people.create("Contacts", {"Last_Name": name, "Mailing_City": "上海"})
    run(kequn)
    (link,) = asyncio.run(links_of(id))
    entered(kequn, lambda desk: customers.change(desk, link, {"city": "杭州"}))
    zoho.emulator.people.edit("Contacts", id, {"Mailing_City": "成都"})
    run(kequn)
    return id


async def links_of(id: str) -> Sequence[UUID]:
    """The rows that this record is linked to."""
    async with opened() as here, here.database.reading() as session:
        return (await session.execute(select(Link.row_id).where(col(Link.external_id) == id))).scalars().all()


def breaks(zoho: Zoho, part: str) -> None:
    """Requests whose path has this in it are led astray from now on."""

    async def astray(method: str, path: str) -> None:
        if part in path:
            zoho.emulator.faults.script("redirect")

    zoho.emulator.faults.before(astray)
