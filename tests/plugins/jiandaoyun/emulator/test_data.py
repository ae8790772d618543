"""Records, one by one and in lists: contract, sections 3.1 to 3.3, 3.5, 3.7."""

from typing import Any

import orjson
import pytest

from plugins.jiandaoyun.emulator import records
from plugins.jiandaoyun.emulator.company import User
from plugins.jiandaoyun.emulator.forms import Widget
from tests.plugins.jiandaoyun.emulator.desk import Desk, cond, wrapped

pytestmark = pytest.mark.anyio

PERSON = (
    '{"name":"小简","username":"jdy-abc","status":1,"type":0,"departments":[1,3],"integrate_id":"zhangsan"}'
)  # fmt: skip
SAMPLE = (
    Widget("_widget_1", "KQ编号", "text", "kq_id"), Widget("_widget_2", "名称", "text", "name"),
    Widget("_widget_3", "手机", "phone", "phone"), Widget("_widget_4", "评分", "number", "score"),
    Widget("_widget_5", "标签", "checkboxgroup", "tags"),
)  # fmt: skip
ID = "59e9a2fe283ffa7c11b1ddbf"


def sampled() -> tuple[Desk, dict[str, str]]:
    """The record of the contract's section 3.1."""
    desk = Desk()
    named = desk.design(*SAMPLE, entry="60" + "1" * 22)
    company, form = desk.emulator.company, desk.form("sample")
    company.users["jdy-abc"] = User("jdy-abc", "小简", [1, 3], integrate_id="zhangsan")
    form.workflow = True
    form.table.put(ID, {
        "_id": ID, "creator": "jdy-abc", "updater": "jdy-abc", "deleter": None, "createTime": 1514801410000,
        "updateTime": 1514887810000, "deleteTime": None, "_widget_1": "C-1001", "_widget_2": "上海某某商贸",
        "_widget_3": {"phone": "13800000000", "verified": False}, "_widget_4": 4, "_widget_5": ["A", "B"],
    })  # fmt: skip
    return desk, named


async def test_the_record_of_the_contracts_sample() -> None:
    desk, named = sampled()
    reply = await desk.post("v5/app/entry/data/get", {**named, "data_id": ID})
    assert reply.text == (
        f'{{"data":{{"_id":"{ID}","appId":"5f0000000000000000000000","entryId":"{named["entry_id"]}",'
        f'"creator":{PERSON},"updater":{PERSON},"deleter":null,"createTime":"2018-01-01T10:10:10.000Z",'
        '"updateTime":"2018-01-02T10:10:10.000Z","deleteTime":null,"flowState":0,'
        '"kq_id":"C-1001","name":"上海某某商贸","phone":{"phone":"13800000000","verified":false},"score":4,'
        '"tags":["A","B"]}}'
    )


async def test_the_list_of_the_contracts_sample() -> None:
    desk, named = sampled()
    conditions = [cond("kq_id", "text", "eq", "C-1001"), cond("createTime", "datetime", "range", "2018-01-01", None)]
    body = {**named, "limit": 100, "fields": ["kq_id", "name"], "filter": {"rel": "and", "cond": conditions}}
    reply = await desk.post("v5/app/entry/data/list", {**body, "data_id": "59e9a2fe283ffa7c11b1ddbe"})
    assert reply.text == (
        f'{{"data":[{{"_id":"{ID}","appId":"5f0000000000000000000000","entryId":"{named["entry_id"]}",'
        '"kq_id":"C-1001","name":"上海某某商贸"}]}'
    )


@pytest.mark.parametrize("id", ["59e9a2fe283ffa7c11b1ddb0", "no id"])
@pytest.mark.parametrize("call", ["get", "update", "delete"])
async def test_an_unknown_record_is_4001(call: str, id: str) -> None:
    assert await Desk().no_data(call, data_id=id, data={}) == 4001


async def test_the_creation_of_the_contracts_sample() -> None:
    desk = Desk()
    values: dict[str, Any] = {
        "kq_id": "C-1001", "name": "上海某某商贸", "score": 4, "tags": ["A"], "visited": "2018-01-01T10:10:10.000Z",
        "phone": {"phone": "13800000000"},
    }  # fmt: skip
    more: dict[str, Any] = {"data_creator": "jdy-abc", "is_start_workflow": False, "is_start_trigger": False,
            "transaction_id": "6c24a3f4-0000-4000-8000-000000000000"}  # fmt: skip
    made = (await desk.data("create", data=wrapped(values), **more))["data"]
    shown = {name: made[name] for name in values}
    assert shown == {**values, "phone": {"phone": "13800000000", "verified": False}}
    assert made["creator"]["username"] == made["updater"]["username"] == "jdy-abc"
    assert made == (await desk.data("get", data_id=made["_id"]))["data"]


async def test_a_record_of_an_order_with_lines() -> None:
    desk = Desk()
    made = await desk.make("purchase", lines=[{"sku": {"value": "P1"}, "qty": {"value": 2}}])
    (line,) = made["lines"]
    assert (line["sku"], line["qty"], line["title"]) == ("P1", 2, None)
    assert len(line["_id"]) == 24


async def test_ids_are_made_of_seconds_and_ascend() -> None:
    desk = Desk()
    ids = []
    for second in range(3):
        ids += [(await desk.make(name=str(second)))["_id"] for _ in range(2)]
        desk.clock.move(1)
    assert ids == sorted(set(ids))
    assert {int(id[:8], 16) for id in ids} == {1767603600, 1767603601, 1767603602}


async def test_pages_go_up_by_id_and_the_cursor_is_exclusive() -> None:
    desk = Desk(rates=False)
    ids = [desk.people.create("customer", {"name": str(number)}) for number in range(25)]
    first = (await desk.data("list"))["data"]
    assert [row["_id"] for row in first] == ids[:10]
    second = (await desk.data("list", limit=100, data_id=ids[9]))["data"]
    assert [row["_id"] for row in second] == ids[10:]
    assert (await desk.data("list", data_id=ids[-1]))["data"] == []


@pytest.mark.parametrize("wrong", [{"limit": 101}, {"limit": 0}, {"data_id": "x"}, {"fields": "name"}])
async def test_wrong_parameters_of_a_list_are_17017(wrong: dict[str, Any]) -> None:
    assert await Desk().no_data("list", **wrong) == 17017


async def test_an_update_changes_the_listed_fields_alone() -> None:
    desk = Desk()
    made = await desk.make(name="甲", score=4, email="a@example.com")
    desk.clock.move(5)
    after = await desk.data("update", data_id=made["_id"], data=wrapped({"name": "新名称", "score": None}),
                            is_start_trigger=False, transaction_id=None)  # fmt: skip
    changed = {"name": "新名称", "score": None, "updateTime": "2026-01-05T09:00:05.000Z"}
    assert after["data"] == {**made, **changed}


async def test_an_update_over_the_api_may_leave_the_time() -> None:
    desk = Desk(api_moves_update_time=False)
    made = await desk.make(name="甲")
    desk.clock.move(5)
    after = await desk.data("update", data_id=made["_id"], data=wrapped({"name": "乙"}))
    assert (after["data"]["name"], after["data"]["updateTime"]) == ("乙", made["updateTime"])


async def test_a_subform_is_replaced_whole_and_rows_keep_their_ids() -> None:
    desk = Desk()
    made = await desk.make("purchase", lines=[wrapped({"sku": "A", "price": 3}), wrapped({"sku": "B"})])
    first, second = (row["_id"] for row in made["lines"])
    lines = [{"_id": {"value": second}, **wrapped({"sku": "B2"})}, wrapped({"sku": "C"}),
             {"_id": {"value": "wrong"}, **wrapped({"sku": "D"})}]  # fmt: skip
    after = (await desk.data("update", "purchase", data_id=made["_id"], data={"lines": {"value": lines}}))["data"]
    assert [row["sku"] for row in after["lines"]] == ["B2", "C", "D"]
    assert after["lines"][0]["_id"] == second
    assert first not in {row["_id"] for row in after["lines"]}
    assert len({row["_id"] for row in after["lines"]}) == 3


async def test_a_deleted_record_is_in_no_answer() -> None:
    desk = Desk()
    made = await desk.make(name="甲")
    reply = await desk.post("v5/app/entry/data/delete", {
        "app_id": "5f" + "0" * 22, "entry_id": "60" + "0" * 22, "data_id": made["_id"], "is_start_trigger": False,
    })  # fmt: skip
    assert reply.text == '{"status":"success"}'
    assert await desk.no_data("get", data_id=made["_id"]) == 4001
    assert await desk.data("list") == {"data": []}


async def test_a_person_restores_what_was_deleted() -> None:
    desk = Desk()
    made = await desk.make(name="甲")
    await desk.data("delete", data_id=made["_id"])
    desk.clock.move(60)
    desk.people.restore("customer", made["_id"])
    back = (await desk.data("get", data_id=made["_id"]))["data"]
    assert (back["name"], back["updateTime"]) == ("甲", "2026-01-05T09:01:00.000Z")


async def test_widgets_go_by_alias_or_id() -> None:
    desk = Desk()
    made = await desk.make(_widget_1669106585317="C-7")
    assert made["kq_id"] == "C-7"
    assert "_widget_1669106585317" not in made
    assert "_widget_1669106585321" in made  # without an alias the id stays


@pytest.mark.parametrize(("choice", "code"), [("ignore", None), ("refuse", 17017)])
async def test_an_unknown_key(choice: str, code: int | None) -> None:
    desk = Desk(unknown_keys=choice)
    if code is None:
        assert "nothing" not in await desk.make(nothing="x")
    else:
        assert await desk.no_data("create", data=wrapped({"nothing": "x"})) == code


async def test_a_value_that_is_not_wrapped_is_refused() -> None:
    assert await Desk().no_data("create", data={"name": "甲"}) == 17017


async def test_an_unknown_creator_is_refused() -> None:
    assert await Desk().no_data("create", data={}, data_creator="jdy-nobody") == 1010


async def test_reads_may_lag() -> None:
    desk = Desk()
    made = await desk.make(name="甲")
    desk.emulator.faults.script("stale_read")
    assert (await desk.data("list"))["data"] == []
    assert [row["_id"] for row in (await desk.data("list"))["data"]] == [made["_id"]]


async def test_numbers_of_sn_widgets_are_made_by_the_system() -> None:
    desk = Desk()
    named = desk.design(Widget("_widget_1", "流水号", "sn", "no"), *SAMPLE)
    assert [(await desk.make(named, no="9"))["no"] for _ in range(2)] == ["0001", "0002"]


def test_a_record_is_shown_without_separators() -> None:
    desk = Desk()
    desk.design(Widget("_widget_9", "线", "separator"), *SAMPLE)
    form = desk.form("sample")
    id = desk.people.create("sample", {"name": "甲"})
    shown = records.show(desk.emulator.company, form, form.table.rows[id])
    assert "_widget_9" not in orjson.dumps(shown).decode()
