"""Transport, key and errors: contract, sections 1, 9 and 10."""

from typing import Any

import pytest

from kequn.contracts.emulator import Emulator
from tests.plugins.jiandaoyun.emulator.desk import Desk, app

pytestmark = pytest.mark.anyio


async def test_a_success_has_no_envelope() -> None:
    reply = await Desk().post("v5/app/list", {"limit": 100, "skip": 0})
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("application/json")
    assert reply.text == '{"apps":[{"name":"客户运营","app_id":"5f0000000000000000000000"}]}'


async def test_an_error_is_a_400_with_code_and_text() -> None:
    reply = await Desk().post("v5/app/entry/list", {"app_id": "5e" + "0" * 22})
    assert reply.status_code == 400
    assert reply.json() == {"code": 2004, "msg": "The app does not exist."}


@pytest.mark.parametrize("status", [400, 401])
async def test_a_wrong_key_is_17018(status: int) -> None:
    desk = Desk(key_status=status)
    desk.headers["Authorization"] = "Bearer k-other"
    reply = await desk.post("v5/app/list")
    assert (reply.status_code, reply.json()["code"]) == (status, 17018)


async def test_a_missing_form_is_3000_and_an_unknown_call_1() -> None:
    desk = Desk()
    assert await desk.refused("app/entry/widget/list", {**app("customer"), "entry_id": "6e" + "0" * 22}) == 3000
    assert await desk.refused("app/nothing") == 1


async def test_a_call_that_the_key_may_not_make_is_17054() -> None:
    desk = Desk(denied_calls=["app/entry/data/delete"])
    assert await desk.no_data("delete", data_id="0" * 24) == 17054
    assert await desk.data("list") == {"data": []}


async def test_a_body_that_is_no_object_is_17017() -> None:
    desk = Desk()
    reply = await desk.http.post("/api/v5/app/list", content=b"[1]", headers=desk.headers)
    assert (reply.status_code, reply.json()["code"]) == (400, 17017)


async def test_the_date_is_on_the_emulators_clock() -> None:
    reply = await Desk(clock_skew=3600).post("v5/app/list")
    assert reply.headers["date"] == "Mon, 05 Jan 2026 10:00:00 GMT"


async def test_a_call_is_throttled_by_itself() -> None:
    desk = Desk()
    for _ in range(30):
        await desk.ask("app/list")
    assert await desk.refused("app/list") == 8304
    assert (await desk.ask("app/entry/widget/list", app("customer")))["widgets"]
    desk.clock.move(1)
    assert (await desk.ask("app/list"))["apps"]


async def test_a_batch_may_be_made_ten_times_a_second() -> None:
    desk = Desk()
    for _ in range(10):
        await desk.data("batch_delete", data_ids=["0" * 24])
    assert await desk.no_data("batch_delete", data_ids=["0" * 24]) == 8304


async def test_the_company_is_throttled_at_fifty() -> None:
    desk = Desk()
    for path in ("app/list", "app/entry/list"):
        for _ in range(25):
            await desk.ask(path, app("customer"))
    assert await desk.refused("app/entry/widget/list", app("customer")) == 8303


async def test_rates_can_be_switched_off() -> None:
    desk = Desk(rates=False)
    for _ in range(60):
        await desk.ask("app/list")
    assert len(desk.emulator.requests) == 60


@pytest.mark.parametrize(("knobs", "words"), [({"speed": 3}, "unknown knobs: speed"), ({"replay": "no"}, "replay")])
def test_a_wrong_knob_is_refused(knobs: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Desk(**knobs)


def test_it_is_an_emulator() -> None:
    emulator: Emulator = Desk().emulator
    assert emulator.settings("http://jdy.test")["base_url"] == "http://jdy.test/api"


async def test_writes_are_told_from_reads() -> None:
    desk = Desk()
    await desk.data("list")
    made = await desk.make(name="甲")
    await desk.data("delete", data_id=made["_id"])
    assert [seen.write for seen in desk.emulator.requests] == [False, True, True]
