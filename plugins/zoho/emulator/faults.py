"""Faults that only Zoho's own application can play, beside the toolkit's generic ones with Zoho's error bodies."""

from starlette.types import Scope

from kequn.testing.emulator import Fault, generic_faults, mark
from plugins.zoho.emulator.errors import BROKEN, THROTTLED
from plugins.zoho.emulator.metadata import add_option, remove_field
from plugins.zoho.emulator.org import Module, Org
from plugins.zoho.emulator.records import update

_OLD_THROTTLE = {
    "code": 429,
    "error": "TOO_MANY_REQUESTS",
    "error_info": "Many requests fired than the allowed limit for the past 24 hours.",
    "details": [],
}


def zoho_faults(org: Org) -> dict[str, Fault]:
    bodies = {429: THROTTLED, 500: BROKEN, 503: BROKEN}
    return {
        **generic_faults(org.clock, bodies, throttled_in_200=_OLD_THROTTLE),
        "partial_batch": Fault(mark("partial_batch"), transient=True, applies=_writes_records),
        "stale_read": Fault(mark("stale_read"), transient=True, applies=_reads),
        "token_expired": Fault(mark("token_expired"), transient=True, applies=_api),
        "page_token_expired": Fault(mark("page_token_expired"), transient=True, applies=_has_page_token),
        "changed_page_size": Fault(mark("changed_page_size"), transient=True, applies=_reads),
        "record_locked": Fault(mark("record_locked"), applies=_writes_records),
        "token_revoked": Fault(mark("token_revoked"), applies=_api),
        "scope_missing": Fault(mark("scope_missing"), applies=_api),
        "field_removed": Fault(mark("field_removed"), applies=_api),
        "new_enum_value": Fault(mark("new_enum_value"), applies=_api),
    }


def asks_to_write(method: str, path: str) -> bool:
    """Whether a request asks to change a record, a tag or a field."""
    quiet = ("/crm/v8/coql", "/crm/v8/actions/watch")
    return method != "GET" and path.startswith("/crm/v8/") and path not in quiet


def play(org: Org, mark: str | None, name: str) -> None:
    """Faults that are a lasting change in the organisation, made by its administrator just before the request."""
    module = org.module(name) or org.modules["Contacts"]
    if mark == "field_removed":
        _remove_some_field(module)
    elif mark == "new_enum_value":
        _use_new_option(org, module)


def _remove_some_field(module: Module) -> None:
    """The youngest custom field that is not unique; a module without one loses nothing."""
    names = [name for name, field in module.fields.items() if field.custom and not field.unique]
    if names:
        remove_field(module, names[-1])


def _use_new_option(org: Org, module: Module) -> None:
    """A custom picklist, else any, gets a new value, and the first record uses it."""
    lists = [field for field in module.fields.values() if field.type == "picklist" and not field.read_only]
    lists.sort(key=lambda field: not field.custom)
    if lists:
        text = f"New {len(lists[0].options)}"
        add_option(org, module, lists[0].api_name, text)
        for id in list(module.table.rows)[:1]:
            update(org, module, id, {lists[0].api_name: text}, list(org.users)[1])


def _api(scope: Scope) -> bool:
    return str(scope["path"]).startswith("/crm/")


def _reads(scope: Scope) -> bool:
    path = str(scope["path"])
    return _api(scope) and (scope["method"] == "GET" or path.endswith("/coql")) and "/settings/" not in path


def _writes_records(scope: Scope) -> bool:
    return asks_to_write(scope["method"], scope["path"]) and "/settings/" not in scope["path"]


def _has_page_token(scope: Scope) -> bool:
    return b"page_token=" in scope["query_string"]
