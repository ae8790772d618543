"""Bulk read (contract, section 6): a job whose state follows the clock, and its result, a zip with one CSV. Where there
is more than one page, the job names the token of the next one, which goes on behind its last record."""

import csv
import io
import zipfile
from collections.abc import Iterable
from itertools import islice
from typing import Any

from kequn.testing.emulator import Row, Webhook, Webhooks
from plugins.zoho.emulator.call import Call, Reply
from plugins.zoho.emulator.conditions import BULK, Test, condition
from plugins.zoho.emulator.errors import ApiError, bad_module, unparsable
from plugins.zoho.emulator.limits import too_many
from plugins.zoho.emulator.org import Job, Module, Org
from plugins.zoho.emulator.paging import LIFE_SECONDS, ambiguous, expired, too_far, unbound
from plugins.zoho.emulator.query import Column
from plugins.zoho.emulator.values import id_of

PER_MINUTE = 10


def create_job(call: Call) -> Reply:
    if not call.headers.get("content-type", "").startswith("application/json"):
        raise ApiError("MEDIA_TYPE_NOT_SUPPORTED", "media type is not supported", status=415)
    query = call.body.get("query")
    if not isinstance(query, dict):
        details = {"api_name": "query", "json_path": "$.query"}
        raise ApiError("MANDATORY_NOT_FOUND", "required field not found", details)
    job = _following(call, query) if "page_token" in query else _first(call, query)
    call.org.jobs[job.id] = job
    details = {"id": job.id, "operation": "read", "state": "ADDED", **_made(call.org, job)}
    done = {"status": "success", "code": "ADDED_SUCCESSFULLY", "message": "Added successfully.", "details": details}
    return Reply(201, {"data": [done], "info": {}})


def get_job(call: Call) -> Reply:
    return Reply(200, {"data": [show_job(call.org, _find(call))]})


def download(call: Call) -> Reply:
    job, now = _find(call), call.org.exact_now()
    job.downloads = [at for at in job.downloads if at > now - 60]
    if len(job.downloads) >= PER_MINUTE:
        raise too_many()
    if state_of(call.org, job) != "COMPLETED":
        raise _unknown()
    job.downloads.append(now)
    headers = {"Content-Disposition": f"attachment; filename={job.id}.zip"}
    return Reply(200, _zip(call.org, job), "application/zip", headers)


def call_back(org: Org, webhooks: Webhooks) -> None:
    """Tell those who asked that their job is over, once."""
    for job in org.jobs.values():
        if job.callback is not None and state_of(org, job) in {"COMPLETED", "FAILURE"}:
            webhooks.send(Webhook.of_json(job.callback, {"data": [show_job(org, job)]}))
            job.callback = None


def state_of(org: Org, job: Job) -> str:
    part = (org.exact_now() - job.created) / org.knobs.bulk_seconds if org.knobs.bulk_seconds else 1
    if part < 1:
        return ("ADDED", "QUEUED", "IN PROGRESS")[int(part * 3)]
    return "FAILURE" if org.knobs.bulk_fails else "COMPLETED"


def show_job(org: Org, job: Job) -> dict[str, Any]:
    state = state_of(org, job)
    module = org.modules[job.module]
    shown = {
        "id": job.id, "operation": "read", "state": state,
        "query": {"module": {"id": module.id, "api_name": module.api_name}, "page": job.page}, **_made(org, job),
        "file_type": "csv",
    }  # fmt: skip
    if state == "COMPLETED":
        shown["result"] = {
            "page": job.page, "per_page": org.knobs.bulk_page, "count": len(job.rows),
            "download_url": f"/crm/bulk/v8/read/{job.id}/result", "more_records": job.token is not None,
            **({} if job.token is None else {"next_page_token": job.token}),
        }  # fmt: skip
    if state == "FAILURE":
        message = "Internal server error occurred."
        error = {"status": "error", "code": "INTERNAL_SERVER_ERROR", "message": message, "details": {}}
        shown["result"] = {"error_message": error}
    return shown


def _made(org: Org, job: Job) -> dict[str, Any]:
    return {"created_by": org.user(job.by), "created_time": org.time(job.created)}


def _first(call: Call, query: dict[str, Any]) -> Job:
    named = query.get("module")
    name = named.get("api_name") if isinstance(named, dict) else None
    module = call.org.module(name) if isinstance(name, str) else None
    if module is None or module.standard.subform or module.api_name == "Notes":
        raise bad_module()
    page = query.get("page", 1)
    if not isinstance(page, int) or page < 1:
        raise unparsable()
    if page > 1:
        raise too_far(call.org.knobs.bulk_page)
    return _job(call, module, query, page, None)


def _following(call: Call, query: dict[str, Any]) -> Job:
    """All but the place is as it was in the job before."""
    if "page" in query:
        raise ambiguous("page", "page_token")
    jobs = [job for job in call.org.jobs.values() if job.token == query["page_token"] and job.by == call.user]
    if not jobs:
        raise unbound()
    (job,) = jobs
    if job.created + LIFE_SECONDS < call.org.exact_now():
        raise expired()
    module = call.org.modules[job.module]
    return _job(call, module, job.query, job.page + 1, module.table.key("id", job.rows[-1]))


def _job(call: Call, module: Module, query: dict[str, Any], page: int, after: tuple[Any, ...] | None) -> Job:
    """Finds its rows at once: they are replaced, never changed, so this is a snapshot."""
    org, size = call.org, call.org.knobs.bulk_page
    test = _criteria(org, module, query["criteria"]) if query.get("criteria") else lambda row: True
    rows = list(islice((row for row in module.table.walk("id", after=after) if test(row)), size + 1))
    names = query.get("fields") or [field.api_name for field in module.fields.values() if field.type != "subform"]
    for one in names:
        if one != "Tag":
            Column(org, module, one, 0)
    callback = call.body.get("callback")
    url = callback.get("url") if isinstance(callback, dict) else None
    token = org.options.random.bytes(24).hex() if len(rows) > size else None
    return Job(org.next_id(), module.api_name, names, rows[:size], page, token, query, org.exact_now(), call.user, url)


def _criteria(org: Org, module: Module, given: Any) -> Test:
    if not isinstance(given, dict):
        raise unparsable()
    if "group" in given:
        tests = [_criteria(org, module, part) for part in given["group"]]
        join = any if given.get("group_operator") == "or" else all
        return lambda row: join(test(row) for test in tests)
    comparator, value = given.get("comparator"), given.get("value")
    name = given.get("field", {}).get("api_name", "")
    if comparator not in BULK:
        raise ApiError("INVALID_DATA", "invalid data", {"api_name": "comparator", "supported_values": sorted(BULK)})
    values = [str(one) for one in (value if isinstance(value, list) else [value])]
    return condition(org, module, name, comparator, values)


def _zip(org: Org, job: Job) -> bytes:
    table = io.StringIO()
    _write(org, org.modules[job.module], job.names, job.rows, table)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{job.id}.csv", (1980, 1, 1, 0, 0, 0)), table.getvalue().encode())
    return packed.getvalue()


def _write(org: Org, module: Module, names: list[str], rows: Iterable[Row], into: io.StringIO) -> None:
    """First the API names; an `id` column is always there."""
    columns = ["id", *(name for name in names if name != "id")]
    readers = {name: Column(org, module, name, 0) for name in columns if name != "Tag"}
    out = csv.writer(into)
    out.writerow(columns)
    for row in rows:
        out.writerow(_cell(readers[name].show(row)) if name in readers else _tags(module, row) for name in columns)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return str(value["id"])
    if isinstance(value, list):
        return ";".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _tags(module: Module, row: Row) -> str:
    return ",".join(module.tags[id].name for id in row["Tag"] if id in module.tags)


def _find(call: Call) -> Job:
    job = call.org.jobs.get(call.path["id"]) if id_of(call.path["id"]) else None
    if job is None:
        raise _unknown()
    return job


def _unknown() -> ApiError:
    return ApiError("RESOURCE_NOT_FOUND", "the resource is not found", status=404)
