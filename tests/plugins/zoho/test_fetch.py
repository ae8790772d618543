"""Records by id and by kequn id: what is there, what is gone, and what a list that lags hides."""

import pytest

from kequn.contracts.changes import Change, Op
from kequn.contracts.records import Gone, Kind, Record, Roster
from tests.plugins.zoho.rig import Rig, opened

pytestmark = pytest.mark.anyio

NOBODY = "554023000000999999"


def person(rig: Rig, **fields: object) -> str:
    return str(rig.people.create("Contacts", {"Last_Name": "Bado", **fields}))


async def test_what_is_there_and_what_is_gone() -> None:
    rig = await opened()
    there, deleted = person(rig), person(rig)
    rig.people.delete("Contacts", deleted)
    found = await rig.crm.fetch("Contacts", [there, deleted, NOBODY, "no id", there])
    gone = [one for one in found if isinstance(one, Gone)]
    assert [one.id for one in found if isinstance(one, Record)] == [there]
    assert [one.owner.id for one in found if isinstance(one, Roster)] == [there]
    assert [one.id for one in gone] == [deleted, NOBODY, "no id"]
    assert gone[0].version == int(rig.clock.now().timestamp())


async def test_a_list_that_lags_proves_nothing() -> None:
    rig = await opened()
    id = person(rig)
    rig.emulator.faults.script("stale_read")
    (record, roster) = await rig.crm.fetch("Contacts", [id])
    assert isinstance(record, Record)
    assert isinstance(roster, Roster)
    assert record.fields["name"] == "Bado"


async def test_more_than_a_hundred() -> None:
    rig = await opened()
    ids = [person(rig) for _ in range(230)]
    found = await rig.crm.fetch("Contacts", ids)
    assert sorted(one.id for one in found if isinstance(one, Record)) == sorted(ids)


async def test_a_merged_record_is_gone() -> None:
    rig = await opened()
    winner, loser = person(rig), person(rig)
    cursor = (await rig.walk("contacts")).cursor
    rig.people.merge("Contacts", winner, loser)
    assert [type(one) for one in await rig.crm.fetch("Contacts", [loser])] == [Gone]
    assert loser in [gone.id for gone in (await rig.walk("contacts", cursor)).gone]


async def test_a_restored_record_is_there_again() -> None:
    rig = await opened()
    id = person(rig)
    rig.people.delete("Contacts", id)
    rig.later()
    rig.people.restore("Contacts", id)
    assert (await rig.record("Contacts", id)).fields["name"] == "Bado"


async def test_many_references_are_found_and_odd_ones_are_not_asked_for() -> None:
    rig = await opened()
    references = [f"cus_{at:032x}" for at in range(150)]
    await rig.push(*[Change(Op.CREATE, Kind.CUSTOMER, "Contacts", one, fields={"name": "B"}) for one in references])
    found = await rig.crm.find("Contacts", [*references, "x' or Last_Name != '", ""])
    assert sorted(str(record.reference) for record in found) == references


async def test_nothing_is_asked_for_nothing() -> None:
    rig = await opened()
    asked = len(rig.tap.sent)
    assert await rig.crm.find("Contacts", []) == []
    assert await rig.crm.find("Tags", ["grp_1"]) == []
    assert await rig.crm.fetch("Contacts", []) == []
    assert await rig.crm.fetch("Nonsense", ["1"]) == []
    assert len(rig.tap.sent) == asked


async def test_a_deal_with_an_organisation_alone() -> None:
    rig = await opened()
    account = rig.people.create("Accounts", {"Account_Name": "Mill"})
    id = rig.people.create(
        "Deals", {"Deal_Name": "Tea", "Stage": "Closed Won", "Account_Name": {"id": account}, "Amount": 12.345}
    )
    record = await rig.record("Deals", id)
    customer, amount = record.fields["customer"], record.fields["amount"]
    assert (getattr(customer, "object", None), getattr(customer, "id", None)) == ("Accounts", account)
    assert getattr(amount, "micros", None) == 12_345_000
