"""`kequn sync resolve`: a person's decision, as it is entered on the command line. What it does is
kequn/sync/conflicts.py; conflicts.py lists what there is to decide."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

import orjson
import typer
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

from cli.bulk import ENTERED, Bulk, in_bulk
from cli.choosing import choices, require_field, settle
from cli.installation import Tenant, opened
from kequn.contracts.identity import PREFIXES, parse_id
from kequn.contracts.records import FIELDS, Field, Kind, Money, Type
from kequn.store import conflicts as stored
from kequn.store import rows, tables
from kequn.store.conflicts import Conflict
from kequn.store.scope import Scope
from kequn.store.values import Fact
from kequn.sync.conflicts import MERGE
from kequn.terminal import Failure, say

_conflicts: Table = tables.Conflict.__table__  # type: ignore[attr-defined]


def add_to(group: typer.Typer) -> None:
    group.command()(resolve)


def resolve(
    id: Annotated[
        str | None, typer.Argument(metavar="ID", help="The conflict (cfl_…); `kequn sync conflicts` lists them.")
    ] = None,
    choose: Annotated[
        str,
        typer.Option(
            "--choose",
            "--choice",
            help="field: ours, theirs, value; delete: keep, delete; merge: merge, keep, delete; match: row, new; "
            "double: keep, new.",
        ),
    ] = "",
    value: Annotated[
        str | None, typer.Option(help="With --choose value: the value. With row and merge: the row's id.")
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="Every open conflict that the next options leave.")] = False,
    connection: Annotated[str | None, typer.Option(help="With --all: of this connection.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="With --all: of this kind.")] = None,
    field: Annotated[str | None, typer.Option(help="With --all: about this field.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="With --all: do not ask.")] = False,
    tenant: Tenant = None,
) -> None:
    """Decide a conflict, or many. The next run tells the CRM; the other value stays in the conflict."""
    if not choose:
        raise Failure("--choose says what is decided; `kequn sync conflicts` shows the choices")
    if (id is None) != all:
        raise Failure("say which conflict (cfl_…), or --all")
    require_field(kind, field)
    _require_fitting(id, value, [connection, kind, field])
    if id is None:
        asyncio.run(in_bulk(Bulk(choose, connection, kind, field), tenant, sure=yes))
    else:
        asyncio.run(_one(id, choose, value, tenant))


def _require_fitting(id: str | None, value: str | None, narrowing: Sequence[object]) -> None:
    """What would be overlooked in silence is refused. Raises Failure."""
    if id is None and value is not None:
        raise Failure("--value is of one conflict; --all takes it for none")
    if id is not None and any(one is not None for one in narrowing):
        raise Failure("--connection, --kind and --field go with --all")


async def _one(id: str, choose: str, value: str | None, tenant: str | None) -> None:
    try:
        number = parse_id(id, "conflict")[1]
    except ValueError as error:
        raise Failure(str(error)) from error
    async with opened(tenant) as here, here.database.writing() as session:
        found = await stored.load(session, here.scope, here.ledger.vault, _conflicts.c.id == number)
        entered = _entered(found[0], choose, value) if found else None
        if isinstance(entered, UUID) and not await _is_there(session, here.scope, found[0], entered):
            raise Failure("--value: there is no such row")
        await settle(here, session, number, choose, entered)
    say(f"{id} is settled: {choose}")


async def _is_there(session: AsyncSession, scope: Scope, conflict: Conflict, id: UUID) -> bool:
    """What a field is to refer to."""
    to = FIELDS[conflict.kind][conflict.field].to
    return to is not None and id in await rows.load(session, scope, to, [id])


def _entered(conflict: Conflict, choice: str, text: str | None) -> Fact:
    """The value as its field has it."""
    offered = choices(conflict.type, conflict.kind)
    if choice not in offered:
        raise Failure(f"a conflict of type {conflict.type} takes {', '.join(offered)}, not {choice}")
    if choice == MERGE:
        return text
    if choice not in ENTERED:
        return None
    if text is None:
        raise Failure(f"--choose {choice} wants --value")
    if choice == "row":
        return text
    field = FIELDS[conflict.kind][conflict.field]
    try:
        return read(field, text) if text else field.empty  # type: ignore[return-value]
    except (ValueError, LookupError, TypeError, ArithmeticError):
        told = f"the id of a {field.to}, {PREFIXES[field.to]}_..." if field.to else EXAMPLES[field.type]
        raise Failure(f"--value: {conflict.field} holds {told}") from None


EXAMPLES: Mapping[Type, str] = {
    Type.TEXT: "a text",
    Type.INTEGER: "a whole number, such as 12",
    Type.BOOLEAN: "true or false",
    Type.DATE: "a day, such as 2026-01-31",
    Type.DATETIME: "a time, such as 2026-01-31T09:30:00+08:00",
    Type.MONEY: 'an amount, such as "12.50 CNY"',
    Type.SET: 'a list of texts, such as \'["a", "b"]\'',
    Type.LINES: "lines, which cannot be entered here: choose ours or theirs",
}


def read(field: Field, text: str) -> Fact:
    """As people enter it. Raises ValueError, LookupError, TypeError and ArithmeticError."""
    match field.type:
        case Type.TEXT:
            return text
        case Type.DATE:
            return date.fromisoformat(text)
        case Type.DATETIME:
            return datetime.fromisoformat(text).astimezone(UTC)
        case Type.MONEY:
            amount, currency = text.split()
            return Money.of(amount, currency)
        case Type.REF:
            return parse_id(text, field.to)[1]
        case Type.SET:
            return _set(orjson.loads(text))
        case Type.INTEGER:
            return int(text)
        case Type.BOOLEAN:
            return {"true": True, "false": False}[text.lower()]
    raise ValueError(text)


def _set(plain: object) -> frozenset[str]:
    """Raises TypeError: a text is a list, too, of its letters."""
    if not isinstance(plain, list) or not all(isinstance(one, str) for one in plain):
        raise TypeError(plain)
    return frozenset(plain)
