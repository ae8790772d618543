"""The calls about members, departments and linked companies, of which there are none (contract, section 6)."""

from collections.abc import Mapping
from typing import Any

from plugins.jiandaoyun.emulator.call import Call
from plugins.jiandaoyun.emulator.company import Company, Department, User
from plugins.jiandaoyun.emulator.errors import ApiError

Body = dict[str, Any]
DONE: Mapping[str, Any] = {"status": "success"}


def get_user(call: Call) -> Body:
    return {"user": _user(call).shown()}


def create_user(call: Call) -> Body:
    return {"user": _add_user(call.company, call.body).shown()}


def update_user(call: Call) -> Body:
    user = _user(call)
    user.name = str(call.body.get("name", user.name))
    user.departments = _departments(call.company, call.body.get("departments", user.departments))
    return {"user": user.shown()}


def delete_user(call: Call) -> Body:
    """A member who is deleted has left: records still name them."""
    _user(call).status = -1
    return dict(DONE)


def delete_users(call: Call) -> Body:
    for username in call.items("usernames"):
        if username in call.company.users:
            call.company.users[username].status = -1
    return dict(DONE)


def import_users(call: Call) -> Body:
    for one in call.items("users"):
        _add_user(call.company, one if isinstance(one, Mapping) else {})
    return dict(DONE)


def _user(call: Call) -> User:
    user = call.company.users.get(call.text("username"))
    if user is None:
        raise ApiError(1010)
    return user


def _add_user(company: Company, given: Mapping[str, Any]) -> User:
    username, name = given.get("username"), given.get("name")
    if not isinstance(username, str) or not isinstance(name, str) or not username or username in company.users:
        raise ApiError(17017, "username")
    company.users[username] = User(username, name, _departments(company, given.get("departments", [1])))
    return company.users[username]


def _departments(company: Company, given: Any) -> list[int]:
    if not isinstance(given, list) or not all(number in company.departments for number in given):
        raise ApiError(6000)
    return list(given)


def department_users(call: Call) -> Body:
    numbers = _within(call)
    users = [user for user in call.company.users.values() if user.status != -1 and numbers & set(user.departments)]
    return {"users": [user.shown() for user in users]}


def list_departments(call: Call) -> Body:
    return _listed(call, seq=False)


def list_departments_v6(call: Call) -> Body:
    return _listed(call, seq=True)


def _listed(call: Call, *, seq: bool) -> Body:
    """With their departments, or those right below."""
    top = call.number("dept_no", 1)
    numbers = _within(call) if call.body.get("has_child") else _children(call.company, top)
    return {"departments": [call.company.departments[number].shown(seq=seq) for number in sorted(numbers)]}


def _within(call: Call) -> set[int]:
    number = call.number("dept_no", 1)
    if number not in call.company.departments:
        raise ApiError(6000)
    found, fresh = {number}, {number} if call.body.get("has_child") else set()
    while fresh:
        fresh = {child for parent in fresh for child in _children(call.company, parent)} - found
        found |= fresh
    return found


def _children(company: Company, parent: int) -> set[int]:
    return {number for number, one in company.departments.items() if one.parent_no == parent}


def create_department(call: Call) -> Body:
    return {"department": _add_department(call.company, call).shown()}


def import_departments(call: Call) -> Body:
    for one in call.items("departments"):
        _add_department(call.company, Call(call.company, one if isinstance(one, Mapping) else {}))
    return dict(DONE)


def _add_department(company: Company, given: Call) -> Department:
    parent = given.number("parent_no", 1)
    number = given.number("dept_no", max(company.departments) + 1, 1)
    if parent not in company.departments or number in company.departments:
        raise ApiError(6000)
    company.departments[number] = Department(number, given.text("name"), parent, seq=number)
    return company.departments[number]


def update_department(call: Call) -> Body:
    department = call.company.departments.get(call.number("dept_no", 0))
    if department is None:
        raise ApiError(6000)
    department.name = call.text("name")
    return {"department": department.shown()}


def department_number(call: Call) -> Body:
    wanted = call.text("integrate_id")
    for number, department in call.company.departments.items():
        if department.integrate_id == wanted:
            return {"dept_no": number}
    raise ApiError(6000)


def delete_department(call: Call) -> Body:
    number = call.number("dept_no", 0)
    if number not in call.company.departments or number == 1 or _children(call.company, number):
        raise ApiError(6000)
    del call.company.departments[number]
    for user in call.company.users.values():
        user.departments = [one for one in user.departments if one != number] or [1]
    return dict(DONE)


def guest_departments(call: Call) -> Body:
    return {"dept_list": []}


def guest_members(call: Call) -> Body:
    return {"member_list": []}


def guest(call: Call) -> Body:
    call.text("username")
    raise ApiError(1010)
