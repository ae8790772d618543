"""Connections to CRMs: added, edited, paused, removed. Decides what is stored plain and what sealed, and when the
bases of a connection are stale; deletes nothing, anywhere. Settings are judged by contracts/manifest.py."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Table, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from kequn.clock import Clock, Random, uuid7
from kequn.contracts.errors import BadSettings
from kequn.contracts.hooks import CrmPlugin, Manifest
from kequn.contracts.identity import format_id
from kequn.contracts.manifest import split, validate
from kequn.contracts.secrets import CannotOpen, Keyring, Secret
from kequn.store import notebooks
from kequn.store.journal import HERE
from kequn.store.scope import Scope
from kequn.store.tables import Connection, Cursor, Link
from kequn.store.types import json_text

_links: Table = Link.__table__  # type: ignore[attr-defined]
_cursors: Table = Cursor.__table__  # type: ignore[attr-defined]


class NoSuchConnection(LookupError):
    """The tenant has no connection of this name, or it was removed."""


async def add(
    session: AsyncSession,
    scope: Scope,
    plugin: CrmPlugin,
    name: str,
    settings: Mapping[str, Any],
    *,
    keyring: Keyring,
    clock: Clock,
    chance: Random,
    policy: Mapping[str, Any] | None = None,
) -> Connection:
    """Raises BadSettings, and ValueError when the name is taken (a removed connection keeps its name)."""
    if name == HERE:
        raise ValueError(f"{HERE} stands for what people enter here; choose another name")
    if await _find(session, scope, name) is not None:
        raise ValueError(f"there is, or was, a connection {name}; choose another name")
    connection = Connection(
        tenant_id=scope.tenant,
        id=uuid7(clock, chance),
        name=name,
        plugin=plugin.name,
        policy=dict(policy or {}),
        door=urlsafe_b64encode(chance.bytes(24)).decode(),
        created_at=clock.now(),
    )
    _store(connection, plugin.manifest, settings, keyring)
    session.add(connection)
    await session.flush()
    return connection


async def edit(
    session: AsyncSession,
    scope: Scope,
    plugin: CrmPlugin,
    name: str,
    *,
    keyring: Keyring,
    settings: Mapping[str, Any] | None = None,
    policy: Mapping[str, Any] | None = None,
) -> Connection:
    """Set these settings (None removes one) and keep the others; `policy` replaces the old one. A token that was got
    with other credentials is forgotten, and with other settings what the plugin noted. Raises BadSettings."""
    connection = await get(session, scope, name, lock=True)
    old = settings_of(connection, plugin.manifest, keyring)
    merged = {**old, **(settings or {})}
    before = connection.mapping
    if _login(plugin.manifest, merged) != _login(plugin.manifest, old):
        connection.token = None
    _store(connection, plugin.manifest, merged, keyring)
    if policy is not None:
        connection.policy = dict(policy)
    if connection.mapping != before:
        await _doubt(session, connection)
    if settings is not None or connection.mapping != before:
        await notebooks.clear(session, scope, connection.id)
    await session.flush()
    return connection


async def set_policy(session: AsyncSession, scope: Scope, id: UUID, policy: Mapping[str, Any]) -> None:
    """In place of the old one."""
    mine = (col(Connection.tenant_id) == scope.tenant, col(Connection.id) == id)
    await session.execute(update(Connection).where(*mine).values(policy=dict(policy)))


async def refresh(session: AsyncSession, scope: Scope, plugin: CrmPlugin, name: str, *, keyring: Keyring) -> Connection:
    """The connection, its settings brought to the plugin's present version. To be called before a run: a plugin that
    was upgraded may translate records in another way."""
    connection = await get(session, scope, name)
    if connection.mapping != _digest(plugin.manifest, settings_of(connection, plugin.manifest, keyring)):
        connection = await edit(session, scope, plugin, name, keyring=keyring)
    return connection


async def get(session: AsyncSession, scope: Scope, name: str, *, lock: bool = False) -> Connection:
    """Raises NoSuchConnection, also for one that was removed."""
    connection = await _find(session, scope, name, lock)
    if connection is None or connection.state == "removed":
        raise NoSuchConnection(f"there is no connection {name}; `kequn connection list` shows those that are")
    return connection


async def by_id(session: AsyncSession, scope: Scope, id: UUID) -> Connection | None:
    """Removed ones too: rows, conflicts and runs still tell of them."""
    query = select(Connection).where(col(Connection.tenant_id) == scope.tenant, col(Connection.id) == id)
    return (await session.execute(query)).scalar_one_or_none()


async def at_door(session: AsyncSession, id: UUID, door: str) -> Connection | None:
    """Whose webhook this is; None when nobody's. The one question that comes without a tenant."""
    query = select(Connection).where(col(Connection.id) == id, col(Connection.state) != "removed")
    for connection in (await session.execute(query)).scalars():
        if hmac.compare_digest(connection.door.encode(), door.encode(errors="surrogateescape")):
            return connection
    return None


def door_of(connection: Connection, public_url: str) -> str:
    """The address at which its CRM rings. `public_url`: of this server, from outside."""
    return f"{public_url.rstrip('/')}/webhooks/{format_id('connection', connection.id)}/{connection.door}"


async def present(session: AsyncSession, scope: Scope) -> Sequence[Connection]:
    """The connections that were not removed, by name."""
    query = select(Connection).where(col(Connection.tenant_id) == scope.tenant, col(Connection.state) != "removed")
    return (await session.execute(query.order_by(col(Connection.name)))).scalars().all()


async def everyone(session: AsyncSession, scope: Scope) -> Sequence[Connection]:
    """Removed ones too, by name: conflicts and runs still tell of them."""
    query = select(Connection).where(col(Connection.tenant_id) == scope.tenant).order_by(col(Connection.name))
    return (await session.execute(query)).scalars().all()


async def pause(session: AsyncSession, scope: Scope, name: str) -> Connection:
    """Nothing is pulled or pushed any more; what changes meanwhile waits in the outbox."""
    return await _become(session, scope, name, "paused")


async def resume(session: AsyncSession, scope: Scope, name: str) -> Connection:
    return await _become(session, scope, name, "active")


async def schedule(session: AsyncSession, scope: Scope, name: str, when: Mapping[str, Any]) -> Connection:
    """When it is synced though nothing asks for it (kequn/domain/schedules.py); empty: as often as the server says."""
    connection = await get(session, scope, name, lock=True)
    connection.schedule = dict(when)
    await session.flush()
    return connection


async def remove(session: AsyncSession, scope: Scope, name: str) -> Connection:
    """For good. Rows, links and history stay, and so does everything in the CRM; the credentials are destroyed."""
    connection = await _become(session, scope, name, "removed")
    await notebooks.clear(session, scope, connection.id)
    connection.secrets = connection.token = connection.subscription = None
    await session.flush()
    return connection


def settings_of(connection: Connection, manifest: Manifest, keyring: Keyring) -> dict[str, Any]:
    """What `CrmPlugin.build` takes: defaults filled in, secrets as Secret, older settings made current.
    Raises BadSettings."""
    secrets: dict[str, Any] = {}
    if connection.secrets is not None:
        try:
            secrets = orjson.loads(keyring.open(connection.secrets, place(connection.id)))
        except CannotOpen as error:
            raise BadSettings(f"the secrets of connection {connection.name} cannot be opened: {error}") from error
    return validate(manifest, {**connection.settings, **secrets}, connection.manifest_version)


def _store(connection: Connection, manifest: Manifest, settings: Mapping[str, Any], keyring: Keyring) -> None:
    """Only what differs from the defaults is kept: a better default of a newer plugin then counts here too."""
    complete = validate(manifest, settings)
    defaults = {setting.name: setting.default for setting in manifest.settings}
    plain, secrets = split(manifest, complete)
    revealed = {name: secret.reveal() for name, secret in secrets.items()}
    connection.settings = {name: value for name, value in plain.items() if value != defaults[name]}
    connection.secrets = keyring.seal(orjson.dumps(revealed), place(connection.id)) if revealed else None
    connection.manifest_version = manifest.version
    connection.mapping = _digest(manifest, complete)


def _login(manifest: Manifest, settings: Mapping[str, Any]) -> list[Any]:
    """What a token was got with, and where."""
    secret = [setting.name for setting in manifest.settings if setting.secret]
    given = (settings.get(name) for name in (*secret, *manifest.host_settings))
    return [value.reveal() if isinstance(value, Secret) else value for value in given]


def place(connection: UUID) -> str:
    """What its sealed settings are bound to."""
    return f"connection/{connection.hex}/secrets"


def _digest(manifest: Manifest, settings: Mapping[str, Any]) -> str:
    """Of everything that decides how records are translated."""
    names = [setting.name for setting in manifest.settings if setting.mapping]
    return sha256(json_text([manifest.version, {name: settings[name] for name in names}]).encode()).hexdigest()


async def _doubt(session: AsyncSession, connection: Connection) -> None:
    """What was agreed on was said in other words: every record is read and compared again, from the start."""
    for table, values in ((_links, {"stale": True}), (_cursors, {"position": None, "scan": None, "met": 0})):
        mine = (table.c.tenant_id == connection.tenant_id, table.c.connection_id == connection.id)
        await session.execute(update(table).where(*mine).values(**values))


async def _become(session: AsyncSession, scope: Scope, name: str, state: str) -> Connection:
    connection = await get(session, scope, name, lock=True)
    connection.state = state
    await session.flush()
    return connection


async def _find(session: AsyncSession, scope: Scope, name: str, lock: bool = False) -> Connection | None:
    query = select(Connection).where(col(Connection.tenant_id) == scope.tenant, col(Connection.name) == name)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()
