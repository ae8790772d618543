"""People and departments as the API tells of them (contract, section 3)."""

from typing import Any

from plugins.fxiaoke.emulator.call import Call
from plugins.fxiaoke.emulator.errors import ApiError, bad_parameter, no_permission
from plugins.fxiaoke.emulator.tenant import COMPANY, User

DEFAULT_PAGE, MOST = 20, 1000


def by_mobile(call: Call) -> dict[str, Any]:
    """What an unknown number is answered with is UNCONFIRMED: an empty list, unless a knob names a code."""
    mobile, code = call.text("mobile"), call.tenant.knobs.unknown_mobile
    found = [_employee(user) for user in call.tenant.users.values() if user.mobile == mobile]
    if code is not None and not found:
        raise ApiError(code, "员工不存在")
    return {"empList": found}


def _employee(user: User) -> dict[str, Any]:
    departments = list(user.departments)
    return {
        "openUserId": user.id, "name": user.name, "mainDepartmentIds": departments[:1], "departmentIds": departments,
        "status": int(user.is_stop),
    }  # fmt: skip


def get_user(call: Call) -> dict[str, Any]:
    user = call.tenant.person(call.text("openUserId"))
    if user is None:
        raise ApiError(20012, "openUserId不存在")
    if user.id in call.tenant.hidden:
        raise no_permission()
    return _whole(call, user)


def _whole(call: Call, user: User) -> dict[str, Any]:
    return {
        "openUserId": _id(call, user), "account": user.email.partition("@")[0], "name": user.name,
        "nickName": user.name, "isStop": user.is_stop, "email": user.email, "mobile": user.mobile, "gender": "M",
        "position": user.position, "mainDepartmentId": user.departments[0], "departmentIds": list(user.departments),
        "employeeNumber": user.number, "leaderId": next(iter(call.tenant.users)), "createTime": user.created,
    }  # fmt: skip


def list_users(call: Call) -> dict[str, Any]:
    return {
        "userList": [
            {
                "openUserId": _id(call, user), "name": user.name, "mobile": user.mobile,
                "departmentIds": list(user.departments),
            }
            for user in _members(call)
        ]
    }  # fmt: skip


def list_simply(call: Call) -> dict[str, Any]:
    return {"userList": [{"openUserId": _id(call, user), "name": user.name} for user in _members(call)]}


def _members(call: Call) -> list[User]:
    department = call.body.get("departmentId")
    if not isinstance(department, int) or (department != COMPANY and department not in call.tenant.departments):
        raise bad_parameter("departmentId")
    users = call.tenant.users.values()
    return [user for user in users if department == COMPANY or department in user.departments]


def list_changed(call: Call) -> dict[str, Any]:
    body = call.body
    start, end = body.get("startTime"), body.get("endTime")
    size, page = body.get("pageSize", DEFAULT_PAGE), body.get("pageNumber", 1)
    if not isinstance(start, int) or not isinstance(end, int) or not isinstance(page, int) or page < 1:
        raise bad_parameter("startTime")
    if not isinstance(size, int) or not 1 <= size <= MOST:
        raise bad_parameter("pageSize")
    changed = [user for user in call.tenant.users.values() if start <= user.updated <= end]
    return {"userList": [_whole(call, user) for user in changed[(page - 1) * size : page * size]]}


def list_departments(call: Call) -> dict[str, Any]:
    departments = call.tenant.departments.items()
    return {"departments": [{"id": id, "name": name, "parentId": COMPANY} for id, name in departments]}


def _id(call: Call, user: User) -> str:
    return user.number if call.numbers else user.id
