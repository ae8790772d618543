"""Writing the records of a form. Creates in batches that carry a transaction, looked up by kequn's id before and after;
updates and deletes one by one, each right after a look at the record, for Jiandaoyun writes on no condition."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from kequn.contracts.changes import Change, Receipt
from kequn.contracts.codecs import Unreadable, milliseconds
from kequn.contracts.errors import ChangedMeanwhile, CrmError, NotThere, Rejected, RetryLater
from kequn.contracts.pushing import Answer, Stopped, Task, stops
from plugins.jiandaoyun.adapter.forms import AT_ONCE, Form, Forms
from plugins.jiandaoyun.adapter.reading import Reader, Row
from plugins.jiandaoyun.adapter.staffing import Members
from plugins.jiandaoyun.adapter.targets import Targets
from plugins.jiandaoyun.client import JiandaoyunClient, Refused
from plugins.jiandaoyun.client.replies import DELETE_FAILED, REPEATED_TRANSACTION, SUBMIT_FAILED
from plugins.jiandaoyun.client.rest import DATA
from plugins.jiandaoyun.mapping.columns import KEYS
from plugins.jiandaoyun.mapping.tables import modified_at

UNPROVED = RetryLater("Jiandaoyun took the record and does not show it yet", wait_seconds=30, maybe_applied=True)


class RecordWriter:
    """`adopt`: write kequn's id into records of others when they are updated. `batch`: the id of the batch."""

    def __init__(
        self, object: str, client: JiandaoyunClient, forms: Forms, reader: Reader, members: Members, batch: str
    ) -> None:  # fmt: skip
        self._object = object
        self._client = client
        self._forms = forms
        self._reader = reader
        self._targets = Targets(forms, reader, members)
        self._batch = batch

    @property
    def _form(self) -> Form:
        return self._forms.found[self._object]

    # -- creating -----------------------------------------------------------------------------------------------------

    async def create(self, task: Task) -> None:
        places = task.open
        for start in range(0, len(places), AT_ONCE):
            some = places[start : start + AT_ONCE]
            found = await self._create([task.changes[at] for at in some])
            task.answers |= dict(zip(some, found, strict=True))
            failed = next((one for one in found if isinstance(one, CrmError) and stops(one)), None)
            if failed is not None:
                raise Stopped(failed)

    async def _create(self, changes: Sequence[Change]) -> list[Answer]:
        answers: dict[str, Answer] = {}
        for change in changes:
            try:
                self._check(change, new=True)
            except Rejected as error:
                answers[change.reference] = error
        await self._targets.look([change for change in changes if change.reference not in answers])
        rows: dict[str, dict[str, Any]] = {}
        for change in changes:
            if change.reference not in answers:
                try:
                    rows[change.reference] = self._said(change, {}, named=True)
                except Rejected as error:
                    answers[change.reference] = error
        known = {change.reference: change for change in changes if change.reference in rows}
        for reference, row in (await self._standing(list(rows))).items():
            answers[reference] = await self._met(known[reference], row)
            del rows[reference]
        if rows:
            answers |= await self._sent_in_parts(known, rows)
        return [answers[change.reference] for change in changes]

    def _said(self, change: Change, present: Row, *, named: bool) -> dict[str, Any]:
        """The widgets of a change, wrapped. `named`: with kequn's id. Raises Rejected."""
        self._targets.require(change)
        table = self._form.table
        said = table.write(change.fields, {**present, KEYS: self._targets.keys})
        return {table.key: {"value": change.reference}, **said} if named and table.key else said

    def _check(self, change: Change, *, new: bool) -> None:
        """Raises Rejected."""
        table = self._form.table
        table.check(change.fields, new=new)
        if new and table.key is None:
            key = self._form.settings.key
            told = f"make a text widget with the alias {key} in the form: without it nothing can be created there"
            raise Rejected(f"{self._object} of Jiandaoyun: {told}", field=key)

    async def _standing(self, references: Sequence[str]) -> dict[str, Row]:
        """The records that carry these kequn ids; of several the oldest."""
        rows = await self._reader.by_keys(self._object, references) if references else []
        found: dict[str, Row] = {}
        for row in await self._reader.placed(self._object, rows):
            found.setdefault(str(row[str(self._form.table.key)]), row)
        return found

    async def _met(self, change: Change, row: Row) -> Answer:
        """A record with the same kequn id is there already: our own, if it says the same."""
        try:
            same = self._form.table.not_taken(change.fields, row) is None
        except Unreadable:
            same = False
        if same:
            return _receipt(row)
        told = "there is a record with this kequn id already, and it says something else"
        return Rejected(told, field=self._form.table.key, other_id=str(row["_id"]))

    async def _sent_in_parts(
        self, known: Mapping[str, Change], rows: Mapping[str, dict[str, Any]]
    ) -> dict[str, Answer]:
        """A batch is made as a whole: one that is refused for a record in it is halved, until such records stand
        alone."""
        try:
            answers = await self._sent(known, rows)
        except Refused as error:
            answers = dict.fromkeys(rows, error)
        refused = [reference for reference in rows if isinstance(answers[reference], Refused)]
        half = len(refused) // 2
        for part in (refused[:half], refused[half:]) if half else ():
            try:
                answers |= await self._sent_in_parts(known, {reference: rows[reference] for reference in part})
            except CrmError as error:
                answers |= dict.fromkeys(part, error)
        return answers

    async def _sent(self, known: Mapping[str, Change], rows: Mapping[str, dict[str, Any]]) -> dict[str, Answer]:
        """Send the batch. When its answer is lost, only a look tells; if nothing is there, the same batch is sent once
        more: should both arrive, their transaction makes them one. Of a batch that was refused, what is not there is
        sent once more: its code says nothing of the single record."""
        found: dict[str, Row] = {}
        rest = dict(rows)
        failed: CrmError | None = None
        for last in (False, True):
            try:
                failed = await self._send(rest)
            except CrmError as error:
                if failed is None:
                    raise
                failed = failed if failed.maybe_applied else error  # the first try may still arrive
                break
            found |= await self._made(list(rest))
            rest = {reference: row for reference, row in rest.items() if reference not in found}
            if failed is None or not rest or last or not self._may_repeat(failed, found):
                break
        unproved = failed or UNPROVED
        answers: dict[str, Answer] = {reference: self._taken(known[reference], row) for reference, row in found.items()}
        return {reference: answers.get(reference, unproved) for reference in rows}

    async def _made(self, references: Sequence[str]) -> dict[str, Row]:
        """What is there after a try. Where nobody can look, it may be there."""
        try:
            return await self._standing(references)
        except CrmError as error:
            wait = error.wait_seconds if isinstance(error, RetryLater) else 0.0
            told = f"created, but not seen: {error.message}"
            raise RetryLater(told, wait_seconds=wait, maybe_applied=True) from error

    async def _send(self, rows: Mapping[str, dict[str, Any]]) -> CrmError | None:
        """What went wrong. Errors that surely came before anything was made are raised. A transaction that Jiandaoyun
        knows is the one that was sent before: it has arrived, or is about to."""
        body: dict[str, Any] = {
            **self._form.named, "data_list": list(rows.values()), "is_start_workflow": False,
            "transaction_id": str(uuid5(NAMESPACE_URL, f"kequn:{self._batch}:{self._object}:{','.join(rows)}")),
        }  # fmt: skip
        creator = self._form.settings.data_creator
        try:
            await self._client.write(f"{DATA}/batch_create", {**body, "data_creator": creator} if creator else body)
        except Refused as error:
            if error.jdy == REPEATED_TRANSACTION:
                return UNPROVED
            if error.jdy != SUBMIT_FAILED:
                raise
            return error
        except CrmError as error:
            if not error.maybe_applied:
                raise
            return error
        return None

    def _may_repeat(self, failed: CrmError, found: Mapping[str, Row]) -> bool:
        if isinstance(failed, Refused):
            return failed.jdy == SUBMIT_FAILED
        return failed.maybe_applied and not found

    # -- changing -----------------------------------------------------------------------------------------------------

    async def update(self, task: Task) -> None:
        await self._one_by_one(task, self._update)

    async def _update(self, change: Change) -> Answer:
        self._check(change, new=False)
        await self._targets.look([change])
        for last in (False, True):
            present = await self._present(change)
            if present is None:
                return NotThere("Jiandaoyun has no such record")
            body = {
                **self._form.named,
                "data_id": change.id,
                "data": self._said(change, present, named=self._adopts(present)),
            }
            try:
                answer = await self._client.write(f"{DATA}/update", {**body, "is_start_trigger": False})
            except Refused as error:
                if error.jdy != SUBMIT_FAILED or last:
                    raise
            else:
                break
        (row,) = await self._reader.placed(self._object, [answer.object("data")])
        taken = self._taken(change, row)
        if isinstance(taken, CrmError):
            taken.maybe_applied = True  # in its other fields
        return taken

    def _adopts(self, present: Row) -> bool:
        key = self._form.table.key
        return self._forms.options.adopt and key is not None and not present.get(key)

    async def delete(self, task: Task) -> None:
        await self._one_by_one(task, self._delete)

    async def _delete(self, change: Change) -> Answer:
        """A record that is not there is deleted."""
        for last in (False, True):
            if await self._present(change) is None:
                break
            body = {**self._form.named, "data_id": change.id, "is_start_trigger": False}
            try:
                await self._client.write(f"{DATA}/delete", body)
            except NotThere:
                break
            except Refused as error:
                if error.jdy != DELETE_FAILED or last:
                    raise
            else:
                break
        return Receipt(str(change.id))

    async def _one_by_one(self, task: Task, write: Callable[[Change], Awaitable[Answer]]) -> None:
        for at in task.open:
            answer = await task.send([at], write(task.changes[at]))
            if answer is not None:
                task.answers[at] = answer

    async def _present(self, change: Change) -> Row | None:
        """The record as it stands just before the write. Raises ChangedMeanwhile."""
        row = await self._reader.one(self._object, str(change.id))
        if row is None:
            return None
        (placed,) = await self._reader.placed(self._object, [row])
        if change.version is not None and self._is_newer(placed, change.version):
            raise ChangedMeanwhile("the record was changed in Jiandaoyun meanwhile")
        return placed

    def _is_newer(self, row: Row, version: int) -> bool:
        """By its time of change; within the same millisecond by what it says."""
        try:
            record = self._form.table.read(row)
        except Unreadable:
            return milliseconds(modified_at(row)) > version
        shown = self._reader.shown.get(self._object, {}).get(record.id)
        return record.version > version or (record.version == version and shown not in (None, record.fields))

    def _taken(self, change: Change, row: Row) -> Answer:
        """What Jiandaoyun shows after a write: it may take a value without a word and drop it."""
        try:
            lost = self._form.table.not_taken(change.fields, row)
            record = self._form.table.read(row)
        except Unreadable as error:
            return Rejected(f"Jiandaoyun shows the record otherwise than written: {error}", field=error.field)
        if record.id in self._reader.shown.get(self._object, {}):
            self._reader.shown[self._object][record.id] = record.fields
        if lost is not None:
            return Rejected(f"{lost}: Jiandaoyun did not keep what was written", field=lost)
        return _receipt(row)


def _receipt(row: Row) -> Receipt:
    return Receipt(str(row["_id"]), milliseconds(modified_at(row)))
