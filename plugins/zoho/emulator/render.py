"""Records on their way out: from what the table keeps to the JSON of the API (contract, 5.1 and 5.2)."""

from collections.abc import Iterable
from typing import Any

from kequn.testing.emulator import Row
from plugins.zoho.emulator.fields import LISTED_OF_RICH_TEXT, Field
from plugins.zoho.emulator.org import Module, Org


def show_record(org: Org, module: Module, row: Row, names: Iterable[str], *, rows: bool = False) -> dict[str, Any]:
    """The record with these fields. `rows`: with the rows of its subforms and all of its
    rich text, as get-one gives them. Unknown names are left out."""
    record: dict[str, Any] = {"id": row["id"]}
    for name in names:
        field = module.fields.get(name)
        if field is not None and (rows or field.type != "subform"):
            value = show_value(org, module, field, row.get(name))
            record[name] = value if rows or value is None or not field.is_rich else value[:LISTED_OF_RICH_TEXT]
    return record


def show_whole(org: Org, module: Module, row: Row) -> dict[str, Any]:
    """Everything there is, as get-one without `fields` gives it."""
    record = show_record(org, module, row, module.fields, rows=True)
    what = row.get("What_Id")
    if "What_Id" in module.fields:
        record["$se_module"] = what[0] if what else None
    if "Currency" in module.fields:
        record["$currency_symbol"] = "¥" if row.get("Currency") in (None, "CNY") else "$"
    more = {name: False for name, field in module.fields.items() if field.type == "subform"}
    return {**record, "$approval_state": "approved", "$editable": True, "$has_more": more}


def show_value(org: Org, module: Module, field: Field, value: Any) -> Any:
    if field.api_name == "Tag":
        return [module.tags[id].show() for id in value or () if id in module.tags]
    if value is None:
        return None
    if field.type == "datetime":
        return org.time(value)
    if field.type == "lookup":
        return _reference(org, field.to or "", value)
    if field.type == "ownerlookup":
        return org.owner(value)
    if field.type == "multi_module_lookup":
        return _parent(org, *value) if field.api_name == "Parent_Id" else _reference(org, *value)
    if field.type == "multiselectpicklist":
        return list(value)
    if field.type == "subform":
        part = org.modules[field.to or ""]
        return [show_record(org, part, row, part.fields) for row in value]
    return value


def text_of(row: Row, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _reference(org: Org, module: str, id: str) -> dict[str, str] | None:
    """A lookup as it reads; nothing when its target is deleted."""
    target = org.modules[module]
    row = target.table.get(id)
    return None if row is None else {"name": target.name_of(row), "id": id}


def _parent(org: Org, module: str, id: str) -> dict[str, Any] | None:
    found = _reference(org, module, id)
    return None if found is None else {"module": {"api_name": module, "id": org.modules[module].id}, **found}
