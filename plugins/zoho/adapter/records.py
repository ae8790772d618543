"""Writing the records of a module: creates by upsert over kequn's id, updates one by one on condition that the record
is as it was, deletes in batches."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from kequn.contracts.changes import Change, Receipt
from kequn.contracts.errors import ChangedMeanwhile, CrmError, MissingReference, NotThere, Rejected
from kequn.contracts.host import Clock
from kequn.contracts.pushing import Task
from kequn.contracts.records import Ref
from plugins.zoho.adapter.discovery import Discovery
from plugins.zoho.adapter.fresh import Fresh, looked_at, version_of
from plugins.zoho.adapter.organisation import Organisation, refuse_without_reference
from plugins.zoho.adapter.reading import Reader
from plugins.zoho.adapter.results import is_unknown, read_refusal, read_result
from plugins.zoho.client import API, Refused, Reply, ZohoClient
from plugins.zoho.mapping.tables import REFERENCE, Table
from plugins.zoho.mapping.tailoring import Module
from plugins.zoho.mapping.values import format_time

AT_ONCE = 100
PER_CREDIT = 10

Present = Mapping[str, Mapping[str, Any]]


class RecordWriter:
    def __init__(
        self, object: str, client: ZohoClient, organisation: Organisation, discovery: Discovery, reader: Reader,
        fresh: Fresh, clock: Clock,
    ) -> None:  # fmt: skip
        self._object = object
        self._client = client
        self._organisation = organisation
        self._discovery = discovery
        self._reader = reader
        self._fresh = fresh
        self._clock = clock

    @property
    def _module(self) -> Module:
        return self._organisation.modules[self._object]

    @property
    def _table(self) -> Table:
        return self._module.table

    async def create(self, task: Task) -> None:
        refusal = refuse_without_reference(self._organisation, self._object) if self._table.create else None
        if refusal is not None or not self._table.create:
            task.answer(task.open, refusal or Rejected(f"kequn creates nothing in {self._object} of Zoho"))
            return
        await self._know_tiers(task)
        raws = self._said(task, lambda change: self._table.new(change.fields, change.reference))
        for places in chunked(task.open):
            body = self._body([raws[at] for at in places])
            path, more = f"{API}/{self._object}", {}
            if self._upserts():
                path, more = f"{path}/upsert", {"duplicate_check_fields": [REFERENCE]}
            cost = -(-len(places) // PER_CREDIT)
            reply = await task.send(places, self._client.write("POST", path, {**body, **more}, cost=cost))
            self._answer(task, places, reply)

    def _upserts(self) -> bool:
        """Not where other fields are unique too: an upsert matches over those as well, and would overwrite the other
        record; an insert is refused."""
        unique = (name for name, field in self._module.fields.items() if field.get("unique"))
        return self._table.upsert and all(name == REFERENCE for name in unique)

    async def update(self, task: Task) -> None:
        if not self._table.update:
            task.answer(task.open, Rejected(f"kequn updates nothing in {self._object} of Zoho"))
            return
        await self._know_tiers(task)
        present = await self._present(task)
        raws = self._said(task, lambda change: self._table.changed(change.fields, present.get(change.id or "", {})))
        for at in task.open:
            change = task.changes[at]
            path = f"{API}/{self._object}/{change.id}"
            request = self._client.write("PUT", path, self._body([raws[at]]), headers=condition(change))
            self._answer(task, [at], await task.send([at], request))
            refusal = task.answers.get(at)
            if isinstance(refusal, Refused):
                task.answers[at] = read_refusal(refusal, self._table)

    async def delete(self, task: Task) -> None:
        """Zoho deletes on no condition: the records are read just before. One that is not there is deleted."""
        ids = [str(change.id) for change in task.changes]
        present = await self._reader.by_ids(self._object, ids, "Modified_Time")
        for at in task.open:
            change = task.changes[at]
            raw = present.get(str(change.id))
            if raw is None:
                task.answers[at] = Receipt(str(change.id))
            elif is_newer(raw, change):
                task.answers[at] = ChangedMeanwhile("the record was changed in Zoho before it could be deleted")
        for places in chunked(task.open):
            parameters = {"ids": ",".join(str(task.changes[at].id) for at in places), "wf_trigger": "false"}
            request = self._client.write("DELETE", f"{API}/{self._object}", params=parameters)
            self._answer(task, places, await task.send(places, request), gone_is_fine=True)

    def _said(self, task: Task, say: Any) -> dict[int, dict[str, Any]]:
        raws: dict[int, dict[str, Any]] = {}
        for at in task.open:
            try:
                self._require_tier(task.changes[at])
                raws[at] = say(task.changes[at])
            except Rejected as error:
                task.answers[at] = error
        return raws

    def _body(self, raws: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """No automation of Zoho's answers a write of ours."""
        return {"data": list(raws), "trigger": []}

    def _answer(self, task: Task, places: Sequence[int], reply: Reply | None, *, gone_is_fine: bool = False) -> None:
        """One result for each, in order."""
        if reply is None:
            return
        results: list[Receipt | CrmError] = [read_result(row, self._table) for row in reply.rows()]
        for at, result in zip(places, results, strict=False):
            deleted = gone_is_fine and is_unknown(result)
            task.answers[at] = Receipt(str(task.changes[at].id)) if deleted else result

    async def _present(self, task: Task) -> Present:
        """What must be known of the records before they are changed. Changes that are late already are answered."""
        await self._settle(task)
        names = dict.fromkeys(name for at in task.open for name in self._table.looks(task.changes[at].fields))
        wanted = [at for at in task.open if self._table.looks(task.changes[at].fields)]
        ids = [str(task.changes[at].id) for at in wanted]
        fields = ",".join(["Modified_Time", *names])
        read = await self._reader.by_ids(self._object, ids, fields) if ids else {}
        present = {str(raw["id"]): raw for raw in await self._reader.placed(self._table, list(read.values()))}
        for at in wanted:
            raw = present.get(str(task.changes[at].id))
            if raw is None:
                task.answers[at] = NotThere("Zoho has no such record")
            elif is_newer(raw, task.changes[at]):
                task.answers[at] = ChangedMeanwhile("the record was changed in Zoho meanwhile")
        return present

    async def _settle(self, task: Task) -> None:
        """Wait until the second of the youngest version is over, for an equal time passes Zoho's condition; then look
        again at records that were read within their second."""
        versions = [change.version for change in task.changes if change.version is not None]
        now = self._client.now()
        if now is not None and versions and max(versions) >= int(now.timestamp()):
            await self._clock.sleep(1.0)
        doubtful = [at for at in task.open if self._is_doubtful(task.changes[at])]
        ids = [str(task.changes[at].id) for at in doubtful]
        fields = ",".join(["Modified_Time", *looked_at(self._table)])
        raws = await self._reader.by_ids(self._object, ids, fields) if ids else {}
        for at in doubtful:
            raw = raws.get(str(task.changes[at].id))
            if raw is not None and not self._fresh.unchanged(self._table, raw):
                task.answers[at] = ChangedMeanwhile("the record was changed in Zoho within the same second")

    def _is_doubtful(self, change: Change) -> bool:
        return change.version is not None and self._fresh.doubtful(self._object, str(change.id), change.version)

    async def _know_tiers(self, task: Task) -> None:
        """Somebody may have added the option since its list was read."""
        tiers = [change.fields.get("tier") for change in task.changes]
        if any(isinstance(tier, Ref) and not self._organisation.knows_tier(tier.id) for tier in tiers):
            await self._discovery.refresh(self._object)

    def _require_tier(self, change: Change) -> None:
        """Zoho takes any text for an option."""
        tier = change.fields.get("tier")
        if isinstance(tier, Ref) and not self._organisation.knows_tier(tier.id):
            raise MissingReference("tier: it is none of the options of the tier field in Zoho", field="tier")


def chunked(places: Sequence[int]) -> list[Sequence[int]]:
    return [places[at : at + AT_ONCE] for at in range(0, len(places), AT_ONCE)]


def condition(change: Change) -> dict[str, str] | None:
    if change.version is None:
        return None
    return {"If-Unmodified-Since": format_time(datetime.fromtimestamp(change.version, UTC))}


def is_newer(raw: Mapping[str, Any], change: Change) -> bool:
    version = version_of(raw)
    return change.version is not None and version is not None and version > change.version
