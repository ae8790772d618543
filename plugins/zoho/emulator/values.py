"""Values of fields on their way in (contract, 5.3): each is checked by its field's type and turned into what the table
keeps. Times become seconds, lookups ids, empty text None. What is wrong comes back as error elements."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from plugins.zoho.emulator import times
from plugins.zoho.emulator.errors import Element, invalid, mandatory
from plugins.zoho.emulator.fields import Field
from plugins.zoho.emulator.org import Module, Org

_EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\".]+(\.[^@\s,;<>()\".]+)+")


class BadValue(Exception):
    """The value does not do. `more`: what the error says beside the field's name."""

    def __init__(self, message: str = "invalid data", sub: str = "", **more: Any) -> None:
        super().__init__(message)
        self.message = message
        self.sub = sub
        self.more = more


def read_fields(
    org: Org, module: Module, given: Mapping[str, Any], path: str, *, creating: bool
) -> tuple[dict[str, Any], list[Element]]:
    """What to store, and what is wrong with it. Read-only keys are ignored; unknown ones too, unless the knob says."""
    values: dict[str, Any] = {}
    errors: list[Element] = []
    for name, value in given.items():
        field = module.fields.get(name)
        if field is None or field.read_only or name == "Tag":
            if field is None and org.knobs.strict and not name.startswith("$") and name != "se_module":
                errors.append(invalid({"api_name": name, "json_path": f"{path}.{name}"}))
            continue
        try:
            values[name] = read_value(org, field, value, given)
        except BadValue as bad:
            details = {**bad.more, "api_name": name, "json_path": f"{path}.{name}{bad.sub}"}
            errors.append(invalid(details, bad.message))
    wrong = {error["details"].get("api_name") for error in errors}
    for field in module.fields.values():
        empty = values.get(field.api_name) is None and field.api_name not in wrong
        if field.mandatory and empty and (creating or field.api_name in values):
            errors.append(mandatory(field.api_name, f"{path}.{field.api_name}"))
    return values, errors


def read_value(org: Org, field: Field, value: Any, given: Mapping[str, Any]) -> Any:
    if value is None:
        return None
    if field.type == "ownerlookup":
        return _owner(org, value)
    if field.type == "lookup":
        return _lookup(org, field.to or "", value)
    if field.type == "multi_module_lookup":
        return _any_lookup(org, value, given)
    if field.type == "subform":
        return _rows(org, field, value)
    reader: Callable[[Field, Any], Any] = _READERS.get(field.type, _text)
    return reader(field, value)


def id_of(value: Any) -> str | None:
    """An id as clients write it: a number, or a string of digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.isdecimal() and value.isascii() else None


def _text(field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        raise BadValue(expected_data_type="text")
    if field.length and len(value) > field.length:
        raise BadValue(maximum_length=field.length)
    return value or None


def _email(field: Field, value: Any) -> str | None:
    text = _text(field, value)
    if text is not None and not _EMAIL.fullmatch(text):
        raise BadValue(expected_data_type="email")
    return text


def _options(field: Field, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(option, str) for option in value):
        raise BadValue(expected_data_type="jsonarray")
    return tuple(dict.fromkeys(value))


def _boolean(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadValue(expected_data_type="boolean")
    return value


def _integer(field: Field, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadValue(expected_data_type="integer")
    if len(str(abs(value))) > field.length:
        raise BadValue(maximum_length=field.length)
    return value


def _bigint(field: Field, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"-?\d+", value):
        raise BadValue(expected_data_type="bigint")
    if len(value.lstrip("-")) > field.length:
        raise BadValue(maximum_length=field.length)
    return value


def _number(field: Field, value: Any) -> int | float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadValue(expected_data_type="double")
    if len(str(int(abs(value)))) > field.length:
        raise BadValue(maximum_length=field.length)
    return value


def _date(field: Field, value: Any) -> str | None:
    if value == "":
        return None
    if not times.is_date(value):
        raise BadValue(expected_data_type="date")
    return str(value)


def _datetime(field: Field, value: Any) -> int | None:
    if value == "":
        return None
    moment = times.read(value)
    if moment is None:
        raise BadValue(expected_data_type="datetime")
    return moment


_READERS: Mapping[str, Callable[[Field, Any], Any]] = {
    "email": _email, "multiselectpicklist": _options, "boolean": _boolean, "integer": _integer, "bigint": _bigint,
    "currency": _number, "double": _number, "percent": _number, "date": _date, "datetime": _datetime,
}  # fmt: skip


def _owner(org: Org, value: Any) -> str:
    id = id_of(value.get("id")) if isinstance(value, dict) else None
    if id is None or id not in org.users or org.users[id].status != "active":
        raise BadValue("the id given seems to be invalid", ".id")
    return id


def _lookup(org: Org, target: str, value: Any) -> str:
    if not isinstance(value, dict):
        raise BadValue(expected_data_type="jsonobject")
    id = id_of(value.get("id"))
    if id is None or org.modules[target].table.get(id) is None:
        raise BadValue("the related id given seems to be invalid", ".id", expected_data_type="bigint")
    return id


def _any_lookup(org: Org, value: Any, given: Mapping[str, Any]) -> tuple[str, str]:
    """A lookup that says which module it leads to: inside, or in a key beside it."""
    inside = value.get("module") if isinstance(value, dict) else None
    name = inside.get("api_name") if isinstance(inside, dict) else given.get("$se_module") or given.get("se_module")
    module = org.module(name) if isinstance(name, str) else None
    if module is None:
        raise BadValue(expected_data_type="jsonobject")
    return module.api_name, _lookup(org, module.api_name, value if isinstance(value, dict) else {"id": value})


def _rows(org: Org, field: Field, value: Any) -> tuple[dict[str, Any], ...]:
    """Rows of a subform as they were sent, checked: records.py merges them with those that are there."""
    module = org.modules[field.to or ""]
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise BadValue(expected_data_type="jsonarray")
    rows = []
    for at, given in enumerate(value):
        row, errors = read_fields(org, module, given, f"[{at}]", creating=False)
        if errors:
            raise BadValue(errors[0]["message"], errors[0]["details"]["json_path"])
        if (id := id_of(given.get("id"))) is not None:
            row["id"] = id
        rows.append({**row, "_delete": None} if "_delete" in given else row)
    return tuple(rows)
