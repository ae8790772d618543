"""T36 to T41: creating and updating."""

from collections.abc import Mapping

from kequn.contracts.changes import Change, Receipt
from kequn.contracts.crm import Conditional
from kequn.contracts.errors import BrokenReply, ChangedMeanwhile, CrmError, Rejected, RetryLater
from kequn.contracts.records import FIELDS, Kind, Record, Type, Value
from kequn.testing.conformance.case import Failed, Group, Level, Skipped, expect
from kequn.testing.conformance.stage import Stage
from kequn.testing.conformance.subject import Subject
from kequn.testing.conformance.writing import Pen, same

group = Group(Level.WRITE)


@group.case("T36", "create returns id, version and the stored form")
async def creates(subject: Subject) -> None:
    async with subject.stage(records=3) as stage:
        pen = await Pen.of(stage)
        for object in pen.creatable:
            change = pen.creation(object, await pen.fields(object))
            receipt = await pen.accepted(change)
            record = await pen.read(object, receipt.id)
            wrong = same(pen.crm, object, change.fields, record.fields)
            expect(not wrong, f"{object}: {', '.join(wrong)} not stored as `normal` foretells")
            if receipt.version is not None and pen.sheet(object).owner is None:
                fits = record.version == receipt.version
                expect(fits, f"{object}: the receipt's version {receipt.version} is not the record's {record.version}")
        for object in pen.found:
            await _check_found(pen, object)


async def _check_found(pen: Pen, object: str) -> None:
    """The kequn id can be searched at once, and comes with the record."""
    change = pen.creation(object, await pen.fields(object))
    receipt = await pen.accepted(change)
    found = await pen.crm.find(object, [change.reference, "cus_none"])
    expect([one.id for one in found] == [receipt.id], f"{object}: find does not give the record at once")
    record = await pen.read(object, receipt.id)
    expect(record.reference == change.reference, f"{object}: the record does not come with its kequn id")


@group.case("T37", "create, time-out after the commit, try again: one record")
async def one_record(subject: Subject) -> None:
    async with subject.stage() as stage:
        pen = await Pen.of(stage)
        for object in pen.found:
            await pen.create(object, await pen.fields(object))
            before = len(stage.line.wire.sent)
            await pen.create(object, await pen.fields(object))
            requests = len(stage.line.wire.sent) - before
            for place in range(1, requests + 1):
                for committed in (True, False):
                    await _lose(stage, pen, object, place, committed=committed)
        for fault in ("truncated_json", "html_502", "status_500"):
            await _spoil(stage, pen, pen.shared[0], fault)


async def _lose(stage: Stage, pen: Pen, object: str, place: int, *, committed: bool) -> None:
    """The answer to one request of the create is lost."""
    count = stage.crowd.count(object)
    change = pen.creation(object, await pen.fields(object))
    wire = stage.line.wire
    wire.losses = {len(wire.sent) + place: committed}
    answer = await pen.send(change)
    wire.losses = {}
    await _check_single(stage, pen, change, answer, count)


async def _spoil(stage: Stage, pen: Pen, object: str, fault: str) -> None:
    """The answer cannot be read."""
    count = stage.crowd.count(object)
    change = pen.creation(object, await pen.fields(object))
    stage.strike(fault)
    await _check_single(stage, pen, change, await pen.send(change), count)


async def _check_single(stage: Stage, pen: Pen, change: Change, answer: Receipt | CrmError, count: int) -> None:
    """Look for it and, when it is not there, create it again, as kequn does: in the end there is one."""
    object, reference = change.object, change.reference
    if isinstance(answer, CrmError):
        later = isinstance(answer, RetryLater | BrokenReply)
        expect(later, f"a create without an answer is {type(answer).__name__}, not RetryLater")
        there = await pen.crm.find(object, [reference])
        expect(answer.maybe_applied or not there, "a create without an answer was carried out; its error denies it")
        stage.later(60)
        if not await pen.crm.find(object, [reference]):
            await pen.accepted(change)
    found = await pen.crm.find(object, [reference])
    made = stage.crowd.count(object) - count
    expect(len(found) == 1 and made == 1, f"a create tried again after a lost answer makes {made} records in {object}")


@group.case("T38", "create with a value that is taken: Rejected, with the other's id", skips=["unique"])
async def duplicate_key(subject: Subject) -> None:
    async with subject.stage(records=3) as stage:
        pen, checked = await Pen.of(stage), 0
        for object in pen.creatable:
            if pen.sheet(object).kind is Kind.MEMBERSHIP:
                continue
            fields = await pen.fields(object)
            unique = {one.maps_to for one in pen.schemas[object].fields if one.unique and one.maps_to in fields}
            first = await pen.create(object, fields)
            again = await pen.send(pen.creation(object, fields))
            if not unique:
                expect(isinstance(again, Receipt), f"{object} refuses what describe does not call unique")
                assert isinstance(again, Receipt)
                expect(again.id != first.id, f"{object}: two creates with different kequn ids give one record")
                continue
            checked += 1
            expect(
                isinstance(again, Rejected),
                f"{object} takes a second record with the same {', '.join(map(str, unique))}",
            )
            other = getattr(again, "other_id", None)
            expect(other == first.id, f"{object}: the refusal does not name the record that has the value")
        if not checked:
            raise Skipped("unique")


@group.case("T39", "update sends only the changed fields")
async def only_changed(subject: Subject) -> None:
    async with subject.stage(records=3) as stage:
        pen = await Pen.of(stage)
        expect(pen.updatable, "nothing can be updated")
        for object in [one for one in pen.found if one in pen.updatable]:
            record, field = await pen.made(object), pen.soft(object)
            stage.later()
            sent = len(stage.line.wire.sent)
            shown = dict(stage.crowd.shown(object, record.id) or {})
            await pen.accepted(pen.update(record, {field: "only this"}))
            texts = [one.text for one in stage.line.wire.sent[sent:] if one.method != "GET" and "only this" in one.text]
            expect(texts, f"the update of {object} is not to be seen in its requests")
            others = _others(record, field)
            leaked = sorted(name for name, value in others.items() if any(value in text for text in texts))
            expect(not leaked, f"the update of {field} in {object} sends {', '.join(leaked)} as well")
            after = await pen.read(object, record.id)
            wrong = [name for name in record.fields if name != field and after.fields.get(name) != record.fields[name]]
            expect(not wrong, f"the update of {field} in {object} changes {', '.join(wrong)}")
            expect(shown != dict(stage.crowd.shown(object, record.id) or {}), f"the update of {object} changes nothing")


def _others(record: Record, field: str) -> dict[str, str]:
    """Texts of other fields that nothing else in a request looks like."""
    texts = {name: value for name, value in record.fields.items() if isinstance(value, str) and name != field}
    return {name: value for name, value in texts.items() if len(value) > 5 and any(sign.isdigit() for sign in value)}


@group.case("T40", "a stale version: ChangedMeanwhile, nothing written", skips=["conditional"])
async def stale_version(subject: Subject) -> None:
    async with subject.stage() as stage:
        pen, guarded = await Pen.of(stage), 0
        for object in [one for one in pen.shared if one in pen.updatable]:
            record, field = await pen.made(object), pen.soft(object)
            stage.later()
            word, text = stage.crowd.edit(record.id, object)
            stage.settle()
            answer = await pen.send(pen.update(record, {field: "too late"}))
            after = await pen.read(object, record.id)
            if pen.sheet(object).conditional is Conditional.NONE and isinstance(answer, Receipt):
                continue
            guarded += 1
            kind = type(answer).__name__
            expect(
                isinstance(answer, ChangedMeanwhile), f"{object}: a stale version gives {kind}, not ChangedMeanwhile"
            )
            expect(
                after.fields.get(field) == record.fields.get(field) or field == word,
                f"{object} is written all the same",
            )
            expect(text in str(after.fields[word]), f"{object}: an edit of others is overwritten")
            fresh = await pen.send(pen.update(after, {field: "in time"}))
            expect(isinstance(fresh, Receipt), f"{object}: the present version is refused")
        if not guarded:
            raise Skipped("conditional")


@group.case("T41", "null, empty text and left out are three things")
async def three_nothings(subject: Subject) -> None:
    async with subject.stage() as stage:
        pen = await Pen.of(stage)
        for object in [one for one in pen.shared if one in pen.updatable]:
            field, other = _two_fields(pen, object)
            fields = {**await pen.fields(object), field: "stands", other: "other"}
            record = await pen.read(object, (await pen.create(object, fields)).id)
            steps: list[dict[str, Value]] = [{other: "changed"}, {field: None}, {field: "again"}, {field: ""}]
            for given in steps:
                stage.later()
                await pen.accepted(pen.update(record, given))
                expected = {**record.fields, **pen.crm.normal(object, given)}
                record = await pen.read(object, record.id)
                for name in (field, other):
                    right = record.fields.get(name) == expected[name]
                    expect(right, f"{object}: after {_said(given)} {name} is {_shown(record.fields.get(name))}")
            nulled = await pen.create(object, {**await pen.fields(object), field: None})
            expect(
                (await pen.read(object, nulled.id)).fields.get(field) in (None, ""),
                f"{object}: null does not stay null",
            )


def _two_fields(pen: Pen, object: str) -> tuple[str, str]:
    first = pen.soft(object)
    sheet = pen.sheet(object)
    texts = [name for name, spec in FIELDS[sheet.kind].items() if spec.type is Type.TEXT and name in sheet.writable]
    for name in texts:
        if name not in {first, "type", "name", "first_name", "last_name"} and pen.takes(object, name):
            return first, name
    raise Failed(f"{object} has one text field alone: three nothings cannot be told apart")


def _said(given: Mapping[str, Value]) -> str:
    return " and ".join(f"{name} = {_shown(value)}" for name, value in given.items())


def _shown(value: object) -> str:
    return "null" if value is None else repr(value)
