"""Which path leads to which handler."""

from collections.abc import Callable, Mapping
from typing import Any

from plugins.jiandaoyun.emulator import batches, corp, data, files, metadata, roles
from plugins.jiandaoyun.emulator.call import Call

Handler = Callable[[Call], dict[str, Any]]

V5: Mapping[str, Handler] = {
    "app/list": metadata.apps,
    "app/entry/list": metadata.forms,
    "app/entry/widget/list": metadata.widgets,
    "app/entry/data/get": data.get,
    "app/entry/data/list": data.list_,
    "app/entry/data/create": data.create,
    "app/entry/data/update": data.update,
    "app/entry/data/delete": data.delete,
    "app/entry/data/batch_create": batches.create,
    "app/entry/data/batch_update": batches.update,
    "app/entry/data/batch_delete": batches.delete,
    "app/entry/file/get_upload_token": files.get_upload_token,
    "corp/user/get": corp.get_user,
    "corp/user/create": corp.create_user,
    "corp/user/update": corp.update_user,
    "corp/user/delete": corp.delete_user,
    "corp/user/batch_delete": corp.delete_users,
    "corp/user/import": corp.import_users,
    "corp/department/user/list": corp.department_users,
    "corp/department/list": corp.list_departments,
    "corp/department/create": corp.create_department,
    "corp/department/update": corp.update_department,
    "corp/department/delete": corp.delete_department,
    "corp/department/dept_no/get": corp.department_number,
    "corp/department/import": corp.import_departments,
    "corp/role/list": roles.list_roles,
    "corp/role/create": roles.create_role,
    "corp/role/update": roles.update_role,
    "corp/role/delete": roles.delete_role,
    "corp/role/user/list": roles.role_users,
    "corp/role/add_members": roles.add_members,
    "corp/role/remove_members": roles.remove_members,
    "corp/role_group/list": roles.list_groups,
    "corp/role_group/create": roles.create_group,
    "corp/role_group/update": roles.update_group,
    "corp/role_group/delete": roles.delete_group,
    "corp/guest/department/list": corp.guest_departments,
    "corp/guest/user/list": corp.guest_members,
    "corp/guest/user/get": corp.guest,
}
V6: Mapping[str, Handler] = {
    "corp/department/list": corp.list_departments_v6,
    "corp/department/create": corp.create_department,
    "corp/department/update": corp.update_department,
    "corp/department/dept_no/get": corp.department_number,
}
WRITES = ("create", "update", "delete", "import", "add_members", "remove_members")


def handler(version: str, name: str) -> Handler | None:
    return {"v5": V5, "v6": V6}.get(version, {}).get(name)


def asks_to_write(method: str, path: str) -> bool:
    """Whether a request asks to change a record, a member or a department."""
    action = path.rpartition("/")[2].removeprefix("batch_")
    return path.startswith("/api/") and action in WRITES
