"""Webhooks: the right door, the right signature, and a hint that is durable before the answer."""

import httpx
import pytest
from sqlalchemy import select

from api.doors import REMEMBERED_SECONDS
from kequn.contracts.crm import WebhookRequest
from kequn.contracts.identity import format_id
from kequn.settings import Settings
from kequn.store import connections, subscriptions
from kequn.store.scope import Scope
from kequn.store.tables import Connection, Hint
from kequn.testing.memory import webhook
from kequn.testing.memory.door import subscription
from tests.api.conftest import House

pytestmark = pytest.mark.anyio
SUBSCRIPTION = subscription("http://kequn.example.com/hook")


@pytest.fixture
async def connection(house: House) -> Connection:
    async with house.database.writing() as session:
        added = await connections.add(
            session,
            Scope(house.tenant),
            house.registry.crm("memory"),
            "crm",
            {},
            keyring=house.keyring,
            clock=house.clock,
            chance=house.random,
        )
        await subscriptions.keep(session, Scope(house.tenant), added.id, SUBSCRIPTION, house.keyring)
    return added


async def ring(house: House, door: str, request: WebhookRequest, connection: str) -> httpx.Response:
    async with house.browser("https://kequn.example.com", "192.0.2.7") as browser:
        return await browser.post(f"/webhooks/{connection}/{door}", content=request.body, headers=dict(request.headers))


async def noted(house: House) -> list[tuple[str, str, str, str]]:
    async with house.database.reading() as session:
        found = (await session.execute(select(Hint))).scalars().all()
    return sorted((hint.object, hint.external_id, hint.kind, hint.code) for hint in found)


@pytest.mark.parametrize("written", ["id", "uuid"])
async def test_a_genuine_one_leaves_hints(house: House, connection: Connection, written: str) -> None:
    request = webhook(SUBSCRIPTION, [("people", "1"), ("people", "2"), ("unheard of", "3")])
    name = format_id("connection", connection.id) if written == "id" else str(connection.id)
    answer = await ring(house, connection.door, request, name)
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert await noted(house) == [("people", "1", "customer", "WEBHOOK"), ("people", "2", "customer", "WEBHOOK")]
    assert (await ring(house, connection.door, request, name)).status_code == 200
    assert len(await noted(house)) == 2


async def test_a_forged_one_is_refused(house: House, connection: Connection) -> None:
    forged = webhook(subscription("http://elsewhere.example.com"), [("people", "1")])
    answer = await ring(house, connection.door, forged, str(connection.id))
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_GENUINE"
    assert await noted(house) == []


async def test_the_wrong_door(house: House, connection: Connection) -> None:
    request = webhook(SUBSCRIPTION, [("people", "1")])
    nobody = "con_" + "0" * 32
    for door, name in [("x", str(connection.id)), (connection.door, nobody), (connection.door, "x"), ("é", nobody)]:
        assert (await ring(house, door, request, name)).status_code == 404
    assert await noted(house) == []


async def test_a_proof_that_was_renewed_counts_at_once(house: House, connection: Connection) -> None:
    """Whatever is remembered of the door."""
    await ring(house, connection.door, webhook(SUBSCRIPTION, [("people", "1")]), str(connection.id))
    renewed = subscription("http://renewed.example.com")
    async with house.database.writing() as session:
        await subscriptions.keep(session, Scope(house.tenant), connection.id, renewed, house.keyring)
    answer = await ring(house, connection.door, webhook(renewed, [("people", "2")]), str(connection.id))
    assert (answer.status_code, len(await noted(house))) == (200, 2)
    old = await ring(house, connection.door, webhook(SUBSCRIPTION, [("people", "3")]), str(connection.id))
    assert (old.status_code, len(await noted(house))) == (403, 2)


async def test_a_door_is_remembered_for_a_moment(house: House, connection: Connection) -> None:
    request = webhook(SUBSCRIPTION, [("people", "1")])
    await ring(house, connection.door, request, str(connection.id))
    async with house.database.writing() as session:
        await connections.remove(session, Scope(house.tenant), "crm")
    assert (await ring(house, connection.door, request, str(connection.id))).status_code == 200
    house.clock.move(REMEMBERED_SECONDS)
    assert (await ring(house, connection.door, request, str(connection.id))).status_code == 404


async def test_a_removed_connection_has_no_door(house: House, connection: Connection) -> None:
    async with house.database.writing() as session:
        await connections.remove(session, Scope(house.tenant), "crm")
    request = webhook(SUBSCRIPTION, [("people", "1")])
    assert (await ring(house, connection.door, request, str(connection.id))).status_code == 404


async def test_a_plugin_that_is_gone(house: House, connection: Connection) -> None:
    """The CRM is asked to come again."""
    async with house.database.writing() as session:
        found = await connections.get(session, Scope(house.tenant), "crm")
        found.plugin = "forgotten"
    request = webhook(SUBSCRIPTION, [("people", "1")])
    assert (await ring(house, connection.door, request, str(connection.id))).status_code == 503


async def test_a_body_that_is_too_large(house: House, connection: Connection) -> None:
    request = WebhookRequest("POST", {}, {}, b" " * (Settings().limit_body + 1))
    assert (await ring(house, connection.door, request, str(connection.id))).status_code == 413
