"""Writing records: insert, update, upsert, delete (contract, 5.3 to 5.8), one result for each record of a batch."""

from collections.abc import Callable, Iterable
from typing import Any

from kequn.testing.emulator import Row
from plugins.zoho.emulator import records, times
from plugins.zoho.emulator.call import Call, Reply, several
from plugins.zoho.emulator.errors import (
    BROKEN,
    ApiError,
    Element,
    bad_id,
    element,
    invalid,
    mandatory,
)
from plugins.zoho.emulator.org import Module
from plugins.zoho.emulator.tags import TagProblem, tags_for
from plugins.zoho.emulator.values import id_of, read_fields

TRIGGERS = {"workflow", "approval", "blueprint", "pathfinder", "orchestration"}
UNKNOWN_ID = "the id given seems to be invalid"


def insert_records(call: Call) -> Reply:
    module = _writable(call)
    return several(each(call, call.items("data"), lambda given, at: insert_one(call, module, given, at)), done=201)


def update_records(call: Call) -> Reply:
    module, stale = _writable(call), _unmodified_since(call)
    return several(each(call, call.items("data"), lambda given, at: _update_by_id(call, module, given, at, stale)))


def update_record(call: Call) -> Reply:
    """The id stands in the path."""
    module, stale, id = _writable(call), _unmodified_since(call), call.path["id"]
    if id_of(id) is None or id not in module.table.rows:
        raise bad_id()
    return several(each(call, call.items("data", 1), lambda given, at: update_one(call, module, id, given, at, stale)))


def upsert_records(call: Call) -> Reply:
    module, stale = _writable(call), _unmodified_since(call)
    if module.standard.key is None:
        raise ApiError("INVALID_MODULE", "the given module is not supported in api", {"resource_path_index": 0})
    keys = _check_fields(call, module)
    return several(each(call, call.items("data"), lambda given, at: _upsert_one(call, module, given, at, keys, stale)))


def delete_records(call: Call) -> Reply:
    module = _writable(call)
    ids = [call.path["id"]] if "id" in call.path else call.ids()
    if not all(id_of(id) for id in ids):
        raise bad_id()
    return several(each(call, ids, lambda id, at: _delete_one(call, module, id)))


def each(call: Call, items: Iterable[Any], one: Callable[[Any, int], Element]) -> list[Element]:
    """Handle the items one by one. Here strike the faults of single records."""
    given = list(items)
    done: list[Element] = []
    for at, item in enumerate(given):
        if call.mark == "record_locked" and at == 0:
            details = {"api_name": "id", "json_path": f"$.data[{at}].id", "action": "record_locking"}
            done.append(element("RECORD_LOCKED", "record is locked", details))
        elif call.mark == "partial_batch" and len(given) > 1 and at == len(given) - 1:
            done.append(BROKEN)
        else:
            done.append(one(item, at))
    return done


def insert_one(call: Call, module: Module, given: Any, at: int) -> Element:
    values, tags, errors = _read(call, module, given, at, None)
    errors += _duplicates(call, module, values, at, None)
    if errors:
        return _joined(errors)
    return _done(call, records.insert(call.org, module, values, call.user, tags), "record added")


def update_one(call: Call, module: Module, id: str, given: Any, at: int, stale: int | None) -> Element:
    row = module.table.rows[id]
    if stale is not None and row["Modified_Time"] > stale:
        message = "record updated time has already passed if-unmodified-since time"
        return element("ALREADY_MODIFIED", message, _details(call, row))
    values, _, errors = _read(call, module, given, at, row)
    errors += _duplicates(call, module, values, at, id)
    if errors:
        return _joined(errors)
    return _done(call, records.update(call.org, module, id, values, call.user), "record updated")


def _update_by_id(call: Call, module: Module, given: Any, at: int, stale: int | None) -> Element:
    path = f"$.data[{at}].id"
    if isinstance(given, dict) and given.get("id") is None:
        return mandatory("id", path)
    id = id_of(given.get("id")) if isinstance(given, dict) else None
    if id is None or id not in module.table.rows:
        return invalid({"api_name": "id", "json_path": path}, UNKNOWN_ID)
    return update_one(call, module, id, given, at, stale)


def _upsert_one(call: Call, module: Module, given: Any, at: int, keys: list[str], stale: int | None) -> Element:
    if isinstance(given, dict) and given.get("id") is not None:
        return {**_update_by_id(call, module, given, at, stale), "duplicate_field": None, "action": "update"}
    for key in keys if isinstance(given, dict) else ():
        value = given.get(key)
        found = module.table.find(key, str(value)) if value not in (None, "") else []
        if found:
            done = update_one(call, module, found[0], given, at, stale)
            return {"duplicate_field": key, "action": "update", **done} if done["status"] == "success" else done
    done = insert_one(call, module, given, at)
    return {"duplicate_field": None, "action": "insert", **done} if done["status"] == "success" else done


def _delete_one(call: Call, module: Module, id: str) -> Element:
    if id not in module.table.rows:
        return invalid({"id": id}, "record not deleted")
    records.delete(call.org, module, id, call.user)
    return {"code": "SUCCESS", "details": {"id": id}, "message": "record deleted", "status": "success"}


def _read(
    call: Call, module: Module, given: Any, at: int, row: Row | None
) -> tuple[dict[str, Any], list[str], list[Element]]:
    """Values to store, tag ids (on insert alone: on update the contract says nothing, so it is ignored), and errors."""
    path = f"$.data[{at}]"
    if not isinstance(given, dict):
        return {}, [], [invalid({"expected_data_type": "jsonobject", "json_path": path})]
    values, errors = read_fields(call.org, module, given, path, creating=row is None)
    if row is not None or errors:
        return _appended(given, values, row or {}), [], errors
    try:
        return values, tags_for(call.org, module, given.get("Tag") or [], call.user), []
    except TagProblem as problem:
        return values, [], [element(problem.code, problem.message, {**problem.details, "json_path": f"{path}.Tag"})]


def _appended(given: dict[str, Any], values: dict[str, Any], row: Row) -> dict[str, Any]:
    """`$append_values` adds to a multi-select picklist instead of replacing it."""
    append = given.get("$append_values")
    for name, wanted in append.items() if isinstance(append, dict) else ():
        if wanted is True and isinstance(values.get(name), tuple):
            values[name] = tuple(dict.fromkeys((*(row.get(name) or ()), *values[name])))
    return values


def _duplicates(call: Call, module: Module, values: dict[str, Any], at: int, self_id: str | None) -> list[Element]:
    """Clashes with unique fields."""
    errors = []
    for name, field in module.fields.items():
        if field.unique and values.get(name) is not None:
            others = [id for id in module.table.find(name, str(values[name])) if id != self_id]
            if others:
                errors.append(_duplicate(call, module, name, f"$.data[{at}].{name}", others))
    return errors


def _duplicate(call: Call, module: Module, name: str, path: str, others: list[str]) -> Element:
    owner = call.org.user(module.table.rows[others[0]]["Owner"])
    record = {
        "Owner": {**owner, "zuid": "75092197"},
        "module": {"api_name": module.api_name, "id": module.id},
        "id": others[0],
    }
    more = len(others) > 1
    details = {
        "api_name": name, "duplicate_record": record, "json_path": path, "id": others[0], "more_records": more,
    }  # fmt: skip
    return element("DUPLICATE_DATA", "duplicate data", details)


def _joined(errors: list[Element]) -> Element:
    if len(errors) == 1:
        return errors[0]
    return element("MULTIPLE_OR_MULTI_ERRORS", "Multiple errors in the request", {"errors": errors})


def _done(call: Call, row: Row, message: str) -> Element:
    details = {**_details(call, row), "$approval_state": "approved"}
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def _details(call: Call, row: Row) -> dict[str, Any]:
    org = call.org
    return {
        "Modified_Time": org.time(row["Modified_Time"]),
        "Modified_By": org.user(row["Modified_By"]),
        "Created_Time": org.time(row["Created_Time"]),
        "id": row["id"],
        "Created_By": org.user(row["Created_By"]),
    }


def _writable(call: Call) -> Module:
    """The module of a write whose `trigger`, if any, makes sense. Raises ApiError."""
    module = call.module
    if module.standard.subform:
        raise ApiError("INVALID_MODULE", "the given module is not supported in api", {"resource_path_index": 0})
    trigger = call.body.get("trigger", []) if call.content else []
    if not isinstance(trigger, list) or not TRIGGERS.issuperset(trigger):
        details = {"api_name": "trigger", "json_path": "$.trigger", "supported_values": sorted(TRIGGERS)}
        raise ApiError("INVALID_DATA", "invalid data", details)
    return module


def _unmodified_since(call: Call) -> int | None:
    text = call.headers.get("if-unmodified-since")
    if text is None:
        return None
    moment = times.read(text)
    if moment is None:
        details = {"header": "If-Unmodified-Since", "expected_data_type": "datetime"}
        raise ApiError("INVALID_DATA", "invalid data", details)
    return moment


def _check_fields(call: Call, module: Module) -> list[str]:
    """Which fields an upsert matches by, in order."""
    unique = [name for name, field in module.fields.items() if field.unique]
    system = module.standard.key or ""
    named = call.body.get("duplicate_check_fields")
    if named is None:
        return [system, *unique]
    allowed = {system, *unique}
    if not isinstance(named, list) or not set(named) <= allowed:
        details = {"api_name": "duplicate_check_fields", "json_path": "$.duplicate_check_fields"}
        raise ApiError("INVALID_DATA", "invalid data", {**details, "supported_values": sorted(allowed)})
    return [*named, *(name for name in unique if name not in named)]
