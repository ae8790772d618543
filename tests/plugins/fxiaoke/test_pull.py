"""Walks of an object: the first load, what changed, what was thrown away, and what becomes of odd records."""

from typing import Any

import orjson
import pytest

from kequn.contracts.crm import Walk
from kequn.contracts.records import Gone, Kind, Ref
from tests.plugins.fxiaoke.rig import Rig, opened

pytestmark = pytest.mark.anyio

GROUP, MEMBER = "object_kqgroup__c", "object_kqmember__c"
ACCOUNT = "AccountObj"


def account(rig: Rig, name: str = "Mill", **fields: Any) -> str:
    id: str = rig.people.create(ACCOUNT, {"name": name, **fields})
    return id


async def test_a_first_walk_is_everything_page_by_page() -> None:
    rig = await opened(records=230)
    before = len(rig.emulator.requests)
    walked = await rig.walk(ACCOUNT)
    assert sorted(walked.ids) == sorted(rig.people.read(ACCOUNT))
    assert (walked.pages, walked.partial) == (3, False)
    assert rig.paths(before) == ["query"] * 3


async def test_records_of_one_moment_come_once() -> None:
    rig = await opened()
    ids = [account(rig, f"Mill {number}") for number in range(250)]
    assert sorted((await rig.walk(ACCOUNT)).ids) == sorted(ids)


async def test_what_changes_during_a_first_load_comes_with_the_next_walk() -> None:
    rig = await opened()
    ids = []
    for number in range(250):
        ids.append(account(rig, f"Mill {number}"))
        rig.later(1)
    page = await rig.crm.pull(ACCOUNT, None)
    rig.people.edit(ACCOUNT, ids[7], {"remark": "new"})
    rig.people.delete(ACCOUNT, ids[8])
    added = account(rig, "Forge")
    rest = await rig.walk(ACCOUNT, page.next_cursor)
    following = await rig.walk(ACCOUNT, rest.cursor)
    met = {record.id: record for record in [*page.records, *rest.records, *following.records]}
    assert met[ids[7]].fields["notes"] == "new"
    assert set(met) == {*ids, added} - {ids[8]}
    assert ids[8] in [gone.id for gone in following.gone]


async def test_what_changes_while_a_walk_rests_before_the_bin_comes_with_the_next() -> None:
    rig = await opened()
    kept, lost = account(rig), account(rig, "Forge")
    first = await rig.walk(ACCOUNT)
    listed = await rig.crm.pull(ACCOUNT, first.cursor)
    rig.later(600)
    rig.people.edit(ACCOUNT, kept, {"remark": "new"})
    rig.later(600)
    rig.people.delete(ACCOUNT, lost)
    rest = await rig.walk(ACCOUNT, listed.next_cursor)
    assert lost in [gone.id for gone in rest.gone]
    assert kept in (await rig.walk(ACCOUNT, rest.cursor)).ids


async def test_the_next_walks_are_two_requests_and_tell_what_is_new() -> None:
    rig = await opened(records=230)
    cursor = (await rig.walk(ACCOUNT)).cursor
    rig.later(3600)
    before = len(rig.emulator.requests)
    calm = await rig.walk(ACCOUNT, cursor)
    assert (len(rig.emulator.requests) - before, calm.partial) == (2, True)
    first, second, *_ = rig.people.read(ACCOUNT)
    rig.people.edit(ACCOUNT, first, {"remark": "new"})
    rig.people.delete(ACCOUNT, second)
    walked = await rig.walk(ACCOUNT, calm.cursor)
    assert {record.id: record.fields["notes"] for record in walked.records}[first] == "new"
    assert [(gone.id, gone.version) for gone in walked.gone] == [(second, rig.emulator.tenant.now())]


async def test_a_walk_begins_before_the_last_until_nothing_older_can_show() -> None:
    """That is two minutes after the last change was seen, however often was looked meanwhile."""
    rig = await opened()
    first = account(rig)
    rig.later(60)
    last = account(rig, "Forge")
    walked = await rig.walk(ACCOUNT)
    for seconds in (0, 1, 60, 58):
        rig.later(seconds)
        walked = await rig.walk(ACCOUNT, walked.cursor)
        assert set(walked.ids) == {first, last}
    rig.later(1)
    walked = await rig.walk(ACCOUNT, walked.cursor)
    assert set(walked.ids) == {first, last}
    for _ in range(2):
        walked = await rig.walk(ACCOUNT, walked.cursor)
        assert walked.ids == [last]  # its own millisecond always counts again
    rig.later(600)
    new = account(rig, "Bakery")
    assert set((await rig.walk(ACCOUNT, walked.cursor)).ids) == {last, new}


def show_late(rig: Rig, id: str, seconds: float) -> None:
    """As if it had been written so long ago."""
    table = rig.emulator.tenant.objects[ACCOUNT].table
    at = rig.emulator.tenant.now() - int(seconds * 1000)
    table.put(id, {**table.rows[id], "last_modified_time": at})


async def test_a_late_commit_is_not_missed() -> None:
    rig = await opened()
    account(rig)
    cursor = (await rig.walk(ACCOUNT)).cursor
    late = account(rig, "Late")
    show_late(rig, late, 90)
    assert late in (await rig.walk(ACCOUNT, cursor)).ids


@pytest.mark.parametrize("step", [2, 20, 55])
async def test_a_late_commit_is_not_missed_behind_calm_walks(step: float) -> None:
    """Webhooks and people make walks follow each other quickly."""
    rig = await opened()
    account(rig)
    walked = await rig.walk(ACCOUNT)
    for _ in range(2):
        rig.later(step)
        walked = await rig.walk(ACCOUNT, walked.cursor)
    late, binned = account(rig, "Late"), account(rig, "Lost")
    rig.people.delete(ACCOUNT, binned)
    for id in (late, binned):
        show_late(rig, id, 2 * step + 1)
    walked = await rig.walk(ACCOUNT, walked.cursor)
    assert late in walked.ids
    assert binned in [gone.id for gone in walked.gone]


async def test_changes_behind_a_long_walk_come_with_the_next() -> None:
    rig = await opened(records=130)
    page = await rig.crm.pull(ACCOUNT, None)
    early = page.records[0].id
    rig.later(10)
    rig.people.edit(ACCOUNT, early, {"remark": "behind"})
    rig.later(600)
    last = list(rig.people.read(ACCOUNT))[-1]
    rig.people.edit(ACCOUNT, last, {"remark": "before"})
    walked = await rig.walk(ACCOUNT, page.next_cursor)
    assert early not in walked.ids
    assert early in (await rig.walk(ACCOUNT, walked.cursor)).ids


async def test_a_long_walk_of_changes_too() -> None:
    rig = await opened(records=250)
    cursor = (await rig.walk(ACCOUNT)).cursor
    rig.later(3600)
    ids = list(rig.people.read(ACCOUNT))
    for id in ids[:150]:
        rig.people.edit(ACCOUNT, id, {"remark": "changed"})
        rig.later(1)
    page = await rig.crm.pull(ACCOUNT, cursor)
    rig.people.edit(ACCOUNT, page.records[0].id, {"remark": "behind"})
    rig.later(600)
    rig.people.edit(ACCOUNT, ids[149], {"remark": "before"})
    walked = await rig.walk(ACCOUNT, page.next_cursor)
    assert {*walked.ids, *(record.id for record in page.records)} >= set(ids[:150])
    again = await rig.walk(ACCOUNT, walked.cursor)
    assert {record.id: record.fields["notes"] for record in again.records}[page.records[0].id] == "behind"


async def test_everything_is_listed_again_after_a_day() -> None:
    rig = await opened(records=120, full_scan_hours=24)
    cursor = (await rig.walk(ACCOUNT)).cursor
    gone = next(iter(rig.people.read(ACCOUNT)))
    rig.people.delete(ACCOUNT, gone)
    rig.people.purge(ACCOUNT, gone)
    rig.later(3600)
    walked = await rig.walk(ACCOUNT, cursor)
    assert (walked.gone, walked.partial) == ([], True)
    rig.later(23 * 3600)
    full = await rig.walk(ACCOUNT, walked.cursor)
    assert (len(full.ids), gone in full.ids, full.partial) == (119, False, False)
    assert (await rig.walk(ACCOUNT, full.cursor)).partial
    (found,) = await rig.crm.fetch(ACCOUNT, [gone])
    assert found == Gone(Kind.CUSTOMER, ACCOUNT, gone, 0)


async def test_a_cursor_is_small_and_plain() -> None:
    rig = await opened(records=130)
    page = await rig.crm.pull(ACCOUNT, None)
    assert page.next_cursor is not None
    text = orjson.dumps(dict(page.next_cursor))
    assert orjson.loads(text) == page.next_cursor
    assert len(text) < 400


@pytest.mark.parametrize("knobs", [{"invalid_visible": True}, {"invalid_visible": True, "invalid_deletes": True}, {}])
async def test_the_bin_is_told_whatever_queries_show(knobs: dict[str, bool]) -> None:
    rig = await opened(knobs=knobs)
    id = account(rig)
    cursor = (await rig.walk(ACCOUNT)).cursor
    rig.later(10)
    rig.people.delete(ACCOUNT, id)
    walked = await rig.walk(ACCOUNT, cursor)
    assert (walked.records, {one.id for one in walked.gone}) == ([], {id})
    (gone,) = await rig.crm.fetch(ACCOUNT, [id])
    assert isinstance(gone, Gone)
    rig.later(10)
    rig.people.restore(ACCOUNT, id)
    back = await rig.walk(ACCOUNT, walked.cursor)
    assert [(record.id, record.version > gone.version) for record in back.records] == [(id, True)]


async def test_a_tenant_that_does_not_like_the_question_about_the_bin() -> None:
    rig = await opened()
    account(rig)
    cursor = (await rig.walk(ACCOUNT)).cursor
    fields = rig.emulator.tenant.objects[ACCOUNT].fields
    del fields["life_status"]
    assert (await rig.walk(ACCOUNT, cursor)).partial


async def test_the_list_may_stand_at_the_top() -> None:
    rig = await opened(knobs={"list_at_top": True})
    id = rig.people.create(GROUP, {"name": "beta"})
    assert (await rig.walk(GROUP)).ids == [id]


async def test_a_customer_in_our_words() -> None:
    rig = await opened(extra_exclude=["fax"])
    id = account(
        rig, "  东一 ", tel="021-1", email="a@example.com", account_type="2", account_level="2", account_source="1",
        remark="note", back_reason="lost", fax="9", account_no="7", url="https://a.example.com", address="Road 1",
    )  # fmt: skip
    record = await rig.record(ACCOUNT, id)
    assert record.fields == {
        "name": "东一", "phone": "021-1", "email": "a@example.com", "type": "person", "notes": "note",
        "tier": Ref(Kind.TIER, "Tiers", "2"), "source": "Chat", "industry": None, "website": "https://a.example.com",
        "street": "Road 1", "owner": Ref(Kind.STAFF, "Users", "FSUID_0002"),
    }  # fmt: skip
    assert record.extra == {"back_reason": "lost", "account_no": "00000001"}
    assert (record.reference, record.version) == (None, rig.emulator.tenant.now())


async def test_types_are_told_apart_and_an_unknown_one_is_kept() -> None:
    rig = await opened()
    ids = [account(rig, type, account_type=value) for type, value in (("a", "1"), ("b", "2"), ("c", None))]
    records = [await rig.record(ACCOUNT, id) for id in ids]
    assert [record.fields["type"] for record in records] == ["organisation", "person", "person"]
    rig.people.add_option(ACCOUNT, "account_type", "渠道")
    rig.people.edit(ACCOUNT, ids[0], {"account_type": "渠道"})
    record = await rig.record(ACCOUNT, ids[0])
    assert (record.fields["type"], record.extra) == ("person", {"account_type": "3", "account_no": "00000001"})


async def test_a_new_option_is_learned_by_its_label() -> None:
    rig = await opened()
    id = account(rig)
    await rig.walk(ACCOUNT)
    rig.people.add_option(ACCOUNT, "account_source", "展会")
    rig.people.edit(ACCOUNT, id, {"account_source": "展会"})
    assert (await rig.record(ACCOUNT, id)).fields["source"] == "展会"


async def test_an_option_that_is_gone_reads_as_its_value() -> None:
    rig = await opened()
    id = account(rig, account_source="3", account_level="2")
    rig.people.set_options(ACCOUNT, "account_source", (("Chat", "1"),))
    rig.people.set_options(ACCOUNT, "account_level", (("A 级", "1"),))
    await rig.crm.describe()
    before = rig.paths().count("describe")
    for _ in range(3):
        record = await rig.record(ACCOUNT, id)
    assert (record.fields["source"], record.fields["tier"]) == ("3", Ref(Kind.TIER, "Tiers", "2"))
    assert rig.paths().count("describe") == before + 1
    (tier,) = await rig.crm.fetch("Tiers", ["2"])
    assert getattr(tier, "fields", None) == {"name": "2"}
    (none,) = await rig.crm.fetch("Tiers", ["77"])
    assert isinstance(none, Gone)


async def test_a_record_that_cannot_be_read_is_told_and_the_others_come() -> None:
    rig = await opened()
    ids = [account(rig, name) for name in "ab"]
    table = rig.emulator.tenant.objects[ACCOUNT].table
    table.put(ids[0], {**table.rows[ids[0]], "tel": 7})
    walked = await rig.walk(ACCOUNT)
    assert walked.ids == [ids[1]]
    ((object, id, field),) = [(one.object, one.id, one.field) for one in walked.problems]
    assert (object, id, field) == (ACCOUNT, ids[0], "tel")
    assert await rig.crm.fetch(ACCOUNT, [ids[0]]) == []


async def test_what_the_person_may_not_see_is_neither_there_nor_gone() -> None:
    rig = await opened()
    id = account(rig)
    rig.people.hide(id)
    assert await rig.crm.fetch(ACCOUNT, [id]) == []
    assert (await rig.walk(ACCOUNT)).ids == []


async def test_staff() -> None:
    rig = await opened()
    rig.people.edit("Users", "FSUID_0003", {"is_stop": True})
    records = {record.id: record.fields for record in (await rig.walk("users")).records}
    assert len(records) == 5
    assert records["FSUID_0003"] == {
        "name": "西二", "email": "user3@example.com", "phone": "19900009002", "role": "销售", "active": False,
    }  # fmt: skip
    known, unknown = await rig.crm.fetch("Users", ["FSUID_0001", "FSUID_9"])
    assert getattr(known, "fields", {})["name"] == "同步账号"
    assert isinstance(unknown, Gone)


async def test_a_colleague_whom_kequn_may_not_see_is_not_gone() -> None:
    rig = await opened()
    rig.people.hide("FSUID_0003")
    walked = await rig.walk("users")
    assert (len(walked.records), walked.gone) == (4, [])
    assert [(problem.object, problem.id) for problem in walked.problems] == [("Users", "FSUID_0003")]
    assert await rig.crm.fetch("Users", ["FSUID_0003"]) == []


async def test_many_people_come_in_pages() -> None:
    rig = await opened()
    users = rig.emulator.tenant.users
    first = users["FSUID_0001"]
    for number in range(10, 130):
        users[f"FSUID_{number:04d}"] = type(first)(f"FSUID_{number:04d}", str(number), "某", str(number), "")
    walked = await rig.walk("users")
    assert (len(set(walked.ids)), walked.pages) == (125, 3)


async def test_tiers_are_the_options() -> None:
    rig = await opened(records=5)
    walked = await rig.walk("tiers")
    assert [(record.id, record.fields["name"]) for record in walked.records] == [
        ("1", "普通"),
        ("2", "VIP"),
        ("3", "战略"),
    ]


async def test_groups_and_members() -> None:
    rig = await opened(records=60)
    groups, members = await rig.walk(GROUP), await rig.walk(MEMBER)
    assert {record.fields["name"] for record in groups.records} >= {"newsletter", "老客户"}
    ends = {(record.fields["customer"], record.fields["group"]) for record in members.records}
    assert len(ends) == len(members.records) > 0
    assert all(isinstance(end, Ref) and end.object in {ACCOUNT, GROUP} for pair in ends for end in pair)


def test_feeds_bring_first_what_others_refer_to() -> None:
    rig = Rig()
    feeds = rig.crm.feeds()
    assert [feed.name for feed in feeds] == [
        "users", "tiers", GROUP, ACCOUNT, "SalesOrderObj", "ActiveRecordObj", "CasesObj", MEMBER,
    ]  # fmt: skip
    assert {feed.walk for feed in feeds} == {Walk.SCAN}
