"""`kequn today`: what waits for people - care, call-backs, service times, expiring benefits, conflicts - per person."""

import asyncio
from typing import Annotated

import typer
from sqlalchemy import select

from cli.installation import Installation, Json, Tenant, opened
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.domain.today import NOUNS, Due, due
from kequn.store.rows import table
from kequn.store.where import live
from kequn.terminal import Failure, say, say_json

Person = Annotated[str | None, typer.Option("--person", help="What is theirs, by their name, and what is nobody's.")]


def today(person: Person = None, tenant: Tenant = None, json: Json = False) -> None:
    """Show what waits, the most urgent first."""

    async def work() -> list[Due]:
        async with opened(tenant) as here:
            return await _due(here, person)

    found = asyncio.run(work())
    if json:
        say_json({"today": [_plain(one) for one in found]})
        return
    for one in found:
        when = f"{one.due_at:%Y-%m-%d %H:%M}Z" if one.due_at else "now"
        who = f", {one.name}" if one.name else ""
        say(f"{when}  {one.what}: {one.about}{who} ({_id(one)})")
    say(f"{len(found)} things wait" if found else "nothing waits")


async def _due(here: Installation, person: str | None) -> list[Due]:
    staff = table(Kind.STAFF)
    async with here.database.reading() as session:
        if person is None:
            return await due(session, here.scope, here.clock.now())
        query = select(staff.c.id).where(staff.c.tenant_id == here.scope.tenant, live(staff), staff.c.name == person)
        ids = (await session.execute(query)).scalars().all()
        if len(ids) != 1:
            raise Failure(f"{len(ids) or 'none'} of our own people have the name {person}")
        return await due(session, here.scope, here.clock.now(), ids[0])


def _id(one: Due) -> str:
    return format_id(NOUNS.get(one.what, one.what), one.id)


def _plain(one: Due) -> dict[str, object]:
    return {"what": one.what, "id": _id(one), "about": one.about, "due_at": one.due_at, "customer": one.name}
