"""Records: the requests and answers that the contract shows, and what is refused."""

from typing import Any

import pytest

from tests.plugins.fxiaoke.emulator.desk import PRESET, Desk

pytestmark = pytest.mark.anyio

GROUP, MEMBER = "object_kqgroup__c", "object_kqmember__c"


async def test_create_as_the_contract_shows_it() -> None:
    desk = Desk()
    body = {
        **await desk.auth(), "triggerApprovalFlow": False, "triggerWorkFlow": True, "hasSpecifyTime": False,
        "hasSpecifyCreatedBy": False, "includeDetailIds": True,
        "data": {
            "object_data": {
                "dataObjectApiName": "AccountObj", "name": "上海某某商贸", "tel": "021-88886666",
                "owner": ["FSUID_0001"], "account_level": "1", "kq_id__c": "C-1001",
            },
            "details": {},
            "optionInfo": {"isDuplicateSearch": False, "skipFuncValidate": False, "useValidationRule": True},
        },
    }  # fmt: skip
    answer = await desk.post(f"{PRESET}/create", body)
    id, trace = answer["dataId"], answer["traceId"]
    assert answer == {
        "errorCode": 0, "errorMessage": "success", "errorDescription": "success", "traceId": trace, "dataId": id,
    }  # fmt: skip
    assert len(id) == 24
    assert int(id, 16)


async def test_get_as_the_contract_shows_it() -> None:
    desk = Desk()
    now = desk.now
    fields = {"name": "上海某某商贸", "tel": "021-88886666", "account_level": "1", "kq_id__c": "C-1001"}
    id = await desk.add("AccountObj", **fields)
    data = (await desk.get("AccountObj", id, includeNull=False))["data"]
    shown = {
        "_id": id, **fields, "account_level__r": "A 级", "owner": ["FSUID_0001"],
        "owner__r": {"id": "1000", "name": "同步账号"}, "created_by": ["FSUID_0001"],
        "last_modified_by": ["FSUID_0001"], "create_time": now, "last_modified_time": now, "life_status": "normal",
        "lock_status": "0", "is_deleted": False, "record_type": "default__c", "data_own_department": ["1000"],
    }  # fmt: skip
    assert {name: data[name] for name in shown} == shown
    assert set(data) - set(shown) == {"account_no", "owner__l"}


async def test_empty_fields_are_shown_when_asked_for() -> None:
    desk = Desk()
    id = await desk.add("AccountObj", name="Mill")
    assert "fax" not in (await desk.get("AccountObj", id))["data"]
    assert (await desk.get("AccountObj", id, includeNull=True))["data"]["fax"] is None


async def test_an_update_changes_what_it_names() -> None:
    desk = Desk()
    id = await desk.add("AccountObj", name="Mill", tel="1", account_level="1", fax="9")
    desk.clock.move(1.5)
    answer = await desk.update("AccountObj", id, tel="021-77775555", account_level="2", fax=None)
    assert answer == {
        "errorCode": 0, "errorMessage": "success", "errorDescription": "success", "traceId": answer["traceId"],
    }  # fmt: skip
    data = (await desk.get("AccountObj", id))["data"]
    assert (data["name"], data["tel"], data["account_level"], "fax" in data) == ("Mill", "021-77775555", "2", False)
    assert data["last_modified_time"] == data["create_time"] + 1500


async def test_null_may_be_ignored_and_an_empty_text_clears() -> None:
    desk = Desk(null_clears=False)
    id = await desk.add("AccountObj", name="Mill", fax="9")
    await desk.update("AccountObj", id, fax=None)
    assert (await desk.get("AccountObj", id))["data"]["fax"] == "9"
    await desk.update("AccountObj", id, fax="")
    assert "fax" not in (await desk.get("AccountObj", id))["data"]


async def test_read_only_fields_and_the_owner_are_ignored_in_an_update() -> None:
    desk = Desk()
    id = await desk.add("AccountObj", name="Mill")
    before = (await desk.get("AccountObj", id))["data"]
    await desk.update("AccountObj", id, owner=["FSUID_0002"], account_no="7", create_time=1, life_status="invalid")
    after = (await desk.get("AccountObj", id))["data"]
    assert after == before


async def test_change_owner() -> None:
    desk = Desk()
    id = await desk.add("AccountObj", name="Mill")
    rows = [{"objectDataId": id, "ownerId": ["FSUID_0002"]}]
    await desk.call(f"{PRESET}/changeOwner", data={"dataObjectApiName": "AccountObj", "Data": rows})
    assert (await desk.get("AccountObj", id))["data"]["owner"] == ["FSUID_0002"]
    small = await desk.call(f"{PRESET}/changeOwner", data={"dataObjectApiName": "AccountObj", "data": rows})
    assert small["errorCode"] == 10006


async def test_delete_only_what_is_invalid() -> None:
    desk = Desk()
    id = await desk.add("AccountObj", name="Mill")
    assert (await desk.act("AccountObj", "delete", id))["errorCode"] != 0
    desk.clock.move(1)
    assert (await desk.act("AccountObj", "invalid", id))["errorCode"] == 0
    data = (await desk.get("AccountObj", id))["data"]
    assert (data["life_status"], data["is_deleted"]) == ("invalid", False)
    assert data["last_modified_time"] == data["create_time"] + 1000
    assert (await desk.act("AccountObj", "recover", id))["errorCode"] == 0
    assert (await desk.get("AccountObj", id))["data"]["life_status"] == "normal"
    await desk.act("AccountObj", "invalid", id)
    assert (await desk.act("AccountObj", "invalid", id))["errorCode"] != 0
    assert (await desk.act("AccountObj", "delete", id))["errorCode"] == 0
    assert (await desk.get("AccountObj", id))["errorCode"] != 0


async def test_the_older_family_takes_a_list_to_invalid() -> None:
    desk = Desk()
    ids = [await desk.add(GROUP, name=name) for name in "ab"]
    body = {"dataObjectApiName": GROUP, "idList": ids}
    assert (await desk.call("/cgi/crm/custom/data/invalid", data=body))["errorCode"] == 0
    assert await desk.ids(GROUP) == []


async def test_a_new_id_is_greater() -> None:
    desk = Desk()
    ids = [await desk.add("AccountObj", name=str(at)) for at in range(3)]
    desk.clock.move(1)
    ids.append(await desk.add("AccountObj", name="3"))
    assert ids == sorted(ids)
    assert ids[0].startswith(f"{desk.now // 1000 - 1:08x}")


async def test_details_come_with_their_master() -> None:
    desk = Desk()
    product = await desk.add("ProductObj", name="Flour")
    lines = {"SalesOrderProductObj": [{"product_id": product, "quantity": "2", "subtotal": "5.00"}]}
    answer = await desk.create("SalesOrderObj", name="SO1", more={"details": lines})
    rows = (await desk.query("SalesOrderProductObj", ("order_id", "EQ", [answer["dataId"]])))["data"]["dataList"]
    assert [(row["product_id"], row["product_id__r"], row["quantity"]) for row in rows] == [(product, "Flour", "2")]
    assert rows[0]["order_id__r"] == "SO1"


async def test_one_bad_detail_and_nothing_is_written() -> None:
    desk = Desk()
    lines = {"SalesOrderProductObj": [{"product_id": "0" * 24}]}
    answer = await desk.create("SalesOrderObj", name="SO1", more={"details": lines})
    assert answer["errorCode"] == 201112011
    assert await desk.ids("SalesOrderObj") == []


@pytest.mark.parametrize(
    ("object", "fields", "code", "words"),
    [
        ("AccountObj", {"name": ""}, 32000, "数据[]必填字段客户名称未填写不可进行当前操作"),
        ("AccountObj", {"name": "Mill", "owner": []}, 32000, "数据[Mill]必填字段负责人未填写不可进行当前操作"),
        ("AccountObj", {"name": "Mill", "account_level": "9"}, 32000, "客户级别的选项值不存在"),
        ("AccountObj", {"name": "Mill", "owner": "FSUID_0001"}, 500, "负责人字段的数据类型不正确"),
        ("AccountObj", {"name": "Mill", "owner": ["FSUID_9999"]}, 32000, "负责人对应的员工不存在"),
        ("AccountObj", {"name": 7}, 500, "客户名称字段的数据类型不正确"),
        ("ContactObj", {"name": "Bado", "account_id": "0" * 24}, 201112011, "关联关系不存在"),
        ("ContactObj", {"name": "Bado", "account_id": ["0" * 24]}, 500, "客户名称字段的数据类型不正确"),
        ("SalesOrderObj", {"name": "SO1", "order_amount": "much"}, 500, "销售订单金额字段的数据类型不正确"),
        ("SalesOrderObj", {"name": "SO1", "order_amount": "1.005"}, 32000, "销售订单金额的小数位数超过2"),
        ("SalesOrderObj", {"name": "SO1", "order_time": "2026-01-05"}, 500, "下单日期字段的数据类型不正确"),
        ("SalesOrderObj", {"name": "SO1", "kq_tags__c": "1"}, 500, "标记字段的数据类型不正确"),
        ("SalesOrderObj", {"name": "SO1", "kq_gift__c": "yes"}, 500, "礼品字段的数据类型不正确"),
    ],
)
async def test_what_is_refused(object: str, fields: dict[str, Any], code: int, words: str) -> None:
    desk = Desk()
    answer = await desk.create(object, **fields)
    assert (answer["errorCode"], answer["errorMessage"]) == (code, words)
    assert await desk.ids(object) == []


async def test_values_are_kept_as_they_were_written() -> None:
    desk = Desk()
    values = {"order_amount": "100.01", "order_time": 1604592000000, "kq_tags__c": ["2", "1"], "kq_gift__c": True}
    id = await desk.add("SalesOrderObj", name="SO1", discount="95", **values)
    data = (await desk.get("SalesOrderObj", id))["data"]
    assert {name: data[name] for name in values} == values
    assert (await desk.create("SalesOrderObj", name="SO2", order_amount=12.5))["errorCode"] == 0


@pytest.mark.parametrize(("path", "object"), [("/cgi/crm/custom/v2/data", "AccountObj"), (PRESET, GROUP)])
async def test_the_families_are_not_crossed(path: str, object: str) -> None:
    body = {"object_data": {"dataObjectApiName": object, "name": "Mill", "owner": ["FSUID_0001"]}}
    assert (await Desk().call(f"{path}/create", data=body))["errorCode"] != 0


async def test_an_invalid_record_is_no_relation() -> None:
    desk = Desk()
    account = await desk.add("AccountObj", name="Mill")
    await desk.act("AccountObj", "invalid", account)
    assert (await desk.create("ContactObj", name="Bado", account_id=account))["errorCode"] == 201112011


async def test_a_locked_record_refuses() -> None:
    desk = Desk()
    id = await desk.add("AccountObj", name="Mill")
    body = {"dataObjectApiName": "AccountObj", "dataIds": [id], "detailObjStrategy": 0}
    await desk.call("/cgi/crm/v2/object/lock", data=body)
    assert (await desk.update("AccountObj", id, fax="9"))["errorMessage"] == "数据已锁定，不可进行当前操作"
    await desk.call("/cgi/crm/v2/object/unlock", data=body)
    assert (await desk.update("AccountObj", id, fax="9"))["errorCode"] == 0


async def test_times_may_be_specified() -> None:
    desk = Desk()
    fields = {"dataObjectApiName": "AccountObj", "name": "Mill", "owner": ["FSUID_0001"], "create_time": 1604644208525}
    body: dict[str, Any] = {"data": {"object_data": fields}}
    plain = await desk.call(f"{PRESET}/create", **body)
    told = await desk.call(f"{PRESET}/create", **body, hasSpecifyTime=True)
    times = [(await desk.get("AccountObj", one["dataId"]))["data"]["create_time"] for one in (plain, told)]
    assert times == [desk.now, 1604644208525]


async def test_an_order_may_be_numbered_by_fxiaoke() -> None:
    desk = Desk(order_numbers=True)
    ids = [await desk.add("SalesOrderObj", name="mine") for _ in range(2)]
    assert [(await desk.get("SalesOrderObj", id))["data"]["name"] for id in ids] == ["00000001", "00000002"]


async def test_a_custom_create_may_answer_without_an_id() -> None:
    desk = Desk(custom_create_id=False)
    assert "dataId" not in await desk.create(GROUP, name="beta")
    assert "dataId" in await desk.create("AccountObj", name="Mill")
