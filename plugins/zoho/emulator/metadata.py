"""Metadata (contract, section 9): modules, fields, picklists; custom fields made, changed and removed by request."""

import re
from dataclasses import replace
from typing import Any

from plugins.zoho.emulator.call import EMPTY, Call, Reply, several
from plugins.zoho.emulator.errors import (
    ApiError,
    Element,
    bad_id,
    bad_module,
    element,
    invalid,
    mandatory,
    param_missing,
)
from plugins.zoho.emulator.fields import LENGTHS, Field, Option, show_option
from plugins.zoho.emulator.knobs import CUSTOM_FIELDS
from plugins.zoho.emulator.org import Module, Org

MOST_UNIQUE = 2
_CREATABLE = set(LENGTHS) - {"date"} | {"date", "boolean"}


def list_modules(call: Call) -> Reply:
    modules = [show_module(module) for module in call.org.modules.values()]
    return Reply(200, {"modules": modules})


def get_module(call: Call) -> Reply:
    return Reply(200, {"modules": [show_module(call.module)]})


def show_module(module: Module) -> dict[str, Any]:
    spec = module.standard
    profile = {"name": "Administrator", "id": "554023000000026011"}
    usable = not spec.subform
    return {
        "api_name": spec.api_name, "module_name": spec.api_name, "singular_label": spec.singular,
        "plural_label": spec.api_name.replace("_", " "), "id": module.id, "api_supported": usable,
        "creatable": usable, "editable": usable, "deletable": usable, "viewable": usable, "visibility": 1,
        "status": "visible", "show_as_tab": usable, "generated_type": "subform" if spec.subform else "default",
        "modified_time": None, "modified_by": None, "sequence_number": 1, "profiles": [profile], "parent_module": {},
    }  # fmt: skip


def list_fields(call: Call) -> Reply:
    module = _module(call)
    if call.params.get("type") == "unused":
        return EMPTY
    return Reply(200, {"fields": [_show(call.org, field) for field in module.fields.values()]})


def get_field(call: Call) -> Reply:
    return Reply(200, {"fields": [_show(call.org, _field(call, _module(call)))]})


def list_options(call: Call) -> Reply:
    module = _module(call)
    layout = {"api_name": "Standard", "name": "Standard", "id": module.id}
    shown = [show_option(option, at) for at, option in enumerate(_field(call, module).options, 1)]
    return Reply(200, {"pick_list_values": [{**option, "layout_associations": [layout]} for option in shown]})


def create_fields(call: Call) -> Reply:
    module = _module(call)
    items = call.items("fields", 5)
    return several([_create_one(call.org, module, given, at) for at, given in enumerate(items)], "fields", 201)


def change_fields(call: Call) -> Reply:
    """PATCH of labels and options; the id stands in the path or in each element."""
    module = _module(call)
    items = call.items("fields", 5)
    return several([_change_one(call, module, given, at) for at, given in enumerate(items)], "fields")


def delete_field(call: Call) -> Reply:
    module = _module(call)
    field = _field(call, module)
    if not field.custom:
        raise ApiError("NOT_ALLOWED", "system fields cannot be deleted", {"api_name": field.api_name})
    remove_field(module, field.api_name)
    details = {"id": field.id}
    done = {"code": "SUCCESS", "details": details, "message": "field deleted", "status": "success"}
    return Reply(200, {"fields": [done]})


def add_field(org: Org, module: Module, label: str, type: str, **more: Any) -> Field:
    """A new custom field; its API name is made of the label."""
    length = more.pop("length", None) or LENGTHS.get(type, 0)
    texts = more.pop("options", ())
    options = tuple(Option(org.next_id(), text, text) for text in dict.fromkeys(("-None-", *texts)))
    field = Field(
        org.next_id(), _api_name(module, label), label, type, int(length), custom=True,
        options=options if "picklist" in type else (), **more,
    )  # fmt: skip
    module.fields[field.api_name] = field
    if field.unique:
        module.table.keep_index(field.api_name)
    return field


def remove_field(module: Module, api_name: str) -> None:
    """The field and its values are gone."""
    del module.fields[api_name]
    module.table.drop_index(api_name)
    rows = {id: row for id, row in module.table.rows.items() if api_name in row}
    module.table.fill({id: {name: row[name] for name in row if name != api_name} for id, row in rows.items()})


def add_option(org: Org, module: Module, api_name: str, text: str) -> None:
    field = module.fields[api_name]
    module.fields[api_name] = replace(field, options=(*field.options, Option(org.next_id(), text, text)))


def _create_one(org: Org, module: Module, given: Any, at: int) -> Element:
    path = f"$.fields[{at}]"
    if not isinstance(given, dict):
        return invalid({"expected_data_type": "jsonobject", "json_path": path})
    label, type = given.get("field_label"), given.get("data_type")
    if not isinstance(label, str) or not label.strip():
        return mandatory("field_label", f"{path}.field_label")
    if type not in _CREATABLE:
        wrong = {"api_name": "data_type", "json_path": f"{path}.data_type", "supported_values": sorted(_CREATABLE)}
        return invalid(wrong) if type else mandatory("data_type", f"{path}.data_type")
    if any(field.label.casefold() == label.casefold() for field in module.fields.values()):
        return element(
            "DUPLICATE_DATA", "duplicate data", {"api_name": "field_label", "json_path": f"{path}.field_label"}
        )
    unique = bool(given.get("unique"))
    custom = [field for field in module.fields.values() if field.custom]
    if len(custom) >= CUSTOM_FIELDS[org.knobs.edition] or (unique and sum(f.unique for f in custom) >= MOST_UNIQUE):
        return element("LIMIT_EXCEEDED", "field limit exceeded", {"json_path": path})
    texts = [str(option.get("display_value")) for option in given.get("pick_list_values") or ()]
    field = add_field(org, module, label, type, length=given.get("length"), unique=unique, options=texts)
    return {"code": "SUCCESS", "details": {"id": field.id}, "message": "field created", "status": "success"}


def _change_one(call: Call, module: Module, given: Any, at: int) -> Element:
    id = call.path.get("id") or (str(given.get("id")) if isinstance(given, dict) else "")
    field = next((field for field in module.fields.values() if field.id == id), None)
    if field is None or not isinstance(given, dict):
        return invalid({"api_name": "id", "json_path": f"$.fields[{at}].id"})
    if isinstance(options := given.get("pick_list_values"), list):
        field = replace(field, options=_changed_options(call.org, field, options))
    if isinstance(label := given.get("field_label"), str):
        field = replace(field, label=label)
    module.fields[field.api_name] = field
    return {"code": "SUCCESS", "details": {"id": field.id}, "message": "field updated", "status": "success"}


def _changed_options(org: Org, field: Field, given: list[Any]) -> tuple[Option, ...]:
    """Options that are named by id are renamed, new ones added, those with `_delete` go; the others stay."""
    options = {option.id: option for option in field.options}
    by_text = {option.display: option.id for option in field.options}
    for wanted in given:
        text = str(wanted.get("display_value"))
        id = str(wanted.get("id") or by_text.get(text) or org.next_id())
        if "_delete" in wanted:
            options.pop(id, None)
        else:
            options[id] = Option(id, text, str(wanted.get("actual_value") or text))
    return tuple(options.values())


def _show(org: Org, field: Field) -> dict[str, Any]:
    return field.show(org.modules[field.to].id if field.to else None)


def _module(call: Call) -> Module:
    name = call.params.get("module")
    if not name:
        raise param_missing("module")
    module = call.org.module(name)
    if module is None:
        raise bad_module()
    return module


def _field(call: Call, module: Module) -> Field:
    for field in module.fields.values():
        if field.id == call.path["id"]:
            return field
    raise bad_id(2)


def _api_name(module: Module, label: str) -> str:
    """`Customer Tier` becomes `Customer_Tier`; a label without a Latin letter becomes `field1`, `field2`, ..."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_")
    if not name or not name[0].isalpha():
        name, number = "field", 1
        while f"{name}{number}" in module.fields:
            number += 1
        return f"{name}{number}"
    number = 0
    while f"{name}{number or ''}" in module.fields:
        number += 1
    return f"{name}{number or ''}"
