"""Faults that only Fxiaoke's own application can play, beside the toolkit's generic ones with its error bodies."""

from starlette.types import Scope

from kequn.testing.emulator import Fault, generic_faults, mark
from plugins.fxiaoke.emulator import records
from plugins.fxiaoke.emulator.errors import BUSY, DAY_QUOTA, NO_PACK, SERVICE_ERROR, SYSTEM_ERROR, WORDS
from plugins.fxiaoke.emulator.metadata import set_options, switch_off
from plugins.fxiaoke.emulator.tenant import Object, Tenant

_WRITES = frozenset({"create", "update", "invalid", "recover", "delete", "changeOwner"})
CODES = {"busy": BUSY, "system_error": SYSTEM_ERROR, "day_quota": DAY_QUOTA, "no_pack": NO_PACK, "scope_missing": 20022}
"""Faults that are an answer with a code, before anything is done."""


def body(code: int) -> dict[str, object]:
    words = WORDS[code]
    return {"errorCode": code, "errorMessage": words, "errorDescription": words, "traceId": "E-O.0"}


def fxiaoke_faults(tenant: Tenant) -> dict[str, Fault]:
    bodies = {429: body(30004), 500: body(SYSTEM_ERROR), 503: body(BUSY)}
    return {
        **generic_faults(tenant.clock, bodies, throttled_in_200=body(30004)),
        "busy": Fault(mark("busy"), transient=True, applies=_calls),
        "system_error": Fault(mark("system_error"), transient=True, applies=_calls),
        "late_error": Fault(mark("late_error"), transient=True, applies=_calls),
        "stale_read": Fault(mark("stale_read"), transient=True, applies=_reads),
        "token_expired": Fault(mark("token_expired"), transient=True, applies=_calls),
        "missing_data_id": Fault(mark("missing_data_id"), transient=True, applies=_creates),
        "list_at_top": Fault(mark("list_at_top"), transient=True, applies=_reads),
        "day_quota": Fault(mark("day_quota"), applies=_calls),
        "no_pack": Fault(mark("no_pack"), applies=_calls),
        "token_revoked": Fault(mark("token_revoked"), applies=_calls),
        "scope_missing": Fault(mark("scope_missing"), applies=_calls),
        "record_locked": Fault(mark("record_locked"), applies=_changes),
        "field_removed": Fault(mark("field_removed"), applies=_calls),
        "new_enum_value": Fault(mark("new_enum_value"), applies=_calls),
    }


def asks_to_write(method: str, path: str) -> bool:
    """Whether a request asks to change a record: all are POSTs."""
    return path.startswith("/cgi/crm/") and path.rpartition("/")[2] in _WRITES


LATE = SERVICE_ERROR
"""What `late_error` answers, once everything is done."""


def play(tenant: Tenant, mark: str | None, name: object) -> None:
    """Faults that are a lasting change in the tenant, made by its administrator just before the request."""
    object = tenant.objects.get(str(name)) or tenant.objects["AccountObj"]
    if mark == "field_removed":
        _switch_some_field_off(object)
    elif mark == "new_enum_value":
        _use_new_option(tenant, object)
    elif mark == "record_locked":
        for row in list(object.table.all()):
            object.table.put(row["_id"], {**row, "lock_status": "1"})


def _switch_some_field_off(object: Object) -> None:
    """The youngest custom field that is not kequn's own mark and refers to nothing; an object without loses nothing."""
    names = [
        name
        for name, field in object.fields.items()
        if field.define_type == "custom" and name != "kq_id__c" and field.to is None and field.is_active
    ]
    if names:
        switch_off(object, names[-1])


def _use_new_option(tenant: Tenant, object: Object) -> None:
    """An option is added to a field, and the first record uses it."""
    lists = [field for field in object.fields.values() if field.type == "select_one" and not field.read_only]
    if lists:
        field = lists[0]
        value = str(len(field.options) + 1)
        set_options(object, field.api_name, (*field.options, (f"New {value}", value)))
        rows = [row for row in object.table.all() if row["life_status"] == "normal"]
        for row in rows[:1]:
            records.change(tenant, object, row, {field.api_name: value}, list(tenant.users)[1])


def _calls(scope: Scope) -> bool:
    path = str(scope["path"])
    return path.startswith("/cgi/") and "AccessToken" not in path


def _reads(scope: Scope) -> bool:
    return str(scope["path"]).rpartition("/")[2] in {"query", "get"} and _calls(scope)


def _creates(scope: Scope) -> bool:
    return str(scope["path"]).endswith("/create")


def _changes(scope: Scope) -> bool:
    return str(scope["path"]).endswith("/update")
