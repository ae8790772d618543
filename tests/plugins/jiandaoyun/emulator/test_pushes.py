"""Pushes: contract, section 8."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import pytest

from plugins.jiandaoyun.emulator.forms import Widget
from plugins.jiandaoyun.emulator.pushes import signature
from tests.plugins.jiandaoyun.emulator.desk import Desk

pytestmark = pytest.mark.anyio


@dataclass
class Receiver(httpx.AsyncBaseTransport):
    """Takes pushes; answers with `status`."""

    status: int = 200
    seen: list[httpx.Request] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return httpx.Response(self.status)

    @property
    def bodies(self) -> list[Any]:
        return [orjson.loads(request.content) for request in self.seen]

    @property
    def ops(self) -> list[str]:
        return [body["op"] for body in self.bodies]


def watched(**knobs: Any) -> tuple[Desk, Receiver]:
    receiver = Receiver()
    desk = Desk(transport=receiver, **knobs)
    desk.people.push_to("http://kequn.test/door?form=customer", "customer")
    return desk, receiver


def test_the_contracts_vector() -> None:
    body = b'{"op":"data_test","opTime":1515657603000,"data":{}}'
    assert signature("705a95", body, "test-secret", "1515657603") == "a0651ab28f06f046042f41b62c253db07191c4cf"


async def test_an_edit_is_pushed_with_the_whole_record() -> None:
    desk, receiver = watched()
    id = desk.people.create("customer", {"name": "甲"})
    desk.people.edit("customer", id, {"name": "乙"})
    await desk.emulator.settle()
    created, updated = receiver.bodies
    assert (created["op"], updated["op"]) == ("data_create", "data_update")
    assert (updated["opTime"], updated["data"]["name"]) == (1767603600000, "乙")
    head = ["_id", "appId", "entryId", "formName", "creator", "updater", "deleter", "createTime", "updateTime",
            "deleteTime"]  # fmt: skip
    assert list(updated["data"])[:10] == head
    assert updated["data"]["formName"] == "客户"


async def test_a_push_is_signed_over_its_raw_body() -> None:
    desk, receiver = watched()
    desk.people.create("customer", {"name": "甲 🙏"})
    await desk.emulator.settle()
    (request,) = receiver.seen
    query = request.url.params
    assert query["form"] == "customer"
    expected = signature(query["nonce"], request.content, "test-secret", query["timestamp"])
    assert request.headers["X-JDY-Signature"] == expected
    assert (query["timestamp"], len(request.headers["X-JDY-DeliverId"])) == ("1767603600", 24)
    assert request.content == orjson.dumps(orjson.loads(request.content))  # compact


@pytest.mark.parametrize("names_form", [True, False])
async def test_a_removal_says_little(names_form: bool) -> None:
    desk, receiver = watched(remove_names_form=names_form)
    id = desk.people.create("customer", {})
    desk.people.delete("customer", id)
    desk.people.restore("customer", id)
    await desk.emulator.settle()
    assert receiver.ops == ["data_create", "data_remove", "data_recover"]
    wanted = {"_id", "formName", "deleter", "deleteTime"} | ({"appId", "entryId"} if names_form else set())
    assert set(receiver.bodies[1]["data"]) == wanted
    assert receiver.bodies[1]["data"]["deleteTime"] == "2026-01-05T09:00:00.000Z"


async def test_the_api_pushes_nothing() -> None:
    desk, receiver = watched()
    made = await desk.make(name="甲")
    await desk.data("update", data_id=made["_id"], data={"name": {"value": "乙"}})
    await desk.data("delete", data_id=made["_id"])
    await desk.emulator.settle()
    assert receiver.seen == []


async def test_a_new_design_and_a_test_are_pushed() -> None:
    desk, receiver = watched()
    desk.people.add_widget("customer", Widget("_widget_9", "新", "text"))
    desk.people.test_push("customer")
    await desk.emulator.settle()
    design, test = receiver.bodies
    assert (design["op"], test) == ("form_update", {"op": "data_test", "opTime": 1767603600000, "data": {}})
    assert set(design["data"]) == {"appId", "entryId", "name", "createTime", "widgets"}
    assert design["data"]["widgets"][-1]["widgetName"] == "_widget_9"


async def test_a_push_that_is_not_taken_is_repeated_five_times() -> None:
    desk, receiver = watched()
    receiver.status = 500
    desk.people.create("customer", {})
    await desk.emulator.settle()
    assert len(receiver.seen) == 6
    assert len({request.headers["X-JDY-DeliverId"] for request in receiver.seen}) == 1


async def test_after_a_hundred_failures_the_push_is_off() -> None:
    desk, receiver = watched()
    receiver.status = 500
    for _ in range(30):
        desk.people.create("customer", {})
    await desk.emulator.settle()
    seen = len(receiver.seen)
    assert 100 <= seen <= 130  # what was under way when it was switched off still arrives
    receiver.status = 200
    desk.people.create("customer", {})
    await desk.emulator.settle()
    assert len(receiver.seen) == seen
    assert not desk.form().pushes[0].on


async def test_a_success_in_between_counts_anew() -> None:
    desk, receiver = watched()
    receiver.status = 500
    desk.people.create("customer", {})
    await desk.emulator.settle()
    assert desk.form().pushes[0].failures == 6
    receiver.status = 204
    desk.people.create("customer", {})
    await desk.emulator.settle()
    assert desk.form().pushes[0].failures == 0


@pytest.mark.parametrize(
    ("fault", "count"), [("webhook_lost", 1), ("webhook_duplicate", 3), ("webhook_reordered", 2), (None, 2)]
)
async def test_what_may_happen_on_the_way(fault: str | None, count: int) -> None:
    desk, receiver = watched()
    if fault:
        desk.emulator.faults.script(fault)
    id = desk.people.create("customer", {"name": "甲"})
    desk.people.edit("customer", id, {"name": "乙"})
    await desk.emulator.settle()
    assert len(receiver.seen) == count
    assert (receiver.ops[0] == "data_update") is (fault in ("webhook_lost", "webhook_reordered"))


async def test_an_unsigned_push_has_no_signature() -> None:
    desk, receiver = watched()
    desk.emulator.faults.script("webhook_unsigned")
    desk.people.create("customer", {})
    await desk.emulator.settle()
    assert "X-JDY-Signature" not in receiver.seen[0].headers
