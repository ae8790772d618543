"""Writing the records of an object, one request each: looked up before a create is made, read just before an update or
a delete, read again afterwards. What the reads show decides what is answered; verdicts stand in judging.py."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from kequn.contracts.changes import Change, Receipt
from kequn.contracts.errors import BrokenReply, ChangedMeanwhile, CrmError, MissingReference, NotThere, Rejected
from kequn.contracts.pushing import Task, in_turn
from kequn.contracts.records import Kind, Ref
from plugins.fxiaoke.adapter.discovery import Discovery
from plugins.fxiaoke.adapter.judging import Verdict, named, texts_in, verdict
from plugins.fxiaoke.adapter.lines import LineWriter
from plugins.fxiaoke.adapter.purging import Purger
from plugins.fxiaoke.adapter.raws import Records, family
from plugins.fxiaoke.adapter.tenant import Tenant
from plugins.fxiaoke.client import NOBODY, FxiaokeClient, Refused
from plugins.fxiaoke.client.replies import NO_RELATION, refusal
from plugins.fxiaoke.mapping.choices import TIERS
from plugins.fxiaoke.mapping.tables import ITEMS, OWNER, REFERENCE, Table, is_gone, version_of

NO_REVIEW = {"triggerApprovalFlow": False, "triggerWorkFlow": True}
"""A record under review refuses edits."""

NAME = "name"

Present = Mapping[str, Any]


class RecordWriter:
    def __init__(
        self, object: str, client: FxiaokeClient, source: Records, tenant: Tenant, discovery: Discovery, purger: Purger
    ) -> None:
        self._object = object
        self._client = client
        self._source = source
        self._tenant = tenant
        self._discovery = discovery
        self._purger = purger

    @property
    def _table(self) -> Table:
        return self._tenant.table(self._object)

    # -- create -------------------------------------------------------------------------------------------------------

    async def create(self, task: Task) -> None:
        """A create is not idempotent: what carries the reference already is not made again."""
        if not self._table.reference:
            tell = f"{self._object} of Fxiaoke has no field {REFERENCE}: nothing can be created there"
            task.answer(task.open, Rejected(tell, field=REFERENCE))
            return
        await self._know_tiers(task)
        raws = self._said(task, lambda change: self._table.new(change.fields, change.reference))
        there = await self._there([task.changes[at].reference for at in task.open])
        owner = await self._owner() if task.open else ""
        made: dict[int, str] = {}
        for at in task.open:
            known = there.get(task.changes[at].reference)
            if known is not None:
                task.answers[at] = Receipt(str(known["_id"]), version_of(known))
                continue
            try:
                made[at] = await self._create(raws[at], owner, task.changes[at])
                task.answers[at] = Receipt(made[at])
            except CrmError as error:
                task.fail([at], await self._explained(error, task.changes[at]))
        await self._tell_versions(task, made)

    async def _there(self, references: list[str]) -> dict[str, Present]:
        """The oldest record that carries each of these references."""
        found: dict[str, Present] = {}
        for raw in await self._source.by_references(self._object, references) if references else ():
            found.setdefault(str(raw[REFERENCE]), raw)
        return found

    async def _owner(self) -> str:
        return self._tenant.chosen.owner or await self._client.user()

    async def _create(self, raw: Mapping[str, Any], owner: str, change: Change) -> str:
        given = {"dataObjectApiName": self._object, OWNER: [owner], **raw}
        items = given.pop(ITEMS, None)
        name = self._table.column("name") or self._table.column("subject")
        if name is None:
            given.setdefault(NAME, change.reference)  # a membership has no name of its own, and Fxiaoke wants one
        details = await self._lines(owner).details(items) if items else {}
        options = {"isDuplicateSearch": False, "skipFuncValidate": False, "useValidationRule": True}
        data = {"object_data": given, "details": details, "optionInfo": options}
        body = {**NO_REVIEW, "hasSpecifyTime": False, "hasSpecifyCreatedBy": False, "includeDetailIds": True}
        answer = await self._client.write(f"{family(self._object)}/create", {**body, "data": data})
        return id_in(answer) or await self._id_of(change.reference)

    async def _id_of(self, reference: str) -> str:
        """Some answers do not tell the new id."""
        try:
            there = await self._there([reference])
        except CrmError as error:
            raise BrokenReply(f"no id in the answer to a create, and {error.message}", maybe_applied=True) from None
        if reference not in there:
            raise BrokenReply("Fxiaoke took a create and does not show the record", maybe_applied=True)
        return str(there[reference]["_id"])

    async def _tell_versions(self, task: Task, made: Mapping[int, str]) -> None:
        """Answers to writes do not tell versions. A read that fails takes nothing from the receipts."""
        for at, raw in (await self._read_again(made)).items():
            task.answers[at] = Receipt(made[at], version_of(raw))

    async def _read_again(self, written: Mapping[int, str]) -> dict[int, Present]:
        if not written:
            return {}
        try:
            found = await self._source.by_ids(self._object, list(written.values()))
        except CrmError:
            return {}
        return {at: found[id] for at, id in written.items() if id in found}

    # -- update -------------------------------------------------------------------------------------------------------

    async def update(self, task: Task) -> None:
        await self._know_tiers(task)
        raws = self._said(task, lambda change: self._table.changed(change.fields))
        written: dict[int, str] = {}
        before: dict[int, Present] = {}
        for at in task.open:
            change = task.changes[at]
            try:
                before[at] = await self._guarded(change)
                await self._update(str(change.id), raws[at])
                written[at] = str(change.id)
                task.answers[at] = Receipt(written[at])
            except CrmError as error:
                task.fail([at], await self._explained(error, change, before.get(at, {})))
        for at, after in (await self._read_again(written)).items():
            task.answers[at] = await self._judged(task.changes[at], raws[at], before[at], after)

    async def _guarded(self, change: Change) -> Present:
        """The record just before it is written. Raises NotThere and ChangedMeanwhile."""
        raw = await self._source.present(self._object, str(change.id))
        if raw is None or is_gone(raw):
            raise NotThere("Fxiaoke has no such record")
        version = version_of(raw)
        if change.version is not None and version is not None and version > change.version:
            raise ChangedMeanwhile("the record was changed in Fxiaoke meanwhile")
        return raw

    async def _update(self, id: str, raw: Mapping[str, Any]) -> None:
        """The owner and the lines have requests of their own: what fails after the first has been applied in part."""
        steps: list[Callable[[], Awaitable[Any]]] = []
        if plain := {name: value for name, value in raw.items() if name not in {OWNER, ITEMS}}:
            steps.append(lambda: self._write_fields(id, plain))
        if OWNER in raw:
            steps.append(lambda: self._write_owner(id, raw[OWNER]))
        if ITEMS in raw:
            steps.append(lambda: self._write_lines(id, raw[ITEMS]))
        await in_turn(steps)

    async def _write_fields(self, id: str, plain: Mapping[str, Any]) -> None:
        given = {"_id": id, "dataObjectApiName": self._object, **plain}
        await self._client.write(f"{family(self._object)}/update", {**NO_REVIEW, "data": {"object_data": given}})

    async def _write_owner(self, id: str, owner: Any) -> None:
        data = {"dataObjectApiName": self._object, "Data": [{"objectDataId": id, "ownerId": owner}]}
        await self._client.write(f"{family(self._object)}/changeOwner", {"data": data})

    async def _write_lines(self, id: str, items: Any) -> None:
        await self._lines(await self._owner()).change(id, items)

    async def _judged(
        self, change: Change, raw: Mapping[str, Any], before: Present, after: Present
    ) -> Receipt | CrmError:
        found = verdict(self._table, change.fields, before, after)
        if found.uncleared:
            found = await self._clear(change, raw, before, found)
        if found.error is None:
            return Receipt(str(change.id), found.version)
        found.error.maybe_applied = True  # in its other fields
        return found.error

    async def _clear(self, change: Change, raw: Mapping[str, Any], before: Present, found: Verdict) -> Verdict:
        """Null did not empty a text: an empty text may."""
        names = [column.name for column in self._table.columns if column.field in found.uncleared]
        try:
            await self._update(str(change.id), dict.fromkeys(names, ""))
            after = await self._source.present(self._object, str(change.id))
        except CrmError:
            return found
        return found if after is None else verdict(self._table, change.fields, before, after)

    # -- delete -------------------------------------------------------------------------------------------------------

    async def delete(self, task: Task) -> None:
        """Into the bin; for good only when the settings ask for it. A record that is there already is deleted."""
        for at in task.open:
            change = task.changes[at]
            present: Present = {}
            try:
                present = await self._guarded(change)
                await self._delete(str(change.id))
                task.answers[at] = Receipt(str(change.id))
            except NotThere:
                task.answers[at] = Receipt(str(change.id))
            except CrmError as error:
                task.fail([at], await self._explained(error, change, present))

    async def _delete(self, id: str) -> None:
        if not self._tenant.chosen.purge:
            await self._throw_away(id)
            return
        async with self._purger.promised(self._object, id):
            await in_turn([lambda: self._throw_away(id), lambda: self._purger.purge(self._object, id)])

    async def _throw_away(self, id: str) -> None:
        data = {"dataObjectApiName": self._object, "object_data_id": id}
        await self._client.write(f"{family(self._object)}/invalid", {"data": data})

    # -- both ---------------------------------------------------------------------------------------------------------

    def _lines(self, owner: str) -> LineWriter:
        return LineWriter(self._client, self._source, owner, self._tenant.chosen.currency)

    def _said(self, task: Task, say: Any) -> dict[int, dict[str, Any]]:
        raws: dict[int, dict[str, Any]] = {}
        for at in task.open:
            try:
                raws[at] = say(task.changes[at])
            except Rejected as error:
                task.answers[at] = error
        return raws

    async def _know_tiers(self, task: Task) -> None:
        """Somebody may have added the option since the object was described."""
        tiers = [change.fields.get("tier") for change in task.changes]
        ids = {tier.id for tier in tiers if isinstance(tier, Ref) and tier.object == TIERS}
        home = self._tenant.tier_home
        if home is not None and not ids <= self._tenant.tiers.keys():
            await self._discovery.refresh(home[0])

    async def _explained(self, error: CrmError, change: Change, present: Present | None = None) -> CrmError:
        """A refusal in words of ours. What was done before it stays done. `present`: the record as it was read."""
        if not isinstance(error, Refused):
            return error
        explained = await self._reason(error, change, present or {})
        explained.maybe_applied = error.maybe_applied
        return explained

    async def _reason(self, error: Refused, change: Change, present: Present) -> Rejected:
        """Which field, and whether it is a reference that is missing."""
        if error.fxiaoke in NOBODY:
            return MissingReference("owner: Fxiaoke knows no such person", field=OWNER)
        if error.fxiaoke == NO_RELATION:
            field = await self._missing(change)
            return MissingReference(f"{field or 'a field'}: Fxiaoke has no such record to point at", field=field)
        field = named(self._table, error.words)
        told = refusal(error.fxiaoke, error.words, {*texts_in(change.fields), *texts_in(present)})
        return Rejected(f"{field}: {told}" if field else told, field=field)

    async def _missing(self, change: Change) -> str | None:
        """The first reference whose record is not there."""
        refs = [(name, value) for name, value in change.fields.items() if isinstance(value, Ref)]
        lookups = [(name, ref) for name, ref in refs if ref.kind not in {Kind.STAFF, Kind.TIER} or ref.object != TIERS]
        for name, ref in lookups:
            if ref.object in self._tenant.objects and await self._is_missing(ref):
                return name
        return "lines" if "lines" in change.fields else None

    async def _is_missing(self, ref: Ref) -> bool:
        try:
            raw = await self._source.present(ref.object, ref.id)
        except CrmError:
            return False
        return raw is None or is_gone(raw)


def id_in(answer: Mapping[str, Any]) -> str | None:
    """The new record's id: in one of three places."""
    data = answer.get("data")
    inside = data if isinstance(data, Mapping) else {}
    found = answer.get("dataId") or inside.get("dataId") or inside.get("_id")
    return str(found) if found else None
