"""When feedback was given: Zoho says when a case was made, which is that of cases that people there entered."""

import pytest

from kequn.contracts.records import Kind
from tests.plugins.zoho.rig import opened

pytestmark = pytest.mark.anyio


async def test_a_case_was_given_when_it_was_entered() -> None:
    rig = await opened()
    given = rig.clock.now().replace(microsecond=0)
    case = rig.people.create("Cases", {"Subject": "Slow", "Status": "New", "Case_Origin": "Web"})
    rig.later(3600)
    rig.people.edit("Cases", case, {"Status": "Closed"})
    (record,) = (await rig.walk("cases")).records
    assert record.fields["happened_at"] == given
    assert "Created_Time" not in record.extra


async def test_a_case_that_kequn_made_does_not_say_when_it_was_given() -> None:
    rig = await opened()
    made = await rig.create(Kind.FEEDBACK, "Cases", "fbk_1", subject="Slow")
    (record,) = (await rig.walk("cases")).records
    assert record.reference == "fbk_1"
    assert "happened_at" not in record.fields
    assert "happened_at" not in (await rig.record("Cases", made.id)).fields


async def test_zoho_alone_says_when_a_case_was_made() -> None:
    rig = await opened()
    can = rig.crm.capabilities.objects["Cases"]
    assert "happened_at" in can.fields - can.writable
