"""T42 to T48: what must be refused, and what a refusal must say; deletes; texts of all sorts."""

from kequn.contracts.changes import Change, Receipt
from kequn.contracts.crm import Conditional
from kequn.contracts.errors import ChangedMeanwhile, CrmError, MissingReference, Rejected
from kequn.contracts.records import FIELDS, Gone, Kind, Ref, Type, Value
from kequn.testing.conformance.case import Failed, Group, Level, Skipped, expect
from kequn.testing.conformance.stage import Stage
from kequn.testing.conformance.subject import Subject
from kequn.testing.conformance.writing import Pen

group = Group(Level.WRITE)

BATCH = 100
MOST = 250
"""As many go out at once as the sheet allows, but no more than this."""

BAD = 37
TEXTS = (
    "中文 客户 備註",
    "emoji 🐼🚀 👩‍👩‍👧",
    "四字节 𠮷𩸽",
    "עברית العربية",
    "quotes ' \" \\ < > & % ; --",
    "two\nlines",
    "nul \x00 inside",
    "  spaces  ",
    *("长" * length for length in (300, 5_000, 40_000, 1_100_000)),
)


@group.case("T42", "a required field that is missing: Rejected, naming it")
async def required_missing(subject: Subject) -> None:
    async with subject.stage(records=3) as stage:
        pen = await Pen.of(stage)
        for object in pen.creatable:
            fields = await pen.fields(object)
            for name in _required(pen, object, fields):
                rest = {one: value for one, value in fields.items() if one != name}
                await _check_refused(stage, pen.creation(object, rest), name, "is left out")
                if FIELDS[pen.sheet(object).kind][name].type is Type.TEXT:
                    await _check_refused(stage, pen.creation(object, {**rest, name: None}), name, "is empty")


def _required(pen: Pen, object: str, fields: dict[str, Value]) -> list[str]:
    return [name for name, spec in FIELDS[pen.sheet(object).kind].items() if spec.required and name in fields]


async def _check_refused(stage: Stage, change: Change, field: str, why: str) -> None:
    """Refused by name, and before anything is asked of the CRM."""
    writes = stage.writes()
    (answer,) = await stage.line.push(change)
    what = f"{change.op} in {change.object} where {field} {why}"
    expect(isinstance(answer, Rejected), f"{what}: {type(answer).__name__} in place of Rejected")
    expect(getattr(answer, "field", None) == field, f"{what}: the refusal names {getattr(answer, 'field', None)}")
    expect(stage.writes() == writes, f"{what}: the CRM is asked all the same")


@group.case("T43", "a read-only field is refused before the request")
async def read_only_refused(subject: Subject) -> None:
    async with subject.stage(records=3) as stage:
        pen = await Pen.of(stage)
        for object in pen.creatable:
            fields = await pen.fields(object)
            sheet = pen.sheet(object)
            closed = [name for name in FIELDS[sheet.kind] if name not in sheet.writable and name != "type"]
            plain = [name for name in closed if FIELDS[sheet.kind][name].type is Type.TEXT] or ["unheard_of"]
            await _check_refused(stage, pen.creation(object, {**fields, plain[0]: "x"}), plain[0], "is read-only")
            if object in pen.updatable:
                record = await pen.made(object)
                await _check_refused(stage, pen.update(record, {plain[0]: "x"}), plain[0], "is read-only")


@group.case("T44", "delete twice is fine", skips=["delete"])
async def delete_twice(subject: Subject) -> None:
    async with subject.stage(records=3) as stage:
        pen = await Pen.of(stage)
        for object in await _deletable(pen):
            record = await pen.made(object)
            stage.later()
            for _ in range(2):
                answer = await pen.send(pen.deletion(record))
                expect(isinstance(answer, Receipt), f"{object}: a delete gives {type(answer).__name__}")
                stage.settle()
            if pen.sheet(object).owner is None:
                found = await stage.line.fetch(object, record.id)
                expect(isinstance(found, Gone), f"{object}: a deleted record is still there")


async def _deletable(pen: Pen) -> list[str]:
    """The objects whose records kequn may delete. Where there is none, a delete is refused and the record stays."""
    objects = [object for object in pen.creatable if pen.sheet(object).delete]
    if not objects:
        record = await pen.made(pen.shared[0])
        answer = await pen.send(pen.deletion(record))
        expect(isinstance(answer, Rejected), "the sheet denies deletes and one is not Rejected")
        await pen.read(record.object, record.id)
        raise Skipped("delete")
    return objects


@group.case("T45", "the delete of an edited record is refused with a stale version", skips=["delete", "conditional"])
async def stale_delete(subject: Subject) -> None:
    async with subject.stage() as stage:
        pen, guarded = await Pen.of(stage), 0
        for object in [one for one in await _deletable(pen) if one in pen.shared]:
            record = await pen.made(object)
            stage.later()
            stage.crowd.edit(record.id, object)
            stage.settle()
            answer = await pen.send(pen.deletion(record))
            stage.settle()
            if pen.sheet(object).conditional is Conditional.NONE and isinstance(answer, Receipt):
                continue
            guarded += 1
            kind = type(answer).__name__
            expect(isinstance(answer, ChangedMeanwhile), f"{object}: a stale delete gives {kind}, not ChangedMeanwhile")
            await pen.read(object, record.id)
        if not guarded:
            raise Skipped("conditional")


@group.case("T46", "a batch with 1 bad of 100: 99 written, 1 told by its place")
async def one_bad(subject: Subject) -> None:
    async with subject.stage() as stage:
        pen = await Pen.of(stage)
        object = pen.shared[0]
        before, size = stage.crowd.count(object), pen.sheet(object).batch
        number = max(BATCH, min(size, MOST))
        changes = [pen.creation(object, await pen.fields(object)) for _ in range(number)]
        required = _required(pen, object, dict(changes[BAD].fields))[0]
        rest = {name: value for name, value in changes[BAD].fields.items() if name != required}
        changes[BAD] = pen.creation(object, rest, changes[BAD].reference)
        answers: list[Receipt | CrmError] = []
        for at in range(0, number, size):
            answers += await stage.line.push(*changes[at : at + size])
        bad = [place for place, answer in enumerate(answers) if isinstance(answer, CrmError)]
        expect(bad == [BAD], f"of {number} with a bad one at {BAD}, refused are {len(bad)}: {bad[:5]}")
        made = stage.crowd.count(object) - before
        expect(made == number - 1, f"{made} records are made of {number - 1}")
        await _check_places(pen, object, changes, answers)


async def _check_places(pen: Pen, object: str, changes: list[Change], answers: list[Receipt | CrmError]) -> None:
    """Each receipt stands at the place of its change."""
    ids = {changes[at].reference: one.id for at, one in enumerate(answers) if isinstance(one, Receipt)}
    found = await pen.crm.find(object, list(ids))
    right = {record.reference: record.id for record in found}
    expect(right == ids, "receipts do not stand in the order of their changes")


@group.case("T47", "a reference to a missing record: Rejected as such, taken once it is there")
async def missing_reference(subject: Subject) -> None:
    async with subject.stage(records=3) as stage:
        pen, checked = await Pen.of(stage), 0
        for object, name, other in await _references(pen):
            (id,) = stage.crowd.add(other)
            stage.settle()
            stage.crowd.people.delete(other, id)
            stage.settle()
            target = Ref(pen.sheet(other).kind, other, id)
            change = pen.creation(object, {**await pen.fields(object), name: target})
            answer = await pen.send(change)
            what = f"{object}.{name} pointing at a record of {other} that is not there"
            expect(isinstance(answer, MissingReference), f"{what}: {type(answer).__name__}, not MissingReference")
            expect(getattr(answer, "field", None) == name, f"{what}: the refusal does not name the field")
            stage.crowd.people.restore(other, id)
            stage.settle()
            receipt = await pen.accepted(change)
            record = await pen.read(object, receipt.id)
            expect(record.fields.get(name) == target, f"{object}.{name} does not point at the record once it is there")
            checked += 1
        writable = any(_refers(pen, object) for object in pen.creatable)
        expect(checked or not writable, "no reference can be checked: let people fill in what records point at")


def _refers(pen: Pen, object: str) -> list[str]:
    sheet = pen.sheet(object)
    specs = FIELDS[sheet.kind]
    return [
        name for name in sorted(sheet.writable) if specs[name].type is Type.REF and sheet.kind is not Kind.MEMBERSHIP
    ]


async def _references(pen: Pen) -> list[tuple[str, str, str]]:
    """(object, field, the object that it points at), where people make and delete the latter."""
    found = []
    for object in pen.creatable:
        for name in _refers(pen, object):
            to = FIELDS[pen.sheet(object).kind][name].to
            for other in pen.stage.crowd.forms:
                if pen.sheet(other).kind is to and pen.holds(object, {name: Ref(pen.sheet(other).kind, other, "1")}):
                    found.append((object, name, other))
    return found


@group.case("T48", "Chinese, emoji, RTL, NUL, 4-byte, over-long text: stored, or a clear error, never cut")
async def all_texts(subject: Subject) -> None:
    async with subject.stage() as stage:
        pen = await Pen.of(stage)
        for object in [one for one in pen.found if one in pen.updatable]:
            record = await pen.made(object)
            for field in {pen.soft(object), _heading(pen, object)}:
                for text in TEXTS:
                    stage.later()
                    await _check_text(pen, record.object, record.id, field, text)


def _heading(pen: Pen, object: str) -> str:
    """The text field that every record has."""
    sheet = pen.sheet(object)
    specs = FIELDS[sheet.kind]
    found = [
        name for name in specs if name in sheet.writable and specs[name].required and specs[name].type is Type.TEXT
    ]
    return next((name for name in found if name != "type"), pen.soft(object))


async def _check_text(pen: Pen, object: str, id: str, field: str, text: str) -> None:
    record = await pen.read(object, id)
    what = f"{object}.{field} with {text[:12]!r} of {len(text)} characters"
    answer = await pen.send(pen.update(record, {field: text}))
    try:
        foretold = pen.crm.normal(object, {field: text})[field]
    except Rejected as error:
        expect(error.field == field, f"{what}: normal refuses without naming the field")
        expect(isinstance(answer, Rejected), f"{what}: normal refuses and push does not")
        return
    if isinstance(answer, Rejected):
        expect(answer.field == field, f"{what}: refused without naming the field")
        raise Failed(f"{what}: push refuses what normal foretells")
    expect(isinstance(answer, Receipt), f"{what}: {type(answer).__name__}")
    whole = isinstance(foretold, str) and len("".join(foretold.split())) >= len("".join(text.split()))
    expect(whole, f"{what}: cut silently")
    stored = (await pen.read(object, id)).fields.get(field)
    expect(stored == foretold, f"{what}: read back otherwise than `normal` foretells")
