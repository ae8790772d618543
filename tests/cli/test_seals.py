"""Another secret key, as operating.md tells it: in front of the old one, everything sealed anew, the old one away."""

import asyncio
import os

from sqlalchemy import LargeBinary, select

from cli.installation import opened
from kequn.clock import SeededRandom
from kequn.contracts.crm import Subscription
from kequn.contracts.secrets import Keyring, new_key
from kequn.store import connections, subscriptions
from kequn.store.tables import metadata
from tests.cli.shell import Command, Zoho
from tests.cli.story import disputed

NEW = new_key(SeededRandom(99)).reveal()


async def subscribe() -> None:
    async with opened() as here, here.database.writing() as session:
        zoho = await connections.get(session, here.scope, "zoho")
        asked = Subscription(None, {"id": "1"})
        await subscriptions.keep(session, here.scope, zoho.id, asked, here.keyring, "https://kequn.example.com/x")


async def rung() -> str | None:
    async with opened() as here, here.database.reading() as session:
        return subscriptions.address(await connections.get(session, here.scope, "zoho"), here.keyring)


async def begin_with(key: bytes) -> list[str]:
    """The columns of whatever table that hold a value that this key has sealed."""
    found = []
    async with opened() as here, here.database.reading() as session:
        columns = [
            one for table in metadata.sorted_tables for one in table.columns if isinstance(one.type, LargeBinary)
        ]
        for one in columns:
            values = (await session.execute(select(one))).scalars()
            found += [str(one) for value in values if value and bytes(value).startswith(key)]
    return sorted(set(found))


def seals(kequn: Command) -> str | None:
    (found,) = (one["wrong"] for one in kequn("doctor", "--json").json if one["what"] == "seals")
    return str(found) if found else None


def test_a_key_is_replaced_and_nothing_is_lost(kequn: Command, synced: Zoho) -> None:
    old = os.environ["KEQUN_SECRET_KEY"]
    disputed(kequn, synced)
    asyncio.run(subscribe())
    assert seals(kequn) is None
    kequn.monkeypatch.setenv("KEQUN_SECRET_KEY", f"{NEW},{old}")
    assert "kequn db reseal" in str(seals(kequn))
    said = kequn.well("db", "reseal", "--json").json
    assert said["left"] is None
    assert {name: count > 0 for name, count in said["sealed"].items()} == dict.fromkeys(
        ["connection.secrets", "connection.token", "connection.subscription", "customer_key.wrapped"], True
    )
    assert seals(kequn) is None
    kequn.monkeypatch.setenv("KEQUN_SECRET_KEY", NEW)
    assert asyncio.run(begin_with(Keyring.parse(old, SeededRandom()).first)) == []
    assert len(asyncio.run(begin_with(Keyring.parse(NEW, SeededRandom()).first))) == 4
    assert asyncio.run(rung()) == "https://kequn.example.com/x"
    kequn.well("connection", "check", "zoho")
    assert "杭州" in kequn.well("sync", "conflicts").out
    kequn.well("sync", "run")
    assert kequn.well("db", "reseal").out == "0 values are sealed anew\n"


def test_a_key_that_is_gone_is_named_and_the_command_ends_with_1(kequn: Command, connected: Zoho) -> None:
    old = os.environ["KEQUN_SECRET_KEY"]
    kequn.monkeypatch.setenv("KEQUN_SECRET_KEY", NEW)
    lost = f"key {Keyring.parse(old, SeededRandom()).first.hex()}, which is not in KEQUN_SECRET_KEY"
    assert lost in str(seals(kequn))
    assert lost in kequn("db", "reseal").error
    kequn.monkeypatch.setenv("KEQUN_SECRET_KEY", f"{NEW},{old}")
    assert "1 settings of connections" in kequn.well("db", "reseal").out


def test_every_tenant_is_looked_after(kequn: Command, zoho: Zoho) -> None:
    kequn.well("tenant", "add", "acme")
    kequn.well("connection", "add", "theirs", "--plugin", "zoho", "--settings", str(zoho.settings), "--tenant", "acme")
    kequn.monkeypatch.setenv("KEQUN_SECRET_KEY", f"{NEW},{os.environ['KEQUN_SECRET_KEY']}")
    assert "1 values are sealed with an older key" in str(seals(kequn))
    assert "acme: 1" in kequn.well("db", "reseal").err
    assert seals(kequn) is None
