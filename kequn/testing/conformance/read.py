"""T22 to T29: reading - nothing, one, whole pages, again, and only what is new."""

from kequn.contracts.crm import Walk
from kequn.contracts.records import FIELDS, Gone, Record, Type
from kequn.testing.conformance.case import Group, Level, Skipped, expect
from kequn.testing.conformance.filling import page_size
from kequn.testing.conformance.reading import Reading, Walked
from kequn.testing.conformance.subject import Subject
from kequn.testing.conformance.writing import Pen, same

group = Group(Level.READ)

HOUR = 3600.0
NOWHERE = "nowhere"


@group.case("T22", "empty")
async def empty(subject: Subject) -> None:
    async with subject.stage() as stage:
        reading = stage.line.reading()
        for _ in range(2):
            walked = await reading.round()
            for object in stage.crowd.forms:
                expect(not walked.ids(object), f"an empty CRM gives records of {object}")
            expect(not walked.problems, "an empty CRM gives problems")
        for object in stage.crowd.forms:
            expect(await stage.line.crm.fetch(object, []) == [], f"fetch of no id gives something in {object}")


@group.case("T23", "one record")
async def one_record(subject: Subject) -> None:
    async with subject.stage() as stage:
        for object, form in stage.crowd.forms.items():
            (id,) = stage.crowd.add(object)
            stage.settle()
            walked = await stage.line.reading().round()
            expect(walked.ids(object) == [id], f"one record of {object} comes {len(walked.ids(object))} times")
            told, fetched = walked.last(object, id), await stage.line.record(object, id)
            expect(told is not None and told.fields == fetched.fields, f"pull and fetch of {object} do not agree")
            expect(fetched.kind is form.kind, f"{object} comes as {fetched.kind}, not as {form.kind}")
            expect(
                isinstance(await stage.line.fetch(object, NOWHERE), Gone), f"fetch does not say that {object} is gone"
            )


@group.case("T24", "exactly n pages, n + 1, a page of one")
async def exact_pages(subject: Subject) -> None:
    async with subject.stage() as stage:
        object = stage.crowd.main
        stage.crowd.add(object)
        feed = await stage.line.reading().home(object)
        size = await page_size(stage, object, feed.name)
    for count in (size, size + 1, 2 * size, 2 * size + 1):
        async with subject.stage() as stage:
            ids = stage.crowd.add(object, count)
            stage.settle()
            seen = (await stage.line.reading().walk(feed.name)).ids(object)
            lost, twice = set(ids) - set(seen), len(seen) - len(set(seen))
            expect(not lost, f"{len(lost)} of {count} records do not come, in pages of {size}")
            expect(not twice, f"{twice} of {count} records come twice, in pages of {size}")
            strange = set(seen) - set(ids)
            expect(not strange, f"{len(strange)} records come under ids that the CRM does not have")


@group.case("T25", "every type of field round trips", level=Level.WRITE)
async def round_trips(subject: Subject) -> None:
    async with subject.stage(records=5) as stage:
        pen = await Pen.of(stage)
        for object in pen.creatable:
            fields = await pen.fields(object, references=True)
            receipt = await pen.create(object, fields)
            read = (await pen.read(object, receipt.id)).fields
            wrong = same(stage.line.crm, object, fields, read)
            expect(not wrong, f"{object}: not read back as `normal` foretells: {', '.join(wrong)}")
        types = {FIELDS[one.kind][field].type for one in pen.written for field in one.fields}
        expect(Type.TEXT in types, "no field of type text can be written")


@group.case("T26", "a full read twice gives the same")
async def read_twice(subject: Subject) -> None:
    async with subject.stage(records=60) as stage:
        one, other = [await Reading(stage.line.crm).round() for _ in range(2)]
        expect(_content(one) == _content(other), "two full reads of an unchanged CRM differ")


def _content(walked: Walked) -> dict[tuple[str, str], Record]:
    return {(record.object, record.id): record for record in walked.records}


@group.case("T27", "an incremental read gives only changes at or after the cursor", skips=["changes"])
async def only_changes(subject: Subject) -> None:
    async with subject.stage() as stage:
        object, ids = stage.crowd.main, []
        for _ in range(12):
            ids += stage.crowd.add(object)
            stage.later(HOUR)
        reading = stage.line.reading()
        feed = await reading.home(object)
        (changed, *_), old = ids, ids[1:-1]
        _, text = stage.crowd.edit(changed, object)
        stage.settle()
        walked = await reading.walk(feed.name)
        record = walked.last(object, changed)
        expect(record is not None and text in str(record.fields), "an incremental read does not give a changed record")
        if feed.walk is Walk.SCAN and not walked.partial:
            expect(
                set(old) <= set(walked.ids(object)), f"the feed {feed.name} is said to be a scan and leaves records out"
            )
            raise Skipped("changes")
        again = set(old) & set(walked.ids(object))
        expect(not again, f"an incremental read gives {len(again)} of {len(old)} records that did not change")
        stage.later(HOUR)
        calm = await reading.walk(feed.name)
        expect(not set(old) & set(calm.ids(object)), "the cursor moves back")


@group.case("T28", "changes in the same second are not missed")
async def same_second(subject: Subject) -> None:
    async with subject.stage() as stage:
        object = stage.crowd.main
        first, second = stage.crowd.add(object, 2)
        reading, settle = stage.line.reading(), stage.line.crm.capabilities.settle_seconds
        feed = await reading.home(object)
        _, text = stage.crowd.edit(first, object)
        (third,) = stage.crowd.add(object)
        walked = await reading.walk(feed.name)
        stage.later(0.4)
        _, other = stage.crowd.edit(second, object)
        walked = await reading.walk(feed.name, walked)
        stage.later(settle + 120)
        walked = await reading.walk(feed.name, walked)
        expect(third in walked.ids(object), "a record made in the second of the last read never comes")
        for id, word in ((first, text), (second, other)):
            record = walked.last(object, id)
            expect(record and word in str(record.fields), "an edit in the second of the last read never comes")


@group.case("T29", "a cursor far in the future gives nothing and does not move back", skips=["changes"])
async def future_cursor(subject: Subject) -> None:
    async with subject.stage(years=9) as stage:
        object = stage.crowd.main
        stage.crowd.add(object)
        stage.settle()
        ahead = stage.line.reading()
        feed = await ahead.home(object)
    async with subject.stage() as stage:
        ids = stage.crowd.add(object, 3)
        stage.settle()
        reading = stage.line.reading()
        reading.cursors = dict(ahead.cursors)
        walked = await reading.walk(feed.name)
        if feed.walk is Walk.SCAN and not walked.partial:
            expect(
                set(ids) <= set(walked.ids(object)), f"the feed {feed.name} is said to be a scan and leaves records out"
            )
            raise Skipped("changes")
        expect(not walked.ids(object), "a cursor in the future gives records of the past")
        stage.later(HOUR)
        stage.crowd.add(object)
        stage.settle()
        later = await reading.walk(feed.name)
        expect(not later.ids(object), "a cursor in the future moves back")
