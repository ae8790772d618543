"""When feedback was given: as the form says; without a widget for it, when the record was entered by people there."""

from datetime import UTC, datetime

import pytest

from kequn.contracts.records import Kind
from tests.plugins.jiandaoyun.rig import Rig, opened

pytestmark = pytest.mark.anyio
GIVEN = datetime(2021, 3, 4, 5, 6, tzinfo=UTC)


async def without_a_widget() -> Rig:
    rig = Rig()
    fields = {name: widget for name, widget in rig.base["forms"]["feedback"]["fields"].items() if name != "happened_at"}
    rig.connect(forms=rig.forms(feedback={"fields": fields}))
    await rig.crm.open()
    return rig


async def test_the_widget_says_when() -> None:
    rig = await opened()
    made = await rig.created(Kind.FEEDBACK, "fbk_1", subject="慢", happened_at=GIVEN)
    (record,) = (await rig.walk("feedback")).records
    assert (record.id, record.fields["happened_at"]) == (made.id, GIVEN)


async def test_without_a_widget_it_was_given_when_it_was_entered_unless_kequn_did() -> None:
    rig = await without_a_widget()
    given = rig.clock.now()
    id = rig.people.create("feedback", {"subject": "慢"})
    rig.later(3600)
    rig.people.edit("feedback", id, {"subject": "很慢"})
    made = await rig.created(Kind.FEEDBACK, "fbk_1", subject="寄")
    records = {record.id: record for record in (await rig.walk("feedback")).records}
    assert records[id].fields["happened_at"] == given
    assert "happened_at" not in records[made.id].fields
    can = rig.crm.capabilities.objects["feedback"]
    assert "happened_at" in can.fields - can.writable
