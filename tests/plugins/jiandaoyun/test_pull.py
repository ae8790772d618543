"""Feeds, walked against the emulator: pages, what is remembered between walks, and how changes and deletions are
found."""

from typing import Any

import pytest

from kequn.contracts.crm import Walk
from kequn.contracts.errors import BadSettings, NeedsLogin, Rejected
from kequn.contracts.manifest import validate
from kequn.contracts.records import Gone, Kind, Record, Ref
from plugins.jiandaoyun import MANIFEST
from plugins.jiandaoyun.adapter.options import read_options
from plugins.jiandaoyun.emulator.forms import Widget
from tests.plugins.jiandaoyun.rig import Rig, opened

pytestmark = pytest.mark.anyio

HOUR = 3600.0


def add(rig: Rig, name: str = "甲", **more: Any) -> str:
    return str(rig.people.create("customer", {"name": name, "type": "个人", **more}))


async def first(**parts: Any) -> tuple[Rig, list[str], Any]:
    """Three customers, an hour old, and the cursor of a first walk."""
    rig = Rig(**parts)
    ids = [add(rig, name) for name in "甲乙丙"]
    rig.later(HOUR)
    await rig.crm.open()
    walked = await rig.walk()
    rig.later(HOUR)
    return rig, ids, walked.cursor


async def test_feeds_are_scans_in_the_order_of_references() -> None:
    rig = await opened()
    feeds = rig.crm.feeds()
    names = ["staff", "tier", "group", "customer", "purchase", "interaction", "feedback", "membership"]
    assert [feed.name for feed in feeds] == [feed.object for feed in feeds] == names
    assert {feed.walk for feed in feeds} == {Walk.SCAN}


async def test_a_form_is_listed_in_pages_of_a_hundred() -> None:
    rig = await opened()
    ids = [add(rig, str(number)) for number in range(205)]
    walked = await rig.walk()
    assert (walked.ids, walked.pages, walked.partial) == (ids, 3, False)
    assert rig.calls()[-3:] == ["data/list"] * 3


async def test_a_record_is_translated() -> None:
    rig = await opened()
    tier = rig.people.create("tier", {"name": "VIP", "rank": 2})
    id = add(
        rig, "王一", kq_id="cus_1", email="a@example.com", phone={"phone": "13800000000"}, tier_ref=tier, type="组织",
        owner="jdy-abc", birthday="1990-05-01", interests=["茶", "书"], opted_out="否", score=4, tags=["A"],
        address={"city": "上海", "district": "徐汇区"},
    )  # fmt: skip
    (record,) = (await rig.walk()).records
    assert (record.id, record.kind, record.reference) == (id, Kind.CUSTOMER, "cus_1")
    assert record.version == 1767603600000
    shown = {name: value for name, value in record.fields.items() if value not in (None, frozenset())}
    assert {name: str(value) for name, value in shown.items() if name in ("birthday", "opted_out")} == {
        "birthday": "1990-05-01", "opted_out": "False",
    }  # fmt: skip
    assert (shown["type"], shown["city"], shown["phone"]) == ("organisation", "上海", "13800000000")
    assert shown["tier"] == Ref(Kind.TIER, "tier", tier)
    assert shown["owner"] == Ref(Kind.STAFF, "staff", "jdy-abc")
    assert shown["interests"] == frozenset({"茶", "书"})
    assert record.extra == {"score": 4, "tags": ["A"], "address": {"district": "徐汇区"}}


async def test_a_purchase_with_lines_is_translated() -> None:
    rig = await opened(records=9)
    records = (await rig.walk("purchase")).records
    assert len(records) == 3
    lines = records[0].fields["lines"]
    assert isinstance(lines, tuple)
    assert all(line.product and line.amount and line.amount.currency == "CNY" for line in lines)


async def test_members_are_staff() -> None:
    rig = await opened()
    walked = await rig.walk("staff")
    shown = {record.id: (record.fields["name"], record.fields["department"]) for record in walked.records}
    assert shown["jdy-abc"] == ("小简", "总部")
    assert shown["jdy-qiuxing"] == ("秋星", "客服部")
    rig.people.delete("staff", "jdy-nanmu")
    assert "jdy-nanmu" not in (await rig.walk("staff")).ids
    left, nobody = await rig.crm.fetch("staff", ["jdy-nanmu", "jdy-nobody"])
    assert not isinstance(left, Gone)
    assert isinstance(nobody, Gone)
    assert (await rig.record("staff", "jdy-nanmu")).fields["active"] is False


async def test_the_settings_know_the_addresses_of_members() -> None:
    rig = await opened(staff_emails={"jdy-abc": "jian@example.com"})
    assert "jian@" not in repr(read_options(validate(MANIFEST, rig.base)))
    emails = {record.id: record.fields.get("email") for record in (await rig.walk("staff")).records}
    assert emails["jdy-abc"] == (await rig.record("staff", "jdy-abc")).fields["email"] == "jian@example.com"
    assert "email" not in (await rig.record("staff", "jdy-nanmu")).fields
    with pytest.raises(BadSettings, match="jdy-abc") as error:
        rig.connect(staff_emails={"jdy-abc": "138"})
    assert "138" not in error.value.message


async def test_staff_may_be_left_out() -> None:
    rig = await opened(staff_department=0)
    assert "staff" not in rig.crm.capabilities.objects
    assert next(feed.name for feed in rig.crm.feeds()) == "tier"


# -- scan --------------------------------------------------------------------------------------------------------------


async def test_nothing_is_listed_where_nothing_has_changed() -> None:
    rig, _, cursor = await first()
    seen = len(rig.emulator.requests)
    walked = await rig.walk(cursor=cursor)
    assert (walked.records, walked.partial, walked.cursor) == ([], True, cursor)
    assert rig.calls(seen) == ["widget/list"]


async def test_the_look_at_opening_serves_the_first_walk() -> None:
    rig, _, cursor = await first()
    rig.connect()
    seen = len(rig.emulator.requests)
    await rig.crm.open()
    await rig.walk(cursor=cursor)
    assert rig.calls(seen) == ["widget/list"] * 7


@pytest.mark.parametrize("act", ["edit", "create", "delete"])
async def test_everything_is_listed_once_something_has_changed(act: str) -> None:
    rig, ids, cursor = await first()
    if act == "edit":
        rig.people.edit("customer", ids[0], {"name": "丁"})
    elif act == "create":
        ids.append(add(rig, "丁"))
    else:
        rig.people.delete("customer", ids.pop(0))
    walked = await rig.walk(cursor=cursor)
    assert (walked.ids, walked.partial) == (ids, False)


async def test_everything_is_listed_after_some_hours() -> None:
    rig, ids, cursor = await first(knobs={"api_moves_modify_time": False})
    rig.connect()
    await rig.crm.open()
    await rig.created(Kind.CUSTOMER, "cus_9", name="quiet")
    assert (await rig.walk(cursor=cursor)).ids == []
    rig.later(6 * HOUR)
    assert len((await rig.walk(cursor=cursor)).ids) == len(ids) + 1


async def test_a_change_in_the_millisecond_of_the_look_is_not_missed() -> None:
    rig = await opened(rate=1_000_000)
    id = add(rig)
    cursor = (await rig.walk()).cursor
    walked = await rig.walk(cursor=cursor)
    rig.people.edit("customer", id, {"name": "乙"})
    walked = await rig.walk(cursor=walked.cursor)
    assert [record.fields["name"] for record in walked.records] == ["乙"]


async def test_where_jiandaoyun_tells_no_time_a_change_is_listed_twice() -> None:
    """Without a Date nobody knows whether the last change is old enough: our own clock tells by the next walk."""
    rig, ids, cursor = await first()
    before = {**cursor, "sure": False}
    walked = await rig.walk(cursor=before)
    assert (walked.ids, walked.cursor and walked.cursor["sure"]) == (ids, True)


async def test_a_walk_goes_on_in_another_process() -> None:
    rig = await opened()
    ids = [add(rig, str(number)) for number in range(150)]
    page = await rig.crm.pull("customer", None)
    assert not page.complete
    rig.connect()
    await rig.crm.open()
    assert (await rig.walk(cursor=page.next_cursor)).ids == ids[100:]


# -- filter ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("knob", "mode", "asked"),
    [("error", "scan", 1), ("ignored", "scan", 2), ("day", "days", 3), ("exact", "filter", 3)],
)
async def test_how_changes_are_found_is_tried_once(knob: str, mode: str, asked: int) -> None:
    rig, ids, cursor = await first(knobs={"update_filter": knob})
    rig.people.edit("customer", ids[1], {"name": "丁"})
    seen = len(rig.emulator.requests)
    walked = await rig.walk(cursor=cursor)
    assert walked.cursor is not None
    assert walked.cursor["mode"] == mode
    assert rig.calls(seen) == ["widget/list"] + ["data/list"] * (asked + 1)
    rig.later(HOUR)
    rig.people.edit("customer", ids[1], {"name": "戊"})
    seen = len(rig.emulator.requests)
    again = await rig.walk(cursor=walked.cursor)
    assert rig.calls(seen) == ["widget/list", "data/list"]
    assert (again.ids, again.partial) == (ids if mode != "filter" else [ids[1]], mode != "scan")


async def test_changes_at_the_end_of_a_quarter_of_an_hour_look_like_days() -> None:
    """A second later another day might have begun."""
    rig, ids, cursor = await first(knobs={"update_filter": "exact"})
    rig.later(-rig.clock.now().timestamp() % 900 + 900 - 0.5)
    rig.people.edit("customer", ids[0], {"name": "丁"})
    walked = await rig.walk(cursor=cursor)
    assert walked.cursor is not None
    assert walked.cursor["mode"] == "days"


async def filtering() -> tuple[Rig, list[str], Any]:
    rig, ids, cursor = await first(knobs={"update_filter": "exact"})
    rig.people.edit("customer", ids[0], {"name": "丁"})
    cursor = (await rig.walk(cursor=cursor)).cursor
    rig.later(HOUR)
    return rig, ids, cursor


async def test_a_filtered_walk_overlaps_and_does_not_move_back() -> None:
    rig, ids, cursor = await filtering()
    rig.people.edit("customer", ids[2], {"name": "戊"})
    walked = await rig.walk(cursor=cursor)
    assert walked.ids == [ids[0], ids[2]]  # from the last change that was known before
    walked = await rig.walk(cursor=walked.cursor)
    assert walked.ids == [ids[2]]
    rig.later(HOUR)
    fresh = add(rig, "己")
    walked = await rig.walk(cursor=walked.cursor)
    assert (await rig.walk(cursor=walked.cursor)).ids == [fresh]


async def test_what_changes_during_a_filtered_walk_comes_with_the_next() -> None:
    rig, _, cursor = await filtering()
    ids = [add(rig, str(number)) for number in range(150)]
    page = await rig.crm.pull("customer", cursor)
    rig.later(1000)
    rig.people.edit("customer", ids[0], {"name": "during"})
    rig.later(1000)
    rig.people.edit("customer", ids[149], {"name": "at the end"})
    walked = await rig.walk(cursor=page.next_cursor)
    assert walked.ids[-1] == ids[149]
    assert ids[0] in (await rig.walk(cursor=walked.cursor)).ids


async def test_a_deletion_shows_as_a_change_that_no_record_says() -> None:
    rig, ids, cursor = await filtering()
    rig.people.delete("customer", ids[1])
    walked = await rig.walk(cursor=cursor)
    assert (set(walked.ids), walked.partial) == ({ids[0], ids[2]}, False)


async def test_api_writes_are_seen_where_they_move_no_mark() -> None:
    rig, ids, cursor = await filtering()
    rig.emulator.company.knobs = type(rig.emulator.company.knobs)(update_filter="exact", api_moves_modify_time=False)
    await rig.created(Kind.CUSTOMER, "cus_9", name="quiet")
    for _ in range(3):
        rig.later(HOUR)
        walked = await rig.walk(cursor=cursor)
        cursor = walked.cursor
    assert len(walked.ids) == 1  # the latest change that is known, and no more
    assert walked.ids[0] not in ids


# -- by id, and what cannot be read ------------------------------------------------------------------------------------


async def test_records_are_fetched_a_hundred_at_a_time() -> None:
    rig = await opened()
    ids = [add(rig, str(number)) for number in range(120)]
    seen = len(rig.emulator.requests)
    assert {one.id for one in await rig.crm.fetch("customer", ids) if isinstance(one, Record)} == set(ids)
    assert rig.calls(seen) == ["data/list"] * 2


async def test_a_record_that_is_not_listed_is_asked_for_alone() -> None:
    rig = await opened()
    id = add(rig)
    rig.people.delete("customer", id)
    assert await rig.crm.fetch("customer", [id, "nowhere"]) == [
        Gone(Kind.CUSTOMER, "customer", id, 0), Gone(Kind.CUSTOMER, "customer", "nowhere", 0),
    ]  # fmt: skip
    rig.people.restore("customer", id)
    rig.faults.script("stale_read")  # a replica that lags
    assert (await rig.record("customer", id)).fields["name"] == "甲"


async def test_what_a_filter_brings_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jiandaoyun overlooks conditions that it does not understand."""
    rig = await opened()
    ids = [add(rig, "甲", kq_id="cus_1"), add(rig, "乙", kq_id="cus_2")]
    monkeypatch.setattr("plugins.jiandaoyun.emulator.data.read_filter", lambda *given: lambda row: True)
    assert [record.id for record in await rig.crm.find("customer", ["cus_2"])] == [ids[1]]
    assert [one.id for one in await rig.crm.fetch("customer", [ids[0]]) if isinstance(one, Record)] == [ids[0]]


async def test_a_membership_without_a_group_is_told() -> None:
    rig = await opened()
    id = rig.people.create("membership", {"customer_ref": add(rig)})
    walked = await rig.walk("membership")
    assert [(problem.id, problem.field) for problem in walked.problems] == [(id, "group_ref")]
    assert await rig.crm.fetch("membership", [id]) == []
    assert rig.log.seen[-1] == ("jiandaoyun.unreadable", {"object": "membership", "id": id, "field": "group_ref"})


async def test_an_option_without_a_word_is_told_and_kept() -> None:
    rig = await opened()
    add(rig, type="其他", opted_out="也许")
    walked = await rig.walk()
    assert sorted(str(problem.field) for problem in walked.problems) == ["opted_out", "type"]
    (record,) = walked.records
    assert (record.fields["type"], record.fields["opted_out"]) == ("person", None)
    assert record.extra == {"type": "其他", "opted_out": "也许"}


async def test_a_reference_by_kequn_id_alone_is_resolved() -> None:
    rig = await opened()
    customer = add(rig, kq_id="cus_1")
    rig.people.create("feedback", {"subject": "一", "customer_kq_id": "cus_1"})
    rig.people.create("feedback", {"subject": "二", "customer_kq_id": "cus_unknown"})
    seen = len(rig.emulator.requests)
    one, other = (await rig.walk("feedback")).records
    assert one.fields["customer"] == Ref(Kind.CUSTOMER, "customer", customer)
    assert other.fields["customer"] is None
    assert rig.calls(seen) == ["data/list", "data/list"]


async def test_addresses_of_files_are_not_kept() -> None:
    rig = await opened()
    rig.people.add_widget("customer", Widget("_widget_9", "照片", "signature", "photo"))
    add(rig, photo={"name": "a.png", "size": 3, "mime": "image/png", "url": "http://jdy.test/a?e=1"})
    await rig.crm.describe()
    (record,) = (await rig.walk()).records
    assert record.extra == {"photo": {"name": "a.png", "size": 3, "mime": "image/png"}}


# -- forms that are not as the settings say ----------------------------------------------------------------------------


async def test_an_alias_may_be_given_or_taken_away() -> None:
    rig = Rig()
    forms = rig.forms()
    forms["tier"]["fields"] = {**forms["tier"]["fields"], "name": "_widget_1669106585319"}
    rig.connect(forms=forms)
    await rig.crm.open()
    rig.people.create("tier", {"name": "VIP"})
    assert [record.fields["name"] for record in (await rig.walk("tier")).records] == ["VIP"]
    rig.people.set_alias("tier", "name", None)
    assert [record.fields["name"] for record in (await rig.walk("tier")).records] == ["VIP"]


async def test_a_widget_that_vanishes_is_told_and_the_others_go_on() -> None:
    rig, ids, cursor = await first()
    rig.people.remove_field("customer", "note")
    rig.people.edit("customer", ids[0], {"occupation": "茶农"})
    record = (await rig.walk(cursor=cursor)).records[0]
    assert record.fields["occupation"] == "茶农"
    assert "notes" not in record.fields
    assert "notes" not in rig.crm.capabilities.objects["customer"].fields
    (problem,) = await rig.crm.check()
    assert (problem.object, problem.field) == ("customer", "notes")
    assert "forms.customer.fields.notes: the widget note is not there" in problem.message


async def test_a_form_that_is_not_there_does_not_stop_the_others() -> None:
    rig = Rig(records=3)
    rig.connect(forms=rig.forms(tier={"entry_id": "6e" + "0" * 22}))
    await rig.crm.open()
    with pytest.raises(Rejected, match="3000"):
        await rig.walk("tier")
    assert len((await rig.walk("group")).records) == 5
    assert not rig.crm.capabilities.objects["tier"].create
    messages = [problem.message for problem in await rig.crm.check()]
    assert any("forms.tier.entry_id: the API key does not see it" in message for message in messages)


async def test_a_missing_right_stops_everything() -> None:
    rig = Rig(knobs={"denied_calls": ["app/entry/widget/list"]})
    with pytest.raises(NeedsLogin, match="widget/list"):
        await rig.crm.open()


async def test_a_check_asks_for_everything_once() -> None:
    rig = await opened(knobs={"update_filter": "exact"}, records=9)
    assert await rig.crm.check() == []
    modes = {facts["object"]: facts["mode"] for event, facts in rig.log.seen if event == "jiandaoyun.changes"}
    assert modes["customer"] in ("filter", "days")
    assert set(modes) == {"tier", "group", "customer", "purchase", "interaction", "feedback", "membership"}


async def test_forms_are_described() -> None:
    rig = await opened()
    schemas = {schema.name: schema for schema in await rig.crm.describe()}
    assert (schemas["customer"].label, schemas["staff"].label) == ("客户", "成员")
    fields = {field.name: field for field in schemas["customer"].fields}
    assert (fields["tier_ref"].refers_to, fields["tier_ref"].maps_to) == ("tier", "tier")
    assert fields["type"].options == ("个人", "组织")
    assert fields["kq_id"].read_only
    assert fields["createTime"].read_only
    assert fields["address"].maps_to == "region"
