"""When feedback was given: Fxiaoke says when a case was made, which is that of cases that people there entered. So with
interactions, whose time the settings leave to it."""

from typing import Any

import pytest

from kequn.contracts.records import Kind
from tests.plugins.fxiaoke.rig import opened

pytestmark = pytest.mark.anyio
PLAIN: dict[str, Any] = {"fields": {}, "options": {}}


@pytest.mark.parametrize(("object", "kind"), [("CasesObj", Kind.FEEDBACK), ("ActiveRecordObj", Kind.INTERACTION)])
async def test_it_was_given_when_it_was_entered_unless_kequn_did(object: str, kind: Kind) -> None:
    rig = await opened(**PLAIN)
    given = rig.clock.now()
    id = rig.people.create(object, {"name": "Slow"})
    rig.later(3600)
    rig.people.edit(object, id, {"name": "Very slow"})
    made = await rig.create(kind, object, "row_1", subject="Sent")
    records = {record.id: record for record in (await rig.walk(object)).records}
    assert records[id].fields["happened_at"] == given
    assert records[made.id].reference == "row_1"
    assert "happened_at" not in records[made.id].fields


async def test_fxiaoke_alone_says_when_a_case_was_made() -> None:
    rig = await opened()
    can = rig.crm.capabilities.objects["CasesObj"]
    assert "happened_at" in can.fields - can.writable
