"""The event push: the vendor's published vector, what is sent, and what happens to the answer."""

import base64
from typing import Any

import httpx
import orjson
import pytest

from plugins.fxiaoke.emulator.events import _sha1, seal, sign, unseal
from tests.plugins.fxiaoke.emulator.desk import Desk

pytestmark = pytest.mark.anyio

KEY = "O0YjM0EDOygzNykzMzUjLwUTN3MjL5ADN1QjM5gTM0A="
VECTOR = {
    "signature": "4d7c6742d8efed705054fe895ee487df738c8c50", "timestamp": 1604644770244, "nonce": "mi3wrpKNnq4YdIZC",
    "messageId": "AC11291700002A9F00000608C038697A0", "retryTimes": 1, "enterpriseAccount": "gxcxkj",
    "encryptedContent": (
        "tRPD30ygQKxFurdWxHQKpRypuXNbRcW/knsKZBCPJv9bsKnQJlUr26USpOgJqhVUm5Q2NiVG1IBrCr0dbrsreRZY6Z5/fbw75IlGQ2d7PkMWtVTA"
        "E0RG62j7HJQWAwm+XdmQC4y1AbjHzatjjrXiCKcId112DHZSqB0qznivDStywTjscnNWhaR7xbnSbmKQWsF5YlPUEudZ+P07Ol/cd6F8IXOo+nEu"
        "7UH21hRSgKI="
    ),
}  # fmt: skip
PLAIN = {
    "tenantId": 691413, "eventType": "update", "apiName": "AccountObj", "dataId": "5f9cd4e6e4400e0001217faa",
    "timestamp": 1604644208525, "messageId": "AC11291700002A9F00000608C038697A0",
}  # fmt: skip


def test_the_vendors_vector() -> None:
    assert sign(VECTOR, KEY) == VECTOR["signature"]
    plain = unseal(str(VECTOR["encryptedContent"]), KEY)
    assert orjson.loads(plain) == PLAIN
    assert seal(plain, KEY) == VECTOR["encryptedContent"]


class Listener(httpx.AsyncBaseTransport):
    """Where events arrive. `answers`: what is said to the next ones; then `success`."""

    def __init__(self, *answers: str | int) -> None:
        self.answers = list(answers)
        self.envelopes: list[dict[str, Any]] = []
        self.key = KEY

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.envelopes.append(orjson.loads(await request.aread()))
        said = self.answers.pop(0) if self.answers else "success"
        if isinstance(said, int):
            return httpx.Response(said)
        sealed = seal(said.encode(), self.key)
        body = {"timestamp": 1604644771000, "nonce": "123456", "encryptedResult": sealed}
        return httpx.Response(200, json={"signature": _sha1(1604644771000, "123456", sealed, self.key), **body})

    @property
    def plain(self) -> list[dict[str, Any]]:
        return [orjson.loads(unseal(one["encryptedContent"], self.key)) for one in self.envelopes]


def listening(*answers: str | int) -> tuple[Desk, Listener]:
    listener = Listener(*answers)
    return Desk(transport=listener, event_url="http://kequn.test/door", event_key=KEY), listener


async def test_what_happens_to_a_record_is_told() -> None:
    desk, listener = listening()
    id = await desk.add("AccountObj", name="Mill")
    await desk.update("AccountObj", id, fax="9")
    desk.people.delete("AccountObj", id)
    desk.people.restore("AccountObj", id)
    desk.people.delete("AccountObj", id)
    await desk.act("AccountObj", "delete", id)
    await desk.emulator.settle()
    assert [one["eventType"] for one in listener.plain] == [
        "create",
        "update",
        "invalid",
        "recover",
        "invalid",
        "delete",
    ]
    assert {(one["apiName"], one["dataId"], one["tenantId"]) for one in listener.plain} == {("AccountObj", id, 691413)}
    assert len(set(desk.emulator.events.delivered)) == 6


async def test_an_envelope_is_signed() -> None:
    desk, listener = listening()
    await desk.add("AccountObj", name="Mill")
    await desk.emulator.settle()
    (envelope,) = listener.envelopes
    assert set(envelope) == {
        "signature", "timestamp", "nonce", "messageId", "enterpriseAccount", "encryptedContent",
    }  # fmt: skip
    assert envelope["signature"] == sign(envelope, KEY)
    assert listener.plain[0]["messageId"] == envelope["messageId"]


async def test_an_event_that_is_not_acknowledged_is_sent_three_times_more() -> None:
    desk, listener = listening(500, "error", "error", "error", "error")
    await desk.add("AccountObj", name="Mill")
    await desk.emulator.settle()
    for seconds in (0.5, 0.5, 5.0, 30.0, 60.0):
        desk.clock.move(seconds)
        await desk.emulator.settle()
    assert [one.get("retryTimes") for one in listener.envelopes] == [None, 1, 2, 3]
    assert {one["messageId"] for one in listener.envelopes} == {listener.envelopes[0]["messageId"]}
    assert all(one["signature"] == sign(one, KEY) for one in listener.envelopes)
    assert desk.emulator.events.delivered == []


async def test_an_answer_under_another_key_is_no_acknowledgement() -> None:
    desk, listener = listening()
    listener.key = base64.b64encode(bytes(32)).decode()
    await desk.add("AccountObj", name="Mill")
    await desk.emulator.settle()
    assert desk.emulator.events.delivered == []


async def test_without_an_address_nothing_is_sent() -> None:
    desk, listener = listening()
    desk.people.set_callback(None)
    await desk.add("AccountObj", name="Mill")
    await desk.emulator.settle()
    assert listener.envelopes == []
    desk.people.set_callback("http://kequn.test/other", KEY)
    await desk.add("AccountObj", name="Mill")
    await desk.emulator.settle()
    assert len(listener.envelopes) == 1


async def test_faults_of_deliveries() -> None:
    desk, listener = listening()
    desk.emulator.faults.script("webhook_duplicate", "webhook_lost", "webhook_unsigned")
    for name in "abc":
        await desk.add("AccountObj", name=name)
    await desk.emulator.settle()
    first, second, third = listener.envelopes
    assert first == second
    assert "signature" not in third
