"""`kequn import` and `kequn export`: rows from a sheet and into one. An import is shown first, and done with --apply;
with what each field was and becomes and what that asks of each CRM; what is wrong stands in a sheet of its own. The
columns that were chosen are kept for the next time."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cli import brought as shown
from cli import sheets
from cli.acting import actor, told
from cli.brought import Asked, Brought
from cli.entered import require_known
from cli.foreseeing import Outlook, outlook
from cli.installation import Installation, Json, Tenant, opened
from kequn.contracts.errors import UnsafePlan
from kequn.contracts.records import FIELDS, Kind
from kequn.domain.editing import Desk
from kequn.domain.sheets import activity, columns, exporting, importing
from kequn.domain.sheets.columns import Columns
from kequn.domain.sheets.importing import RULES
from kequn.store import mappings, tenants
from kequn.terminal import Failure, say, say_json
from schema.words import WORDS

ACTIVITY = "activity"
KINDS = (*(kind.value for kind in RULES), ACTIVITY)
_ACTIVITY = {
    "group": "群 客户群",
    "member": "成员 手机 电话 phone",
    "day": "日期",
    "messages": "发言数 消息数",
    "interactions": "互动数",
}
File = Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx file; the first row holds the headers.")]
OfKind = Annotated[str, typer.Option("--kind", help=f"What its rows are: {', '.join(KINDS)}.")]


class _Thrown(Exception):
    """The plan was made, and is thrown away."""


def bring_in(
    file: File,
    kind: OfKind = "customer",
    by: Annotated[
        str | None,
        typer.Option("--by", help="The identity by which rows are known: phone, if left out, email, reference, ..."),
    ] = None,
    chosen: Annotated[
        list[str] | None, typer.Option("--map", help="HEADER=field, or HEADER= to leave it out; may be given again.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; else it is only shown.")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="An empty cell empties the field.")] = False,
    allow_unsafe: Annotated[
        bool, typer.Option("--allow-unsafe", help="Go on however much it blanks or replaces.")
    ] = False,
    errors: Annotated[Path | None, typer.Option("--errors", help="A sheet for the rows that are wrong.")] = None,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """Bring in the rows of a sheet. Those that are known by an identity are changed, the others added; nothing is
    written without --apply. Rows that are wrong are left out, and it ends with 1."""
    require_known("kind", kind, KINDS)
    if errors is not None:
        sheets.require_place(errors)
    sheet = sheets.read(file)
    asked = Asked(kind, by, _pairs(chosen or [], sheet.headers), sheet, apply, clear, allow_unsafe)

    async def work() -> Brought:
        async with opened(tenant) as here, outlook(here) as ahead:
            return await _work(here, ahead, asked)

    brought = asyncio.run(work())
    if json:
        say_json(shown.as_json(brought))
    else:
        shown.tell(brought)
    if errors is not None:
        sheets.write(errors, shown.errors(brought))
    shown.require_whole(brought, errors)


async def _work(here: Installation, ahead: Outlook, asked: Asked) -> Brought:
    brought: Brought | None = None
    try:
        async with here.database.writing() as session:
            await here.database.alone(session, here.scope.tenant)
            brought = await _brought(here, session, ahead, asked)
            if not asked.apply:
                raise _Thrown
    except UnsafePlan as error:
        raise Failure(error.message) from None
    except _Thrown:
        pass
    assert brought is not None  # noqa: S101 - a refusal has left before
    return brought


async def _brought(here: Installation, session: AsyncSession, ahead: Outlook, asked: Asked) -> Brought:
    desk = Desk(session, actor(here), here.ledger)
    kept = {**await mappings.read(session, here.scope, asked.kind), **asked.said}
    with told():
        mapping = columns.match(asked.sheet.headers, _known(asked.kind), kept, _allowed(asked.kind))
        _require_known(asked, mapping)
        if asked.kind == ACTIVITY:
            plan = await activity.bring_in(desk, mapping, asked.sheet.rows)
        else:
            plan = await importing.bring_in(
                desk, Kind(asked.kind), asked.by, mapping, asked.sheet.rows, clear=asked.clear
            )
    moved = [one.id for one in plan.moved]
    foreseen = await ahead.at_each(session, plan.kind, moved) if plan.kind and moved else []
    if not asked.unsafe:
        importing.guard(plan)
        ahead.brake(foreseen)
    await mappings.write(session, here.scope, asked.kind, kept)
    return Brought(asked, plan, mapping, foreseen, await tenants.zone(session, here.scope))


def _ways(asked: Asked) -> Sequence[str]:
    """Raises Failure for an identity that is none."""
    if asked.kind == ACTIVITY:
        return activity.FIELDS[:3]
    identities = importing.identities(Kind(asked.kind))
    if asked.by and asked.by not in identities:
        last = f"; --by may be {', '.join(identities[:-1])} or {identities[-1]}" if identities[1:] else ""
        raise Failure(f"rows of {asked.kind} are not known by {asked.by}{last}")
    return importing.ways(Kind(asked.kind), asked.by)


def _require_known(asked: Asked, mapping: Columns) -> None:
    """By what its rows are known stands in the sheet. Raises Failure."""
    ways = _ways(asked)
    missing = [name for name in ways if name not in mapping.fields.values()]
    if missing:
        other = " (or --by another identity)" if asked.kind == Kind.CUSTOMER else ""
        raise Failure(
            f"rows of {asked.kind} are known by {' and '.join(ways)}{other}, and no column is read as {missing[0]}; "
            f"--map HEADER={missing[0]} says which one it is"
        )


def _allowed(kind: str) -> Sequence[str]:
    return activity.FIELDS if kind == ACTIVITY else columns.fields_of(Kind(kind))


def _known(kind: str) -> dict[str, str]:
    """What columns are called: the fields' own names, and the words for them in both languages."""
    if kind == ACTIVITY:
        return {word: name for name, said in _ACTIVITY.items() for word in (name, *said.split())}
    found: dict[str, str] = {}
    for name in FIELDS[Kind(kind)]:
        said = WORDS[kind].get(name, "")
        for word in (name, name.replace("_", " "), *said.replace("/", " ").split(), *_pieces(said)):
            found.setdefault(word.lower().strip(":,;"), name)
    return found


def _pieces(said: str) -> list[str]:
    """The Chinese words, apart."""
    chinese = said.rpartition(" ")[2]
    return [chinese, *chinese.split("/")]


def _pairs(chosen: list[str], headers: Sequence[str]) -> dict[str, str]:
    """Raises Failure."""
    found = {}
    for pair in chosen:
        header, equals, name = pair.rpartition("=")
        if not equals or not header:
            raise Failure("--map wants HEADER=field")
        if header not in headers:
            raise Failure(f"--map {header}: there is no such column; there are {', '.join(headers)}")
        found[header] = name
    return found


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx file to be written.")],
    kind: Annotated[str, typer.Option("--kind", help=f"Which rows: {', '.join(Kind)}.")] = "customer",
    tenant: Tenant = None,
) -> None:
    """Write all live rows of a kind into a sheet. It can be brought in again."""
    require_known("kind", kind, Kind)
    sheets.require_place(file)

    async def work() -> list[list[str]]:
        async with opened(tenant) as here, here.database.reading() as session:
            return [line async for line in exporting.texts(session, here.scope, Kind(kind))]

    lines = asyncio.run(work())
    sheets.write(file, lines)
    say(f"{len(lines) - 1:,} rows written to {file}")
