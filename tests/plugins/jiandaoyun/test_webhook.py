"""Pushes: which are genuine, and where they say to look."""

from typing import Any

import orjson
import pytest

from kequn.contracts.crm import WebhookRequest
from kequn.contracts.errors import Rejected
from plugins.jiandaoyun.emulator.pushes import signature
from tests.plugins.jiandaoyun.rig import Rig

pytestmark = pytest.mark.anyio

ID = "59e9a2fe283ffa7c11b1ddbf"
NOW = 1767603600
CUSTOMERS = "600000000000000000000000"


def push(
    op: Any = "data_update", data: Any = None, *, query: dict[str, str] | None = None, prefix: str = "",
    secret: str = "test-secret", age: int = 0, raw: bytes | None = None,
) -> WebhookRequest:  # fmt: skip
    given = {"_id": ID, "entryId": CUSTOMERS} if data is None else data
    body = orjson.dumps({"op": op, "opTime": NOW * 1000, "data": given}) if raw is None else raw
    timestamp = str(NOW - age)
    headers = {"X-JDY-Signature": prefix + signature("705a95", body, secret, timestamp), "X-JDY-DeliverId": "d"}
    return WebhookRequest("POST", {**(query or {}), "timestamp": timestamp, "nonce": "705a95"}, headers, body)


async def refs(request: WebhookRequest, **settings: Any) -> list[tuple[str, str]]:
    rig = Rig(**settings)
    hint = await rig.crm.read_webhook(request)
    assert (hint.reply, rig.emulator.requests) == (b"success", [])
    return list(hint.refs)


@pytest.mark.parametrize("op", ["data_create", "data_update", "data_remove", "data_recover"])
async def test_an_event_says_where_to_look(op: str) -> None:
    assert await refs(push(op)) == [("customer", ID)]


async def test_a_removal_is_about_the_form_of_its_address() -> None:
    assert await refs(push("data_remove", {"_id": ID}, query={"form": "group"})) == [("group", ID)]


async def test_a_removal_without_a_form_is_looked_for_everywhere() -> None:
    found = await refs(push("data_remove", {"_id": ID, "formName": "客户"}))
    assert {object for object, _ in found} == set(Rig().forms())


async def test_a_form_that_is_not_mapped_is_nothing_to_look_at() -> None:
    assert await refs(push(data={"_id": ID, "entryId": "6f" + "0" * 22})) == []


@pytest.mark.parametrize("op", ["data_test", "form_update", "flow_message", "unheard_of", None, 7, ["data_update"], {}])
async def test_other_events_are_answered_and_forgotten(op: Any) -> None:
    assert await refs(push(op)) == []


@pytest.mark.parametrize("data", [{}, [], "x", 7, {"_id": 7}, {"_id": "short"}, {"_id": None}, [ID]])
async def test_strange_data_is_answered_and_forgotten(data: Any) -> None:
    assert await refs(push(data=data)) == []


async def test_the_contracts_vector_is_genuine() -> None:
    body = b'{"op":"data_test","opTime":1515657603000,"data":{}}'
    headers = {"x-jdy-signature": "a0651ab28f06f046042f41b62c253db07191c4cf"}
    query = {"nonce": "705a95", "timestamp": "1515657603"}
    assert await refs(WebhookRequest("POST", query, headers, body), webhook_window_seconds=10**9) == []


async def test_a_prefix_before_the_signature_is_fine() -> None:
    assert await refs(push(prefix="sha1=")) == [("customer", ID)]


async def refused(request: WebhookRequest, **settings: Any) -> str:
    with pytest.raises(Rejected) as caught:
        await Rig(**settings).crm.read_webhook(request)
    return caught.value.message


async def test_a_wrong_secret_is_refused() -> None:
    assert "signature" in await refused(push(secret="other"))


@pytest.mark.parametrize("part", ["body", "nonce", "timestamp", "signature"])
async def test_whatever_was_changed_is_refused(part: str) -> None:
    genuine = push()
    query, headers, body = dict(genuine.query), dict(genuine.headers), genuine.body
    if part == "body":
        body += b" "
    elif part == "signature":
        headers = {}
    else:
        query[part] = "1"
    assert "signature" in await refused(WebhookRequest("POST", query, headers, body))


@pytest.mark.parametrize(
    ("age", "window", "fine"), [(599, 600, True), (601, 600, False), (-601, 600, False), (601, 900, True)]
)
async def test_the_window(age: int, window: int, fine: bool) -> None:
    request = push(age=age)
    if fine:
        assert await refs(request, webhook_window_seconds=window) == [("customer", ID)]
    else:
        assert "window" in await refused(request, webhook_window_seconds=window)


async def test_without_a_secret_every_push_is_refused() -> None:
    assert "webhook_secret" in await refused(push(secret=""), webhook_secret="")


@pytest.mark.parametrize("raw", [b"", b"[]", b"not json", b"\xff\xfe", b"null"])
async def test_what_is_no_object_is_refused(raw: bytes) -> None:
    assert "JSON" in await refused(push(raw=raw))


async def test_nobody_can_subscribe_over_the_api() -> None:
    rig = Rig()
    assert not rig.crm.capabilities.webhooks
    with pytest.raises(Rejected, match="data push settings"):
        await rig.crm.subscribe("https://kequn.test/door", None)
