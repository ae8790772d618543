"""Records of a form: made, changed, deleted, restored, and shown. Decides what the system keeps of them; knows neither
HTTP nor who may do what. `by_api` says through which door: the API's writes push nothing."""

from collections.abc import Iterable, Mapping
from typing import Any

from kequn.testing.emulator import Row
from plugins.jiandaoyun.emulator import times, values
from plugins.jiandaoyun.emulator.company import Company
from plugins.jiandaoyun.emulator.errors import ApiError
from plugins.jiandaoyun.emulator.forms import READ_ONLY, Form, Widget

Values = Mapping[str, Any]
PERSONS = ("creator", "updater", "deleter")
TIMES = ("createTime", "updateTime", "deleteTime")
SYSTEM = ("appId", "entryId", *PERSONS, *TIMES, "flowState", "ext")


def kept(company: Company, form: Form, written: Values, present: Values, *, by_api: bool) -> dict[str, Any]:
    """What is written, by widget id, as it will be kept. Raises ApiError."""
    found: dict[str, Any] = {}
    for name, value in written.items():
        widget = form.widget(name)
        if widget is None:
            if not by_api or company.knobs.unknown_keys == "refuse":
                raise ApiError(17017, name)
            continue
        if by_api and widget.type in READ_ONLY:
            if company.knobs.unwritable == "refuse":
                raise ApiError(17032, widget.name)
            continue
        plain = _unwrapped(widget, value) if by_api else value
        if widget.type == "subform":
            found[widget.id] = _rows(company, widget, plain, present.get(widget.id) or [], by_api=by_api)
        elif not (by_api and widget.type == "datetime" and plain is None and _keeps_time(company, widget)):
            found[widget.id] = values.keep(company, widget, plain)
    return found


def _unwrapped(widget: Widget, value: Any) -> Any:
    if not isinstance(value, Mapping) or "value" not in value:
        raise ApiError(17017, f"{widget.name} is not wrapped in value")
    return value["value"]


def _keeps_time(company: Company, widget: Widget) -> bool:
    if company.knobs.datetime_null == "error":
        raise ApiError(3005, f"{widget.name} (datetime)")
    return company.knobs.datetime_null == "keep"


def _rows(company: Company, widget: Widget, given: Any, present: Iterable[Row], *, by_api: bool) -> list[Row]:
    """The rows as they will stand: all of them, for a subform is replaced whole. A known `_id` keeps its row."""
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
        raise ApiError(3005, f"{widget.name} (subform)")
    known = {row["_id"] for row in present}
    found: list[Row] = []
    for row in given:
        wanted = row.get("_id")
        id = wanted.get("value") if by_api and isinstance(wanted, Mapping) else wanted
        cells: dict[str, Any] = {"_id": id if id in known else company.ids.next(company.now())}
        for name, value in row.items():
            item = widget.item(name)
            if item is not None and not (by_api and item.type in READ_ONLY):
                cells[item.id] = values.keep(company, item, _unwrapped(item, value) if by_api else value)
        found.append(cells)
    return found


def create(company: Company, form: Form, cells: Values, user: str, *, by_api: bool) -> Row:
    """`cells`: as `kept` gives them."""
    now = company.now()
    row: dict[str, Any] = {
        "_id": company.ids.next(now), "creator": user, "updater": user, "deleter": None, "createTime": now,
        "updateTime": now, "deleteTime": None, **cells,
    }  # fmt: skip
    for widget in form.of_type("sn"):
        form.numbers += 1
        row[widget.id] = f"{form.numbers:04d}"
    form.table.put(row["_id"], row)
    touch(company, form, now, by_api=by_api)
    return row


def update(company: Company, form: Form, id: str, cells: Values, user: str, *, by_api: bool) -> Row:
    """Raises KeyError when there is no such record."""
    now, before = company.now(), form.table.rows[id]
    row = {**before, **cells, "updater": user}
    if not by_api or company.knobs.api_moves_update_time:
        row["updateTime"] = max(now, before["updateTime"])
    form.table.put(id, row)
    touch(company, form, now, by_api=by_api)
    return row


def delete(company: Company, form: Form, id: str, user: str, *, by_api: bool) -> Row:
    """Into the recycle bin. Raises KeyError when there is no such record."""
    now = company.now()
    row = {**form.table.drop(id), "deleter": user, "deleteTime": now}
    form.bin[id] = row
    touch(company, form, now, by_api=by_api)
    return row


def restore(company: Company, form: Form, id: str, user: str) -> Row:
    """Out of the recycle bin: a person's act. Raises KeyError when it is not in there."""
    now = company.now()
    row = {**form.bin.pop(id), "deleter": None, "deleteTime": None}
    if company.knobs.restore_moves_update_time:
        row |= {"updater": user, "updateTime": now}
    form.table.put(id, row)
    touch(company, form, now, by_api=False)
    return row


def touch(company: Company, form: Form, now: int, *, by_api: bool) -> None:
    if not by_api or company.knobs.api_moves_modify_time:
        form.modified = max(now, form.modified or 0)


def show(company: Company, form: Form, row: Row, fields: Iterable[str] | None = None) -> dict[str, Any]:
    """The record as it is read. `fields`: what to show beside its id; None: everything."""
    wanted = None if fields is None else set(fields)
    shown: dict[str, Any] = {"_id": row["_id"], "appId": form.app_id, "entryId": form.entry_id}
    shown |= {name: value for name, value in _system(company, form, row) if wanted is None or name in wanted}
    for widget in form.widgets:
        if widget.type != "separator" and (wanted is None or wanted & {widget.alias, widget.id}):
            shown[widget.name] = values.show(company, widget, row.get(widget.id))
    return shown


def _system(company: Company, form: Form, row: Row) -> Iterable[tuple[str, Any]]:
    for name in PERSONS:
        yield name, company.users[row[name]].shown() if row[name] else None
    for name in TIMES:
        yield name, times.show(row[name])
    if form.workflow:
        yield "flowState", row.get("flowState", 0)
    if form.extension:
        yield "ext", row.get("ext", "")
