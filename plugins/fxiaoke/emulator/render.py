"""A record as the API shows it: without its empty fields, with companions for people, options and references."""

from collections.abc import Collection
from typing import Any

from kequn.testing.emulator import Row
from plugins.fxiaoke.emulator.fields import REFERENCE_TYPES, Field
from plugins.fxiaoke.emulator.tenant import Object, Tenant

_PLAIN_PEOPLE = {"created_by", "last_modified_by"}


def show(
    tenant: Tenant, object: Object, row: Row, *, nulls: bool = False, numbers: bool = False,
    only: Collection[str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """`nulls`: empty fields too. `numbers`: people as employee numbers. `only`: these fields (and `_id`)."""
    shown: dict[str, Any] = {"_id": row["_id"]}
    for name, field in object.fields.items():
        if not field.is_active or (only is not None and name not in only):
            continue
        value = row.get(name)
        if value is None:
            if nulls:
                shown[name] = None
            continue
        shown[name] = _people(tenant, value) if numbers and field.type == "employee" else value
        shown |= _companions(tenant, name, field, value)
    return shown


def _people(tenant: Tenant, ids: list[str]) -> list[str]:
    return [tenant.users[id].number for id in ids]


def _companions(tenant: Tenant, name: str, field: Field, value: Any) -> dict[str, Any]:
    if field.type == "select_one" and field.define_type != "system":
        return {f"{name}__r": next((label for label, known in field.options if known == value), value)}
    if field.type == "employee" and name not in _PLAIN_PEOPLE:
        people = [{"id": tenant.users[id].number, "name": tenant.users[id].name} for id in value]
        return {f"{name}__r": people[0], f"{name}__l": people}
    if field.type in REFERENCE_TYPES and field.to is not None:
        target = tenant.name_of(field.to, value)
        return {} if target is None else {f"{name}__r": target}
    return {}
