"""The calls about single records and lists of them (contract, sections 3.1 to 3.3, 3.5, 3.7)."""

from typing import Any

from plugins.jiandaoyun.emulator import records
from plugins.jiandaoyun.emulator.call import Call
from plugins.jiandaoyun.emulator.errors import ApiError
from plugins.jiandaoyun.emulator.filters import read_filter
from plugins.jiandaoyun.emulator.ids import is_id

Body = dict[str, Any]
DEFAULT_LIMIT, MOST = 10, 100


def get(call: Call) -> Body:
    form, id = call.form, call.text("data_id")
    row = form.table.get(id, call.lag) if is_id(id) else None
    if row is None:
        raise ApiError(4001)
    return {"data": records.show(call.company, form, row)}


def list_(call: Call) -> Body:
    """Ascending by id; `data_id` is the last id of the page before."""
    form, after = call.form, call.body.get("data_id")
    limit = call.number("limit", DEFAULT_LIMIT, 1, MOST)
    if after not in (None, "") and not is_id(after):
        raise ApiError(17017, "data_id")
    fields = call.body.get("fields")
    if fields is not None and not (isinstance(fields, list) and all(isinstance(name, str) for name in fields)):
        raise ApiError(17017, "fields")
    passes = read_filter(call.company, form, call.body.get("filter"))
    found: list[Body] = []
    for row in form.table.walk("id", after=(after,) if after else None, lag=call.lag):
        if passes(row):
            found.append(records.show(call.company, form, row, fields or None))
            if len(found) == limit:
                break
    return {"data": found}


def create(call: Call) -> Body:
    form = call.form
    cells = records.kept(call.company, form, call.object("data"), {}, by_api=True)
    row = records.create(call.company, form, cells, call.person("data_creator"), by_api=True)
    return {"data": records.show(call.company, form, row)}


def update(call: Call) -> Body:
    form, id = call.form, call.data_id()
    cells = records.kept(call.company, form, call.object("data"), form.table.rows[id], by_api=True)
    row = records.update(call.company, form, id, cells, call.company.creator, by_api=True)
    return {"data": records.show(call.company, form, row)}


def delete(call: Call) -> Body:
    form, id = call.form, call.data_id()
    records.delete(call.company, form, id, call.company.creator, by_api=True)
    return {"status": "success"}
