"""`kequn sync conflicts` and `kequn sync resolve`: what a person must decide, and the decision. What it does is
kequn/sync/conflicts.py."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

import orjson
import typer
from sqlalchemy import Table

from cli.bulk import Bulk, in_bulk
from cli.installation import Json, Tenant, opened
from kequn.contracts.identity import format_id, parse_id
from kequn.contracts.records import FIELDS, Kind, Money, Type
from kequn.store import conflicts as stored
from kequn.store import connections, tables
from kequn.store.conflicts import Conflict
from kequn.store.scope import Actor, Role
from kequn.store.values import Fact, to_json
from kequn.sync.conflicts import CHOICES, settle
from kequn.terminal import Failure, say, say_json

_conflicts: Table = tables.Conflict.__table__  # type: ignore[attr-defined]


def add_to(group: typer.Typer) -> None:
    group.command()(conflicts)
    group.command()(resolve)


def conflicts(
    name: Annotated[str | None, typer.Argument(help="Of one connection; of all if left out.")] = None,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """List what somebody must decide, with both sides."""

    async def work() -> list[dict[str, Any]]:
        async with opened(tenant) as here, here.database.reading() as session:
            names = {one.id: one.name for one in await connections.present(session, here.scope)}
            where = [_conflicts.c.state == "open"]
            if name is not None:
                where.append(_conflicts.c.connection_id == (await connections.get(session, here.scope, name)).id)
            found = await stored.load(session, here.scope, here.ledger.vault, *where)
            return [_shown(one, names.get(one.connection)) for one in found]

    found = asyncio.run(work())
    if json:
        say_json({"conflicts": found})
    elif not found:
        say("nothing to decide")
    for one in [] if json else found:
        _tell(one)


def resolve(
    id: Annotated[str | None, typer.Argument(help="The conflict (cfl_…); `kequn sync conflicts` lists them.")] = None,
    choose: Annotated[
        str,
        typer.Option(
            "--choose",
            "--choice",
            help="field: ours, theirs, value; delete, merge: keep, delete; match: row, new; double: keep, new.",
        ),
    ] = "",
    value: Annotated[str | None, typer.Option(help="With --choose value: the value. With row: the row's id.")] = None,
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
    if id is None:
        asyncio.run(in_bulk(Bulk(choose, connection, kind, field), tenant, sure=yes))
    else:
        asyncio.run(_one(id, choose, value, tenant))


async def _one(id: str, choose: str, value: str | None, tenant: str | None) -> None:
    try:
        number = parse_id(id, "conflict")[1]
    except ValueError as error:
        raise Failure(str(error)) from error
    async with opened(tenant) as here, here.database.writing() as session:
        found = await stored.load(session, here.scope, here.ledger.vault, _conflicts.c.id == number)
        entered = _entered(found[0], choose, value) if found else None
        actor = Actor(here.scope.tenant, Role.ADMIN, "command line")
        await settle(session, here.ledger, actor, number, choose, entered)
    say(f"{id} is settled: {choose}")


def _entered(conflict: Conflict, choice: str, text: str | None) -> Fact:
    """The value as its field has it."""
    if choice not in {"value", "row"} or choice not in CHOICES[conflict.type]:
        return None
    if text is None:
        raise Failure(f"--choose {choice} wants --value")
    if choice == "row":
        return text
    field = FIELDS[conflict.kind][conflict.field]
    try:
        return _read(field.type, text) if text else field.empty  # type: ignore[return-value]
    except (ValueError, LookupError, TypeError, ArithmeticError):
        raise Failure(f"--value: {conflict.field} holds {field.type}, such as {EXAMPLES[field.type]}") from None


EXAMPLES: Mapping[Type, str] = {
    Type.TEXT: "some text",
    Type.INTEGER: "12",
    Type.BOOLEAN: "true",
    Type.DATE: "2026-01-31",
    Type.DATETIME: "2026-01-31T09:30:00+08:00",
    Type.MONEY: '"12.50 CNY"',
    Type.REF: "the id of a row (cus_...)",
    Type.SET: '\'["a", "b"]\'',
    Type.LINES: "ours or theirs; they cannot be entered here",
}


def _read(type: Type, text: str) -> Fact:
    match type:
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
            return parse_id(text)[1]
        case Type.SET:
            return frozenset(str(one) for one in orjson.loads(text))
        case Type.INTEGER:
            return int(text)
        case Type.BOOLEAN:
            return {"true": True, "false": False}[text.lower()]
    raise ValueError(text)


def _shown(conflict: Conflict, connection: str | None) -> dict[str, Any]:
    kind = conflict.kind.value
    return {
        "id": format_id("conflict", conflict.id),
        "connection": connection,
        "type": conflict.type,
        "kind": kind,
        "row": format_id(kind, conflict.row_id) if conflict.row_id else None,
        "object": conflict.object,
        "external_id": conflict.external_id,
        "field": conflict.field or None,
        **{side: _side(getattr(conflict, side)) for side in ("base", "ours", "theirs")},
        "candidates": [format_id(kind, one) for one in conflict.candidates],
        "opened_at": conflict.opened_at,
        "choices": list(CHOICES[conflict.type]),
    }


def _side(facts: Mapping[str, Fact]) -> dict[str, Any]:
    return {name: to_json(fact) for name, fact in facts.items()}


def _tell(one: Mapping[str, Any]) -> None:
    where = f"{one['object']} {one['external_id']}"
    say(f"{one['id']} {one['connection']} {one['type']} of {one['kind']} {one['row'] or ''} ({where})")
    for side in ("base", "ours", "theirs"):
        for name, value in one[side].items():
            say(f"  {side:6} {name}: {orjson.dumps(value).decode()}")
    for candidate in one["candidates"]:
        say(f"  could be {candidate}")
    say(f"  kequn sync resolve {one['id']} --choose {'|'.join(one['choices'])}")
