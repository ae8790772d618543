"""Many records at once, and repeated transactions: contract, sections 3.4, 3.6, 3.8."""

from typing import Any

import pytest

from tests.plugins.jiandaoyun.emulator.desk import Desk, wrapped

pytestmark = pytest.mark.anyio

TRANSACTION = "6c24a3f4-0000-4000-8000-000000000000"
ROWS = [wrapped({"kq_id": "C-1", "name": "甲"}), wrapped({"kq_id": "C-2", "name": "乙"})]


async def batch(desk: Desk, rows: list[Any] = ROWS, **more: Any) -> Any:
    return await desk.data("batch_create", data_list=rows, **{"transaction_id": TRANSACTION, **more})


async def keys(desk: Desk) -> list[str]:
    return [row["kq_id"] for row in (await desk.data("list", limit=100))["data"]]


async def test_many_are_created() -> None:
    desk = Desk()
    answer = await batch(desk, data_creator="jdy-abc", is_start_workflow=False)
    rows = (await desk.data("list"))["data"]
    assert answer == {"status": "success", "success_count": 2, "success_ids": [row["_id"] for row in rows]}
    assert [row["creator"]["username"] for row in rows] == ["jdy-abc", "jdy-abc"]


async def test_the_order_of_the_ids_is_not_promised() -> None:
    desk = Desk(ids_order="reversed")
    ids = (await batch(desk))["success_ids"]
    assert ids == sorted(ids, reverse=True)


@pytest.mark.parametrize("replay", ["overwrite", "keep"])
async def test_a_transaction_repeated_within_the_hour_doubles_nothing(replay: str) -> None:
    desk = Desk(replay=replay)
    first = await batch(desk)
    desk.clock.move(3599)
    assert await batch(desk) == first
    assert await keys(desk) == ["C-1", "C-2"]


@pytest.mark.parametrize(("replay", "name"), [("overwrite", "甲"), ("keep", "丙")])
async def test_what_a_repetition_does_to_an_edit(replay: str, name: str) -> None:
    desk = Desk(replay=replay)
    id = (await batch(desk))["success_ids"][0]
    desk.people.edit("customer", id, {"name": "丙"})
    await batch(desk)
    assert (await desk.data("get", data_id=id))["data"]["name"] == name


async def test_after_an_hour_it_is_a_new_batch() -> None:
    desk = Desk()
    await batch(desk)
    desk.clock.move(3601)
    await batch(desk)
    assert len(await keys(desk)) == 4


async def test_a_part_that_failed_is_added_by_the_repetition() -> None:
    desk = Desk()
    desk.emulator.faults.script("partial_batch")
    more: dict[str, Any] = {"data_list": ROWS, "transaction_id": TRANSACTION}
    assert await desk.no_data("batch_create", **more) == 4000
    assert await keys(desk) == ["C-1"]
    assert (await batch(desk))["success_count"] == 2
    assert await keys(desk) == ["C-1", "C-2"]


async def test_wrong_transactions() -> None:
    desk = Desk()
    assert await desk.no_data("batch_create", data_list=ROWS, transaction_id="no uuid") == 17025
    await batch(desk)
    assert await desk.no_data("batch_create", "tier", data_list=ROWS, transaction_id=TRANSACTION) == 17026
    assert await desk.no_data("batch_create", data_list=ROWS[:1], transaction_id=TRANSACTION) == 17026


async def test_one_change_for_many() -> None:
    desk = Desk()
    ids = (await batch(desk))["success_ids"]
    answer = await desk.data("batch_update", data_ids=[*ids, "0" * 24], data=wrapped({"source": "金卡"}))
    assert answer == {"status": "success", "success_count": 2}
    assert {row["source"] for row in (await desk.data("list"))["data"]} == {"金卡"}


async def test_a_subform_is_not_changed_for_many() -> None:
    assert await Desk().no_data("batch_update", "purchase", data_ids=["0" * 24], data=wrapped({"lines": []})) == 17032


async def test_many_are_deleted() -> None:
    desk = Desk()
    ids = (await batch(desk))["success_ids"]
    answer = await desk.data("batch_delete", data_ids=[*ids, "0" * 24])
    assert answer == {"status": "success", "success_count": 2}
    assert await keys(desk) == []


@pytest.mark.parametrize(
    ("call", "more", "code"),
    [
        ("batch_create", {"data_list": [{}] * 101}, 17024),
        ("batch_update", {"data_ids": ["0" * 24] * 101, "data": {}}, 17023),
        ("batch_delete", {"data_ids": ["0" * 24] * 101}, 17033),
        ("batch_create", {"data_list": []}, 17017),
        ("batch_create", {"data_list": ["x"]}, 17017),
    ],
)
async def test_too_many_at_once(call: str, more: dict[str, Any], code: int) -> None:
    assert await Desk().no_data(call, **more) == code


async def test_one_bad_row_fails_the_batch_before_anything_is_made() -> None:
    desk = Desk()
    assert await desk.no_data("batch_create", data_list=[*ROWS, wrapped({"score": "x"})]) == 3005
    assert await keys(desk) == []


async def test_what_the_vendors_demo_does() -> None:
    """In the order and with the widgets of its form_data_starter, whose fields have no aliases there."""
    desk = Desk()
    text, number, time, place = (f"_widget_{1669106585317 + at}" for at in range(4))
    values: dict[str, Any] = {
        text: "单行文本",
        number: 99,
        time: 1669106585000,
        place: {"province": "江苏省", "detail": "街道"},
    }
    id = (await desk.make(**values))["_id"]
    assert (await desk.data("get", data_id=id))["data"]["score"] == 99
    await desk.data("update", data_id=id, data=wrapped({number: 100}))
    await desk.data("delete", data_id=id)
    ids = (await desk.data("batch_create", data_list=[wrapped(values), wrapped(values)]))["success_ids"]
    await desk.data("batch_update", data_ids=ids, data=wrapped({text: "更新"}))
    condition = {"field": text, "type": "text", "method": "eq", "value": ["更新"]}
    more: dict[str, Any] = {"limit": 100, "fields": [text, number], "filter": {"rel": "and", "cond": [condition]}}
    assert [row["_id"] for row in (await desk.data("list", **more))["data"]] == ids
    assert (await desk.data("batch_delete", data_ids=ids))["success_count"] == 2
