"""Objects and fields as the API tells of them (contract, section 4), and what an administrator does to them."""

from dataclasses import replace
from typing import Any

from plugins.fxiaoke.emulator.call import Call
from plugins.fxiaoke.emulator.errors import bad_parameter
from plugins.fxiaoke.emulator.fields import Field, Options
from plugins.fxiaoke.emulator.tenant import Object


def list_objects(call: Call) -> dict[str, Any]:
    return {"data": {"objects": [_show(object) for object in call.tenant.objects.values()]}}


def _show(object: Object) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "describeApiName": object.api_name,
        "describeDisplayName": object.spec.label,
        "defineType": _define_type(object),
        "isActive": object.is_active,
    }
    if not object.spec.custom:
        shown |= {"iconPath": "", "iconIndex": 0, "hideButton": False, "publicObject": False}
    return shown


def describe(call: Call) -> dict[str, Any]:
    """The name stands at the top or under `data`."""
    data = call.body.get("data")
    name = call.body.get("apiName") or (data.get("apiName") if isinstance(data, dict) else None)
    object = call.tenant.objects.get(name) if isinstance(name, str) else None
    if object is None:
        raise bad_parameter("apiName")
    fields = {name: field.describe() for name, field in object.fields.items()}
    shown = {
        "api_name": object.api_name,
        "display_name": object.spec.label,
        "define_type": _define_type(object),
        "is_active": object.is_active,
        "fields": fields,
    }
    return {"data": {"describe": shown}}


def _define_type(object: Object) -> str:
    return "custom" if object.spec.custom else "package"


def add_field(object: Object, field: Field) -> None:
    """Records that are there already have it empty."""
    object.fields[field.api_name] = field
    for id, row in list(object.table.rows.items()):
        object.table.rows[id] = {field.api_name: None, **row}


def switch_off(object: Object, name: str) -> None:
    object.fields[name] = replace(object.fields[name], is_active=False)


def set_options(object: Object, name: str, options: Options) -> None:
    object.fields[name] = replace(object.fields[name], options=options)
