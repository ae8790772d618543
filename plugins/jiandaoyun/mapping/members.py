"""Members of the company as staff. Pure. kequn only reads them."""

from collections.abc import Mapping
from typing import Any

from kequn.contracts.codecs import Unreadable
from kequn.contracts.crm import FieldSchema, ObjectSchema
from kequn.contracts.records import Kind, Record
from plugins.jiandaoyun.mapping.values import STAFF

FIELDS = ("name", "department", "active", "email")
LEFT = -1

SCHEMA = ObjectSchema(
    STAFF,
    "成员",
    Kind.STAFF,
    (
        FieldSchema("username", "成员编号", "text", read_only=True),
        FieldSchema("name", "姓名", "text", read_only=True, maps_to="name"),
        FieldSchema("departments", "部门", "deptgroup", read_only=True, maps_to="department"),
        FieldSchema("status", "状态", "number", read_only=True, maps_to="active"),
        FieldSchema("type", "类型", "number", read_only=True),
        FieldSchema("integrate_id", "集成编号", "text", read_only=True),
    ),
)


def read_member(raw: Mapping[str, Any], departments: Mapping[int, str], emails: Mapping[str, str]) -> Record:
    """`departments`: their names. `emails`: by username, as the settings know them. Raises Unreadable.
    Members have no history: their version is always 0."""
    username, name = raw.get("username"), raw.get("name")
    if not isinstance(username, str) or not username or not isinstance(name, str) or not name:
        raise Unreadable("a member without username or name", "username")
    numbers = raw.get("departments")
    known = [one for one in numbers if isinstance(one, int)] if isinstance(numbers, list) else []
    first = next((one for one in known if one in departments), None)
    fields = {
        "name": name,
        "department": departments.get(first) if first else None,
        "active": raw.get("status") != LEFT,
    }
    fields |= {"email": emails[username]} if username in emails else {}
    extra = {key: raw[key] for key in ("type", "integrate_id") if raw.get(key) not in (None, 0, "")}
    return Record(Kind.STAFF, STAFF, username, 0, fields, extra=extra)
