"""Notifications: asked for, renewed, and read - genuine ones alone, and for their ids alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from kequn.contracts.crm import Subscription, WebhookRequest
from kequn.contracts.errors import Rejected
from tests.plugins.zoho.rig import Rig, opened

pytestmark = pytest.mark.anyio

DOOR = "https://kequn.example/webhooks/con_1/door"


class Inbox(httpx.AsyncBaseTransport):
    """Where the emulator's notifications arrive."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(await request.aread())
        return httpx.Response(200)


async def subscribed(**settings: Any) -> tuple[Rig, Inbox, Subscription]:
    inbox = Inbox()
    rig = await opened(transport=inbox, **settings)
    return rig, inbox, await rig.crm.subscribe(DOOR, None)


def request(body: bytes, subscription: Subscription | None) -> WebhookRequest:
    return WebhookRequest("POST", {}, {"content-type": "application/json"}, body, subscription)


async def test_a_notification_names_the_record() -> None:
    rig, inbox, subscription = await subscribed()
    id = rig.people.create("Contacts", {"Last_Name": "Bado"})
    await rig.emulator.settle()
    hint = await rig.crm.read_webhook(request(inbox.bodies[0], subscription))
    assert hint.refs == (("Contacts", id),)


async def test_what_is_mapped_is_watched() -> None:
    rig, inbox, subscription = await subscribed()
    rig.people.create("Cases", {"Subject": "Slow", "Status": "New", "Case_Origin": "Web"})
    rig.people.create("Accounts", {"Account_Name": "Mill"})
    rig.people.create("Deals", {"Deal_Name": "Tea", "Stage": "Qualification"})
    await rig.emulator.settle()
    hints = [await rig.crm.read_webhook(request(body, subscription)) for body in inbox.bodies]
    assert sorted(object for hint in hints for object, _ in hint.refs) == ["Accounts", "Cases"]


async def test_it_lasts_almost_a_week_and_is_renewed() -> None:
    rig, inbox, subscription = await subscribed()
    assert subscription.expires_at is not None
    assert timedelta(days=6) < subscription.expires_at - rig.clock.now() < timedelta(days=7)
    rig.later(6 * 86400)
    renewed = await rig.crm.subscribe(DOOR, subscription)
    assert renewed.state == subscription.state
    rig.later(2 * 86400)
    rig.people.create("Contacts", {"Last_Name": "Bado"})
    await rig.emulator.settle()
    assert len(inbox.bodies) == 1


async def test_one_that_zoho_has_forgotten_is_made_anew() -> None:
    rig, inbox, subscription = await subscribed()
    rig.later(30 * 86400)
    lost = replace(subscription, state={**subscription.state, "channel_id": "1000000000007"})
    renewed = await rig.crm.subscribe(DOOR, lost)
    rig.people.create("Contacts", {"Last_Name": "Bado"})
    await rig.emulator.settle()
    assert renewed.state["token"] != subscription.state["token"]
    assert [len((await rig.crm.read_webhook(request(body, renewed))).refs) for body in inbox.bodies] == [1]


async def test_its_secret_is_long_and_not_shown() -> None:
    _, _, subscription = await subscribed()
    token = subscription.state["token"]
    assert 40 <= len(token) <= 50
    assert token not in repr(subscription)


def genuine(rig: Rig, subscription: Subscription, **changes: Any) -> bytes:
    body = {
        "server_time": int(rig.clock.now().timestamp() * 1000),
        "module": "Contacts",
        "ids": ["1", "2", "1"],
        "operation": "update",
        "channel_id": subscription.state["channel_id"],
        "token": subscription.state["token"],
    }
    return orjson.dumps({**body, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "wrong"},
        {"token": None},
        {"token": ""},
        {"channel_id": "7"},
        {"server_time": None},
        {"server_time": 1},
    ],
)
async def test_what_is_not_genuine_is_refused(changes: dict[str, Any]) -> None:
    rig, _, subscription = await subscribed()
    assert (await rig.crm.read_webhook(request(genuine(rig, subscription), subscription))).refs
    with pytest.raises(Rejected):
        await rig.crm.read_webhook(request(genuine(rig, subscription, **changes), subscription))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"x"', b"\xff"])
async def test_what_is_no_notification_is_refused(body: bytes) -> None:
    rig, _, subscription = await subscribed()
    with pytest.raises(Rejected):
        await rig.crm.read_webhook(request(body, subscription))


async def test_without_a_subscription_nothing_is_believed() -> None:
    rig, _, subscription = await subscribed()
    with pytest.raises(Rejected):
        await rig.crm.read_webhook(request(genuine(rig, subscription, token=None), None))


async def test_doubled_ids_count_once_and_nonsense_not_at_all() -> None:
    rig, _, subscription = await subscribed()
    body = genuine(rig, subscription, ids=["1", 1, "../x", None, "2"])
    hint = await rig.crm.read_webhook(request(body, subscription))
    assert hint.refs == (("Contacts", "1"), ("Contacts", "2"))


@pytest.mark.parametrize("changes", [{"module": "Invoices"}, {"module": 7}, {"ids": "1"}, {"ids": None}])
async def test_what_we_do_not_know_is_no_hint(changes: dict[str, Any]) -> None:
    rig, _, subscription = await subscribed()
    hint = await rig.crm.read_webhook(request(genuine(rig, subscription, **changes), subscription))
    assert hint.refs == ()


async def test_an_unsigned_one_is_refused() -> None:
    rig, inbox, subscription = await subscribed()
    rig.emulator.faults.script("webhook_unsigned")
    rig.people.create("Contacts", {"Last_Name": "Bado"})
    await rig.emulator.settle()
    with pytest.raises(Rejected):
        await rig.crm.read_webhook(request(inbox.bodies[0], subscription))


async def test_a_subscription_that_zoho_does_not_take_says_what_is_wrong() -> None:
    rig = await opened()
    with pytest.raises(Rejected, match="INVALID_DATA at notify_url"):
        await rig.crm.subscribe("ftp://kequn.example/door", None)
