"""Feeds, walked against the emulator: pages, cursors, deletions, and what may happen to the list meanwhile."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from kequn.contracts.errors import CrmError
from kequn.contracts.records import Kind, Ref
from tests.plugins.zoho.rig import Rig, opened

pytestmark = pytest.mark.anyio


def add(rig: Rig, count: int, **fields: Any) -> list[str]:
    return [rig.people.create("Contacts", {"Last_Name": f"Bado {at}", **fields}) for at in range(count)]


async def test_an_empty_organisation() -> None:
    rig = await opened()
    for feed in rig.crm.feeds():
        walked = await rig.walk(feed.name)
        assert (feed.name in {"users"}) == bool(walked.records)


async def test_feeds_come_in_the_order_of_reference() -> None:
    rig = await opened()
    assert [feed.name for feed in rig.crm.feeds()] == [
        *("users", "tiers", "tags", "accounts", "contacts", "taggings", "deals", "cases", "calls", "events", "tasks")
    ]


@pytest.mark.parametrize(("count", "requests"), [(1, 1), (200, 1), (201, 2), (400, 2)])
async def test_as_many_requests_as_pages(count: int, requests: int) -> None:
    rig = await opened()
    ids = add(rig, count)
    before = len(rig.emulator.requests)
    walked = await rig.walk("contacts")
    lists = [seen for seen in rig.emulator.requests[before:] if seen.path == "/crm/v8/Contacts"]
    assert Counter(walked.ids) == Counter(ids)
    assert len(lists) == requests


async def test_two_full_reads_are_equal() -> None:
    rig = await opened(records=300)
    assert (await rig.walk("contacts")).records == (await rig.walk("contacts")).records


async def test_the_next_walk_brings_what_changed() -> None:
    rig = await opened()
    old, edited, deleted = add(rig, 3)
    rig.later(600)
    cursor = (await rig.walk("contacts")).cursor
    rig.later(600)
    rig.people.edit("Contacts", edited, {"Title": "Miller"})
    rig.people.delete("Contacts", deleted)
    (new,) = add(rig, 1)
    walked = await rig.walk("contacts", cursor)
    assert sorted(set(walked.ids) - {old}) == sorted([edited, new])
    assert [gone.id for gone in walked.gone] == [deleted]
    assert walked.gone[0].version == int(rig.clock.now().timestamp())


async def test_changes_within_the_second_of_the_cursor_are_not_missed() -> None:
    rig = await opened()
    (first,) = add(rig, 1)
    cursor = (await rig.walk("contacts")).cursor
    (second,) = add(rig, 1)
    rig.people.delete("Contacts", first)
    walked = await rig.walk("contacts", cursor)
    assert walked.ids == [second]
    assert [gone.id for gone in walked.gone] == [first]


async def test_deletions_are_told_again_only_within_the_overlap() -> None:
    rig = await opened()
    first, second = add(rig, 2)
    rig.people.delete("Contacts", first)
    cursor = (await rig.walk("contacts")).cursor
    rig.later(3600)
    rig.people.delete("Contacts", second)
    walked = await rig.walk("contacts", cursor)
    rig.later(3600)
    again = await rig.walk("contacts", walked.cursor)
    assert {gone.id for gone in walked.gone} == {first, second}
    assert {gone.id for gone in again.gone} == {second}


async def test_more_deletions_than_one_page() -> None:
    rig = await opened()
    ids = add(rig, 250)
    cursor = (await rig.walk("contacts")).cursor
    for id in ids:
        rig.people.delete("Contacts", id)
    assert {gone.id for gone in (await rig.walk("contacts", cursor)).gone} == set(ids)


async def test_more_deletions_than_zoho_lists_are_told_and_stop_nothing() -> None:
    rig = await opened()
    cursor = (await rig.walk("contacts")).cursor
    for id in add(rig, 2001):
        rig.people.delete("Contacts", id)
    (new,) = add(rig, 1)
    walked = await rig.walk("contacts", cursor)
    assert (len(walked.gone), walked.ids) == (2000, [new])
    assert ["2000 deletions" in problem.message for problem in walked.problems] == [True]
    assert (await rig.walk("contacts", walked.cursor)).ids == [new]


async def test_a_cursor_in_the_future_yields_nothing_and_stays() -> None:
    rig = await opened(records=5)
    future = int(rig.clock.now().timestamp()) + 10**6
    cursor = {"stage": "list", "from": future, "high": future, "gone": future}
    walked = await rig.walk("contacts", cursor)
    assert (walked.records, walked.gone) == ([], [])
    assert walked.cursor is not None
    assert (walked.cursor["high"], walked.cursor["gone"]) == (future, future)


async def test_a_list_that_changes_while_it_is_read() -> None:
    rig = await opened()
    ids = add(rig, 450)
    rig.later(10)
    page = await rig.crm.pull("contacts", None)
    rig.people.edit("Contacts", page.records[0].id, {"Title": "Miller"})
    rig.people.delete("Contacts", page.records[1].id)
    (new,) = add(rig, 1)
    rest = await rig.walk("contacts", page.next_cursor)
    assert {record.id for record in page.records} | set(rest.ids) == {*ids, new}
    assert page.records[0].id in rest.ids
    following = await rig.walk("contacts", rest.cursor)
    assert [gone.id for gone in following.gone] == [page.records[1].id]


@pytest.mark.parametrize("fault", ["page_token_expired", "token_expired", "changed_page_size"])
async def test_a_walk_goes_on_after(fault: str) -> None:
    rig = await opened()
    ids = add(rig, 450)
    page = await rig.crm.pull("contacts", None)
    rig.later(10)
    rig.emulator.faults.script(fault)
    rest = await rig.walk("contacts", page.next_cursor)
    assert {record.id for record in page.records} | set(rest.ids) == set(ids)


async def test_a_page_token_a_day_later() -> None:
    rig = await opened()
    ids = add(rig, 450)
    page = await rig.crm.pull("contacts", None)
    rig.later(25 * 3600)
    rest = await rig.walk("contacts", page.next_cursor)
    assert {record.id for record in page.records} | set(rest.ids) == set(ids)


async def test_more_fields_than_one_request_names() -> None:
    rig = await opened()
    names = [rig.people.add_field("Contacts", f"Custom {at}", "text") for at in range(90)]
    await rig.crm.describe()
    add(rig, 150, **dict.fromkeys(names, "x"))
    walked = await rig.walk("contacts")
    assert dict.fromkeys(names, "x").items() <= walked.records[149].extra.items()
    assert len(walked.records) == 150


async def test_a_record_that_vanishes_between_two_parts_of_it_is_left_out() -> None:
    rig = await opened()
    for at in range(60):
        rig.people.add_field("Contacts", f"Custom {at}", "text")
    await rig.crm.describe()
    kept, lost = add(rig, 2)

    async def delete(method: str, path: str) -> None:
        if len([seen for seen in rig.emulator.requests if seen.path == "/crm/v8/Contacts"]) == 1:
            rig.emulator.faults.before(None)
            rig.people.delete("Contacts", lost)

    rig.emulator.faults.before(delete)
    walked = await rig.walk("contacts")
    assert walked.ids == [kept]
    assert [gone.id for gone in (await rig.walk("contacts", walked.cursor)).gone] == [lost]


async def test_contacts_carry_the_roster_of_their_tags() -> None:
    rig = await opened()
    (id,) = add(rig, 1, Tag=[{"name": "vip"}, {"name": "beta"}])
    walked = await rig.walk("contacts")
    tags = {record.fields["name"]: record.id for record in (await rig.walk("tags")).records}
    (roster,) = walked.rosters
    assert roster.owner == Ref(Kind.CUSTOMER, "Contacts", id)
    assert {member.id for member in roster.members} == {f"{id}|{tags['vip']}", f"{id}|{tags['beta']}"}
    assert roster.members[0].fields["group"] == Ref(Kind.GROUP, "Tags", roster.members[0].id.partition("|")[2])


async def test_the_sweep_sees_tags_that_no_list_of_changes_shows() -> None:
    rig = await opened(knobs={"tag_bumps_time": False})
    add(rig, 1)
    id = (await rig.walk("contacts")).ids[0]
    cursor = (await rig.walk("contacts")).cursor
    rig.later(3600)
    await rig.crm.open()
    rig.people.edit("Contacts", id, {"Tag": [{"name": "vip"}]})
    rosters = (await rig.walk("taggings")).rosters
    assert [len(roster.members) for roster in rosters] == [1]
    assert {len(roster.members) for roster in (await rig.walk("contacts", cursor)).rosters} <= {1}


async def test_each_round_sweeps_a_page_and_one_that_takes_too_long_is_read_to_its_end() -> None:
    rig = await opened(tag_sweep_minutes=60)
    add(rig, 450)
    swept = [await rig.walk("taggings")]
    for minutes in (1, 1, 1, 1, 70):
        rig.later(60 * minutes)
        swept.append(await rig.walk("taggings", swept[-1].cursor))
    assert [len(one.rosters) for one in swept] == [450, 200, 200, 50, 200, 250]


async def test_a_sweep_whose_page_token_has_died_begins_anew() -> None:
    rig = await opened(tag_sweep_minutes=10_000)
    add(rig, 450)
    first = await rig.walk("taggings")
    begun = await rig.walk("taggings", first.cursor)
    rig.later(25 * 3600)
    again = await rig.walk("taggings", begun.cursor)
    assert [one.owner for one in again.rosters] == [one.owner for one in begun.rosters]


async def test_a_sweep_of_more_contacts_than_page_tokens_lead_through() -> None:
    rig = await opened(tag_sweep_minutes=10, knobs={"page_limit": 200})
    for _ in range(3):
        add(rig, 150)
        rig.later(600)
    swept = await rig.walk("taggings")
    assert {one.owner.id for one in swept.rosters} == set(rig.people.read("Contacts"))


async def test_a_value_that_is_no_option_is_a_tier_all_the_same() -> None:
    rig = await opened(records=3)
    rig.people.create("Contacts", {"Last_Name": "Bado", "Customer_Tier": "Platinum"})
    walked = await rig.walk("contacts")
    tiers = [record for record in walked.records if record.kind is Kind.TIER]
    assert [(tier.id, tier.fields["name"]) for tier in tiers] == [("Platinum", "Platinum")]
    assert [(problem.object, problem.id) for problem in walked.problems] == [("Tiers", "Platinum")]
    (found,) = await rig.crm.fetch("Tiers", ["Platinum"])
    assert found == tiers[0]


async def test_a_new_option_is_a_tier_at_the_next_scan() -> None:
    rig = await opened(records=3)
    rig.people.add_option("Contacts", "Customer_Tier", "Platinum")
    assert "Platinum" in (await rig.walk("tiers")).ids


async def test_a_field_that_vanishes_is_told_and_the_others_go_on() -> None:
    rig = await opened(fields={"Contacts": {"Wishes": "needs"}})
    assert [problem.field for problem in rig.crm._organisation.problems] == ["needs"]
    rig.people.add_field("Contacts", "Wishes", "text")
    await rig.reopen()
    add(rig, 1, Wishes="tea", Title="Miller")
    rig.people.remove_field("Contacts", "Wishes")
    (record,) = (await rig.walk("contacts")).records
    assert record.fields["occupation"] == "Miller"
    assert "needs" not in record.fields
    (contacts,) = [schema for schema in await rig.crm.describe() if schema.name == "Contacts"]
    assert [problem.field for problem in contacts.problems] == ["needs"]


async def test_rich_text_is_neither_mapped_nor_extra() -> None:
    """Lists show its first 500 characters: the rest would be taken for deleted."""
    rig = Rig(fields={"Contacts": {"Wishes": "needs"}})
    rig.people.add_field("Contacts", "Wishes", "textarea", length=50_000)
    await rig.reopen()
    add(rig, 1, Wishes="tea " * 200)
    (record,) = (await rig.walk("contacts")).records
    assert "needs" not in record.fields
    assert "Wishes" not in record.extra
    (problem,) = rig.crm._organisation.problems
    assert (problem.field, "is rich text" in problem.message) == ("needs", True)


async def test_a_chinese_label_and_every_type_of_custom_field() -> None:
    custom = {"Wishes": "needs", "Hobbies": "interests", "Language": "language"}
    rig = Rig(fields={"Contacts": custom})
    rig.people.add_field("Contacts", "Wishes", "textarea")
    rig.people.add_field("Contacts", "Hobbies", "multiselectpicklist", options=("tea", "go"))
    rig.people.add_field("Contacts", "Language", "picklist", options=("zh", "en"))
    label = rig.people.add_field("Contacts", "客户标签", "text")
    await rig.reopen()
    add(rig, 1, Wishes="quiet\nroom", Hobbies=["tea", "go"], Language="zh", **{label: "好"})
    (record,) = (await rig.walk("contacts")).records
    assert {name: record.fields[name] for name in custom.values()} == {
        "needs": "quiet\nroom",
        "interests": frozenset({"tea", "go"}),
        "language": "zh",
    }
    assert record.extra == {label: "好"}


async def test_extra_may_be_left_out() -> None:
    rig = await opened(extra_exclude=["Department"])
    add(rig, 1, Department="Mill", Fax="1")
    (record,) = (await rig.walk("contacts")).records
    assert record.extra == {"Fax": "1"}


async def test_the_other_phone_is_extra() -> None:
    rig = await opened()
    add(rig, 1, Phone="222")
    add(rig, 1, Mobile="111", Phone="222")
    first, second = (await rig.walk("contacts")).records
    assert (first.fields["phone"], first.extra) == ("222", {})
    assert (second.fields["phone"], second.extra) == ("111", {"Phone": "222"})


async def test_a_broken_record_is_told_and_the_others_go_on() -> None:
    rig = await opened()
    kept, broken = add(rig, 2)
    rows = rig.emulator.org.modules["Contacts"].table
    rows.put(broken, {**rows.rows[broken], "Last_Name": None})
    walked = await rig.walk("contacts")
    assert walked.ids == [kept]
    assert [(problem.id, problem.field) for problem in walked.problems] == [(broken, "Last_Name")]
    assert list(await rig.crm.fetch("Contacts", [broken])) == []


async def test_deals_are_purchases_once_they_are_won() -> None:
    rig = await opened(won_stages=["Closed Won", "Paid"])
    for stage in ("Closed Won", "Paid", "Qualification"):
        rig.people.create("Deals", {"Deal_Name": stage, "Stage": stage, "Closing_Date": "2026-01-06"})
    won = (await rig.walk("deals")).records
    assert [record.fields["status"] for record in won] == ["Closed Won", "Paid"]
    assert all(record.fields["paid_at"] is not None for record in won)


async def test_all_deals_on_demand() -> None:
    rig = await opened(all_deals=True)
    rig.people.create("Deals", {"Deal_Name": "Mill", "Stage": "Qualification", "Closing_Date": "2026-01-06"})
    (deal,) = (await rig.walk("deals")).records
    assert deal.fields["paid_at"] is None
    assert deal.fields["ordered_at"] is not None


async def test_a_deal_that_is_no_longer_won_is_fetched_as_it_is() -> None:
    rig = await opened()
    id = rig.people.create("Deals", {"Deal_Name": "Mill", "Stage": "Closed Won", "Closing_Date": "2026-01-06"})
    rig.people.edit("Deals", id, {"Stage": "Closed Lost"})
    record = await rig.record("Deals", id)
    assert (record.fields["status"], record.fields["paid_at"]) == ("Closed Lost", None)


async def test_sales_orders_with_their_lines() -> None:
    rig = await opened(sales_orders=True, lines=True)
    product = rig.people.create("Products", {"Product_Name": "Tea"})
    items = [{"Product_Name": {"id": product}, "Quantity": 2, "List_Price": 3.5}]
    rig.people.create("Sales_Orders", {"Subject": "Order", "Status": "Created", "Ordered_Items": items})
    (order,) = (await rig.walk("sales_orders")).records
    lines = order.fields["lines"]
    assert isinstance(lines, tuple)
    assert [(line.product, line.quantity) for line in lines] == [("Tea", Decimal(2))]


async def test_notes_of_customers_alone() -> None:
    rig = await opened(notes=True, knobs={"admin": True})
    (contact,) = add(rig, 1)
    case = rig.people.create("Cases", {"Subject": "Slow", "Status": "New", "Case_Origin": "Web"})
    for module, parent in (("Contacts", contact), ("Cases", case)):
        on = {"module": {"api_name": module}, "id": parent}
        rig.people.create("Notes", {"Note_Content": "first line\nsecond", "Parent_Id": on})
    (note,) = (await rig.walk("notes")).records
    assert note.fields["subject"] == "first line"
    assert note.fields["customer"] == Ref(Kind.CUSTOMER, "Contacts", contact)


async def test_notes_that_are_not_allowed_stop_nothing_else() -> None:
    rig = await opened(notes=True, records=3)
    with pytest.raises(CrmError):
        await rig.walk("notes")
    assert len((await rig.walk("contacts")).records) == 3
    assert [problem.object for problem in await rig.crm.check()] == ["Notes"]


async def test_an_activity_of_an_organisation() -> None:
    rig = await opened()
    account = rig.people.create("Accounts", {"Account_Name": "Mill"})
    about = {"What_Id": {"id": account}, "$se_module": "Accounts"}
    rig.people.create("Tasks", {"Subject": "Visit", "Due_Date": "2026-01-07", **about})
    (task,) = (await rig.walk("tasks")).records
    assert task.fields["customer"] == Ref(Kind.CUSTOMER, "Accounts", account)


async def test_memory_of_young_records_is_bounded() -> None:
    rig = await opened()
    for _ in range(12):
        add(rig, 200)
        rig.later(300)
        await rig.walk("contacts")
    assert len(rig.crm._fresh._seen) <= 1000
