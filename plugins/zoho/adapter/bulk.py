"""A first load by Zoho's bulk read: a job, a ZIP with one CSV, and its rows as the records that the API would give.
Tags are not in an export: the sweep over the tags brings them."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from kequn.contracts.codecs import parse_time
from kequn.contracts.errors import BrokenReply, RetryLater
from kequn.contracts.host import CrmHost
from plugins.zoho.adapter.organisation import Organisation
from plugins.zoho.adapter.reading import field_groups
from plugins.zoho.client import BULK, Refused, Reply, ZohoClient
from plugins.zoho.mapping.tailoring import Module

ROWS = 1000
COST = 50
POLL_SECONDS = 5.0
PATIENCE_SECONDS = 1800.0
UNAVAILABLE = {"Notes"}
"""Not in bulk reads."""

LOOKUPS = {"lookup", "ownerlookup", "userlookup", "multi_module_lookup"}
NUMBERS = {"integer", "currency", "double", "percent"}
Row = dict[str, Any]


class Failed(BrokenReply):
    """There will be no export: asking again would bring the same."""


@dataclass
class _Open:
    """An export that is being read."""

    job: str
    at: int
    rows: Iterator[Row]
    result: Mapping[str, Any]


class Bulk:
    def __init__(self, client: ZohoClient, organisation: Organisation, host: CrmHost) -> None:
        self._client = client
        self._organisation = organisation
        self._host = host
        self._open: _Open | None = None

    def is_shorter(self, module: Module) -> bool:
        """Than a list. Not where the tags would have to be listed afterwards, and one request names all fields."""
        chosen, object = self._organisation.chosen, module.table.object
        if object in UNAVAILABLE or (object == "Sales_Orders" and chosen.lines):
            return False
        return object != "Contacts" or chosen.campaigns or len(field_groups(module)) > 1

    async def next(self, module: Module, state: Mapping[str, Any]) -> tuple[list[Row], dict[str, Any] | None]:
        """The next rows, and the part of the cursor that leads on from there; None when all are read.
        The job stands in the cursor; one that Zoho has thrown away (after a day) is made anew. `began` there: when
        Zoho took the first one. Raises Failed."""
        job, row = state.get("job"), int(state.get("row", 0))
        if job is None:
            try:
                job, at = await self._start(module, state.get("export"))
            except Refused as error:  # of a field that is not there any more, or that is in no export
                raise Failed(error.message) from None
            return [], {"began": at, **_place(state), "stage": "bulk", "job": job, "row": 0}
        try:
            export = await self._opened(module, str(job), row)
        except Refused as error:
            if error.zoho != "RESOURCE_NOT_FOUND":
                raise
            return [], {**_place(state), "stage": "bulk"}
        rows = list(islice(export.rows, ROWS))
        export.at += len(rows)
        if rows:
            return rows, {**_place(state), "stage": "bulk", "job": job, "row": row + len(rows)}
        self._open = None
        if not export.result.get("more_records"):
            return [], None
        return [], {**_place(state), "stage": "bulk", "export": _next_export(state, export.result)}

    async def _opened(self, module: Module, job: str, at: int) -> _Open:
        """The export, at this row. Downloaded again after a restart."""
        if self._open is None or (self._open.job, self._open.at) != (job, at):
            result = await self._finished(job)
            self._open = _Open(job, at, islice(await self._download(module, result), at, None), result)
        return self._open

    async def _start(self, module: Module, export: Mapping[str, Any] | None) -> tuple[str, int | None]:
        """The job, and when Zoho took it."""
        fields = [name for name in module.listed if name[:1] != "$" and name != "Tag"]
        query = {"module": {"api_name": module.table.object}, "fields": fields, "page": 1}
        if export is not None:
            query = dict(export) if "page_token" in export else {**query, **export}
        body = {"query": query, "file_type": "csv"}
        reply = await self._client.write("POST", BULK, body, cost=COST)
        rows = reply.rows()
        details = rows[0].get("details") if rows and rows[0].get("status") == "success" else None
        if not isinstance(details, Mapping) or not details.get("id"):
            raise BrokenReply("Zoho did not take the bulk read job")
        return str(details["id"]), _taken_at(details, reply)

    async def _finished(self, job: str) -> Mapping[str, Any]:
        """Wait for the job."""
        waited = 0.0
        while waited < PATIENCE_SECONDS:
            rows = (await self._client.read(f"{BULK}/{job}")).rows()
            state = rows[0].get("state") if rows else None
            if state == "COMPLETED":
                return dict(rows[0].get("result") or {})
            if state == "FAILURE":
                raise Failed("Zoho's bulk read job failed")
            await self._host.clock.sleep(POLL_SECONDS)
            waited += POLL_SECONDS
        raise RetryLater("Zoho's bulk read job takes very long", wait_seconds=600)

    async def _download(self, module: Module, result: Mapping[str, Any]) -> Iterator[Row]:
        path = result.get("download_url")
        if not isinstance(path, str):
            return iter(())
        reply = await self._client.read(path, binary=True)
        if not reply.content:
            return iter(())
        try:
            archive = zipfile.ZipFile(io.BytesIO(reply.content))
            return _read_csv(module, archive)
        except (zipfile.BadZipFile, IndexError):
            raise BrokenReply("Zoho's bulk read is no ZIP with a file in it") from None


def _place(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: state[name] for name in ("export", "began") if state.get(name) is not None}


def _taken_at(details: Mapping[str, Any], reply: Reply) -> int | None:
    try:
        return int(parse_time(details.get("created_time")).timestamp())
    except ValueError:
        return int(reply.date.timestamp()) if reply.date else None


def _next_export(state: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    token = result.get("next_page_token")
    page = int((state.get("export") or {}).get("page", 1)) + 1
    return {"page_token": token} if token else {"page": page}


def _read_csv(module: Module, archive: zipfile.ZipFile) -> Iterator[Row]:
    types = {name: str(field.get("data_type")) for name, field in module.fields.items()}
    file = archive.open(archive.namelist()[0])
    for row in csv.DictReader(io.TextIOWrapper(file, encoding="utf-8-sig", newline="")):
        yield {_name(name): _value(types.get(name, "text"), text) for name, text in row.items() if name is not None}


def _name(column: str) -> str:
    return "id" if column.lower() == "id" else column


def _value(type: str, text: str | None) -> Any:
    """A cell as the API's JSON would have it."""
    if text is None or text == "":
        return None
    if type in LOOKUPS:
        return {"id": text}
    if type == "boolean":
        return text.lower() == "true"
    if type in NUMBERS:
        return _number(text)
    return text.split(";") if type == "multiselectpicklist" else text


def _number(text: str) -> int | float | str:
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError:
        return text  # the column says what is wrong with it
