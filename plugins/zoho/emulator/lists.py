"""Reading records: lists, one record, the deleted ones, the count (contract, 5.1, 5.2, 5.9, 5.11). Paging itself is in
paging.py."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from kequn.testing.emulator import Row
from plugins.zoho.emulator import times
from plugins.zoho.emulator.call import EMPTY, NOT_MODIFIED, Call, Reply
from plugins.zoho.emulator.errors import ApiError, bad_id, bad_param, bad_pattern, param_missing
from plugins.zoho.emulator.org import Bin, Module, Org
from plugins.zoho.emulator.paging import BY_NUMBER, Place, issue, place_of, short_info, too_far
from plugins.zoho.emulator.render import show_record, show_whole
from plugins.zoho.emulator.values import id_of

Show = Callable[[Org, Module, Row, list[str]], dict[str, Any]]
MOST_FIELDS = 50
KEPT_SECONDS = {"recycle": 60 * 86400, "permanent": 120 * 86400}


def field_names(call: Call, *, needed: bool = True) -> list[str] | None:
    """The `fields` of the query. Raises ApiError when they are missing or too many."""
    text = call.params.get("fields", "")
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names and needed:
        raise param_missing("fields")
    if names == ["id"] and needed:  # seen in the field; `id` comes without being named
        raise bad_param("fields")
    if len(names) > MOST_FIELDS:
        raise ApiError(
            "LIMIT_EXCEEDED", "the number of fields exceeds the limit", {"limit": 50, "param_name": "fields"}
        )
    return names or None


def since(call: Call) -> int | None:
    """The moment of If-Modified-Since. Raises ApiError when it cannot be read."""
    text = call.headers.get("if-modified-since")
    if text is None:
        return None
    moment = times.read(text)
    if moment is None:
        raise ApiError(
            "INVALID_DATA", "invalid data", {"header": "If-Modified-Since", "expected_data_type": "datetime"}
        )
    return moment


def list_records(call: Call) -> Reply:
    module = call.module
    if module.api_name == "Notes" and not call.org.knobs.admin:
        raise ApiError("NOT_SUPPORTED", "the given module is not supported in api", status=403)
    if module.standard.subform:
        raise ApiError("INVALID_MODULE", "the given module is not supported in api", {"resource_path_index": 0})
    return show_page(call, module, _kept(call, module))


def show_page(call: Call, module: Module, keep: Callable[[Row], bool], show: Show = show_record) -> Reply:
    """One page of the rows that `keep` lets through."""
    names = field_names(call) or []
    place, moment = place_of(call, "asc" if module.api_name == "Notes" else "desc"), since(call)
    rows = list(islice(_rows(call, module, place, moment, keep), place.skip, place.skip + place.size + 1))
    if not rows:
        return NOT_MODIFIED if moment is not None and place.page == 1 else EMPTY
    shown, more = rows[: place.size], len(rows) > place.size
    data = [show(call.org, module, row, names) for row in shown]
    return Reply(200, {"data": data, "info": _info(call, module, place, shown, more=more)})


def _info(call: Call, module: Module, place: Place, shown: list[Row], *, more: bool) -> dict[str, Any]:
    token, expiry = None, None
    if more:
        token, expiry = issue(call, place, module.table.key(place.sort_by, shown[-1]), len(shown))
    return {
        "call": False, "per_page": place.size, "next_page_token": token, "count": len(shown),
        "sort_by": place.sort_by, "page": place.page, "previous_page_token": None, "page_token_expiry": expiry,
        "sort_order": "desc" if place.descending else "asc", "email": False, "more_records": more,
    }  # fmt: skip


def _rows(call: Call, module: Module, place: Place, moment: int | None, keep: Callable[[Row], bool]) -> Iterator[Row]:
    start = (moment,) if moment is not None and place.sort_by == "Modified_Time" else None
    walk = module.table.walk(place.sort_by, after=place.after, start=start, reverse=place.descending, lag=call.lag)
    for row in walk:
        if (moment is None or row["Modified_Time"] >= moment) and keep(row):
            yield row


def _kept(call: Call, module: Module) -> Callable[[Row], bool]:
    """What a list shows: the ids that were asked for, and of leads those that are not converted."""
    ids = set(call.ids()) if "ids" in call.params else None
    converted = call.params.get("converted", "false")
    if converted not in {"true", "false", "both"}:
        raise bad_pattern("converted")
    leads = module.api_name == "Leads" and converted != "both"

    def keep(row: Row) -> bool:
        return (ids is None or row["id"] in ids) and (not leads or row["Converted__s"] == (converted == "true"))

    return keep


def get_record(call: Call) -> Reply:
    module, id = call.module, call.path["id"]
    if id_of(id) is None:
        raise bad_id()
    row = module.table.get(id, call.lag)
    if row is None:
        return EMPTY
    names = field_names(call, needed=False)
    if names is None:
        return Reply(200, {"data": [show_whole(call.org, module, row)]})
    return Reply(200, {"data": [show_record(call.org, module, row, names, rows=True)]})


def list_deleted(call: Call) -> Reply:
    """The newest first, up to 2000, for there is no token. A replica that lags does not show the latest."""
    kind = call.params.get("type", "all")
    if kind not in {"all", *KEPT_SECONDS}:
        raise bad_pattern("type")
    now, moment = call.org.exact_now(), since(call)
    size, page = call.number("per_page", 200, 200), call.number("page", 1)
    if page * size > BY_NUMBER:
        raise too_far()
    found = [
        (id, gone)
        for id, gone in call.module.bin.items()
        if kind in {"all", gone.kind}
        and now - KEPT_SECONDS[gone.kind] <= gone.at <= now - call.lag
        and (moment is None or int(gone.at) >= moment)
    ]
    found.sort(key=lambda pair: (pair[1].at, pair[0]), reverse=True)
    shown = found[(page - 1) * size : page * size]
    if not shown:
        return EMPTY
    data = [_show_deleted(call, id, gone) for id, gone in shown]
    return Reply(200, {"data": data, "info": short_info(size, len(shown), page, more=page * size < len(found))})


def _show_deleted(call: Call, id: str, gone: Bin) -> dict[str, Any]:
    org, recycled = call.org, gone.kind == "recycle"
    return {
        "deleted_by": org.user(gone.by) if gone.by else None,
        "id": id,
        "display_name": call.module.name_of(gone.row) if recycled else None,
        "type": gone.kind,
        "created_by": org.user(gone.row["Created_By"]) if recycled else None,
        "deleted_time": org.time(gone.at),
    }


def short_page(call: Call, module: Module, rows: Iterable[Row], names: Iterable[str]) -> Reply:
    """A page of a list without tokens."""
    size, page = call.number("per_page", 200, 200), call.number("page", 1)
    first = (page - 1) * size
    shown = list(islice(rows, first, first + size + 1))
    if not shown:
        return EMPTY
    more = len(shown) > size
    data = [show_record(call.org, module, row, names) for row in shown[:size]]
    return Reply(200, {"data": data, "info": short_info(size, len(data), page, more=more)})
