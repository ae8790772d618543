"""`kequn connection`: add, list, check, edit, pause, resume, remove. Nothing here deletes a record, anywhere."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cli.entered import ask_missing, pairs, read_json, require_word, require_yes, settings_named
from cli.installation import Installation, Json, Tenant, opened
from kequn.contracts.crm import Problem
from kequn.contracts.errors import CrmError
from kequn.contracts.identity import format_id
from kequn.store import connections, tenants
from kequn.store.scope import Scope
from kequn.store.tables import Connection
from kequn.sync import policy as policies
from kequn.sync import rules
from kequn.sync.connect import Heard
from kequn.sync.policy import Policy
from kequn.sync.revise import revise
from kequn.terminal import Failure, note, say, say_json, say_table

group = typer.Typer(help="Accounts at CRMs, and what may be done there.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The connection's name.")]
Settings = Annotated[Path | None, typer.Option("--settings", help="Settings: a file with a JSON object, or - (stdin).")]
PolicyFile = Annotated[Path | None, typer.Option("--policy", help="What it may do: a file with a JSON object, or -.")]
Pairs = Annotated[
    list[str] | None,
    typer.Option("--set", help="key=value, key=@FILE, or key=- to be asked unseen; may be given again."),
]


@group.command()
def add(
    name: Name,
    plugin: Annotated[str | None, typer.Option(help="Whose CRM; the name itself if left out.")] = None,
    settings: Settings = None,
    policy: PolicyFile = None,
    set: Pairs = None,
    paused: Annotated[bool, typer.Option("--paused", help="It is synced only once it is resumed.")] = False,
    tenant: Tenant = None,
) -> None:
    """Add a connection. A worker that runs begins at once; else nothing is synced before `kequn sync run`."""
    require_word(name)

    async def work() -> None:
        async with opened(tenant) as here:
            entry = here.registry.crm(plugin or name)
            given = {**(read_json(settings) if settings else {}), **pairs(entry.manifest, set or [])}
            plain = read_json(policy) if policy else {}
            complete = ask_missing(entry.manifest, given)
            async with here.database.writing() as session:
                await here.database.alone(session, here.scope.tenant)
                allowed = await _policy(session, here.scope, plain)
                try:
                    added = await connections.add(
                        session, here.scope, entry, name, complete,
                        keyring=here.keyring, clock=here.clock, chance=here.random, policy=plain,
                    )  # fmt: skip
                except ValueError as error:
                    raise Failure(str(error)) from error
                await revise(session, here.scope, added.id, None, allowed, here.clock)
                if paused:
                    await connections.pause(session, here.scope, name)
        say(f"{name} is added ({format_id('connection', added.id)})")
        note(f"`kequn connection check {name}` tries it; `kequn sync plan {name}` shows what a first sync would do")
        note(f"`kequn connection resume {name}` lets it begin" if paused else "a worker begins at once, where one runs")

    asyncio.run(work())


@group.command("list")
def show(tenant: Tenant = None, json: Json = False) -> None:
    """Show the connections, without their secrets."""

    async def work() -> None:
        async with opened(tenant) as here, here.database.reading() as session:
            found = [_shown(one) for one in await connections.present(session, here.scope)]
        if json:
            say_json(found)
        else:
            say_table(
                ("name", "plugin", "state", "id"),
                [[one[c] for c in ("name", "plugin", "state", "id")] for one in found],
            )

    asyncio.run(work())


@group.command()
def check(name: Name, tenant: Tenant = None, json: Json = False) -> None:
    """Try the credentials, and list what is to be mended there."""

    async def work() -> None:
        async with opened(tenant) as here:
            problems = await examine(here, name)
        if json:
            say_json({"connection": name, "problems": problems})
            return
        say(f"{name}: reachable, and the credentials do")
        for one in problems:
            say(f"  to mend: {one['object']}{'.' + one['field'] if one['field'] else ''}: {one['message']}")

    asyncio.run(work())


@group.command()
def edit(
    name: Name,
    settings: Settings = None,
    policy: PolicyFile = None,
    set: Pairs = None,
    unset: Annotated[list[str] | None, typer.Option(help="A setting to take away; may be given again.")] = None,
    tenant: Tenant = None,
) -> None:
    """Change settings, or the policy. Other settings stay; a policy replaces the old one."""
    if not (settings or policy or set or unset):
        raise Failure("nothing is said: --set, --unset and --settings change settings, --policy replaces the policy")

    async def work() -> None:
        async with opened(tenant) as here, here.database.writing() as session:
            await here.database.alone(session, here.scope.tenant)
            known = await connections.get(session, here.scope, name)
            entry = here.registry.crm(known.plugin)
            given = {**(read_json(settings) if settings else {}), **pairs(entry.manifest, set or [])}
            given |= dict.fromkeys(settings_named(entry.manifest, unset or []))
            plain = None if policy is None else read_json(policy)
            old = await _policy(session, here.scope, known.policy)
            new = old if plain is None else await _policy(session, here.scope, plain)
            await connections.edit(session, here.scope, entry, name, keyring=here.keyring, settings=given, policy=plain)
            await revise(session, here.scope, known.id, old, new, here.clock)
        say(f"{name} is changed")

    asyncio.run(work())


@group.command()
def pause(name: Name, tenant: Tenant = None) -> None:
    """Pull and push nothing any more; what changes meanwhile waits."""
    _become(name, tenant, connections.pause, "is paused")


@group.command()
def resume(name: Name, tenant: Tenant = None) -> None:
    """Sync again, from where it was paused."""
    _become(name, tenant, connections.resume, "is active")


@group.command()
def remove(
    name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, tenant: Tenant = None
) -> None:
    """Remove a connection for good, with its credentials. Its name is not free again; rows and records stay."""

    async def look() -> None:
        async with opened(tenant) as here, here.database.reading() as session:
            await connections.get(session, here.scope, name)  # says it when there is none

    asyncio.run(look())
    require_yes(f"Remove {name} for good, with its credentials?", yes=yes)
    _become(name, tenant, connections.remove, "is removed; its rows and history stay")


async def examine(here: Installation, name: str, *, heard: Heard | None = None) -> list[dict[str, Any]]:
    """What a person should mend. Raises Failure, naming the connection, when it does not work at all."""
    try:
        async with replace(here.switchboard, heard=heard).connect(here.scope, name) as remote:
            await remote.crm.open()
            found = list(await remote.crm.check())
            for object in await remote.crm.describe():
                found += object.problems
    except CrmError as error:
        raise Failure(f"{name}: {error.message}; `kequn connection edit {name}` changes its settings") from error
    return [_problem(one) for one in dict.fromkeys(found)]


def _problem(problem: Problem) -> dict[str, Any]:
    return {"object": problem.object, "id": problem.id, "field": problem.field, "message": problem.message}


async def _policy(session: AsyncSession, scope: Scope, plain: Mapping[str, Any]) -> Policy:
    """Raises BadSettings."""
    return policies.read(plain, rules.read(await tenants.rules_of(session, scope)))


def _shown(connection: Connection) -> dict[str, Any]:
    return {
        "id": format_id("connection", connection.id),
        "name": connection.name,
        "plugin": connection.plugin,
        "state": connection.state,
        "settings": connection.settings,
        "policy": connection.policy,
        "created_at": connection.created_at,
    }


def _become(
    name: str, tenant: str | None, act: Callable[[AsyncSession, Scope, str], Awaitable[Connection]], outcome: str
) -> None:
    async def work() -> None:
        async with opened(tenant) as here, here.database.writing() as session:
            await act(session, here.scope, name)
        say(f"{name} {outcome}")

    asyncio.run(work())
