"""Objects, fields, people and departments."""

from typing import Any

import pytest

from tests.plugins.fxiaoke.emulator.desk import Desk

pytestmark = pytest.mark.anyio


async def test_the_list_of_objects_as_the_contract_shows_it() -> None:
    answer = await Desk().call("/cgi/crm/v2/object/list", includeNull=False)
    objects = {one["describeApiName"]: one for one in answer["data"]["objects"]}
    assert objects["AccountObj"] == {
        "describeApiName": "AccountObj", "describeDisplayName": "客户", "defineType": "package", "isActive": True,
        "iconPath": "", "iconIndex": 0, "hideButton": False, "publicObject": False,
    }  # fmt: skip
    assert objects["object_kqgroup__c"] == {
        "describeApiName": "object_kqgroup__c", "describeDisplayName": "分组", "defineType": "custom", "isActive": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {"apiName": "AccountObj", "data": {"apiName": "AccountObj"}},
        {"apiName": "AccountObj"},
        {"data": {"apiName": "AccountObj"}},
    ],
)
async def test_describe_as_the_contract_shows_it(body: dict[str, Any]) -> None:
    answer = await Desk().call("/cgi/crm/v2/object/describe", includeDetail=True, **body)
    described = answer["data"]["describe"]
    fields = described.pop("fields")
    assert described == {
        "api_name": "AccountObj", "display_name": "客户", "define_type": "package", "is_active": True,
    }  # fmt: skip
    shown = {
        "name": {"label": "客户名称", "type": "text", "is_required": True, "define_type": "package", "is_active": True},
        "owner": {
            "label": "负责人", "type": "employee", "is_required": True, "define_type": "package", "is_active": True,
        },
        "account_level": {
            "label": "客户级别", "type": "select_one", "is_required": False,
            "options": [{"label": "A 级", "value": "1"}, {"label": "B 级", "value": "2"}],
        },
        "kq_id__c": {"label": "KQ 编号", "type": "text", "define_type": "custom", "is_active": True},
        "last_modified_time": {
            "label": "最后修改时间", "type": "date_time", "define_type": "system", "is_active": True,
        },
    }  # fmt: skip
    for name, wanted in shown.items():
        assert {key: fields[name][key] for key in ("api_name", *wanted)} == {"api_name": name, **wanted}


async def test_an_object_that_is_not_there() -> None:
    assert (await Desk().call("/cgi/crm/v2/object/describe", apiName="NothingObj"))["errorCode"] != 0


async def test_an_administrator_changes_fields() -> None:
    desk = Desk()
    id = await desk.add("AccountObj", name="Mill", fax="9")
    more = desk.people.add_field("AccountObj", "更多", "text")
    desk.people.remove_field("AccountObj", "fax")
    await desk.update("AccountObj", id, **{more: "x"}, fax="8")
    data = (await desk.get("AccountObj", id))["data"]
    assert (data[more], "fax" in data) == ("x", False)
    fields = (await desk.call("/cgi/crm/v2/object/describe", apiName="AccountObj"))["data"]["describe"]["fields"]
    assert (fields[more]["label"], fields["fax"]["is_active"]) == ("更多", False)


async def test_who_has_this_mobile() -> None:
    desk = Desk()
    mobile = desk.emulator.tenant.users["FSUID_0001"].mobile
    answer = await desk.call("/cgi/user/getByMobile", mobile=mobile)
    assert answer["empList"] == [
        {
            "openUserId": "FSUID_0001", "name": "同步账号", "mainDepartmentIds": [1000], "departmentIds": [1000],
            "status": 0,
        }
    ]  # fmt: skip
    assert (await desk.call("/cgi/user/getByMobile", mobile="13800000000"))["empList"] == []
    assert (await desk.call("/cgi/user/getByMobile"))["errorCode"] == 10006


async def test_one_user() -> None:
    answer = await Desk().call("/cgi/user/get", openUserId="FSUID_0002")
    names = {
        "openUserId", "account", "name", "nickName", "isStop", "email", "mobile", "gender", "position",
        "mainDepartmentId", "departmentIds", "employeeNumber", "leaderId", "createTime",
    }  # fmt: skip
    assert names <= set(answer)
    assert (answer["openUserId"], answer["email"]) == ("FSUID_0002", "user2@example.com")
    assert (await Desk().call("/cgi/user/get", openUserId="FSUID_9"))["errorCode"] == 20012


@pytest.mark.parametrize("department", [1000, 999999])
async def test_the_users_of_a_department(department: int) -> None:
    users = (await Desk().call("/cgi/user/list", departmentId=department, fetchChild=True))["userList"]
    assert len(users) == 5
    assert set(users[0]) == {"openUserId", "name", "mobile", "departmentIds"}
    simply = (await Desk().call("/cgi/user/simpleList", departmentId=department))["userList"]
    assert [one["openUserId"] for one in simply] == [one["openUserId"] for one in users]


async def test_users_who_changed() -> None:
    desk = Desk()
    desk.clock.move(60)
    desk.people.edit("Users", "FSUID_0003", {"name": "南四"})
    span = {"startTime": desk.now - 1000, "endTime": desk.now}
    users = (await desk.call("/cgi/user/get/batchByUpdTime", **span))["userList"]
    assert [one["name"] for one in users] == ["南四"]
    assert (await desk.call("/cgi/user/get/batchByUpdTime", **span, pageSize=1001))["errorCode"] == 10006


async def test_departments() -> None:
    answer = await Desk().call("/cgi/department/list")
    assert [one["id"] for one in answer["departments"]] == [1000]
