"""`kequn sync conflicts`: what somebody must decide, and what was decided - both sides, who wrote them where and when,
and the values that lost. Reads only."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
import typer
from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from cli.choosing import choices, require_field
from cli.installation import Installation, Json, Tenant, opened
from kequn.contracts.identity import format_id
from kequn.contracts.records import FIELDS, Kind, Money
from kequn.store import conflicts as stored
from kequn.store import connections, tables
from kequn.store.conflicts import Conflict
from kequn.store.tables import Change
from kequn.store.values import Fact, to_json
from kequn.sync.conflicts import LOSES
from kequn.terminal import note, say, say_json

_conflicts: Table = tables.Conflict.__table__  # type: ignore[attr-defined]
Shown = dict[str, Any]


def add_to(group: typer.Typer) -> None:
    group.command()(conflicts)


def conflicts(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Of one connection; of all if left out.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Of this kind.")] = None,
    field: Annotated[str | None, typer.Option(help="About this field.")] = None,
    settled: Annotated[bool, typer.Option("--settled", help="Those that are decided, the latest first.")] = False,
    first: Annotated[int, typer.Option(min=1, help="So many at most.")] = 100,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """List what somebody must decide. Both sides are shown; of what was decided (--settled), the values that lost."""
    require_field(kind, field)

    async def work() -> list[Shown]:
        async with opened(tenant) as here, here.database.reading() as session:
            wanted = [_conflicts.c.state == ("settled" if settled else "open")]
            wanted += [_conflicts.c.kind == kind.value] if kind else []
            wanted += [_conflicts.c.field == field] if field else []
            if name is not None:
                wanted.append(_conflicts.c.connection_id == (await connections.get(session, here.scope, name)).id)
            return await _load(session, here, wanted, first, settled=settled)

    found = asyncio.run(work())
    if json:
        say_json({"conflicts": found[:first], "more": len(found) > first})
        return
    if not found:
        say("nothing was decided" if settled else "nothing to decide")
    for one in found[:first]:
        _tell(one)
    if len(found) > first:
        note(f"there are more; --first {first * 10} lists more of them")


async def _load(
    session: AsyncSession, here: Installation, wanted: Sequence[ColumnElement[bool]], first: int, *, settled: bool
) -> list[Shown]:
    """One more than are wanted, so that it can be told that there are more."""
    from schema import statements  # GraphQL takes its time to load

    order = _conflicts.c.settled_at.desc() if settled else _conflicts.c.id
    mine = (_conflicts.c.tenant_id == here.scope.tenant, *wanted)
    query = select(_conflicts.c.id).where(*mine).order_by(order, _conflicts.c.id).limit(first + 1)
    ids = list((await session.execute(query)).scalars())
    found = {one.id: one for one in await stored.load(session, here.scope, here.ledger.vault, _conflicts.c.id.in_(ids))}
    changes = {id: change for change, id in (await session.execute(statements.last_changes(ids, here.scope))).all()}
    names = {one.id: one.name for one in await connections.everyone(session, here.scope)}
    return [_shown(found[id], names[found[id].connection], changes.get(id)) for id in ids]


def _shown(conflict: Conflict, connection: str, change: Change | None) -> Shown:
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
        **{side: _side(conflict.kind, getattr(conflict, side)) for side in ("base", "ours", "theirs")},
        "ours_by": change and {"who": change.actor, "source": change.source, "at": change.at, "rule": change.rule},
        "theirs_by": {"who": connection, "at": conflict.theirs_at},
        "candidates": [format_id(kind, one) for one in conflict.candidates],
        "opened_at": conflict.opened_at,
        "choices": list(choices(conflict.type, conflict.kind)),
        "choice": conflict.choice,
        "settled_by": conflict.settled_by,
        "settled_at": conflict.settled_at,
        "lost": _lost(conflict),
    }


def _side(kind: Kind, facts: Mapping[str, Fact]) -> Shown:
    return {name: _plain(kind, name, fact) for name, fact in facts.items()}


def _plain(kind: Kind, name: str, fact: Fact) -> Any:
    """As people write it: a row by its id, money with its currency."""
    to = FIELDS[kind][name].to
    if isinstance(fact, Money):
        return f"{fact.amount} {fact.currency}"
    return format_id(to.value, fact) if to and isinstance(fact, UUID) else to_json(fact)


def _lost(conflict: Conflict) -> list[Shown]:
    sides = {"ours": conflict.ours, "theirs": conflict.theirs}
    return [
        {"side": side, "field": name, "value": _plain(conflict.kind, name, fact)}
        for side in LOSES.get((conflict.type, conflict.choice or ""), ())
        for name, fact in sides[side].items()
    ]


def _tell(one: Mapping[str, Any]) -> None:
    where = f"{one['object']} {one['external_id']}"
    say(f"{one['id']} {one['connection']} {one['type']} of {one['kind']} {one['row'] or ''} ({where})")
    ours, theirs = one["ours_by"], one["theirs_by"]
    by = {"ours": _by(ours["who"], ours["at"]) if ours else "", "theirs": _by(theirs["who"], theirs["at"]), "base": ""}
    for side in ("base", "ours", "theirs"):
        for name, value in one[side].items():
            if side == "base" and value is None:
                continue  # nothing was agreed on yet
            say(f"  {side:6} {name}: {orjson.dumps(value).decode()}{by[side]}")
    for candidate in one["candidates"]:
        say(f"  could be {candidate}")
    if one["choice"] is None:
        say(f"  kequn sync resolve {one['id']} --choose {'|'.join(one['choices'])}")
        return
    say(f"  settled: {one['choice']}{_by(one['settled_by'], one['settled_at'])}")
    for value in one["lost"]:
        say(f"  lost   {value['field']}: {orjson.dumps(value['value']).decode()} ({value['side']})")


def _by(who: str, at: datetime | None) -> str:
    return f"  ({who}, {at:%Y-%m-%d %H:%M:%SZ})" if at else f"  ({who})"
