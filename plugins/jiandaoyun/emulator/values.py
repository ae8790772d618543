"""What a widget may hold (contract, section 4): values as they are written, as they are kept, as they are read.

Kept: text, numbers, milliseconds, usernames, department numbers, ids of records, keys of files. Raises ApiError."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from plugins.jiandaoyun.emulator import times
from plugins.jiandaoyun.emulator.company import Company
from plugins.jiandaoyun.emulator.errors import ApiError
from plugins.jiandaoyun.emulator.forms import Widget
from plugins.jiandaoyun.emulator.ids import is_id

TEXTS = ("text", "textarea", "radiogroup", "combo", "sn")
LISTS = ("checkboxgroup", "combocheck", "usergroup", "deptgroup", "image", "upload", "subform")
"""Types whose empty value is an empty list."""

PLACE = ("province", "city", "district", "detail")


def keep(company: Company, widget: Widget, value: Any) -> Any:
    """The value as it is kept. Subforms are made of rows by rows.py."""
    if value is None:
        return [] if widget.type in LISTS else None
    if widget.type in TEXTS:
        return _checked(widget, isinstance(value, str), value)
    if widget.type == "lookup":
        return _lookup(company, widget, value)
    maker = _MAKERS.get(widget.type)
    return value if maker is None else maker(company, widget, value)


def _checked(widget: Widget, good: bool, value: Any) -> Any:
    if not good:
        raise ApiError(3005, f"{widget.name} ({widget.type})")
    return value


def _number(company: Company, widget: Widget, value: Any) -> Any:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return _checked(widget, good, value)


def _time(company: Company, widget: Widget, value: Any) -> int:
    try:
        return times.parse(value)
    except ValueError:
        raise ApiError(3005, f"{widget.name} (datetime)") from None


def _texts(company: Company, widget: Widget, value: Any) -> Any:
    good = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return list(_checked(widget, good, value))


def _user(company: Company, widget: Widget, value: Any) -> str:
    username = value.get("username") if isinstance(value, Mapping) else value
    if username not in company.users:
        raise ApiError(1010, widget.name)
    return str(username)


def _dept(company: Company, widget: Widget, value: Any) -> int:
    if value not in company.departments:
        raise ApiError(6000, widget.name)
    return int(value)


def _each(one: Callable[[Company, Widget, Any], Any]) -> Callable[[Company, Widget, Any], Any]:
    def several(company: Company, widget: Widget, value: Any) -> list[Any]:
        return [one(company, widget, each) for each in _checked(widget, isinstance(value, list), value)]

    return several


def _address(company: Company, widget: Widget, value: Any) -> dict[str, Any]:
    names = (*PLACE, "lnglatXY") if widget.type == "location" else PLACE
    _checked(widget, isinstance(value, Mapping) and set(value) <= set(names), value)
    return {name: value[name] for name in names if value.get(name) is not None}


def _phone(company: Company, widget: Widget, value: Any) -> dict[str, Any]:
    _checked(widget, isinstance(value, Mapping) and isinstance(value.get("phone"), str | None), value)
    return {"phone": value.get("phone"), "verified": False}


def _file(company: Company, widget: Widget, value: Any) -> str:
    file = company.files.get(value) if isinstance(value, str) else None
    if file is None or file.stamp + 3_600_000 < company.now():
        raise ApiError(17027, widget.name)
    return file.key


def _lookup(company: Company, widget: Widget, value: Any) -> str | None:
    """A linked record, by its id. Whether the id or an object with it is written is a switch: the other one is lost."""
    wrapped = isinstance(value, Mapping)
    if wrapped != (company.knobs.lookup_write == "object"):
        return None
    id = value.get("id") if isinstance(value, Mapping) else value
    return str(_checked(widget, is_id(id), id))


_MAKERS: Mapping[str, Callable[[Company, Widget, Any], Any]] = {
    "number": _number,
    "datetime": _time,
    "checkboxgroup": _texts,
    "combocheck": _texts,
    "user": _user,
    "usergroup": _each(_user),
    "dept": _dept,
    "deptgroup": _each(_dept),
    "address": _address,
    "location": _address,
    "phone": _phone,
    "image": _each(_file),
    "upload": _each(_file),
}


def show(company: Company, widget: Widget, kept: Any) -> Any:
    """The value as it is read."""
    if kept is None:
        return company.knobs.empty_text if widget.type in TEXTS else [] if widget.type in LISTS else None
    match widget.type:
        case "datetime":
            return times.show(kept)
        case "user":
            return company.users[kept].shown()
        case "usergroup":
            return [company.users[one].shown() for one in kept]
        case "dept":
            return company.departments[kept].shown(seq=False)
        case "deptgroup":
            return [company.departments[one].shown(seq=False) for one in kept]
        case "image" | "upload":
            return [_show_file(company, key) for key in kept]
        case "subform":
            return [_show_row(company, widget, row) for row in kept]
    return kept


def _show_row(company: Company, widget: Widget, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"_id": row["_id"], **{item.name: show(company, item, row.get(item.id)) for item in widget.items}}


def _show_file(company: Company, key: str) -> dict[str, Any]:
    """The address is good for 15 days, and made anew for each answer."""
    file = company.files[key]
    until = company.now() // 1000 + 15 * 86400
    return {
        "name": file.name, "size": len(file.content), "mime": file.mime,
        "url": f"{file.origin}/files/{key}?e={until}",
    }  # fmt: skip
