"""What the plugin makes of a tenant: fields that are there or not, B2C tenants, checks that say what to mend."""

import pytest

from kequn.contracts.changes import Change, Op
from kequn.contracts.errors import BrokenReply, Rejected, RetryLater
from kequn.contracts.records import Kind, Ref
from tests.plugins.fxiaoke.rig import Odd, Rig, opened

pytestmark = pytest.mark.anyio

B2C = {
    "customers": {"MemberObj": "person"},
    "objects": {"tier": "MemberGradeObj", "group": "MarketingEventObj", "membership": "CampaignMembersObj",
                "purchase": "", "interaction": "", "feedback": ""},
    "fields": {"MemberObj": {"tier": "kq_grade__c", "phone": "kq_phone__c"}, "MemberGradeObj": {"rank": "kq_rank__c"},
               "CampaignMembersObj": {"customer": "kq_customer__c", "group": "kq_event__c"}},
    "options": {},
}  # fmt: skip


def problems(rig: Rig) -> set[tuple[str, str | None]]:
    return {(one.object, one.field) for one in rig.crm._tenant.problems}


async def test_a_tenant_as_it_should_be() -> None:
    rig = await opened(records=3)
    assert await rig.crm.check() == []


async def test_a_description_is_kept_for_an_hour() -> None:
    rig = await opened()
    before = len(rig.emulator.requests)
    rig.later(3599)
    await rig.crm.open()
    assert len(rig.emulator.requests) == before
    rig.later(1)
    await rig.crm.open()
    assert rig.paths(before) == ["describe"]


async def test_a_description_that_broke_off_is_begun_again() -> None:
    rig = Rig()
    rig.trouble(None, None, *["status_503"] * 5)
    with pytest.raises(RetryLater):
        await rig.crm.open()
    await rig.crm.open()
    assert rig.paths().count("describe") >= 7
    assert await rig.crm.check() == []


async def test_another_process_knows_what_this_one_found_out() -> None:
    rig = await opened(records=3)
    before, sheet = len(rig.emulator.requests), rig.crm.capabilities
    rig.restart()
    await rig.crm.open()
    assert (len(rig.emulator.requests), rig.crm.capabilities) == (before, sheet)
    assert (await rig.walk("tiers")).records


async def test_objects_are_described_again_one_by_one() -> None:
    rig = await opened()
    rig.people.remove_field("CasesObj", "kq_id__c")
    for _ in range(6):
        rig.later(3600)
        rig.restart()
        await rig.crm.open()
    assert problems(rig) == {("CasesObj", "kq_id__c")}


async def test_what_is_missing_is_looked_for_soon() -> None:
    rig = Rig()
    rig.emulator.tenant.objects["CasesObj"].is_active = False
    await rig.crm.open()
    assert problems(rig) == {("CasesObj", None)}
    rig.emulator.tenant.objects["CasesObj"].is_active = True
    rig.later(600)
    rig.restart()
    await rig.crm.open()
    assert problems(rig) == set()


async def test_what_is_missing_is_said_and_the_rest_goes_on() -> None:
    rig = Rig()
    tenant = rig.emulator.tenant
    rig.people.remove_field("AccountObj", "email")
    rig.people.remove_field("CasesObj", "kq_id__c")
    rig.people.require("AccountObj", "fax")
    tenant.objects["object_kqgroup__c"].is_active = False
    del tenant.objects["ActiveRecordObj"]
    id = rig.people.create("AccountObj", {"name": "Mill", "fax": "9"})
    found = {(one.object, one.field) for one in await rig.crm.check()}
    assert found >= {
        ("AccountObj", "email"), ("AccountObj", "fax"), ("CasesObj", "kq_id__c"), ("object_kqgroup__c", None),
        ("ActiveRecordObj", None),
    }  # fmt: skip
    sheet = rig.crm.capabilities.objects
    assert ("email" in sheet["AccountObj"].fields, sheet["CasesObj"].create) == (False, False)
    assert "ActiveRecordObj" not in sheet
    assert (await rig.walk("AccountObj")).ids == [id]


async def test_nothing_is_created_where_the_kequn_id_cannot_stand() -> None:
    rig = Rig()
    rig.people.remove_field("AccountObj", "kq_id__c")
    await rig.crm.open()
    (answer,) = await rig.push(Change(Op.CREATE, Kind.CUSTOMER, "AccountObj", "cus_1", fields={"name": "Mill"}))
    assert isinstance(answer, Rejected)
    assert answer.field == "kq_id__c"
    assert await rig.crm.find("AccountObj", ["cus_1"]) == []


async def test_a_type_that_does_not_go_is_said() -> None:
    rig = await opened(fields={"AccountObj": {"city": "area_location", "birthday": "tel", "tier": "owner"}})
    assert problems(rig) == {("AccountObj", "birthday"), ("AccountObj", "tier")}


async def test_a_field_that_vanishes_is_left_out_and_not_empty() -> None:
    rig = await opened()
    id = rig.people.create("AccountObj", {"name": "Mill", "email": "a@example.com"})
    assert (await rig.record("AccountObj", id)).fields["email"] == "a@example.com"
    rig.people.remove_field("AccountObj", "email")
    assert "email" not in (await rig.record("AccountObj", id)).fields


async def test_empty_fields_are_empty_where_answers_leave_them_out() -> None:
    rig = await opened()
    id = rig.people.create("AccountObj", {"name": "Mill"})
    raw = {name: one for name, one in rig.people.read("AccountObj")[id].items() if one is not None}
    record = rig.crm._tenant.table("AccountObj").read(raw, nulls=False)
    assert (record.fields["email"], "email" in record.fields) == (None, True)


async def test_a_b2c_tenant() -> None:
    rig = await opened(**B2C)
    grade = rig.people.create("MemberGradeObj", {"name": "Gold", "kq_rank__c": "3"})
    member = rig.people.create("MemberObj", {"name": "东一", "kq_phone__c": "1", "kq_grade__c": grade})
    record = await rig.record("MemberObj", member)
    assert record.fields["tier"] == Ref(Kind.TIER, "MemberGradeObj", grade)
    assert record.fields["type"] == "person"
    assert (await rig.record("MemberGradeObj", grade)).fields == {"name": "Gold", "rank": 3}
    assert "Tiers" not in rig.crm.capabilities.objects
    await rig.create(Kind.TIER, "MemberGradeObj", "tir_1", name="Silver", rank=2)
    event = await rig.create(Kind.GROUP, "MarketingEventObj", "grp_1", name="trade fair")
    assert {one["name"] for one in rig.people.read("MemberGradeObj").values()} == {"Gold", "Silver"}
    assert rig.crm.place(Kind.MEMBERSHIP, {"customer": Ref(Kind.CUSTOMER, "MemberObj", member)}) == "CampaignMembersObj"
    assert (await rig.walk("MarketingEventObj")).ids == [event.id]


async def test_persons_and_organisations_in_objects_of_their_own() -> None:
    rig = await opened(customers={"AccountObj": "organisation", "ContactObj": "person"}, fields={}, options={})
    mill = await rig.create(Kind.CUSTOMER, "AccountObj", "cus_1", name="Mill")
    parent = Ref(Kind.CUSTOMER, "AccountObj", mill.id)
    person = await rig.create(Kind.CUSTOMER, "ContactObj", "cus_2", name="东一", phone="1", parent=parent)
    record = await rig.record("ContactObj", person.id)
    assert (record.fields["type"], record.fields["parent"], record.fields["phone"]) == ("person", parent, "1")
    places = [rig.crm.place(Kind.CUSTOMER, {"type": type}) for type in ("person", "organisation", "robot")]
    assert places == ["ContactObj", "AccountObj", None]


def test_places() -> None:
    crm = Rig().crm
    assert [crm.place(Kind.CUSTOMER, {"type": type}) for type in ("person", "organisation")] == ["AccountObj"] * 2
    assert crm.place(Kind.PURCHASE, {}) == "SalesOrderObj"
    assert crm.place(Kind.TIER, {"name": "Gold"}) is None
    assert crm.place(Kind.MEMBERSHIP, {"customer": Ref(Kind.CUSTOMER, "ContactObj", "1")}) is None
    assert crm.place(Kind.MEMBERSHIP, {}) == "object_kqmember__c"


async def test_describe_tells_types_options_and_what_is_mapped() -> None:
    rig = await opened(records=3)
    schemas = {schema.name: schema for schema in await rig.crm.describe()}
    fields = {field.name: field for field in schemas["AccountObj"].fields}
    level, no = fields["account_level"], fields["account_no"]
    assert (level.maps_to, level.options, level.type) == ("tier", ("普通", "VIP", "战略"), "select_one")
    assert (no.read_only, fields["name"].required, fields["kq_id__c"].custom) == (True, True, True)
    assert fields["account_type"].options == ("organisation", "person")
    customer = next(field for field in schemas["CasesObj"].fields if field.maps_to == "customer")
    assert customer.refers_to == "AccountObj"


@pytest.mark.parametrize("data", ["{}", "null", '{"describe": {}}', '{"describe": {"fields": []}}'])
async def test_a_description_without_fields_is_broken(data: str) -> None:
    rig = Rig()
    rig.connect(far_end=Odd(f'{{"errorCode": 0, "data": {data}}}'.encode()))
    with pytest.raises(BrokenReply, match="without fields"):
        await rig.crm.open()
