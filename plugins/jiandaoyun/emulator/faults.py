"""Faults that only Jiandaoyun's own application can play, beside the toolkit's generic ones with its error bodies."""

from starlette.types import Scope

from kequn.testing.emulator import Fault, generic_faults, mark
from kequn.testing.emulator.spoil import answer
from plugins.jiandaoyun.emulator import records
from plugins.jiandaoyun.emulator.call import Call
from plugins.jiandaoyun.emulator.company import Company
from plugins.jiandaoyun.emulator.errors import error_body
from plugins.jiandaoyun.emulator.ways import asks_to_write


def jiandaoyun_faults(company: Company) -> dict[str, Fault]:
    bodies = {429: error_body(8303), 500: error_body(1), 503: error_body(1)}
    return {
        **generic_faults(company.clock, bodies, throttled_in_200=error_body(8303)),
        "company_rate": Fault(answer(400, error_body(8303)), transient=True, applies=_api),
        "call_rate": Fault(answer(400, error_body(8304)), transient=True, applies=_api),
        "form_busy": Fault(answer(400, error_body(4012)), transient=True, applies=_writes),
        "queue_full": Fault(answer(400, error_body(9004)), transient=True, applies=_writes),
        "partial_batch": Fault(mark("partial_batch"), transient=True, applies=_creates_many),
        "transaction_repeated": Fault(answer(400, error_body(17026)), applies=_creates_many),
        "record_locked": Fault(answer(400, error_body(9007)), applies=_writes),
        "submit_failed": Fault(answer(400, error_body(4000)), applies=_writes),
        "quota_full": Fault(answer(400, error_body(7103)), applies=_writes),
        "stale_read": Fault(mark("stale_read"), applies=_reads),
        "token_revoked": Fault(mark("token_revoked"), applies=_api),
        "scope_missing": Fault(mark("scope_missing"), applies=_api),
        "field_removed": Fault(mark("field_removed"), applies=_of_form),
        "new_enum_value": Fault(mark("new_enum_value"), applies=_of_form),
    }


def play(call: Call) -> None:
    """Faults that are a lasting change by an administrator or another person, made just before the request."""
    if call.mark not in ("field_removed", "new_enum_value"):
        return
    form = call.form
    if call.mark == "field_removed":
        form.widgets = form.widgets[:-1]
        return
    choices = [widget for widget in form.widgets if widget.type in ("combo", "radiogroup")]
    for id in list(form.table.rows)[:1]:
        cells = {widget.id: "新选项" for widget in choices[:1]}
        records.update(call.company, form, id, cells, call.company.creator, by_api=False)


def _api(scope: Scope) -> bool:
    return str(scope["path"]).startswith("/api/")


def _of_form(scope: Scope) -> bool:
    return "/app/entry/" in str(scope["path"]) and not str(scope["path"]).endswith("/app/entry/list")


def _reads(scope: Scope) -> bool:
    return str(scope["path"]).endswith(("/data/list", "/data/get"))


def _writes(scope: Scope) -> bool:
    return asks_to_write(scope["method"], str(scope["path"]))


def _creates_many(scope: Scope) -> bool:
    return str(scope["path"]).endswith("/data/batch_create")
