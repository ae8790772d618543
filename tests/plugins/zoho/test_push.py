"""Writes of records, against the emulator: what is written, what is refused before and after a request, and what
becomes of the others."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kequn.contracts.changes import Change, Op, Receipt
from kequn.contracts.errors import ChangedMeanwhile, MissingReference, NotThere, Rejected, RetryLater
from kequn.contracts.records import Kind, Money, Record, Ref, Value
from tests.plugins.zoho.rig import Rig, opened

pytestmark = pytest.mark.anyio

PERSON, DEAL = Kind.CUSTOMER, Kind.PURCHASE


def new(reference: str, **fields: Value) -> Change:
    return Change(Op.CREATE, PERSON, "Contacts", reference, fields=fields)


def update(id: str, version: int | None, **fields: Value) -> Change:
    return Change(Op.UPDATE, PERSON, "Contacts", "cus_1", id, version, fields)


def delete(id: str, version: int | None = None) -> Change:
    return Change(Op.DELETE, PERSON, "Contacts", "cus_1", id, version)


async def contact(rig: Rig, **fields: Any) -> Record:
    """As somebody else made it some time ago."""
    id = rig.people.create("Contacts", {"Last_Name": "Fika", **fields})
    rig.later()
    return await rig.record("Contacts", id)


async def test_a_create_leaves_the_kequn_id_where_it_is_found_at_once() -> None:
    rig = await opened()
    receipt = await rig.create(PERSON, "Contacts", "cus_1", name="Bado Fika", email="bado@example.com")
    (found,) = await rig.crm.find("Contacts", ["cus_1", "cus_2"])
    assert (found.id, found.version, found.reference) == (receipt.id, receipt.version, "cus_1")
    assert (found.fields["name"], found.fields["email"]) == ("Bado Fika", "bado@example.com")


@pytest.mark.parametrize(
    ("kind", "object", "fields"),
    [
        (PERSON, "Accounts", {"name": "Mill", "website": "https://mill.example.org"}),
        (DEAL, "Deals", {"name": "Tea", "amount": Money.of("12.5", "CNY")}),
        (Kind.FEEDBACK, "Cases", {"subject": "Slow", "content": "it is slow"}),
        (Kind.INTERACTION, "Calls", {"subject": "Ring", "happened_at": datetime(2026, 1, 1, tzinfo=UTC)}),
        (Kind.INTERACTION, "Events", {"subject": "Talk", "happened_at": datetime(2026, 1, 1, tzinfo=UTC)}),
        (Kind.INTERACTION, "Tasks", {"subject": "Write", "status": "Completed"}),
    ],
)
async def test_what_was_created_is_read_back(kind: Kind, object: str, fields: dict[str, Value]) -> None:
    rig = await opened()
    receipt = await rig.create(kind, object, "ref_1", **fields)
    record = await rig.record(object, receipt.id)
    assert fields.items() <= record.fields.items()
    assert [found.id for found in await rig.crm.find(object, ["ref_1"])] == [receipt.id]


async def test_a_create_without_an_answer_makes_one_record() -> None:
    rig = await opened()
    rig.emulator.faults.script("timeout_after_commit")
    (lost,) = await rig.push(new("cus_1", name="Bado"))
    assert isinstance(lost, RetryLater)
    assert lost.maybe_applied
    (again,) = await rig.push(new("cus_1", name="Bado"))
    assert isinstance(again, Receipt)
    assert list(rig.people.read("Contacts")) == [again.id]


async def test_a_create_that_meets_another_record_is_refused_with_its_id() -> None:
    rig = await opened()
    rig.people.add_field("Contacts", "Member No", "text", unique=True)
    await rig.reopen(fields={"Contacts": {"Member_No": "uscc"}})
    other = rig.people.create("Contacts", {"Last_Name": "Fika", "Member_No": "7"})
    (answer,) = await rig.push(new("cus_1", name="Bado", uscc="7"))
    assert isinstance(answer, Rejected)
    assert (answer.field, answer.other_id) == ("uscc", other)
    assert rig.people.read("Contacts")[other]["Last_Name"] == "Fika"


async def test_an_update_writes_what_changed_alone() -> None:
    rig = await opened()
    before = await contact(rig, Title="Miller", Email="a@example.com")
    rig.people.edit("Contacts", before.id, {"Email": "b@example.com"})
    (answer,) = await rig.push(update(before.id, None, occupation="Baker"))
    raw = rig.people.read("Contacts")[before.id]
    assert isinstance(answer, Receipt)
    assert (raw["Title"], raw["Email"]) == ("Baker", "b@example.com")
    assert answer.version == (await rig.record("Contacts", before.id)).version


async def test_a_stale_version_writes_nothing() -> None:
    rig = await opened()
    before = await contact(rig, Title="Miller")
    rig.people.edit("Contacts", before.id, {"Title": "Smith"})
    (answer,) = await rig.push(update(before.id, before.version, occupation="Baker"))
    assert isinstance(answer, ChangedMeanwhile)
    assert rig.people.read("Contacts")[before.id]["Title"] == "Smith"


async def test_an_edit_within_the_second_of_the_version_is_not_overwritten() -> None:
    rig = await opened()
    id = rig.people.create("Contacts", {"Last_Name": "Fika", "Title": "Miller"})
    young = await rig.record("Contacts", id)
    rig.people.edit("Contacts", id, {"Title": "Smith"})
    assert rig.emulator.org.modules["Contacts"].table.rows[id]["Modified_Time"] == young.version
    (answer,) = await rig.push(update(id, young.version, occupation="Baker"))
    assert isinstance(answer, ChangedMeanwhile)
    assert rig.people.read("Contacts")[id]["Title"] == "Smith"


async def test_a_young_record_that_nobody_touched_is_written() -> None:
    rig = await opened()
    id = rig.people.create("Contacts", {"Last_Name": "Fika"})
    young = await rig.record("Contacts", id)
    (answer,) = await rig.push(update(id, young.version, occupation="Baker"))
    assert isinstance(answer, Receipt)
    assert answer.version is not None
    assert answer.version > young.version


async def test_null_empty_and_left_out() -> None:
    rig = await opened()
    before = await contact(rig, Title="Miller", Email="a@example.com", Description="x")
    await rig.push(update(before.id, before.version, occupation=None, notes=""))
    after = await rig.record("Contacts", before.id)
    assert (after.fields["occupation"], after.fields["notes"], after.fields["email"]) == (None, None, "a@example.com")


@pytest.mark.parametrize(
    ("object", "fields", "field"),
    [
        ("Contacts", {"email": "a@example.com"}, "name"),
        ("Contacts", {"name": "Bado", "interests": frozenset({"tea"})}, "interests"),
        ("Contacts", {"name": "Bado", "type": "person"}, "type"),
        ("Contacts", {"name": "Bado", "notes": "a\x00b"}, "notes"),
        ("Contacts", {"name": "x" * 200}, "name"),
        ("Contacts", {"name": "Bado", "tier": Ref(Kind.TIER, "Tiers", "Gold")}, "tier"),
        ("Contacts", {"name": "Bado", "parent": Ref(PERSON, "Contacts", "1")}, "parent"),
        ("Accounts", {"website": "https://mill.example.org"}, "name"),
        ("Calls", {"subject": "Ring"}, "happened_at"),
    ],
)
async def test_refused_before_any_request(object: str, fields: dict[str, Value], field: str) -> None:
    rig = await opened()
    writes = rig.writes()
    kind = Kind.INTERACTION if object == "Calls" else PERSON
    (answer,) = await rig.push(Change(Op.CREATE, kind, object, "cus_1", fields=fields))
    assert isinstance(answer, Rejected)
    assert answer.field == field
    assert rig.writes() == writes


async def test_a_mandatory_field_is_not_emptied() -> None:
    rig = await opened()
    before = await contact(rig)
    (answer,) = await rig.push(update(before.id, before.version, name=None))
    assert isinstance(answer, Rejected)
    assert answer.field == "name"


@pytest.mark.parametrize("fields", [{"email": "no address"}, {"email": "x" * 300 + "@example.com"}])
async def test_refused_by_zoho_naming_our_field(fields: dict[str, Value]) -> None:
    rig = await opened()
    (answer,) = await rig.push(new("cus_1", name="Bado", **fields))
    assert isinstance(answer, Rejected)
    assert answer.field == "email"
    assert "no address" not in str(answer)


async def test_one_bad_of_a_hundred() -> None:
    rig = await opened()
    changes = [new(f"cus_{at}", name=f"Bado {at}", email=None if at != 41 else "none") for at in range(100)]
    answers = await rig.push(*changes)
    assert [at for at, answer in enumerate(answers) if not isinstance(answer, Receipt)] == [41]
    assert len(rig.people.read("Contacts")) == 99


async def test_more_than_a_hundred() -> None:
    rig = await opened()
    answers = await rig.push(*[new(f"cus_{at}", name=f"Bado {at}") for at in range(250)])
    names = {answer.id: f"Bado {at}" for at, answer in enumerate(answers) if isinstance(answer, Receipt)}
    raws = rig.people.read("Contacts")
    assert {id: f"{raws[id]['First_Name']} {raws[id]['Last_Name']}" for id in raws} == names


async def test_a_reference_to_what_is_not_there_waits() -> None:
    rig = await opened()
    lost = Ref(PERSON, "Accounts", "554023000000999999")
    (answer,) = await rig.push(new("cus_1", name="Bado", parent=lost))
    assert isinstance(answer, MissingReference)
    assert answer.field == "parent"
    account = rig.people.create("Accounts", {"Account_Name": "Mill"})
    receipt = await rig.create(PERSON, "Contacts", "cus_1", name="Bado", parent=Ref(PERSON, "Accounts", account))
    assert (await rig.record("Contacts", receipt.id)).fields["parent"] == Ref(PERSON, "Accounts", account)


async def test_an_owner_who_has_left_is_no_record_that_is_gone() -> None:
    rig = await opened()
    one = await contact(rig)
    left = (await rig.walk("users")).ids[1]
    rig.people.edit("Users", left, {"status": "inactive"})
    owner = Ref(Kind.STAFF, "Users", left)
    for change in (new("cus_2", name="Bado", owner=owner), update(one.id, one.version, owner=owner)):
        (answer,) = await rig.push(change)
        assert isinstance(answer, MissingReference)
        assert answer.field == "owner"


async def test_an_update_of_what_is_gone() -> None:
    rig = await opened()
    before = await contact(rig)
    rig.people.delete("Contacts", before.id)
    plain, looking = await rig.push(
        update(before.id, before.version, occupation="Baker"),
        Change(Op.UPDATE, PERSON, "Contacts", "cus_2", before.id, before.version, {"name": "Bado"}),
    )
    assert isinstance(plain, NotThere)
    assert isinstance(looking, NotThere)


async def test_deleting_twice_is_fine() -> None:
    rig = await opened()
    before = await contact(rig)
    (first,) = await rig.push(delete(before.id, before.version))
    (second,) = await rig.push(delete(before.id, before.version))
    assert (first, second) == (Receipt(before.id), Receipt(before.id))


async def test_a_record_that_was_edited_is_not_deleted() -> None:
    rig = await opened()
    before = await contact(rig)
    rig.people.edit("Contacts", before.id, {"Title": "Smith"})
    (answer,) = await rig.push(delete(before.id, before.version))
    assert isinstance(answer, ChangedMeanwhile)
    assert before.id in rig.people.read("Contacts")


async def test_many_deletes_are_one_request() -> None:
    rig = await opened(records=60)
    records = (await rig.walk("contacts")).records
    before = rig.writes()
    answers = await rig.push(*[delete(record.id, record.version) for record in records])
    assert {type(answer) for answer in answers} == {Receipt}
    assert rig.writes() == before + 1
    assert rig.people.read("Contacts") == {}


@pytest.mark.requirement("X03")
@pytest.mark.parametrize("currency", ["CNY", "USD"])
async def test_an_amount_in_each_currency(currency: str) -> None:
    rig = await opened(knobs={"multi_currency": True})
    amount = Money.of("1234.56", currency)
    receipt = await rig.create(DEAL, "Deals", "pur_1", name="Tea", amount=amount)
    assert (await rig.record("Deals", receipt.id)).fields["amount"] == amount
    assert rig.people.read("Deals")[receipt.id]["Currency"] == currency


async def test_another_currency_where_there_is_one_alone() -> None:
    rig = await opened(knobs={"multi_currency": False})
    fields: dict[str, Value] = {"name": "Tea", "amount": Money.of(5, "USD")}
    (answer,) = await rig.push(Change(Op.CREATE, DEAL, "Deals", "pur_1", fields=fields))
    assert isinstance(answer, Rejected)
    assert answer.field == "amount"
    with pytest.raises(Rejected, match="one currency"):
        rig.crm.normal("Deals", fields)
    receipt = await rig.create(DEAL, "Deals", "pur_2", name="Tea", amount=Money.of(5, "CNY"))
    assert (await rig.record("Deals", receipt.id)).fields["amount"] == Money.of(5, "CNY")


@pytest.mark.requirement("X03")
@pytest.mark.parametrize("text", ["王小明", "🐼🧧", "שלום", "𠮷野", "a\u200db", "é", "x" * 2000 + "\n" + "y" * 2000])
async def test_text_is_stored_as_it_is(text: str) -> None:
    rig = await opened()
    receipt = await rig.create(PERSON, "Contacts", "cus_1", name="Bado", notes=text)
    assert (await rig.record("Contacts", receipt.id)).fields["notes"] == text


async def test_the_phone_is_written_where_it_stood() -> None:
    rig = await opened()
    mobile, desk = await contact(rig, Mobile="111", Phone="222"), await contact(rig, Phone="333")
    await rig.push(update(mobile.id, mobile.version, phone="119"), update(desk.id, desk.version, phone="339"))
    raws = rig.people.read("Contacts")
    assert [raws[mobile.id][name] for name in ("Mobile", "Phone")] == ["119", "222"]
    assert [raws[desk.id][name] for name in ("Mobile", "Phone")] == [None, "339"]


async def test_a_name_keeps_the_part_that_did_not_change() -> None:
    rig = await opened()
    before = await contact(rig, First_Name="Bado Mola", Last_Name="Fika")
    await rig.push(update(before.id, before.version, name="Bado Mola Vota Fika"))
    raw = rig.people.read("Contacts")[before.id]
    assert (raw["First_Name"], raw["Last_Name"]) == ("Bado Mola Vota", "Fika")


async def test_a_failure_among_updates_stops_the_rest_and_keeps_the_receipts() -> None:
    rig = await opened()
    records = [await contact(rig) for _ in range(4)]
    rig.emulator.faults.script(None, "timeout_after_commit")
    answers = await rig.push(*[update(one.id, one.version, occupation="Baker") for one in records])
    assert isinstance(answers[0], Receipt)
    assert [(type(answer), answer.maybe_applied) for answer in answers[1:] if not isinstance(answer, Receipt)] == [
        (RetryLater, True),
        (RetryLater, False),
        (RetryLater, False),
    ]
    titles = [raw["Title"] for raw in rig.people.read("Contacts").values()]
    assert titles.count("Baker") == 2


async def test_a_locked_record_is_refused_and_the_others_are_written() -> None:
    rig = await opened()
    records = [await contact(rig) for _ in range(3)]
    rig.emulator.faults.script("record_locked")
    answers = await rig.push(*[update(one.id, one.version, occupation="Baker") for one in records])
    assert [type(answer).__name__ for answer in answers] == ["Refused", "Receipt", "Receipt"]
    assert isinstance(answers[0], Rejected)


async def test_a_batch_that_succeeds_in_part() -> None:
    rig = await opened()
    rig.emulator.faults.script("partial_batch")
    answers = await rig.push(*[new(f"cus_{at}", name=f"Bado {at}") for at in range(10)])
    written = [answer.id for answer in answers if isinstance(answer, Receipt)]
    assert sorted(written) == sorted(rig.people.read("Contacts"))
    assert 0 < len(written) < 10


async def test_the_order_of_changes_to_one_record_is_kept() -> None:
    rig = await opened()
    before = await contact(rig)
    answers = await rig.push(
        update(before.id, None, occupation="Baker"), update(before.id, None, occupation="Smith"), delete(before.id)
    )
    assert [type(answer) for answer in answers] == [Receipt, Receipt, Receipt]
    assert rig.people.read("Contacts") == {}


async def test_without_a_kequn_id_field_nothing_is_created() -> None:
    rig = await opened(create_fields=False)
    (answer,) = await rig.push(new("cus_1", name="Bado"))
    assert isinstance(answer, Rejected)
    assert "Kequn Id" in answer.message
    assert "Kequn_Id" in [problem.field for problem in await rig.crm.check() if problem.object == "Contacts"]
    assert rig.people.read("Contacts") == {}


async def test_a_scope_that_is_missing_for_making_fields_is_told() -> None:
    scopes = "ZohoCRM.modules.ALL,ZohoCRM.settings.modules.READ,ZohoCRM.settings.fields.READ,ZohoCRM.settings.tags.ALL"
    rig = await opened(knobs={"scopes": scopes + ",ZohoCRM.users.READ,ZohoCRM.org.READ,ZohoCRM.coql.READ"})
    problems = {problem.object: problem for problem in await rig.crm.check() if problem.field == "Kequn_Id"}
    assert "Contacts" in problems
    assert "ZohoCRM.settings.fields.CREATE" in problems["Contacts"].message
