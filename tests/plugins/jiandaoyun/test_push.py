"""Writing, against the emulator: what is sent, what is looked at before and after, and what becomes of lost answers."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kequn.contracts.changes import Receipt
from kequn.contracts.errors import (
    BrokenReply,
    ChangedMeanwhile,
    MissingReference,
    NeedsLogin,
    NotThere,
    Rejected,
    RetryLater,
)
from kequn.contracts.records import Kind, Line, Money, Record, Ref
from tests.plugins.jiandaoyun.rig import Rig, creation, deletion, opened, update

pytestmark = pytest.mark.anyio

CUSTOMER = Kind.CUSTOMER
CREATED = ["data/list", "data/batch_create", "data/list"]


async def made(rig: Rig, **fields: Any) -> Record:
    receipt = await rig.created(CUSTOMER, "cus_1", **{"name": "甲", **fields})
    return await rig.record("customer", receipt.id)


def errors(answers: Any) -> list[str]:
    return [type(answer).__name__ for answer in answers]


async def test_a_create_is_looked_up_sent_and_looked_up() -> None:
    rig = await opened()
    seen = len(rig.emulator.requests)
    receipt = await rig.created(CUSTOMER, "cus_1", name="甲", notes="n")
    assert rig.calls(seen) == CREATED
    (stored,) = rig.people.read("customer").values()
    assert (stored["_id"], stored["kq_id"], stored["name"], stored["type"]) == (receipt.id, "cus_1", "甲", "个人")
    assert receipt.version == (await rig.record("customer", receipt.id)).version


async def test_a_hundred_creates_are_one_batch_whatever_the_order_of_the_answer() -> None:
    rig = await opened(knobs={"ids_order": "reversed"})
    seen = len(rig.emulator.requests)
    changes = [creation(CUSTOMER, f"cus_{number}", name=f"N{number}") for number in range(100)]
    answers = await rig.push(*changes)
    assert rig.calls(seen) == [*CREATED, "data/list"]  # a full page may not be the last one
    ids = {record["kq_id"]: id for id, record in rig.people.read("customer").items()}
    assert [answer.id for answer in answers if isinstance(answer, Receipt)] == [ids[one.reference] for one in changes]


async def test_references_are_written_with_the_kequn_id_of_the_other() -> None:
    rig = await opened()
    customer = await made(rig)
    group = await rig.created(Kind.GROUP, "grp_1", name="群")
    refs = {"customer": customer.ref, "group": Ref(Kind.GROUP, "group", group.id)}
    await rig.created(Kind.MEMBERSHIP, "mem_1", **refs)
    (stored,) = rig.people.read("membership").values()
    assert (stored["customer_ref"], stored["customer_kq_id"]) == (customer.id, "cus_1")
    assert (stored["group_ref"], stored["group_kq_id"]) == (group.id, "grp_1")


async def test_a_lookup_that_is_dropped_is_read_from_the_kequn_id() -> None:
    rig = await opened(knobs={"lookup_write": "object"})
    customer = await made(rig)
    receipt = await rig.created(Kind.FEEDBACK, "fbk_1", subject="一", customer=customer.ref)
    (stored,) = rig.people.read("feedback").values()
    assert (stored["customer_ref"], stored["customer_kq_id"]) == (None, "cus_1")
    assert (await rig.record("feedback", receipt.id)).fields["customer"] == customer.ref


async def test_a_value_that_is_dropped_without_a_word_is_refused_by_name() -> None:
    rig = await opened(knobs={"lookup_write": "object"})
    tier = await rig.created(Kind.TIER, "tir_1", name="VIP")
    answer = await rig.answer(creation(CUSTOMER, "cus_1", name="甲", tier=Ref(Kind.TIER, "tier", tier.id)))
    assert isinstance(answer, Rejected)
    assert (answer.field, answer.maybe_applied) == ("tier", False)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": None}, "name"),
        ({"first_name": "x", "name": "甲"}, "first_name"),
        ({"phone": "12", "name": "甲"}, "phone"),
        ({"name": "nul \x00"}, "name"),
    ],
)
async def test_what_cannot_be_written_is_refused_before_a_write(fields: dict[str, Any], field: str) -> None:
    rig = await opened()
    answer = await rig.answer(creation(CUSTOMER, "cus_1", **fields))
    assert isinstance(answer, Rejected)
    assert (answer.field, rig.writes()) == (field, 0)


@pytest.mark.parametrize("name", ["owner", "tier"])
async def test_a_reference_to_nobody_waits(name: str) -> None:
    rig = await opened()
    target = Ref(Kind.STAFF, "staff", "jdy-nobody") if name == "owner" else Ref(Kind.TIER, "tier", "5" * 24)
    answer = await rig.answer(creation(CUSTOMER, "cus_1", name="甲", **{name: target}))
    assert isinstance(answer, MissingReference)
    assert (answer.field, rig.writes()) == (name, 0)


async def test_one_bad_change_does_not_stop_the_others() -> None:
    rig = await opened()
    answers = await rig.push(
        creation(CUSTOMER, "cus_1", name="甲"),
        creation(CUSTOMER, "cus_2", name=""),
        creation(CUSTOMER, "cus_3", name="丙"),
    )
    assert errors(answers) == ["Receipt", "Rejected", "Receipt"]


async def test_a_purchase_is_written_with_its_lines() -> None:
    rig = await opened()
    lines = (Line("茶叶", "食品", Decimal("1.5"), Money.of("7.25", "CNY"), None, True),)
    fields: dict[str, Any] = {
        "name": "DD1", "amount": Money.of("7.25", "CNY"), "kind": "sale", "lines": lines,
        "ordered_at": datetime(2026, 1, 2, 3, 4, 5, 678000, UTC),
    }  # fmt: skip
    receipt = await rig.created(Kind.PURCHASE, "pur_1", **fields)
    (stored,) = rig.people.read("purchase").values()
    assert (stored["kind"], stored["amount"], stored["ordered_at"]) == ("销售", 7.25, "2026-01-02T03:04:05.678Z")
    assert (stored["lines"][0]["title"], stored["lines"][0]["returned"]) == ("茶叶", "是")
    record = await rig.record("purchase", receipt.id)
    assert {name: record.fields[name] for name in fields} == fields
    more = (*lines, Line("茶具", quantity=Decimal(2)))
    await rig.answer(update(record, lines=more))
    after = rig.people.read("purchase")[receipt.id]
    assert after["lines"][0] == stored["lines"][0]
    assert (await rig.record("purchase", receipt.id)).fields["lines"] == more


# -- lost answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", ["timeout_after_commit", "timeout_before_commit", "html_502", "status_500", "truncated_json"]
)
async def test_a_create_whose_answer_is_lost_makes_one_record(fault: str) -> None:
    rig = await opened()
    rig.faults.script(None, fault)
    receipt = await rig.created(CUSTOMER, "cus_1", name="甲")
    assert list(rig.people.read("customer")) == [receipt.id]


async def test_a_create_that_arrived_is_not_sent_again() -> None:
    """An edit that came in between would be overwritten."""
    rig = await opened()
    rig.faults.script(None, "timeout_after_commit")
    seen = len(rig.emulator.requests)
    await rig.created(CUSTOMER, "cus_1", name="甲")
    assert rig.calls(seen) == CREATED


async def test_a_create_that_may_still_arrive_is_sent_under_the_same_transaction() -> None:
    rig = await opened()
    rig.faults.script(None, "timeout_before_commit", None, "timeout_before_commit")
    answer = await rig.answer(creation(CUSTOMER, "cus_1", name="甲"))
    assert isinstance(answer, RetryLater)
    assert answer.maybe_applied
    assert rig.people.read("customer") == {}
    await rig.push(creation(CUSTOMER, "cus_1", name="甲"))
    await rig.push(creation(CUSTOMER, "cus_2", name="乙"))
    assert len(rig.emulator.company.transactions) == 2
    assert len(rig.people.read("customer")) == 2


async def test_what_is_missing_of_a_batch_that_was_made_in_part_is_sent_again() -> None:
    rig = await opened()
    rig.faults.script(None, "partial_batch")
    answers = await rig.push(creation(CUSTOMER, "cus_1", name="甲"), creation(CUSTOMER, "cus_2", name="乙"))
    assert errors(answers) == ["Receipt", "Receipt"]
    assert len(rig.people.read("customer")) == 2


async def test_a_batch_that_was_made_in_part_is_told_change_by_change() -> None:
    rig = await opened()
    rig.faults.script(None, "partial_batch", None, "submit_failed")
    answers = await rig.push(creation(CUSTOMER, "cus_1", name="甲"), creation(CUSTOMER, "cus_2", name="乙"))
    assert errors(answers) == ["Receipt", "Refused"]
    again = await rig.push(creation(CUSTOMER, "cus_2", name="乙"), batch="another")
    assert errors(again) == ["Receipt"]
    assert len(rig.people.read("customer")) == 2


async def test_what_was_created_and_cannot_be_seen_may_be_there() -> None:
    rig = await opened()
    rig.faults.script(None, None, *["status_503"] * 5)
    answer = await rig.answer(creation(CUSTOMER, "cus_1", name="甲"))
    assert isinstance(answer, RetryLater)
    assert answer.maybe_applied


async def test_a_create_that_is_refused_is_not_tried_again() -> None:
    rig = await opened()
    rig.faults.script(None, "quota_full")
    answers = await rig.push(creation(CUSTOMER, "cus_1", name="甲"), creation(CUSTOMER, "cus_2", name="乙"))
    assert errors(answers) == ["RetryLater", "RetryLater"]
    assert rig.writes() == 1


async def test_a_batch_that_is_refused_for_one_of_its_records_is_made_without_it() -> None:
    rig = Rig()
    rig.connect(forms=rig.forms(customer={"fields": {**rig.forms()["customer"]["fields"], "postcode": "address.code"}}))
    await rig.crm.open()
    bad = {"cus_3": {"postcode": "200000"}, "cus_7": {"postcode": "200001"}}  # Jiandaoyun knows no such part
    references = [f"cus_{number}" for number in range(10)]
    answers = await rig.push(*[creation(CUSTOMER, one, name="甲", **bad.get(one, {})) for one in references])
    assert [one for one, answer in zip(references, answers, strict=True) if isinstance(answer, Rejected)] == list(bad)
    assert {stored["kq_id"] for stored in rig.people.read("customer").values()} == {*references} - {*bad}


async def test_a_transaction_that_was_sent_before_may_still_arrive() -> None:
    rig = await opened()
    rig.faults.script(None, "timeout_before_commit", None, "transaction_repeated")
    answer = await rig.answer(creation(CUSTOMER, "cus_1", name="甲"))
    assert isinstance(answer, RetryLater)
    assert answer.maybe_applied


async def test_a_creator_who_is_no_member_is_told_in_words() -> None:
    rig = Rig()
    rig.connect(forms=rig.forms(customer={"data_creator": "jdy-nobody"}))
    await rig.crm.open()
    answer = await rig.answer(creation(CUSTOMER, "cus_1", name="甲"))
    assert isinstance(answer, Rejected)
    assert "there is no such member" in answer.message


async def test_a_kequn_id_that_is_taken_is_refused_with_the_other_record() -> None:
    rig = await opened()
    other = rig.people.create("customer", {"name": "乙", "kq_id": "cus_1"})
    answer = await rig.answer(creation(CUSTOMER, "cus_1", name="甲"))
    assert isinstance(answer, Rejected)
    assert (answer.other_id, rig.writes()) == (other, 0)


async def test_without_a_widget_for_kequns_id_nothing_is_created() -> None:
    rig = Rig()
    rig.people.remove_field("customer", "kq_id")
    await rig.crm.open()
    assert not rig.crm.capabilities.objects["customer"].create
    answer = await rig.answer(creation(CUSTOMER, "cus_1", name="甲"))
    assert isinstance(answer, Rejected)
    assert "kq_id" in answer.message
    assert rig.crm.capabilities.objects["customer"].update


# -- updates and deletes -----------------------------------------------------------------------------------------------


async def test_a_textarea_does_not_do_for_kequns_id() -> None:
    """Jiandaoyun does not search it: a create could not be looked up."""
    rig = Rig()
    rig.connect(forms=rig.forms(customer={"key": "note"}))
    await rig.crm.open()
    assert not rig.crm.capabilities.objects["customer"].create
    problem = next(one for one in await rig.crm.check() if one.field == "note")
    assert "is of type textarea, not text" in problem.message


async def test_an_update_sends_the_changed_fields_alone_right_after_a_look() -> None:
    rig = await opened()
    record = await made(rig, notes="n", occupation="o")
    rig.later()
    seen = len(rig.emulator.requests)
    answer = await rig.answer(update(record, notes="after"))
    assert rig.calls(seen) == ["data/get", "data/update"]
    after = await rig.record("customer", record.id)
    assert isinstance(answer, Receipt)
    assert (after.fields["notes"], after.fields["occupation"]) == ("after", "o")
    assert answer.version == after.version > record.version


async def test_a_look_that_cannot_be_read_has_written_nothing() -> None:
    rig = await opened()
    record = await made(rig)
    rig.tap.nonsense = {"data": []}
    answer = await rig.answer(update(record, notes="x"))
    assert isinstance(answer, BrokenReply)
    assert not answer.maybe_applied


@pytest.mark.parametrize("change", [lambda record: update(record, notes="late"), deletion])
async def test_a_stale_version_writes_nothing(change: Any) -> None:
    rig = await opened()
    record = await made(rig)
    rig.later()
    rig.people.edit("customer", record.id, {"occupation": "theirs"})
    writes = rig.writes()
    assert errors([await rig.answer(change(record))]) == ["ChangedMeanwhile"]
    assert rig.writes() == writes


async def test_another_edit_in_the_same_millisecond_is_seen_by_its_values() -> None:
    rig = await opened(rate=1_000_000)
    record = await made(rig)
    rig.people.edit("customer", record.id, {"occupation": "theirs"})
    answer = await rig.answer(update(record, notes="late"))
    assert isinstance(answer, ChangedMeanwhile)
    fresh = await rig.record("customer", record.id)
    assert fresh.version == record.version
    assert errors([await rig.answer(update(fresh, notes="in time"))]) == ["Receipt"]
    assert errors([await rig.answer(update(fresh, notes="and again"))]) == ["Receipt"]


async def test_a_record_that_is_gone_is_not_there_to_be_changed() -> None:
    rig = await opened()
    record = await made(rig)
    rig.people.delete("customer", record.id)
    assert isinstance(await rig.answer(update(record, notes="x")), NotThere)
    assert isinstance(await rig.answer(deletion(record)), Receipt)


async def test_a_delete_is_a_look_and_a_delete() -> None:
    rig = await opened()
    record = await made(rig)
    seen = len(rig.emulator.requests)
    assert isinstance(await rig.answer(deletion(record)), Receipt)
    assert rig.calls(seen) == ["data/get", "data/delete"]
    assert rig.people.read("customer") == {}


async def test_an_update_whose_answer_is_lost_says_so() -> None:
    rig = await opened()
    record = await made(rig)
    rig.faults.script(None, "timeout_after_commit")
    answers = await rig.push(update(record, notes="x"), update(record, occupation="y"))
    assert isinstance(answers[0], RetryLater)
    assert isinstance(answers[1], RetryLater)
    assert (answers[0].maybe_applied, answers[1].maybe_applied) == (True, False)


@pytest.mark.parametrize("fault", ["form_busy", "queue_full", "company_rate", "submit_failed", "throttled"])
async def test_a_write_that_was_not_carried_out_is_repeated(fault: str) -> None:
    rig = await opened()
    record = await made(rig)
    rig.faults.script(None, fault)
    assert isinstance(await rig.answer(update(record, notes="x")), Receipt)


async def test_a_time_that_null_does_not_clear_is_told() -> None:
    rig = await opened(knobs={"datetime_null": "keep"})
    receipt = await rig.created(Kind.PURCHASE, "pur_1", name="DD1", paid_at=datetime(2026, 1, 2, tzinfo=UTC))
    answer = await rig.answer(update(await rig.record("purchase", receipt.id), paid_at=None, status="退款"))
    assert isinstance(answer, Rejected)
    assert (answer.field, answer.maybe_applied) == ("paid_at", True)  # the status was written
    assert rig.people.read("purchase")[receipt.id]["status"] == "退款"


@pytest.mark.parametrize(("adopt", "key"), [(False, None), (True, "cus_1")])
async def test_records_of_others_get_kequns_id_when_a_setting_says_so(adopt: bool, key: str | None) -> None:
    rig = await opened(adopt=adopt)
    id = rig.people.create("customer", {"name": "甲", "type": "个人"})
    rig.later()
    record = await rig.record("customer", id)
    seen = len(rig.emulator.requests)
    change = update(record, notes="x")
    change = type(change)(change.op, change.kind, change.object, "cus_1", change.id, change.version, change.fields)
    assert isinstance(await rig.answer(change), Receipt)
    assert rig.people.read("customer")[id]["kq_id"] == key
    assert rig.calls(seen) == ["data/get", "data/update"]


async def test_a_key_without_the_right_to_write_stops_the_batch() -> None:
    rig = await opened(knobs={"denied_calls": ["app/entry/data/batch_create"]})
    answers = await rig.push(creation(CUSTOMER, "cus_1", name="甲"), creation(Kind.GROUP, "grp_1", name="群"))
    assert isinstance(answers[0], NeedsLogin)
    assert answers[0].scope == "app/entry/data/batch_create"
    assert isinstance(answers[1], RetryLater)


async def test_nothing_is_written_to_what_is_no_form() -> None:
    rig = await opened()
    assert errors(await rig.push(creation(Kind.STAFF, "stf_1", name="x"))) == ["Rejected"]


async def test_the_creator_may_be_set() -> None:
    rig = Rig()
    rig.connect(forms=rig.forms(customer={"data_creator": "jdy-abc"}))
    await rig.crm.open()
    await made(rig)
    (stored,) = rig.people.read("customer").values()
    assert stored["creator"]["username"] == "jdy-abc"


async def test_organisations_may_have_a_form_of_their_own() -> None:
    rig = Rig()
    company = {
        "kind": "customer", "app_id": "5f" + "0" * 22, "entry_id": rig.forms()["group"]["entry_id"],
        "type": "organisation", "fields": {"name": "name"},
    }  # fmt: skip
    forms = {"company": company, **{name: form for name, form in rig.forms().items() if name != "group"}}
    forms.pop("membership")
    forms["customer"] = {**forms["customer"], "targets": {"parent": "company"}}
    rig.connect(forms=forms)
    await rig.crm.open()
    assert rig.crm.place(CUSTOMER, {"type": "organisation"}) == "company"
    assert rig.crm.place(CUSTOMER, {"type": "person"}) == "customer"
    change = creation(CUSTOMER, "cus_1", name="公司")
    fields = {"name": "公司"}
    answer = await rig.answer(type(change)(change.op, CUSTOMER, "company", "cus_1", fields=fields))
    assert isinstance(answer, Receipt)
    assert (await rig.record("company", answer.id)).fields == {"name": "公司", "type": "organisation"}
    parent = Ref(CUSTOMER, "company", answer.id)
    assert (await made(rig, parent=parent)).fields["parent"] == parent
