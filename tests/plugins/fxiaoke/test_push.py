"""Writes of records, against the emulator: what is written, what is refused before and after a request, and what
becomes of the others."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from kequn.contracts.changes import Change, Op, Receipt
from kequn.contracts.errors import BrokenReply, ChangedMeanwhile, MissingReference, NotThere, Rejected, RetryLater
from kequn.contracts.records import Kind, Money, Record, Ref, Value
from kequn.testing.emulator import EmulatorTransport
from tests.plugins.fxiaoke.rig import Rig, opened

pytestmark = pytest.mark.anyio

PERSON, ACCOUNT, GROUP, MEMBER = Kind.CUSTOMER, "AccountObj", "object_kqgroup__c", "object_kqmember__c"
NAMED: dict[str, Value] = {"name": "Mill", "type": "person"}
STAFF = Ref(Kind.STAFF, "Users", "FSUID_0003")


def new(reference: str, **fields: Value) -> Change:
    return Change(Op.CREATE, PERSON, ACCOUNT, reference, fields={**NAMED, **fields})


def update(id: str, version: int | None, **fields: Value) -> Change:
    return Change(Op.UPDATE, PERSON, ACCOUNT, "cus_1", id, version, fields)


def delete(id: str, version: int | None = None) -> Change:
    return Change(Op.DELETE, PERSON, ACCOUNT, "cus_1", id, version)


async def account(rig: Rig, **fields: Any) -> Record:
    """As somebody else made it some time ago."""
    id = rig.people.create(ACCOUNT, {"name": "Mill", **fields})
    rig.later()
    return await rig.record(ACCOUNT, id)


async def test_a_create_leaves_the_kequn_id_where_it_is_found_at_once() -> None:
    rig = await opened()
    receipt = await rig.create(PERSON, ACCOUNT, "cus_1", **NAMED, email="a@example.com", owner=STAFF)
    (found,) = await rig.crm.find(ACCOUNT, ["cus_1", "cus_2"])
    assert (found.id, found.version, found.reference) == (receipt.id, receipt.version, "cus_1")
    assert (found.fields["name"], found.fields["email"], found.fields["owner"]) == ("Mill", "a@example.com", STAFF)


async def test_a_new_record_belongs_to_the_acting_person_unless_told() -> None:
    for owner, chosen in (("FSUID_0001", None), ("FSUID_0004", "FSUID_0004")):
        rig = await opened(owner=chosen)
        receipt = await rig.create(PERSON, ACCOUNT, "cus_1", **NAMED)
        assert rig.people.read(ACCOUNT)[receipt.id]["owner"] == [owner]


async def test_a_create_that_was_made_already_is_not_made_again() -> None:
    rig = await opened()
    first = await rig.create(PERSON, ACCOUNT, "cus_1", **NAMED)
    assert await rig.create(PERSON, ACCOUNT, "cus_1", **NAMED) == first
    assert len(rig.people.read(ACCOUNT)) == 1


async def test_an_answer_without_an_id_is_looked_up() -> None:
    rig = await opened(knobs={"custom_create_id": False})
    receipt = await rig.create(Kind.GROUP, GROUP, "grp_1", name="beta")
    assert list(rig.people.read(GROUP)) == [receipt.id]


async def test_an_id_that_cannot_be_found_may_be_there() -> None:
    rig = await opened()
    rig.trouble(None, "missing_data_id", *["status_500"] * 9)
    (answer,) = await rig.push(new("cus_1"))
    assert isinstance(answer, BrokenReply)
    assert answer.maybe_applied


async def test_a_record_that_was_thrown_away_before_we_learned_of_it() -> None:
    rig = await opened()
    cursor = (await rig.walk(ACCOUNT)).cursor
    rig.trouble(None, "timeout_after_commit")
    (answer,) = await rig.push(new("cus_1"))
    assert isinstance(answer, RetryLater)
    assert answer.maybe_applied
    (id,) = rig.people.read(ACCOUNT)
    rig.later()
    rig.people.delete(ACCOUNT, id)
    rig.later(3600)
    rig.people.create(ACCOUNT, {"name": "Forge"})
    for _ in range(4):
        cursor = (await rig.walk(ACCOUNT, cursor)).cursor
    (found,) = await rig.crm.find(ACCOUNT, ["cus_1"])
    assert (found.id, found.version, found.fields["name"]) == (id, 1, "Mill")
    for _ in range(4):  # each time from the cursor that was kept, as after a crash
        rig.restart()
        await rig.crm.open()
        walked = await rig.walk(ACCOUNT, cursor)
        assert [(gone.id, gone.version > 1) for gone in walked.gone] == [(id, True)]
    assert (await rig.walk(ACCOUNT, walked.cursor)).gone == []
    again = await rig.create(PERSON, ACCOUNT, "cus_1", **NAMED)
    assert again.id != id


async def test_several_creates_are_looked_up_and_read_again_together() -> None:
    rig = await opened()
    before = len(rig.emulator.requests)
    answers = await rig.push(*[new(f"cus_{at}", notes=str(at)) for at in range(30)])
    assert rig.paths(before) == ["query", *["create"] * 30, "query"]
    rows = rig.people.read(ACCOUNT)
    assert [rows[one.id]["remark"] for one in answers if isinstance(one, Receipt)] == [str(at) for at in range(30)]


async def test_an_update_writes_the_changed_fields_and_tells_the_version() -> None:
    rig = await opened()
    before = await account(rig, email="a@example.com", fax="9")
    start = len(rig.emulator.requests)
    (answer,) = await rig.push(update(before.id, before.version, notes="new", email=None))
    assert rig.paths(start) == ["get", "update", "query"]
    row = rig.people.read(ACCOUNT)[before.id]
    assert (row["remark"], row["email"], row["fax"]) == ("new", None, "9")
    assert answer == Receipt(before.id, rig.emulator.tenant.now())


async def test_the_owner_is_changed_by_a_request_of_its_own() -> None:
    rig = await opened()
    before = await account(rig)
    start = len(rig.emulator.requests)
    (both,) = await rig.push(update(before.id, before.version, notes="new", owner=STAFF))
    assert rig.paths(start) == ["get", "update", "changeOwner", "query"]
    assert isinstance(both, Receipt)
    (alone,) = await rig.push(update(before.id, both.version, owner=Ref(Kind.STAFF, "Users", "FSUID_0004")))
    assert rig.paths(start)[4:] == ["get", "changeOwner", "query"]
    assert isinstance(alone, Receipt)
    assert rig.people.read(ACCOUNT)[before.id]["owner"] == ["FSUID_0004"]
    (none,) = await rig.push(update(before.id, None, owner=None))
    assert isinstance(none, Rejected)
    assert none.field == "owner"


async def test_an_owner_whom_fxiaoke_does_not_know_stops_nothing_else() -> None:
    rig = await opened()
    before = await account(rig)
    nobody = Ref(Kind.STAFF, "Users", "FSUID_9999")
    answer, other = await rig.push(update(before.id, before.version, notes="new", owner=nobody), new("cus_2"))
    assert isinstance(answer, MissingReference)
    assert (answer.field, answer.maybe_applied) == ("owner", True)  # the note was written before
    assert rig.people.read(ACCOUNT)[before.id]["remark"] == "new"
    assert isinstance(other, Receipt)


async def test_what_fails_after_the_first_request_may_be_there_in_part() -> None:
    rig = await opened()
    before = await account(rig)
    rig.trouble(None, None, *["busy"] * 4)
    (answer,) = await rig.push(update(before.id, before.version, notes="new", owner=STAFF))
    assert isinstance(answer, RetryLater)
    assert answer.maybe_applied
    assert rig.people.read(ACCOUNT)[before.id]["remark"] == "new"


async def test_a_stale_version_writes_nothing() -> None:
    rig = await opened()
    before = await account(rig)
    rig.people.edit(ACCOUNT, before.id, {"fax": "9"})
    updated, deleted = await rig.push(update(before.id, before.version, notes="x"), delete(before.id, before.version))
    assert isinstance(updated, ChangedMeanwhile)
    assert isinstance(deleted, ChangedMeanwhile)
    assert rig.people.read(ACCOUNT)[before.id]["remark"] is None


async def test_null_that_is_ignored_gives_way_to_an_empty_text() -> None:
    rig = await opened(knobs={"null_clears": False})
    before = await account(rig, remark="note", tel="1")
    (answer,) = await rig.push(update(before.id, before.version, notes=None))
    assert isinstance(answer, Receipt)
    assert (await rig.record(ACCOUNT, before.id)).fields["notes"] is None


async def test_a_list_that_cannot_be_emptied_is_told() -> None:
    rig = await opened(knobs={"null_clears": False})
    before = await account(rig, account_source="1")
    (answer,) = await rig.push(update(before.id, before.version, source=None, notes="new"))
    assert isinstance(answer, Rejected)
    assert (answer.field, answer.maybe_applied) == ("source", True)  # the note was written


async def test_a_field_that_fxiaoke_ignores_is_told() -> None:
    rig = await opened()
    before = await account(rig, remark="old")
    fields = rig.emulator.tenant.objects[ACCOUNT].fields
    fields["remark"] = type(fields["remark"])("remark", "备注", "formula")
    (answer,) = await rig.push(update(before.id, before.version, notes="new"))
    assert isinstance(answer, Rejected)
    assert answer.field == "notes"


async def test_somebody_who_writes_the_same_field_at_once_is_told() -> None:
    rig = await opened()
    before = await account(rig, remark="old")

    async def meanwhile(method: str, path: str) -> None:
        if path.endswith("/query"):
            rig.emulator.faults.before(None)
            rig.later(1)
            rig.people.edit(ACCOUNT, before.id, {"remark": "theirs"})

    rig.emulator.faults.before(meanwhile)
    (answer,) = await rig.push(update(before.id, before.version, notes="ours"))
    assert isinstance(answer, ChangedMeanwhile)
    assert answer.maybe_applied


async def test_a_second_read_that_lags_says_nothing() -> None:
    rig = await opened()
    before = await account(rig, remark="old")
    rig.trouble(None, None, "stale_read")
    (answer,) = await rig.push(update(before.id, before.version, notes="new"))
    assert answer == Receipt(before.id, None)


async def test_a_delete_goes_to_the_bin_and_a_second_one_is_fine() -> None:
    rig = await opened()
    before = await account(rig)
    start = len(rig.emulator.requests)
    first, *_ = await rig.push(delete(before.id, before.version))
    second, *_ = await rig.push(delete(before.id, before.version))
    assert (first, second) == (Receipt(before.id), Receipt(before.id))
    assert rig.paths(start) == ["get", "invalid", "get"]
    rig.people.restore(ACCOUNT, before.id)
    assert before.id in rig.people.read(ACCOUNT)


async def test_a_delete_is_for_good_when_the_settings_say_so() -> None:
    rig = await opened(purge=True)
    before = await account(rig)
    await rig.push(delete(before.id, before.version))
    with pytest.raises(KeyError):
        rig.people.restore(ACCOUNT, before.id)


async def test_an_update_of_what_is_gone() -> None:
    rig = await opened()
    binned, purged = await account(rig), await account(rig)
    for one in (binned, purged):
        rig.people.delete(ACCOUNT, one.id)
    rig.people.purge(ACCOUNT, purged.id)
    for one in (binned, purged):
        (answer,) = await rig.push(update(one.id, one.version, notes="x"))
        assert isinstance(answer, NotThere)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "Mill", "type": "robot"}, "type"),
        ({**NAMED, "notes": "a\x00b"}, "notes"),
        ({**NAMED, "source": "nowhere"}, "source"),
        ({**NAMED, "tier": Ref(Kind.TIER, "Tiers", "99")}, "tier"),
        ({**NAMED, "city": "上海"}, "city"),
        ({**NAMED, "owner": Ref(Kind.STAFF, "Others", "1")}, "owner"),
    ],
)
async def test_refused_before_any_write(fields: dict[str, Value], field: str) -> None:
    rig = await opened()
    (answer,) = await rig.push(Change(Op.CREATE, PERSON, ACCOUNT, "cus_1", fields=fields))
    assert isinstance(answer, Rejected)
    assert answer.field == field
    assert rig.writes() == 0


async def test_refused_by_fxiaoke_naming_our_field_and_no_value() -> None:
    rig = await opened(knobs={"text_limit": 10})
    (answer,) = await rig.push(new("cus_1", name="Somebody", notes="x" * 11))
    assert isinstance(answer, Rejected)
    assert (answer.field, "备注超过最大长度" in answer.message) == ("notes", True)
    rig.people.require(ACCOUNT, "fax")
    (answer,) = await rig.push(new("cus_2", name="Somebody"))
    assert isinstance(answer, Rejected)
    assert (answer.field, "必填字段传真" in answer.message, "Somebody" in answer.message) == (None, True, False)


class Talkative(EmulatorTransport):
    """A Fxiaoke that refuses to write, and says about whom."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(("/create", "/update", "/invalid")):
            words = "Somebody 7 已被 Lin Xiaoyue 领取：备注 a secret，「Her Company」，13912345678"
            return httpx.Response(200, json={"errorCode": 32000, "errorMessage": words}, request=request)
        return await super().handle_async_request(request)


async def test_a_refusal_quotes_nobody() -> None:
    """Neither who was to be written, nor who stands there, nor what Fxiaoke puts in quotation marks."""
    rig = Rig()
    rig.connect(far_end=Talkative(rig.emulator.app))
    await rig.crm.open()
    id = rig.people.create(ACCOUNT, {"name": "Somebody 7", "remark": "a secret", "tel": "Lin Xiaoyue"})
    answers = await rig.push(
        new("cus_1", name="Somebody 7", notes="a secret", phone="Lin Xiaoyue"),
        update(id, None, notes="another"),
        delete(id),
    )
    for answer in answers:
        assert isinstance(answer, Rejected)
        assert (answer.field, "32000" in answer.message, "领取" in answer.message) == ("notes", True, True)
        hidden = ("Somebody", "secret", "Lin", "Xiaoyue", "Her", "Company", "139")
        assert [word for word in hidden if word in answer.message + str(vars(answer)) + repr(answer)] == []


async def test_one_bad_of_many() -> None:
    rig = await opened(knobs={"text_limit": 100})
    answers = await rig.push(*[new(f"cus_{at}", notes="x" * (101 if at == 7 else 9)) for at in range(20)])
    assert [at for at, answer in enumerate(answers) if not isinstance(answer, Receipt)] == [7]
    assert len(rig.people.read(ACCOUNT)) == 19


async def test_a_tier_that_was_added_meanwhile_is_known() -> None:
    rig = await opened()
    rig.people.add_option(ACCOUNT, "account_level", "C 级")
    receipt = await rig.create(PERSON, ACCOUNT, "cus_1", **NAMED, tier=Ref(Kind.TIER, "Tiers", "3"))
    assert rig.people.read(ACCOUNT)[receipt.id]["account_level"] == "3"


async def test_a_reference_to_what_is_not_there_waits() -> None:
    rig = await opened()
    customer = await account(rig)
    lost = Ref(Kind.GROUP, GROUP, "0" * 24)
    ends: dict[str, Value] = {"customer": customer.ref, "group": lost}
    (answer,) = await rig.push(Change(Op.CREATE, Kind.MEMBERSHIP, MEMBER, "mem_1", fields=ends))
    assert isinstance(answer, MissingReference)
    assert answer.field == "group"
    group = await rig.create(Kind.GROUP, GROUP, "grp_1", name="beta")
    receipt = await rig.create(
        Kind.MEMBERSHIP, MEMBER, "mem_1", customer=customer.ref, group=Ref(Kind.GROUP, GROUP, group.id)
    )
    assert rig.people.read(MEMBER)[receipt.id]["name"] == "mem_1"


async def test_an_order_and_a_case() -> None:
    rig = await opened()
    customer = (await account(rig)).ref
    paid = datetime(2026, 1, 4, 3, 5, 6, 789000, tzinfo=UTC)
    order = await rig.create(
        Kind.PURCHASE, "SalesOrderObj", "pur_1", name="SO1", kind="return", status="已付款", customer=customer,
        amount=Money.of("99.90", "CNY"), paid_at=paid, ordered_at=datetime(2026, 1, 3, 16, 0, tzinfo=UTC),
    )  # fmt: skip
    row = rig.people.read("SalesOrderObj")[order.id]
    wanted = {"order_amount": "99.90", "kq_status__c": "2", "kq_kind__c": "2", "kq_paid_at__c": 1767495906789,
              "order_time": 1767456000000, "account_id": customer.id}  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted
    record = await rig.record("SalesOrderObj", order.id)
    assert (record.fields["kind"], record.fields["paid_at"]) == ("return", paid)
    case = await rig.create(Kind.FEEDBACK, "CasesObj", "fbk_1", subject="坏了", customer=customer, priority="High")
    assert rig.people.read("CasesObj")[case.id]["kq_priority__c"] == "1"


async def test_a_number_that_fxiaoke_gives_is_not_written() -> None:
    rig = await opened(knobs={"order_numbers": True})
    assert "name" not in rig.crm.capabilities.objects["SalesOrderObj"].writable
    receipt = await rig.create(Kind.PURCHASE, "SalesOrderObj", "pur_1", amount=Money.of(1, "CNY"))
    assert (await rig.record("SalesOrderObj", receipt.id)).fields["name"] == "00000001"


async def test_a_failure_among_updates_stops_the_rest_and_keeps_the_receipts() -> None:
    rig = await opened()
    records = [await account(rig) for _ in range(4)]
    rig.trouble(None, None, None, "timeout_after_commit")
    answers = await rig.push(*[update(one.id, one.version, notes="new") for one in records])
    assert isinstance(answers[0], Receipt)
    assert [(type(one), one.maybe_applied) for one in answers[1:] if not isinstance(one, Receipt)] == [
        (RetryLater, True),
        (RetryLater, False),
        (RetryLater, False),
    ]
    assert [row["remark"] for row in rig.people.read(ACCOUNT).values()] == ["new", "new", None, None]


async def test_a_locked_record_is_refused_and_the_others_are_written() -> None:
    rig = await opened()
    records = [await account(rig) for _ in range(3)]
    rig.people.lock(ACCOUNT, records[0].id)
    answers = await rig.push(*[update(one.id, None, notes="new") for one in records])
    assert [type(answer).__name__ for answer in answers] == ["Rejected", "Receipt", "Receipt"]


async def test_the_order_of_changes_to_one_record_is_kept() -> None:
    rig = await opened()
    before = await account(rig)
    answers = await rig.push(
        update(before.id, None, notes="a"), update(before.id, None, notes="b"), delete(before.id)
    )  # fmt: skip
    assert [type(answer) for answer in answers] == [Receipt, Receipt, Receipt]
    assert rig.people.read(ACCOUNT) == {}


async def test_nothing_is_written_to_staff_and_tiers() -> None:
    rig = await opened()
    for kind, object in ((Kind.STAFF, "Users"), (Kind.TIER, "Tiers")):
        (answer,) = await rig.push(Change(Op.CREATE, kind, object, "x_1", fields={"name": "x"}))
        assert isinstance(answer, Rejected)


async def test_a_hundred_writes_stay_within_the_rate() -> None:
    rig = await opened()
    began = rig.clock.monotonic()
    answers = await rig.push(*[new(f"cus_{at}") for at in range(250)])
    assert {type(answer) for answer in answers} == {Receipt}
    assert rig.clock.monotonic() - began >= 40
    assert rig.log.seen == []
