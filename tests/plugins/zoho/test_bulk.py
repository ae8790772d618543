"""A first load by bulk read: the same records as the list brings, resumable, and nothing lost behind it."""

import pytest

from kequn.contracts.errors import RetryLater
from tests.plugins.zoho.rig import Rig, opened

pytestmark = pytest.mark.anyio


def exports(rig: Rig) -> int:
    return sum(seen.path == "/crm/bulk/v8/read" for seen in rig.emulator.requests)


async def test_an_export_brings_what_the_list_brings() -> None:
    rig = await opened(records=120, bulk_threshold=100)
    exported = await rig.walk("contacts")
    assert exports(rig) == 1
    await rig.reopen(bulk_threshold=5000)
    listed = await rig.walk("contacts")
    assert {record.id: dict(record.fields) for record in exported.records} == {
        record.id: dict(record.fields) for record in listed.records
    }
    assert {record.id: record.version for record in exported.records} == {
        record.id: record.version for record in listed.records
    }


async def test_few_records_are_listed() -> None:
    rig = await opened(records=100, bulk_threshold=100)
    await rig.walk("contacts")
    assert exports(rig) == 0


async def test_what_changes_meanwhile_is_found_behind_it() -> None:
    rig = await opened(records=120, bulk_threshold=100)
    page = await rig.crm.pull("contacts", None)
    edited, deleted = list(rig.people.read("Contacts"))[:2]
    page = await rig.crm.pull("contacts", page.next_cursor)
    rig.people.edit("Contacts", edited, {"Title": "Miller"})
    rig.people.delete("Contacts", deleted)
    rest = await rig.walk("contacts", page.next_cursor)
    assert [record.fields["occupation"] for record in rest.records if record.id == edited][-1] == "Miller"
    assert deleted in [gone.id for gone in rest.gone]


async def test_a_restart_goes_on_where_it_was() -> None:
    rig = await opened(records=2500, bulk_threshold=1000)
    start = await rig.crm.pull("contacts", None)
    first = await rig.crm.pull("contacts", start.next_cursor)
    await rig.reopen(bulk_threshold=1000)
    rest = await rig.walk("contacts", first.next_cursor)
    assert len(first.records) == 1000
    assert {record.id for record in first.records} | set(rest.ids) == set(rig.people.read("Contacts"))
    assert exports(rig) == 1


async def test_an_export_that_zoho_has_thrown_away_is_made_again() -> None:
    rig = await opened(records=120, bulk_threshold=100)
    start = await rig.crm.pull("contacts", None)
    assert start.next_cursor is not None
    rest = await rig.walk("contacts", {**start.next_cursor, "job": "554023000000999999"})
    assert len(set(rest.ids)) == 120
    assert exports(rig) == 2


async def test_an_export_of_several_pages() -> None:
    rig = await opened(records=120, bulk_threshold=100, knobs={"bulk_page": 50})
    assert len(set((await rig.walk("contacts")).ids)) == 120
    assert exports(rig) == 3


async def test_the_tags_come_with_the_sweep() -> None:
    rig = await opened(records=120, bulk_threshold=100)
    assert len((await rig.walk("contacts")).rosters) < 5  # of the latest changes, which are listed
    assert len((await rig.walk("taggings")).rosters) == 120


async def test_a_job_that_never_ends_is_left_for_later() -> None:
    rig = await opened(records=120, bulk_threshold=100, knobs={"bulk_seconds": 1e6})
    start = await rig.crm.pull("contacts", None)
    with pytest.raises(RetryLater):
        await rig.crm.pull("contacts", start.next_cursor)
