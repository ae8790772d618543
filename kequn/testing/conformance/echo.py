"""T60: what kequn has written comes back, in a feed or as a webhook, and must look like what kequn meant: then nobody
has moved, and the engine writes nothing."""

from collections.abc import Mapping

from kequn.contracts.records import Record, Value
from kequn.testing.conformance.case import Group, Level, expect
from kequn.testing.conformance.subject import Subject
from kequn.testing.conformance.writing import Pen, same

group = Group(Level.WRITE)

URL = "https://kequn.test/webhooks/connection/echo"


@group.case("T60", "own writes that come back make no write")
async def echoes(subject: Subject) -> None:
    async with subject.stage(records=3) as stage:
        pen = await Pen.of(stage)
        reading = stage.line.reading()
        await reading.round()
        rings = stage.line.crm.capabilities.webhooks
        subscription = await stage.line.crm.subscribe(URL, None) if rings else None
        for object in pen.shared:
            change = pen.creation(object, await pen.fields(object, references=True))
            receipt = await pen.accepted(change)
            written = dict(change.fields)
            stage.settle()
            record = (await reading.round()).last(object, receipt.id)
            _check_echo(pen, object, written, record, receipt.version)
            assert record is not None
            if object in pen.updatable:
                stage.later()
                more: dict[str, Value] = {pen.soft(object): "echo 回声"}
                updated = await pen.accepted(pen.update(record, more))
                stage.settle()
                record = (await reading.round()).last(object, receipt.id)
                _check_echo(pen, object, written | more, record, updated.version)
            if subscription is not None:
                await stage.emulator.settle()
                for request in stage.door.take(subscription):
                    for name, id in (await pen.crm.read_webhook(request)).refs:
                        if (name, id) == (object, receipt.id):
                            fetched = await pen.read(object, id)
                            expect(record and fetched.fields == record.fields, f"{object}: the webhook leads elsewhere")


def _check_echo(
    pen: Pen, object: str, written: Mapping[str, Value], record: Record | None, version: int | None
) -> None:
    expect(record is not None, f"{object}: a record that kequn has written does not come back in its feed")
    assert record is not None
    wrong = same(pen.crm, object, written, record.fields)
    expect(not wrong, f"{object}: {', '.join(wrong)} come back otherwise than written: the sync would write for ever")
    expect(version is None or record.version >= version, f"{object}: the record comes back older than its receipt")
    sheet = pen.sheet(object)
    back = {name: value for name, value in record.fields.items() if name in sheet.writable}
    moved = same(pen.crm, object, back, record.fields)
    expect(not moved, f"{object}: writing {', '.join(moved)} as it was read would change it")
