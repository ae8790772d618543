"""`kequn customer`: what stands about a person, for them to read; and erasing them. Both are noted, without a word
about the person."""

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

import orjson
import typer

from cli import files
from cli.acting import desk, told
from cli.entered import require_known, require_yes
from cli.installation import Json, Tenant, opened
from kequn.contracts.identity import format_id, parse_id
from kequn.domain.privacy import erasing, exporting
from kequn.terminal import Failure, say, say_json

group = typer.Typer(help="Personal information: a copy for the person, and erasing them.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="ID", help="The customer's id (cus_…), even of a deleted one.")]


@group.callback()
def customer() -> None:
    """Personal information."""


@group.command()
def export(
    id: Id, out: Annotated[Path, typer.Option(help="The file that is written, as JSON, for its owner alone.")],
    tenant: Tenant = None,
) -> None:  # fmt: skip
    """Write a copy of all that stands about a person."""

    async def work() -> exporting.Copy:
        async with opened(tenant) as here, desk(here) as at:
            with told():
                copy = await exporting.export(at, _read(id))
                await exporting.note(at, copy)
            # What could not be written was not given: it is not noted then.
            files.write(out, orjson.dumps(copy.document, option=orjson.OPT_INDENT_2))
            return copy

    document = asyncio.run(work()).document
    say(f"{out}: {sum(map(len, document.values()))} rows of {len(document)} tables")


@group.command()
def erase(
    id: Id,
    ground: Annotated[str, typer.Option(help=f"Why: {', '.join(erasing.GROUNDS)}.")] = "request",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """Erase a person from every table. The key of what is sealed is destroyed; it cannot be undone."""
    customer = _read(id)
    require_known("ground", ground, erasing.GROUNDS)
    require_yes(f"Erase {id} for good?", yes=yes)

    async def work() -> UUID:
        async with opened(tenant) as here, desk(here) as at:
            with told():
                return await erasing.erase(at, customer, ground)

    act = format_id("privacy_act", asyncio.run(work()))
    if json:
        say_json({"act": act})
        return
    say(f"{id} is erased here ({act}); the CRMs are told by the rules for deletes")


def _read(id: str) -> UUID:
    try:
        prefix, found = parse_id(id)
    except ValueError:
        prefix = ""
    if prefix != "cus":
        raise Failure(f"{id} is no customer's id: those begin with cus_")
    return found
