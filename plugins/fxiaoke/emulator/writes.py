"""The writes of records over the API (contract, 5.1 to 5.7), and reading one."""

from collections.abc import Callable, Mapping
from typing import Any

from plugins.fxiaoke.emulator import records
from plugins.fxiaoke.emulator.call import Call
from plugins.fxiaoke.emulator.errors import ApiError, bad_parameter, illegal, no_permission, no_record
from plugins.fxiaoke.emulator.render import show
from plugins.fxiaoke.emulator.tenant import Object
from plugins.fxiaoke.emulator.values import read_fields

Answer = dict[str, Any]
SPECIFIED = ("create_time", "last_modified_time")


def create(call: Call) -> Answer:
    given = _object_data(call)
    object = call.object_named(given.get("dataObjectApiName"))
    values = read_fields(call.tenant, object, given, creating=True)
    lines = _details(call, object)
    times = {name: int(given[name]) for name in SPECIFIED if call.body.get("hasSpecifyTime") and name in given}
    row = records.insert(call.tenant, object, values, call.user, times)
    for detail, rest in lines:
        master = {detail.spec.master or "": row["_id"]}
        records.insert(call.tenant, detail, {**rest, **master}, call.user)
    silent = call.mark == "missing_data_id" or (object.spec.custom and not call.tenant.knobs.custom_create_id)
    return {} if silent else {"dataId": row["_id"]}


def _details(call: Call, object: Object) -> list[tuple[Object, dict[str, Any]]]:
    """The detail records that come with a new one, checked before anything is written."""
    found: list[tuple[Object, dict[str, Any]]] = []
    for name, rows in (call.data.get("details") or {}).items():
        detail = call.tenant.objects.get(name)
        field = detail.fields.get(detail.spec.master or "") if detail is not None else None
        if detail is None or field is None or field.to != object.api_name or not isinstance(rows, list):
            raise bad_parameter("details")
        for given in rows:
            known = {**given, "owner": given.get("owner") or [call.user]}
            found.append((detail, _detail(call, detail, known)))
    return found


def _detail(call: Call, detail: Object, given: Mapping[str, Any]) -> dict[str, Any]:
    """The master is not there yet: it is not asked for."""
    name = detail.spec.master or ""
    spared = Object(detail.spec, {key: one for key, one in detail.fields.items() if key != name}, detail.table)
    return read_fields(call.tenant, spared, given, creating=True)


def get(call: Call) -> Answer:
    object, id = call.object, call.data.get("objectDataId")
    if id in call.tenant.hidden:
        raise no_permission()
    row = object.table.get(id, call.lag) if isinstance(id, str) else None
    if row is None:
        raise no_record()
    return {"data": show(call.tenant, object, row, nulls=bool(call.body.get("includeNull")), numbers=call.numbers)}


def update(call: Call) -> Answer:
    given = _object_data(call)
    object = call.object_named(given.get("dataObjectApiName"))
    if not isinstance(given.get("_id"), str):
        raise bad_parameter("_id")
    row = records.live(object, given["_id"])
    values = read_fields(call.tenant, object, given, creating=False)
    records.change(call.tenant, object, row, values, call.user)
    return {}


def _object_data(call: Call) -> Mapping[str, Any]:
    given = call.data.get("object_data")
    if not isinstance(given, Mapping):
        raise bad_parameter("object_data")
    return given


def invalid(call: Call) -> Answer:
    records.invalidate(call.tenant, call.object, records.live(call.object, call.data.get("object_data_id")), call.user)
    return {}


def invalid_many(call: Call) -> Answer:
    """The batch of the older family: all or none."""
    for row in _rows(call, records.live):
        records.invalidate(call.tenant, call.object, row, call.user)
    return {}


def recover(call: Call) -> Answer:
    for row in _rows(call, records.present):
        records.recover(call.tenant, call.object, row, call.user)
    return {}


def delete(call: Call) -> Answer:
    rows = _rows(call, records.present)
    if any(row["life_status"] != "invalid" for row in rows):
        raise illegal("数据未作废，不可删除")
    for row in rows:
        records.purge(call.tenant, call.object, row)
    return {}


def _rows(call: Call, find: Callable[..., Any]) -> list[Any]:
    ids = call.data.get("idList")
    if not isinstance(ids, list) or not ids:
        raise bad_parameter("idList")
    return [find(call.object, id) for id in ids]


def change_owner(call: Call) -> Answer:
    asked = call.data.get("Data")
    if not isinstance(asked, list) or not asked:
        raise bad_parameter("Data")
    moves = [_move(call, one) for one in asked]
    for row, owner in moves:
        records.change(call.tenant, call.object, row, {"owner": owner}, call.user)
    return {}


def _move(call: Call, one: Any) -> tuple[Any, list[str]]:
    owner = one.get("ownerId") if isinstance(one, Mapping) else None
    if not isinstance(owner, list) or not owner:
        raise bad_parameter("ownerId")
    people = [call.tenant.person(id) for id in owner]
    if any(person is None for person in people):
        raise ApiError(20012, "openUserId不存在")
    return records.live(call.object, one.get("objectDataId")), [person.id for person in people if person]


def lock(call: Call, status: str = "1") -> Answer:
    """Of either family: the path has no other."""
    object = call.tenant.objects.get(str(call.data.get("dataObjectApiName")))
    ids = call.data.get("dataIds")
    if object is None or not isinstance(ids, list):
        raise bad_parameter("dataIds")
    for id in ids:
        records.change(call.tenant, object, records.present(object, id), {"lock_status": status}, call.user)
    return {}


def unlock(call: Call) -> Answer:
    return lock(call, "0")
