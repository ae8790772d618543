"""The calls about roles and groups of roles (contract, section 6)."""

from collections.abc import Mapping
from typing import Any

from plugins.jiandaoyun.emulator.call import Call
from plugins.jiandaoyun.emulator.company import Role, RoleGroup
from plugins.jiandaoyun.emulator.errors import ApiError

Body = dict[str, Any]
DONE: Mapping[str, Any] = {"status": "success"}


def list_roles(call: Call) -> Body:
    skip, limit = call.number("skip", 0), call.number("limit", 1, 1)
    return {"roles": [role.shown() for role in call.company.roles.values()][skip : skip + limit]}


def create_role(call: Call) -> Body:
    number = max(call.company.roles, default=0) + 1
    role = call.company.roles[number] = Role(number, call.text("name"), group_no=call.number("group_no", 1, 1))
    return {"role": role.shown()}


def update_role(call: Call) -> Body:
    role = _role(call)
    role.name, role.group_no = call.text("name"), call.number("group_no", role.group_no, 1)
    return {"role": role.shown()}


def delete_role(call: Call) -> Body:
    del call.company.roles[_role(call).role_no]
    return dict(DONE)


def role_users(call: Call) -> Body:
    role = _role(call)
    skip, limit = call.number("skip", 0), call.number("limit", 100, 1, 10_000)
    return {"users": [call.company.users[name].shown() for name in role.members][skip : skip + limit]}


def add_members(call: Call) -> Body:
    role, names = _role(call), _members(call)
    role.members = list(dict.fromkeys([*role.members, *names]))
    return dict(DONE)


def remove_members(call: Call) -> Body:
    role, names = _role(call), _members(call)
    role.members = [name for name in role.members if name not in names]
    return dict(DONE)


def _role(call: Call) -> Role:
    role = call.company.roles.get(call.number("role_no", 0))
    if role is None:
        raise ApiError(17017, "role_no")
    return role


def _members(call: Call) -> list[str]:
    names = [str(name) for name in call.items("usernames")]
    if not set(names) <= set(call.company.users):
        raise ApiError(1010, "usernames")
    return names


def list_groups(call: Call) -> Body:
    skip, limit = call.number("skip", 0), call.number("limit", 1, 1)
    return {"role_groups": [group.shown() for group in call.company.role_groups.values()][skip : skip + limit]}


def create_group(call: Call) -> Body:
    number = max(call.company.role_groups, default=0) + 1
    group = call.company.role_groups[number] = RoleGroup(number, call.text("name"))
    return {"role_group": group.shown()}


def update_group(call: Call) -> Body:
    group = _group(call)
    group.name = call.text("name")
    return {"role_group": group.shown()}


def delete_group(call: Call) -> Body:
    """Its roles stay, in no group that is there."""
    del call.company.role_groups[_group(call).group_no]
    return dict(DONE)


def _group(call: Call) -> RoleGroup:
    group = call.company.role_groups.get(call.number("role_group_no", 0))
    if group is None:
        raise ApiError(17017, "role_group_no")
    return group
