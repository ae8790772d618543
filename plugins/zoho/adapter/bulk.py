"""A first load by Zoho's bulk read: jobs, each of which brings an archive of at most 200,000 records and leads to the
next one. Tags are not in an export: the sweep over the tags brings them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from kequn.contracts.codecs import parse_time
from kequn.contracts.errors import BrokenReply, RetryLater
from kequn.contracts.host import CrmHost
from plugins.zoho.adapter.archive import Damaged, Row, read_archive
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
            rows, result = await self._read(module, str(job), row)
        except Refused as error:
            if error.zoho != "RESOURCE_NOT_FOUND":
                raise
            return [], {**_place(state), "stage": "bulk"}
        if rows:
            return rows, {**_place(state), "stage": "bulk", "job": job, "row": row + len(rows)}
        self._open = None
        if not result.get("more_records"):
            return [], None
        return [], {**_place(state), "stage": "bulk", "export": _next_export(result)}

    async def _read(self, module: Module, job: str, row: int) -> tuple[list[Row], Mapping[str, Any]]:
        """The rows from this one on, none behind the last; and what Zoho says of the whole. What was damaged on the way
        is fetched again, once. Raises Failed."""
        try:
            return await self._taken(module, job, row)
        except Damaged:
            self._open = None
        try:
            return await self._taken(module, job, row)
        except Damaged as error:
            self._open = None
            raise Failed(f"what Zoho's bulk read brings is damaged: {error}") from None

    async def _taken(self, module: Module, job: str, row: int) -> tuple[list[Row], Mapping[str, Any]]:
        """Raises Damaged."""
        export = await self._opened(module, job, row)
        rows = list(islice(export.rows, ROWS))
        export.at += len(rows)
        count = export.result.get("count")
        if not rows and isinstance(count, int) and export.at < count:
            raise Damaged("rows of it are missing")
        return rows, export.result

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
        body = {"query": export or query, "file_type": "csv"}
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
            state, result = (rows[0].get("state"), rows[0].get("result")) if rows else (None, None)
            if state == "COMPLETED":
                return result if isinstance(result, Mapping) else {}
            if state == "FAILURE":
                raise Failed("Zoho's bulk read job failed")
            await self._host.clock.sleep(POLL_SECONDS)
            waited += POLL_SECONDS
        raise RetryLater("Zoho's bulk read job takes very long", wait_seconds=600)

    async def _download(self, module: Module, result: Mapping[str, Any]) -> Iterator[Row]:
        if result.get("count") == 0:
            return iter(())
        path = result.get("download_url")
        if not isinstance(path, str):
            raise Failed("Zoho's bulk read does not say where its records are")
        try:
            reply = await self._client.read(path, binary=True)
        except BrokenReply as error:  # more than an answer may hold, or no answer of Zoho's: again and again
            raise Failed(error.message) from None
        return read_archive(module, reply.content)


def _place(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: state[name] for name in ("export", "began") if state.get(name) is not None}


def _taken_at(details: Mapping[str, Any], reply: Reply) -> int | None:
    try:
        return int(parse_time(details.get("created_time")).timestamp())
    except ValueError:
        return int(reply.date.timestamp()) if reply.date else None


def _next_export(result: Mapping[str, Any]) -> dict[str, Any]:
    """Behind the first page Zoho takes the token alone, with which no record is shifted from one page to another."""
    token = result.get("next_page_token")
    if not isinstance(token, str) or not token:
        raise Failed("Zoho's bulk read has more records, and no token that leads to them")
    return {"page_token": token}
