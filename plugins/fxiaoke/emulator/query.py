"""The query of records: filters, orders, a page of at most 100, and how far an offset may go (contract, 5.3)."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from kequn.testing.emulator import Row
from plugins.fxiaoke.emulator.call import Call
from plugins.fxiaoke.emulator.conditions import Condition, bad_filter, read_conditions
from plugins.fxiaoke.emulator.errors import ApiError, bad_parameter
from plugins.fxiaoke.emulator.render import show
from plugins.fxiaoke.emulator.tenant import Object

DEFAULT_LIMIT, MOST, FARTHEST = 20, 100, 10_000
INDEXED = {"kq_id__c", "order_id", "name"}


def query(call: Call) -> dict[str, Any]:
    object, data = call.object, call.data
    info = data.get("search_query_info")
    if not isinstance(info, Mapping):
        raise ApiError(10006, "searchQueryInfo is empty")
    limit, offset = _limit(info.get("limit", DEFAULT_LIMIT)), _offset(info.get("offset", 0))
    conditions = read_conditions(call.tenant, object, info.get("filters"))
    orders = _orders(object, info.get("orders"))
    if not call.tenant.knobs.invalid_visible and all(one.field != "life_status" for one in conditions):
        conditions.append(Condition("life_status", "N", ["invalid"]))
    counted = call.body.get("returnTotalNum", 1) != 3 and data.get("find_explicit_total_num", True) is not False
    rows, total = _page(call, object, conditions, orders, offset, limit, counted=counted)
    only = info.get("fieldProjection")
    shown = [
        show(
            call.tenant, object, row, nulls=bool(call.body.get("includeNull")), numbers=call.numbers,
            only=set(only) if isinstance(only, list) and only else None,
        )
        for row in rows
    ]  # fmt: skip
    if object.spec.custom and (call.tenant.knobs.list_at_top or call.mark == "list_at_top"):
        return {"dataList": shown, "total": total, "offset": offset, "limit": limit}
    return {"data": {"dataList": shown, "total": total, "offset": offset, "limit": limit}}


def _limit(limit: Any) -> int:
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST:
        raise bad_parameter("limit")
    return limit


def _offset(offset: Any) -> int:
    if isinstance(offset, bool) or not isinstance(offset, int) or offset < 0:
        raise bad_parameter("offset")
    if offset > FARTHEST:
        raise ApiError(10013, f"offset out of range {FARTHEST}")
    return offset


def _orders(object: Object, orders: Any) -> list[tuple[str, bool]]:
    """(field, ascending)."""
    found: list[tuple[str, bool]] = []
    for one in orders or ():
        name = one.get("fieldName") if isinstance(one, Mapping) else None
        if not isinstance(name, str) or (name != "_id" and name not in object.fields):
            raise bad_filter(f"fieldName={name}")
        found.append((name, bool(one.get("isAsc", True))))
    return found


def _page(
    call: Call, object: Object, conditions: list[Condition], orders: list[tuple[str, bool]], offset: int, limit: int, *,
    counted: bool,
) -> tuple[list[Row], int]:  # fmt: skip
    by_id = orders in ([], [("_id", True)])
    walk = _candidates(call, object, conditions)
    hidden = call.tenant.hidden
    matching: Iterable[Row] = (
        row for row in walk if row["_id"] not in hidden and all(one.holds(row) for one in conditions)
    )
    if by_id and not counted and _walks_by_id(call, conditions):
        return list(islice(matching, offset, offset + limit)), 0
    rows = sorted(matching, key=lambda row: str(row["_id"]))
    for name, ascending in reversed(orders):
        rows.sort(key=lambda row: _key(row.get(name)), reverse=not ascending)
    return rows[offset : offset + limit], len(rows) if counted else 0


def _candidates(call: Call, object: Object, conditions: list[Condition]) -> Iterable[Row]:
    """As few rows as an index can tell; every row that the conditions may admit is among them."""
    table, lag = object.table, call.lag
    for one in conditions:
        if one.operator in {"EQ", "IN"} and one.field == "_id":
            return [row for id in dict.fromkeys(map(str, one.values)) if (row := table.get(id, lag)) is not None]
        if one.operator in {"EQ", "IN"} and one.field in INDEXED and not lag and one.field in object.fields:
            ids = [id for value in dict.fromkeys(map(str, one.values)) for id in table.find(one.field, value)]
            return [table.rows[id] for id in dict.fromkeys(ids)]
    since = _bound(conditions, "last_modified_time", {"GT", "GTE"})
    if since is not None and since.isdecimal():
        return table.walk("time", start=(int(since), ""), lag=lag)
    after = _bound(conditions, "_id", {"GT"})
    return table.walk("id", after=(after,) if after is not None else None, lag=lag)


def _walks_by_id(call: Call, conditions: list[Condition]) -> bool:
    taken = {one.field for one in conditions if one.operator in {"EQ", "IN"}}
    return not taken & {"_id", *INDEXED} and _bound(conditions, "last_modified_time", {"GT", "GTE"}) is None


def _bound(conditions: list[Condition], field: str, operators: set[str]) -> str | None:
    return next((str(one.values[0]) for one in conditions if one.field == field and one.operator in operators), None)


def _key(value: Any) -> tuple[int, Any]:
    """Empty values first, numbers by size, the rest as text."""
    if value is None:
        return (0, 0)
    return (1, value) if isinstance(value, int | float) else (2, str(value))
