"""A CRM lets go of whoever is deleted, and does not say of which records. Once they stand there again, those records
are told again whom they are about."""

import pytest

from kequn.contracts.records import Kind
from kequn.testing.memory import Options
from tests.kequn.sync.world import Crash, Site, World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"


async def _feedback_about_somebody(world: World) -> tuple[Site, str]:
    crm = await world.add("crm", Options(silent=True))
    id = crm.person("Lemona", phone=PHONE)
    crm.people.create("feedback", {"subject": "Parcel", "customer": crm.ref("people", id)})
    await world.calm(2)
    return crm, id


def _about(crm: Site) -> list[object]:
    return [one["customer"] for one in crm.people.read("feedback").values()]


async def test_whoever_is_made_anew_is_referred_to_anew(small: World) -> None:
    crm, id = await _feedback_about_somebody(small)
    await small.edit(Kind.CUSTOMER, (await small.the_row()).id, city="here")
    crm.people.delete("people", id)
    assert _about(crm) == [None]
    await small.calm(4)
    [person] = crm.people.read("people")
    assert (person != id, _about(crm)) == (True, [crm.ref("people", person)])


async def test_whoever_is_restored_is_referred_to_anew(small: World) -> None:
    crm, id = await _feedback_about_somebody(small)
    crm.people.delete("people", id)
    await small.calm(2)
    crm.people.restore("people", id)
    await small.calm(4)
    assert _about(crm) == [crm.ref("people", id)]
    assert (await small.the_row(Kind.FEEDBACK)).facts["customer"] == (await small.the_row()).id


async def test_who_belongs_to_an_organisation_that_is_made_anew_belongs_to_it_again(small: World) -> None:
    crm = await small.add("crm", Options(silent=True))
    mill = crm.people.create("companies", {"name": "Mill", "phone": PHONE})
    crm.person("Lemona", parent=crm.ref("companies", mill))
    await small.calm(2)
    row = next(row for row in (await small.rows(Kind.CUSTOMER)).values() if row.facts["name"] == "Mill")
    await small.edit(Kind.CUSTOMER, row.id, city="here")
    crm.people.delete("companies", mill)
    await small.calm(4)
    [again] = crm.people.read("companies")
    assert [one["parent"] for one in crm.people.read("people").values()] == [crm.ref("companies", again)]


@pytest.mark.parametrize("made_anew", [False, True], ids=["first record", "made anew"])
async def test_where_somebody_lived_on_nobody_is_told_anew(small: World, made_anew: bool) -> None:
    """Deleted at one, edited at the other, which never let go of them: what is about them there keeps what was agreed
    on, so that an edit of it is one. Though they died there once, and were made anew."""
    one, other = await small.add("one"), await small.add("other")
    lemona, plum = one.person("Lemona", phone=PHONE), one.person("Plum", phone="+86 19900000002")
    one.people.create("feedback", {"subject": "Parcel", "customer": one.ref("people", lemona)})
    await small.calm(2)
    if made_anew:
        rows = {row.facts["name"]: id for id, row in (await small.rows(Kind.CUSTOMER)).items()}
        await small.edit(Kind.CUSTOMER, rows["Lemona"], city="here")
        other.people.delete("people", next(id for id, one in other.people.read("people").items() if "L" in one["name"]))
        await small.calm(4)
        [question] = await small.conflicts()
        await small.settle(question.id, "keep")
        await small.calm(2)
    there = {fields["name"]: id for id, fields in other.people.read("people").items()}
    [about] = other.people.read("feedback")
    one.people.delete("people", lemona)
    await small.sync(one)
    other.people.edit("people", there["Lemona"], {"city": "there"})
    other.people.edit("feedback", about, {"customer": other.ref("people", there["Plum"])})
    await small.calm(4)
    assert _about(other) == [other.ref("people", there["Plum"])]
    assert _about(one) == [one.ref("people", plum)]
    assert [conflict.type for conflict in await small.conflicts()] == ["delete"]


async def test_whose_delete_may_have_arrived_and_was_taken_back_is_referred_to_anew(small: World) -> None:
    crm, id = await _feedback_about_somebody(small)
    await small.delete(Kind.CUSTOMER, (await small.the_row()).id)

    async def crash(request: str, object: str) -> None:
        if request == "push":
            raise Crash

    crm.crm.faults.after(crash)
    with pytest.raises(Crash):
        await small.sync(crm)
    await small.crash()
    assert (_about(crm), len(await small.intents())) == ([None], 1)
    crm.people.restore("people", id)
    crm.people.edit("people", id, {"city": "there"})
    await small.calm(4)
    assert _about(crm) == [crm.ref("people", id)]
