"""T30 to T35: reading while the CRM lags, changes, forgets where we were, or is large."""

import gc
import tracemalloc
from itertools import count

from kequn.contracts.errors import CrmError
from kequn.contracts.records import Gone
from kequn.testing.conformance.case import Failed, Group, Level, Skipped, expect
from kequn.testing.conformance.filling import fill_pages
from kequn.testing.conformance.reading import Reading, Walked, texts
from kequn.testing.conformance.stage import Stage
from kequn.testing.conformance.subject import Subject

group = Group(Level.READ)

DAY = 86400.0
DAYS = 8
FIELDS = 500
LARGE = 1_000_000
GROWTH = 100 * 1024 * 1024 / 100_000
"""Bytes that may stay behind for each record that was read."""

SLACK = 1024 * 1024
LENGTHS = (200_000, 65_000, 32_000, 20_000, 10_000, 4_000, 2_000, 1_000, 255, 100)


@group.case("T30", "a read that lags behind a write loses nothing", skips=["settle_seconds"])
async def stale_read(subject: Subject) -> None:
    async with subject.stage() as stage:
        object = stage.crowd.main
        (id,) = stage.crowd.add(object)
        stage.settle()
        reading = stage.line.reading()
        feed = await reading.home(object)
        stage.later(60)
        _, text = stage.crowd.edit(id, object)
        if not stage.knows("stale_read"):
            lag = stage.line.crm.capabilities.settle_seconds
            expect(lag == 0, f"reads lag {lag} seconds and the emulator does not know the fault stale_read")
            expect(text in str((await stage.line.record(object, id)).fields), "reads lag and the sheet denies it")
            raise Skipped("settle_seconds")
        walked = await reading.walk(feed.name)
        stage.settle()
        walked = await reading.walk(feed.name, walked)
        record = walked.last(object, id)
        expect(record and text in str(record.fields), "a change that a lagging read did not show never comes")


@group.case("T31", "insert, delete and edit during paging")
async def paging_in_motion(subject: Subject) -> None:
    async with subject.stage() as stage:
        crowd, object = stage.crowd, stage.crowd.main
        ids = crowd.add(object)
        stage.settle()
        feed = await stage.line.reading().home(object)
        ids += await fill_pages(stage, object, feed.name, 3)
        stage.settle()
        reading, walked = stage.line.reading(), Walked()
        walked.add(await reading.page(feed.name))
        seen = walked.ids(object)
        unseen = [id for id in ids if id not in seen]
        gone, (edited, *_) = [seen[0], unseen[-1]], unseen
        for id in gone:
            crowd.people.delete(object, id)
        _, text = crowd.edit(edited, object)
        ids += crowd.add(object)
        stage.later(1)
        walked = await reading.walk(feed.name, walked)
        stage.settle()
        walked = await reading.walk(feed.name, walked)
        lost = set(ids) - set(gone) - set(walked.ids(object))
        expect(not lost, f"{len(lost)} records never come when others change during paging")
        record = walked.last(object, edited)
        expect(record and text in str(record.fields), "an edit made during paging never comes")
        if await stage.line.reading().finder(object) is None:
            expect(set(gone) <= walked.lost(object), "a delete made during paging never comes")


@group.case("T32", "a page token that has expired starts again safely")
async def expired_place(subject: Subject) -> None:
    async with subject.stage() as stage:
        object = stage.crowd.main
        ids = stage.crowd.add(object)
        stage.settle()
        feed = await stage.line.reading().home(object)
        ids += await fill_pages(stage, object, feed.name, 3)
        stage.settle()
        for days in (0, 2):
            reading, walked = stage.line.reading(), Walked()
            walked.add(await reading.page(feed.name))
            stage.later(days * DAY)
            if days == 0:
                stage.knows("page_token_expired")
            walked = await reading.walk(feed.name, walked)
            lost = set(ids) - set(walked.ids(object))
            expect(not lost, f"{len(lost)} of {len(ids)} records are lost when a page token expires")


@group.case("T33", "deletes are found, never from a partial scan")
async def deletes_found(subject: Subject) -> None:
    async with subject.stage() as stage:
        crowd, object = stage.crowd, stage.crowd.main
        ids = crowd.add(object)
        stage.settle()
        feed = await stage.line.reading().home(object)
        finder = await stage.line.reading().finder(object)
        ids += await fill_pages(stage, object, feed.name)
        stage.settle()
        reading = stage.line.reading()
        await reading.walk(feed.name)
        stage.later(60)
        crowd.people.delete(object, ids[0])
        stage.settle()
        if finder is None:
            walked = await reading.walk(feed.name)
            expect(walked.lost(object) == {ids[0]}, "no feed tells that a record was deleted, and no scan finds it")
        else:
            walked = await _whole_scan(stage, reading, finder.name)
            expect(set(walked.ids(object)) == set(ids[1:]), "a complete scan does not give what is there")
        expect(isinstance(await stage.line.fetch(object, ids[0]), Gone), "fetch does not say that a record is gone")
        found = await stage.line.fetch(object, ids[1])
        expect(not isinstance(found, Gone), "fetch says of a live record that it is gone")
        await _check_partial(stage, (finder or feed).name, object, set(ids[1:]))


async def _whole_scan(stage: Stage, reading: Reading, feed: str) -> Walked:
    """A scan may tell only what is new, and say so; now and then it must list everything."""
    for _ in range(DAYS):
        walked = await reading.walk(feed)
        if not walked.partial:
            return walked
        stage.later(DAY)
    raise Failed(f"the feed {feed} lists everything in none of {DAYS} days: deletes are lost")


async def _check_partial(stage: Stage, feed: str, object: str, alive: set[str]) -> None:
    """The second page fails and fails: that is no end."""
    reading, walked = stage.line.reading(), Walked()
    walked.add(await reading.page(feed))
    stage.strike(*["status_503"] * 40)
    page = None
    try:
        page = await reading.page(feed)
    except CrmError:
        page = None
    if page is not None:
        walked.add(page)
        whole = alive <= set(walked.ids(object)) or page.partial
        expect(not page.complete or whole, "a scan that broke off says that it is complete")
    lost = walked.lost(object) & alive
    expect(not lost, f"{len(lost)} live records are told to be gone after a scan that broke off")


@group.case("T34", "a large record: 1 MB, 500 fields")
async def large_record(subject: Subject) -> None:
    async with subject.stage() as stage:
        object = stage.crowd.main
        (id,) = stage.crowd.add(object)
        name, length = await _longest(stage, object, id)
        type = next(field.type for field in (await stage.schemas())[object].fields if field.name == name)
        names, words = [name], count(1)
        if "custom_fields" not in stage.line.crm.capabilities.lacks:
            more = FIELDS - len((await stage.schemas())[object].fields)
            names += [stage.crowd.administrator.add_field(object, f"Field {n}", type) for n in range(more)]
        values = {one: f"<{next(words)}>".ljust(min(length, LARGE // len(names) + 1), "大") for one in names}
        spare = LARGE - sum(map(len, values.values()))
        for one in names:
            grow = min(length - len(values[one]), max(spare, 0))
            values[one], spare = values[one] + "x" * grow, spare - grow
        stage.crowd.people.edit(object, id, values)
        line = stage.connect()
        await line.crm.open()
        stage.settle()
        for record in ((await line.reading().round()).last(object, id), await line.record(object, id)):
            expect(record is not None, "a large record does not come")
            assert record is not None
            said = texts(record)
            cut = [one for one, value in values.items() if value not in said]
            expect(not cut, f"{len(cut)} of {len(values)} fields of a large record do not come whole")


async def _longest(stage: Stage, object: str, id: str) -> tuple[str, int]:
    """The field that takes the longest text of what people can fill in, and how long."""
    fields = [field.name for field in (await stage.schemas())[object].fields if not (field.read_only or field.options)]
    for length in LENGTHS:
        for name in fields:
            try:
                stage.crowd.people.edit(object, id, {name: "x" * length})
            except (ValueError, KeyError, TypeError):
                continue
            if str((stage.crowd.shown(object, id) or {}).get(name)) == "x" * length:
                return name, length
    return stage.crowd.forms[object].fields[stage.crowd.word(object)], LENGTHS[-1]


@group.case("T35", "memory stays flat over many records")
async def memory_flat(subject: Subject) -> None:
    async with subject.stage(records=subject.scanned) as stage:
        reading, main = stage.line.reading(), stage.crowd.main
        feed = await reading.home(main)
        reading.cursors.clear()
        began, count = 0, 0
        tracemalloc.start()
        try:
            for number in range(subject.scanned):
                page = await reading.page(feed.name)
                count += len(page.records)
                complete = page.complete
                del page
                if number == 1:
                    began = _traced()
                if complete:
                    break
            grown = _traced() - began
        finally:
            tracemalloc.stop()
        expect(count >= subject.scanned, f"{count} of {subject.scanned} records come")
        expect(
            grown < GROWTH * count + SLACK,
            f"{grown // 1024} KB stay behind after {count} records; 1 KB each is allowed",
        )


def _traced() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
