"""`kequn connection show`: what a connection is and what it may do, with what is left to the defaults and to the
tenant's rules filled in. Secrets are never shown. Reads only."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any

import orjson
import typer

from cli.installation import Json, Tenant, opened
from kequn.contracts.identity import format_id
from kequn.contracts.records import Kind
from kequn.store import condition, connections
from kequn.store.tables import Connection
from kequn.sync.policy import Create, KindPolicy, Policy
from kequn.terminal import say, say_json


def add_to(group: typer.Typer) -> None:
    group.command()(show)


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The connection's name.")],
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """Show a connection: its settings, and what it may do. Secrets are not shown."""

    async def work() -> tuple[Connection, Policy]:
        async with opened(tenant) as here:
            async with here.database.reading() as session:
                found = await connections.get(session, here.scope, name)
            return found, await here.switchboard.policy(here.scope, found)

    connection, policy = asyncio.run(work())
    if json:
        say_json(_shown(connection, policy))
        return
    say(f"{connection.name} ({connection.plugin}, {connection.state}, {format_id('connection', connection.id)})")
    for key, value in sorted(connection.settings.items()):
        say(f"  {key}: {orjson.dumps(value).decode()}")
    say(f"a customer is known again by {', then '.join(policy.identity) or 'its link alone'}")
    say(f"a run may delete or blank {policy.limits.least} records, or {policy.limits.share:.0%} of those linked")
    for kind in Kind:
        for line in _told(kind, policy.of(kind)):
            say(line)


def _shown(connection: Connection, policy: Policy) -> dict[str, Any]:
    return {
        "id": format_id("connection", connection.id),
        "name": connection.name,
        "plugin": connection.plugin,
        "state": connection.state,
        "settings": connection.settings,
        "policy": {kind.value: _plain(kind, policy.of(kind)) for kind in Kind},
        "identity": policy.identity,
        "guard": {"least": policy.limits.least, "share": policy.limits.share},
    }


def _plain(kind: Kind, policy: KindPolicy) -> dict[str, Any]:
    """As it would be entered; `authority` comes from the rules."""
    scoped = policy.create is Create.WHERE
    return {
        "direction": policy.direction,
        "pull": condition.show(kind, policy.pull) if policy.is_scoped else {},
        "create": {"where": condition.show(kind, policy.where)} if scoped else policy.create,
        "delete": policy.delete,
        "winner": policy.winner,
        "fields": {name: {"direction": one.direction, "winner": one.winner} for name, one in policy.fields.items()},
        "authority": policy.authority,
    }


def _told(kind: Kind, policy: KindPolicy) -> Iterator[str]:
    yield (
        f"{kind}: {policy.direction}; creates {policy.create}; deletes: {policy.delete}; "
        f"both sides moved a field: {policy.winner}"
    )
    if policy.is_scoped:
        yield f"  pulled where {orjson.dumps(condition.show(kind, policy.pull)).decode()}"
    if policy.create is Create.WHERE:
        yield f"  created where {orjson.dumps(condition.show(kind, policy.where)).decode()}"
    for name, one in policy.fields.items():
        yield f"  {name}: {one.direction}{f', {one.winner} wins' if one.winner else ''}"
    for name, ranking in policy.authority.items():
        yield f"  {'every other field' if name == '*' else name}: {' before '.join(ranking)}"
