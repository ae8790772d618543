"""Members, departments and roles: contract, section 6."""

import pytest

from tests.plugins.jiandaoyun.emulator.desk import Desk

pytestmark = pytest.mark.anyio

MEMBER = {"name": "小简", "username": "jdy-abc", "status": 1, "type": 0, "departments": [1, 3]}


async def test_a_member() -> None:
    desk = Desk()
    assert await desk.ask("corp/user/get", {"username": "jdy-abc"}) == {"user": MEMBER}
    assert await desk.refused("corp/user/get", {"username": "jdy-nobody"}) == 1010


async def test_members_come_and_leave() -> None:
    desk = Desk()
    made = await desk.ask("corp/user/create", {"username": "jdy-new", "name": "东二", "departments": [2]})
    assert made["user"]["status"] == 1
    changed = await desk.ask("corp/user/update", {"username": "jdy-new", "name": "东三", "departments": [3]})
    assert (changed["user"]["name"], changed["user"]["departments"]) == ("东三", [3])
    assert await desk.ask("corp/user/delete", {"username": "jdy-new"}) == {"status": "success"}
    assert (await desk.ask("corp/user/get", {"username": "jdy-new"}))["user"]["status"] == -1
    await desk.ask("corp/user/import", {"users": [{"username": "jdy-2", "name": "二"}]})
    await desk.ask("corp/user/batch_delete", {"usernames": ["jdy-2"]})
    assert (await desk.ask("corp/user/get", {"username": "jdy-2"}))["user"]["status"] == -1


async def test_members_of_a_department() -> None:
    desk = Desk()
    some = await desk.ask("corp/department/user/list", {"dept_no": 3})
    assert [user["username"] for user in some["users"]] == ["jdy-abc", "jdy-qiuxing"]
    everybody = await desk.ask("corp/department/user/list", {"dept_no": 1, "has_child": True})
    assert len(everybody["users"]) == 5
    assert await desk.refused("corp/department/user/list", {"dept_no": 99}) == 6000


async def test_departments_of_both_versions() -> None:
    desk = Desk()
    head = {"dept_no": 1, "name": "总部", "parent_no": None, "type": 0, "status": 1}
    old = (await desk.ask("corp/department/list", {"dept_no": 1, "has_child": True}))["departments"]
    new = (await desk.post("v6/corp/department/list", {"dept_no": 1, "has_child": True})).json()["departments"]
    assert (old[0], new[0]) == (head, {**head, "seq": 1})
    below = (await desk.ask("corp/department/list", {"dept_no": 1}))["departments"]
    assert [one["dept_no"] for one in below] == [2, 3]


async def test_departments_are_made_and_removed() -> None:
    desk = Desk()
    reply = await desk.post("v6/corp/department/create", {"name": "研发部", "parent_no": 2})
    assert reply.json()["department"]["dept_no"] == 4
    await desk.post("v6/corp/department/update", {"dept_no": 4, "name": "产品部"})
    names = [one["name"] for one in (await desk.ask("corp/department/list", {"dept_no": 2}))["departments"]]
    assert names == ["产品部"]
    assert await desk.ask("corp/department/delete", {"dept_no": 4}) == {"status": "success"}
    assert await desk.refused("corp/department/delete", {"dept_no": 1}) == 6000


async def test_roles() -> None:
    desk = Desk()
    roles = (await desk.ask("corp/role/list", {"skip": 0, "limit": 100}))["roles"]
    assert roles == [{"role_no": 1, "name": "客服", "group_no": 1, "type": 0, "status": 1}]
    users = (await desk.ask("corp/role/user/list", {"role_no": 1, "skip": 0, "limit": 100}))["users"]
    assert [user["username"] for user in users] == ["jdy-abc", "jdy-qiuxing"]


async def test_departments_are_imported() -> None:
    desk = Desk()
    given = [{"name": "甲部", "parent_no": 1, "dept_no": 101}, {"name": "乙部", "dept_no": 201, "parent_no": 101}]
    assert await desk.ask("corp/department/import", {"departments": given}) == {"status": "success"}
    below = (await desk.ask("corp/department/list", {"dept_no": 101, "has_child": True}))["departments"]
    assert [(one["dept_no"], one["name"]) for one in below] == [(101, "甲部"), (201, "乙部")]
    assert await desk.refused("corp/department/import", {"departments": given}) == 6000


async def test_roles_come_and_go() -> None:
    desk = Desk()
    group = (await desk.ask("corp/role_group/create", {"name": "门店"}))["role_group"]["group_no"]
    role = (await desk.ask("corp/role/create", {"name": "店长", "group_no": group}))["role"]
    assert (role["name"], role["group_no"]) == ("店长", group)
    named = {"role_no": role["role_no"]}
    await desk.ask("corp/role/update", {**named, "name": "副店长", "group_no": group})
    some = {**named, "usernames": ["jdy-abc", "jdy-nanmu"]}
    assert await desk.ask("corp/role/add_members", some) == {"status": "success"}
    await desk.ask("corp/role/remove_members", {**named, "usernames": ["jdy-abc"]})
    users = (await desk.ask("corp/role/user/list", {**named, "skip": 0, "limit": 10}))["users"]
    assert [user["username"] for user in users] == ["jdy-nanmu"]
    assert await desk.refused("corp/role/add_members", {**named, "usernames": ["jdy-nobody"]}) == 1010
    names = [one["name"] for one in (await desk.ask("corp/role/list", {"skip": 0, "limit": 10}))["roles"]]
    assert names == ["客服", "副店长"]
    assert await desk.ask("corp/role/delete", named) == {"status": "success"}
    assert await desk.refused("corp/role/delete", named) == 17017


async def test_groups_of_roles() -> None:
    desk = Desk()
    number = (await desk.ask("corp/role_group/create", {"name": "门店"}))["role_group"]["group_no"]
    await desk.ask("corp/role_group/update", {"name": "分店", "role_group_no": number})
    groups = (await desk.ask("corp/role_group/list", {"skip": 0, "limit": 10}))["role_groups"]
    assert [(one["group_no"], one["name"]) for one in groups] == [(1, "默认"), (number, "分店")]
    assert await desk.ask("corp/role_group/delete", {"role_group_no": number}) == {"status": "success"}
    assert await desk.refused("corp/role_group/delete", {"role_group_no": number}) == 17017


async def test_no_company_is_linked() -> None:
    desk = Desk()
    assert await desk.ask("corp/guest/department/list", {"dept_no": None}) == {"dept_list": []}
    assert await desk.ask("corp/guest/user/list", {"dept_no": None}) == {"member_list": []}
    assert await desk.refused("corp/guest/user/get", {"username": "R-1"}) == 1010
