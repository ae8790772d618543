"""Connections: settings stored plain or sealed, policies, doors, stale bases, and what removal leaves."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from kequn.clock import ManualClock, SystemRandom, uuid7
from kequn.contracts.crm import Crm
from kequn.contracts.errors import BadSettings
from kequn.contracts.hooks import CrmPlugin, Manifest, Setting
from kequn.contracts.host import CrmHost
from kequn.contracts.secrets import Keyring, Secret, new_key
from kequn.store import connections, tenants
from kequn.store.database import Database
from kequn.store.scope import Scope
from kequn.store.tables import Connection, Cursor, Link

pytestmark = pytest.mark.anyio
CLOCK, RANDOM = ManualClock(), SystemRandom()
KEYRING = Keyring.parse(new_key(RANDOM), RANDOM)

SETTINGS = (
    Setting("base_url", "Where it is.", required=True),
    Setting("client_secret", "Its secret.", required=True, secret=True),
    Setting("page", "Records per page.", "integer", default=100),
    Setting("fields", "Its fields, by ours.", "object", default={"phone": "Mobile"}, mapping=True),
)
GIVEN = {"base_url": "https://crm.example.com", "client_secret": "s3cret"}


def _build(settings: Mapping[str, Any], host: CrmHost) -> Crm:
    raise AssertionError("these tests build no CRM")


PLUGIN = CrmPlugin("acme", Manifest("Acme", 1, SETTINGS, host_settings=("base_url",)), _build)


async def add(database: Database, tenant: UUID, name: str = "crm", **more: Any) -> Connection:
    tools: dict[str, Any] = {"keyring": KEYRING, "clock": CLOCK, "chance": RANDOM}
    async with database.writing() as session:
        return await connections.add(session, Scope(tenant), PLUGIN, name, {**GIVEN, **more}, **tools)


async def edit(database: Database, tenant: UUID, **more: Any) -> Connection:
    async with database.writing() as session:
        return await connections.edit(session, Scope(tenant), PLUGIN, "crm", keyring=KEYRING, **more)


async def stored(database: Database, tenant: UUID, name: str = "crm") -> Connection:
    async with database.reading() as session:
        return await connections.get(session, Scope(tenant), name)


async def linked(database: Database, connection: Connection) -> None:
    """One record of the connection is linked, and a feed was walked."""
    key: dict[str, Any] = {"tenant_id": connection.tenant_id, "connection_id": connection.id}
    async with database.writing() as session:
        row = uuid7(CLOCK, RANDOM)
        session.add(Link(**key, object="Contacts", external_id="1", kind="customer", row_id=row, base=b""))
        session.add(Cursor(**key, feed="contacts", position={"since": "yesterday"}, size=1))


async def stale(database: Database) -> bool:
    async with database.reading() as session:
        doubted = (await session.execute(select(Link.stale))).scalar_one()
        position = (await session.execute(select(Cursor.position))).scalar_one()
    assert doubted == (position is None)
    return doubted


async def test_settings_come_back_with_defaults_and_secrets(database: Database, tenant: UUID) -> None:
    await add(database, tenant)
    settings = connections.settings_of(await stored(database, tenant), PLUGIN.manifest, KEYRING)
    assert settings == {
        "base_url": "https://crm.example.com",
        "client_secret": Secret("s3cret"),
        "page": 100,
        "fields": {"phone": "Mobile"},
    }


async def test_secrets_are_sealed_at_rest(database: Database, tenant: UUID) -> None:
    await add(database, tenant)
    connection = await stored(database, tenant)
    assert connection.settings == {"base_url": "https://crm.example.com"}
    assert "s3cret" not in repr(connection.model_dump())


async def test_secrets_moved_to_another_connection_do_not_open(database: Database, tenant: UUID) -> None:
    first, second = await add(database, tenant), await add(database, tenant, "second")
    second.secrets = first.secrets
    with pytest.raises(BadSettings, match="secrets of connection second cannot be opened"):
        connections.settings_of(second, PLUGIN.manifest, KEYRING)


async def test_settings_that_do_not_fit_are_refused_by_name(database: Database, tenant: UUID) -> None:
    with pytest.raises(BadSettings, match="bas_url is unknown"):
        await add(database, tenant, bas_url="https://crm.example.com")


async def test_a_name_is_used_once_even_after_removal(database: Database, tenant: UUID) -> None:
    await add(database, tenant)
    async with database.writing() as session:
        await connections.remove(session, Scope(tenant), "crm")
    with pytest.raises(ValueError, match="choose another name"):
        await add(database, tenant)


async def test_an_edit_keeps_what_it_does_not_name(database: Database, tenant: UUID) -> None:
    before = await add(database, tenant, page=50)
    await edit(database, tenant, settings={"client_secret": "n3w", "page": None}, policy={"default": "ask"})
    after = await stored(database, tenant)
    settings = connections.settings_of(after, PLUGIN.manifest, KEYRING)
    assert (settings["client_secret"].reveal(), settings["page"], settings["base_url"]) == (
        "n3w",
        100,
        "https://crm.example.com",
    )
    assert after.policy == {"default": "ask"}
    assert after.door == before.door


@pytest.mark.parametrize(
    ("settings", "kept"),
    [({"client_secret": "n3w"}, None), ({"base_url": "https://crm.example.org"}, None), ({"page": 50}, b"token")],
    ids=["another_secret", "another_host", "another_page_size"],
)
async def test_a_token_got_with_other_credentials_is_forgotten(
    database: Database, tenant: UUID, settings: dict[str, Any], kept: bytes | None
) -> None:
    await add(database, tenant)
    async with database.writing() as session:
        (await connections.get(session, Scope(tenant), "crm")).token = b"token"
    await edit(database, tenant, settings=settings)
    assert (await stored(database, tenant)).token == kept


async def test_another_mapping_makes_every_base_stale(database: Database, tenant: UUID) -> None:
    await linked(database, await add(database, tenant))
    await edit(database, tenant, settings={"fields": {"phone": "Phone"}})
    assert await stale(database)


async def test_another_page_size_leaves_the_bases_alone(database: Database, tenant: UUID) -> None:
    await linked(database, await add(database, tenant))
    await edit(database, tenant, settings={"page": 7, "fields": {"phone": "Mobile"}})
    assert not await stale(database)


async def test_the_links_of_other_connections_stay_as_they_are(database: Database, tenant: UUID) -> None:
    await add(database, tenant)
    await linked(database, await add(database, tenant, "second"))
    await edit(database, tenant, settings={"fields": {"phone": "Phone"}})
    assert not await stale(database)


@pytest.mark.parametrize(
    "newer",
    [
        Manifest("Acme", 2, SETTINGS, upgrade=lambda settings, _: settings),
        Manifest("Acme", 1, (*SETTINGS[:3], replace(SETTINGS[3], default={"phone": "Phone"}))),
    ],
    ids=["a new version", "a new default"],
)
async def test_a_newer_plugin_makes_every_base_stale(database: Database, tenant: UUID, newer: Manifest) -> None:
    await linked(database, await add(database, tenant))
    plugin = replace(PLUGIN, manifest=newer)
    for wanted in (PLUGIN, plugin):
        async with database.writing() as session:
            await connections.refresh(session, Scope(tenant), wanted, "crm", keyring=KEYRING)
        assert await stale(database) == (wanted is plugin)
    assert (await stored(database, tenant)).manifest_version == newer.version


async def test_older_settings_are_upgraded(database: Database, tenant: UUID) -> None:
    await add(database, tenant, page=50)
    settings = (*SETTINGS[:2], Setting("per_page", "Records per page.", "integer"), SETTINGS[3])
    newer = Manifest("Acme", 2, settings, upgrade=lambda old, _: {**_without(old, "page"), "per_page": old["page"]})
    assert connections.settings_of(await stored(database, tenant), newer, KEYRING)["per_page"] == 50


def _without(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key != name}


async def test_pausing_and_resuming(database: Database, tenant: UUID) -> None:
    await add(database, tenant)
    async with database.writing() as session:
        assert (await connections.pause(session, Scope(tenant), "crm")).state == "paused"
    assert (await stored(database, tenant)).state == "paused"
    async with database.writing() as session:
        assert (await connections.resume(session, Scope(tenant), "crm")).state == "active"


async def test_removal_destroys_credentials_and_nothing_else(database: Database, tenant: UUID) -> None:
    connection = await add(database, tenant)
    await linked(database, connection)
    async with database.writing() as session:
        await connections.remove(session, Scope(tenant), "crm")
    async with database.reading() as session:
        [link] = (await session.execute(select(Link))).scalars()
        left = await connections.by_id(session, Scope(tenant), connection.id)
        assert await connections.present(session, Scope(tenant)) == []
        with pytest.raises(connections.NoSuchConnection):
            await connections.get(session, Scope(tenant), "crm")
    assert not link.stale
    assert left is not None
    assert (left.state, left.secrets, left.token) == ("removed", None, None)


async def test_a_door_opens_for_its_own_token_alone(database: Database, tenant: UUID) -> None:
    first, second = await add(database, tenant), await add(database, tenant, "second")
    async with database.reading() as session:
        found = await connections.at_door(session, first.id, first.door)
        assert found is not None
        assert found.name == "crm"
        for door in (second.door, "", "\udcff"):
            assert await connections.at_door(session, first.id, door) is None


async def test_a_tenant_sees_its_own_connections_alone(database: Database, tenant: UUID) -> None:
    connection = await add(database, tenant)
    async with database.writing() as session:
        other = Scope((await tenants.create(session, "other", clock=CLOCK, chance=RANDOM)).id)
        assert await connections.present(session, other) == []
        assert await connections.by_id(session, other, connection.id) is None
        with pytest.raises(connections.NoSuchConnection):
            await connections.remove(session, other, "crm")
