"""Notebooks: what one process notes another one reads, until the settings of the connection change."""

from typing import Any
from uuid import UUID

import pytest

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.hooks import CrmPlugin, Manifest, Setting
from kequn.contracts.secrets import Keyring
from kequn.store import connections
from kequn.store.database import Database
from kequn.store.notebooks import StoredNotebook
from kequn.store.scope import Scope

pytestmark = pytest.mark.anyio
SETTINGS = (Setting("page", "Records at once", type="integer", default=100),)
PLUGIN = CrmPlugin("crm", Manifest("Crm", 1, SETTINGS, hosts=("crm.example.com",)), build=lambda settings, host: None)  # type: ignore[arg-type, return-value]
TOOLS: dict[str, Any] = {"keyring": Keyring([bytes(32)], SeededRandom())}


async def connected(database: Database, tenant: UUID, name: str) -> StoredNotebook:
    async with database.writing() as session:
        tools = {**TOOLS, "clock": ManualClock(), "chance": SeededRandom(len(name))}
        connection = await connections.add(session, Scope(tenant), PLUGIN, name, {}, **tools)
    return StoredNotebook(database, Scope(tenant), connection.id)


async def test_the_last_note_of_a_name_counts(database: Database, tenant: UUID) -> None:
    notebook = await connected(database, tenant, "crm")
    assert await notebook.read("fields") is None
    await notebook.write("fields", {"Contacts": ["Email"]})
    await notebook.write("fields", {"Contacts": ["Email", "Phone"]})
    assert await notebook.read("fields") == {"Contacts": ["Email", "Phone"]}


async def test_connections_have_notebooks_of_their_own(database: Database, tenant: UUID) -> None:
    one, other = await connected(database, tenant, "one"), await connected(database, tenant, "other")
    await one.write("fields", {"Contacts": []})
    assert await other.read("fields") is None


@pytest.mark.parametrize("change", ["settings", "removal"])
async def test_other_settings_may_mean_another_crm(database: Database, tenant: UUID, change: str) -> None:
    mine, neighbour = await connected(database, tenant, "crm"), await connected(database, tenant, "neighbour")
    for notebook in (mine, neighbour):
        await notebook.write("fields", {"Contacts": []})
    async with database.writing() as session:
        if change == "removal":
            await connections.remove(session, Scope(tenant), "crm")
        else:
            await connections.edit(session, Scope(tenant), PLUGIN, "crm", settings={"page": 50}, **TOOLS)
    assert await mine.read("fields") is None
    assert await neighbour.read("fields") is not None


async def test_another_policy_leaves_the_notes(database: Database, tenant: UUID) -> None:
    notebook = await connected(database, tenant, "crm")
    await notebook.write("fields", {"Contacts": []})
    async with database.writing() as session:
        await connections.edit(session, Scope(tenant), PLUGIN, "crm", policy={}, **TOOLS)
    assert await notebook.read("fields") is not None
