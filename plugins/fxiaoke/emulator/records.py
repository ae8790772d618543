"""What may be done to records, by whoever does it: over the API or at the screens. Each act leaves an event."""

from collections.abc import Mapping, Sequence
from typing import Any

from kequn.testing.emulator import Row
from plugins.fxiaoke.emulator.errors import illegal, no_record
from plugins.fxiaoke.emulator.tenant import Event, Object, Tenant


def insert(
    tenant: Tenant, object: Object, values: Mapping[str, Any], by: str, times: Mapping[str, int] | None = None
) -> Row:
    """`times`: create_time and last_modified_time, when they are given and not taken from the clock."""
    now = tenant.now()
    row = new_row(tenant, object, values, by, now)
    row |= times or {}
    object.table.put(row["_id"], row)
    tenant.events.append(Event("create", object.api_name, row["_id"], now))
    return row


def new_row(tenant: Tenant, object: Object, values: Mapping[str, Any], by: str, at: int) -> dict[str, Any]:
    """A record as it is kept, made at `at` (milliseconds)."""
    row: dict[str, Any] = {"_id": tenant.next_id(at), **dict.fromkeys(object.fields)}
    for name, field in object.fields.items():
        if field.type == "auto_number":
            object.numbers += 1
            row[name] = f"{object.numbers:08d}"
    frame = {
        "created_by": [by], "create_time": at, "last_modified_by": [by], "last_modified_time": at,
        "life_status": "normal", "is_deleted": False, "lock_status": "0", "record_type": "default__c",
        "data_own_department": ["1000"],
    }  # fmt: skip
    return {**row, **values, **frame}


def live(object: Object, id: object) -> Row:
    """The record, to be written. Raises ApiError when it is not there, invalid or locked."""
    row = present(object, id)
    if row["life_status"] == "invalid":
        raise no_record()
    if row["lock_status"] == "1":
        raise illegal("数据已锁定，不可进行当前操作")
    return row


def present(object: Object, id: object) -> Row:
    row = object.table.get(id) if isinstance(id, str) else None
    if row is None:
        raise no_record()
    return row


def change(tenant: Tenant, object: Object, row: Row, values: Mapping[str, Any], by: str, event: str = "update") -> None:
    now = tenant.now()
    changed = {**row, **values, "last_modified_time": now, "last_modified_by": [by]}
    object.table.put(row["_id"], changed)
    tenant.events.append(Event(event, object.api_name, row["_id"], now))


def invalidate(tenant: Tenant, object: Object, row: Row, by: str) -> None:
    gone = {"life_status": "invalid", "is_deleted": tenant.knobs.invalid_deletes}
    change(tenant, object, row, gone, by, "invalid")


def recover(tenant: Tenant, object: Object, row: Row, by: str) -> None:
    if row["life_status"] != "invalid":
        raise illegal("数据未作废，不可恢复")
    change(tenant, object, row, {"life_status": "normal", "is_deleted": False}, by, "recover")


def purge(tenant: Tenant, object: Object, row: Row) -> None:
    if row["life_status"] != "invalid":
        raise illegal("数据未作废，不可删除")
    object.table.drop(row["_id"])
    tenant.events.append(Event("delete", object.api_name, row["_id"], tenant.now()))


def details(tenant: Tenant, object: Object, master: Row) -> Sequence[tuple[Object, Row]]:
    """The live detail records of a record."""
    found: list[tuple[Object, Row]] = []
    for other in tenant.objects.values():
        name = other.spec.master
        if name is not None and other.fields[name].to == object.api_name:
            rows = [other.table.rows[id] for id in other.table.find(name, master["_id"])]
            found += [(other, row) for row in rows if row["life_status"] != "invalid"]
    return found


def merge(tenant: Tenant, object: Object, winner: Row, loser: Row, by: str) -> None:
    """What refers to the loser refers to the winner from now on; the loser becomes invalid."""
    for other in tenant.objects.values():
        names = [name for name, field in other.fields.items() if field.to == object.api_name]
        for row in [row for row in other.table.all() if any(row.get(name) == loser["_id"] for name in names)]:
            moved = {name: winner["_id"] for name in names if row.get(name) == loser["_id"]}
            change(tenant, other, row, moved, by)
    change(tenant, object, winner, {}, by)
    invalidate(tenant, object, loser, by)
