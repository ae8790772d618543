"""Events: the vendor's published vector, genuine ones, forged ones, and the answer that Fxiaoke expects."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest

from kequn.contracts.crm import Hint, WebhookRequest
from kequn.contracts.errors import Rejected
from plugins.fxiaoke.emulator.events import is_acknowledged
from tests.plugins.fxiaoke.emulator.test_events import KEY, VECTOR
from tests.plugins.fxiaoke.rig import Rig, opened

pytestmark = pytest.mark.anyio


def request(body: Mapping[str, Any] | bytes) -> WebhookRequest:
    return WebhookRequest("POST", {}, {}, body if isinstance(body, bytes) else orjson.dumps(body))


async def read(rig: Rig, body: Mapping[str, Any] | bytes) -> Hint:
    return await rig.crm.read_webhook(request(body))


class Door(httpx.AsyncBaseTransport):
    """Hands each event to the adapter, as kequn's door does."""

    def __init__(self) -> None:
        self.rig: Rig | None = None
        self.hints: list[Hint] = []

    async def handle_async_request(self, asked: httpx.Request) -> httpx.Response:
        assert self.rig is not None
        hint = await read(self.rig, await asked.aread())
        self.hints.append(hint)
        return httpx.Response(200, content=hint.reply, headers={"content-type": hint.content_type})


async def test_the_vendors_vector() -> None:
    rig = Rig(event_aes_key=KEY, event_max_age_seconds=0)
    hint = await read(rig, VECTOR)
    assert hint.refs == (("AccountObj", "5f9cd4e6e4400e0001217faa"),)
    assert hint.content_type == "application/json"
    assert is_acknowledged(httpx.Response(200, content=hint.reply), KEY)


async def test_an_event_is_read_acknowledged_and_leads_to_the_record() -> None:
    door = Door()
    rig = door.rig = await opened(transport=door)
    id = rig.people.create("AccountObj", {"name": "Mill"})
    rig.people.delete("AccountObj", id)
    rig.people.create("ProductObj", {"name": "Flour"})
    await rig.emulator.settle()
    assert [hint.refs for hint in door.hints] == [(("AccountObj", id),), (("AccountObj", id),), ()]
    assert len(rig.emulator.events.delivered) == 3


@pytest.mark.parametrize("name", ["signature", "timestamp", "nonce", "messageId", "retryTimes", "encryptedContent"])
async def test_a_part_that_was_changed_or_left_out_is_refused(name: str) -> None:
    rig = Rig(event_aes_key=KEY)
    for changed in ({**VECTOR, name: "9"}, {key: value for key, value in VECTOR.items() if key != name}):
        with pytest.raises(Rejected, match="signature"):
            await read(rig, changed)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"signature": 1}', b"\xff"])
async def test_a_body_that_is_no_event(body: bytes) -> None:
    with pytest.raises(Rejected):
        await read(Rig(event_aes_key=KEY), body)


async def test_another_key_opens_nothing() -> None:
    other = base64.b64encode(bytes(32)).decode()
    for key in (other, "no key at all", None):
        with pytest.raises(Rejected):
            await read(Rig(event_aes_key=key), VECTOR)


async def test_one_of_2020_is_refused() -> None:
    rig = Rig(event_aes_key=KEY)
    assert rig.crm.capabilities.webhook_window_seconds == 6 * 3600
    with pytest.raises(Rejected, match="too old"):
        await read(rig, VECTOR)


async def test_a_repeat_is_known_whatever_was_moved_between_its_fields() -> None:
    """What is signed is not told apart: the end of one field may be put before the next."""
    rig = Rig(event_aes_key=KEY, event_max_age_seconds=0)
    nonce, message = str(VECTOR["nonce"]), str(VECTOR["messageId"])
    moved = {**VECTOR, "nonce": nonce + message[0], "messageId": message[1:]}
    assert (await read(rig, moved)).once == (await read(rig, VECTOR)).once == message.encode()


async def test_an_age_can_be_asked_for() -> None:
    sent = datetime.fromtimestamp(int(str(VECTOR["timestamp"])) / 1000, UTC)
    rig = Rig(event_aes_key=KEY, event_max_age_seconds=300)
    assert rig.crm.capabilities.webhook_window_seconds == 300
    rig.clock.move((sent - rig.clock.now()).total_seconds() + 299)
    assert (await read(rig, VECTOR)).refs
    rig.clock.move(2)
    with pytest.raises(Rejected, match="too old"):
        await read(rig, VECTOR)


async def test_a_subscription_is_made_by_hand() -> None:
    rig = Rig()
    subscription = await rig.crm.subscribe("https://kequn.example.com/webhooks/1/2", None)
    assert (subscription.expires_at, subscription.state) == (None, {"url": "https://kequn.example.com/webhooks/1/2"})
    assert rig.log.seen == [("fxiaoke.enter_in_console", {"command": "kequn connection webhook"})]
    without = Rig(event_aes_key=None)
    assert not without.crm.capabilities.webhooks
    with pytest.raises(Rejected, match="event_aes_key"):
        await without.crm.subscribe("https://kequn.example.com", None)


async def test_a_key_that_is_none_is_told() -> None:
    rig = await opened(event_aes_key="short")
    assert "event_aes_key must be Base64 of 32 bytes" in " ".join(one.message for one in await rig.crm.check())
