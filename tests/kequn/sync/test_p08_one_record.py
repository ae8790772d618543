"""P8: kequn never creates a second external record for a row, although create is not idempotent. Doubles made by people
are linked as secondary."""

import asyncio
from dataclasses import replace

import pytest

from kequn.contracts.records import Kind
from kequn.store.runs import Fenced
from kequn.testing.memory import Fault, Options
from kequn.testing.memory.sheet import USUAL
from tests.kequn.sync.world import EVERYTHING, Site, World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"
BLIND = Options(unique_reference=False)  # a CRM that takes the same kequn id twice


@pytest.mark.parametrize("fault", list(Fault)[:4])
@pytest.mark.parametrize("direction", ["both", "out"])
async def test_a_create_without_an_answer_is_not_repeated(small: World, fault: Fault, direction: str) -> None:
    policy = {**EVERYTHING, "customer": {"create": "always", "direction": direction}}
    crm = await small.add("crm", BLIND, policy)
    rows = [await small.create(Kind.CUSTOMER, name=f"No. {number}") for number in range(5)]
    crm.crm.faults.script(fault, fault)
    for _ in range(4):
        await small.round()
    assert len(crm.people.read("people")) == len(rows)
    assert {link.row_id for link in await small.links(crm)} == set(rows)


async def test_a_lost_create_that_reads_do_not_show_yet(small: World) -> None:
    """Listings lag behind; the search for the kequn id does not."""
    crm = await small.add("crm", replace(BLIND, settle_seconds=600))
    row = await small.create(Kind.CUSTOMER, name="Lemona", phone=PHONE)
    crm.crm.faults.script(Fault.LOST_AFTER)
    for _ in range(4):
        await small.sync(crm)
        small.clock.move(60)
    assert len(crm.people.read("people")) == 1
    await small.calm(2)
    assert [link.row_id for link in await small.links(crm)] == [row]


async def test_a_record_of_their_own_is_not_taken_for_a_lost_create(small: World) -> None:
    """It says otherwise what the row says: nobody agreed on that."""
    crm = await small.add("crm")
    await small.create(Kind.CUSTOMER, name="Lemona", phone=PHONE, city="here")
    crm.crm.faults.script(Fault.LOST_BEFORE)
    await small.sync(crm)
    id = crm.person("Lemona", phone=PHONE, city="there")
    await small.calm(2)
    assert list(crm.people.read("people")) == [id]
    [conflict] = await small.conflicts()
    assert (conflict.ours, conflict.theirs) == ({"city": "here"}, {"city": "there"})


async def test_a_create_that_had_to_be_repeated_leaves_nothing_unanswered(small: World) -> None:
    crm = await small.add("crm", BLIND)
    await small.create(Kind.CUSTOMER, name="Lemona", phone=PHONE)
    crm.crm.faults.script(Fault.LOST_BEFORE)
    await small.sync(crm)
    assert len(await small.intents()) == 1
    await small.calm(1)
    assert await small.intents() == []
    assert len(crm.people.read("people")) == 1


async def test_a_lost_create_that_was_edited_meanwhile(small: World) -> None:
    crm = await small.add("crm", BLIND)
    row = await small.create(Kind.CUSTOMER, name="Lemona", city="sent", phone=PHONE)
    crm.crm.faults.script(Fault.LOST_AFTER)
    await small.sync(crm)
    [id] = crm.people.read("people")
    crm.people.edit("people", id, {"notes": "there"})
    await small.edit(Kind.CUSTOMER, row, city="here")
    await small.calm(3)
    assert (crm.shows(id)["city"], crm.shows(id)["notes"]) == ("here", "there")
    assert ((await small.the_row()).facts["city"], (await small.the_row()).facts["notes"]) == ("here", "there")
    assert len(crm.people.read("people")) == 1
    assert await small.conflicts(open_only=False) == []


async def test_two_crms_and_one_person(world: World) -> None:
    first, second = await world.add("first"), await world.add("second")
    first.person("Lemona", phone=PHONE)
    second.person("Lemona", phone="19900000001")
    await world.calm(3)
    assert len(await world.rows(Kind.CUSTOMER)) == 1
    assert (len(first.people.read("people")), len(second.people.read("people"))) == (1, 1)


async def test_doubles_made_by_people_are_linked_as_secondary(world: World) -> None:
    crm = await world.add("crm")
    first, second = crm.person("Lemona", phone=PHONE), crm.person("lemona ", phone=PHONE, city="other")
    await world.calm(2)
    links = {link.external_id: link.primary for link in await world.links(crm)}
    assert links == {first: True, second: False}
    await world.edit(Kind.CUSTOMER, (await world.the_row()).id, notes="new")
    await world.calm(2)
    assert (crm.shows(first)["notes"], crm.shows(second)["notes"]) == ("new", None)


async def test_doubles_of_a_row_that_is_known_from_elsewhere(world: World) -> None:
    first, second = await world.add("first"), await world.add("second")
    first.person("Lemona", phone=PHONE)
    await world.sync(first)
    second.person("Lemona", phone=PHONE)
    second.person("Lemona", phone=PHONE)
    await world.calm(2)
    assert len(await world.rows(Kind.CUSTOMER)) == 1
    assert sorted(link.primary for link in await world.links(second)) == [False, True]


async def test_a_family_shares_a_phone(small: World) -> None:
    crm = await small.add("crm")
    crm.person("Lemona", phone=PHONE)
    crm.person("Pifi", phone=PHONE)
    await small.calm(2)
    assert sorted(str(row.facts["name"]) for row in (await small.rows(Kind.CUSTOMER)).values()) == ["Lemona", "Pifi"]


async def test_a_person_with_the_phone_of_the_company_is_not_the_company(small: World) -> None:
    crm, other = await small.add("crm"), await small.add("other")
    company = crm.people.create("companies", {"name": "Example Ltd", "phone": PHONE})
    crm.person("Lemona", phone=PHONE, parent=crm.ref("companies", company))
    other.person("Lemona", phone=PHONE)
    await small.calm(3)
    assert sorted(str(row.facts["type"]) for row in (await small.rows(Kind.CUSTOMER)).values()) == [
        "organisation",
        "person",
    ]
    assert await small.conflicts() == []


async def test_a_second_membership_of_the_same_pair(small: World) -> None:
    crm = await small.add("crm")
    person, group = crm.person("Lemona", phone=PHONE), crm.people.create("groups", {"name": "VIP"})
    pair = {"customer": crm.ref("people", person), "group": crm.ref("groups", group)}
    doubles = [crm.people.create("memberships", pair) for _ in range(2)]
    await small.calm(2)
    [row] = await small.rows(Kind.MEMBERSHIP)
    await small.edit(Kind.MEMBERSHIP, row, role="guest")
    await small.calm(1)
    assert list(crm.people.read("memberships")) == doubles


@pytest.mark.parametrize("rosters", [True, False], ids=["roster", "object"])
async def test_a_membership_that_goes_to_another_customer_is_taken_away_and_made_anew(
    small: World, rosters: bool
) -> None:
    """As when two customers are made one in a CRM: their memberships go to one of them."""
    first, second = await small.add("first"), await small.add("second", Options(rosters=rosters))
    ends = [first.person("Lemona"), first.person("Pifi"), first.people.create("groups", {"name": "VIP"})]
    one, other, group = (first.ref(object, id) for object, id in zip(("people", "people", "groups"), ends, strict=True))
    membership = first.people.create("memberships", {"customer": one, "group": group})
    await small.calm(2)
    first.people.edit("memberships", membership, {"customer": other})
    await small.calm(3)
    [shown] = second.people.read("memberships").values()
    assert second.shows(shown["customer"].id)["name"] == "Pifi"
    assert [one["name"] for one in second.people.read("people").values()] == ["Lemona", "Pifi"]
    assert (len(await small.rows(Kind.MEMBERSHIP)), await small.outbox()) == (1, [])


async def _merged(world: World, losers: int, *, winner_in: bool) -> tuple[Site, Site, str]:
    """In the first CRM some customers of one group become one, and all their memberships are theirs."""
    first, second = await world.add("first"), await world.add("second")
    people = [first.person(f"No. {number}") for number in range(losers + 1)]
    group = first.ref("groups", first.people.create("groups", {"name": "VIP"}))
    refs = [first.ref("people", id) for id in people]
    joined = [first.people.create("memberships", {"customer": one, "group": group}) for one in refs[not winner_in :]]
    await world.calm(2)
    for membership in joined[-losers:]:
        first.people.edit("memberships", membership, {"customer": refs[0]})
    return first, second, joined[0]


@pytest.mark.parametrize(("losers", "winner_in"), [(1, True), (2, True), (2, False)])
async def test_memberships_of_customers_that_became_one_become_one(small: World, losers: int, winner_in: bool) -> None:
    first, second, kept = await _merged(small, losers, winner_in=winner_in)
    await small.calm(3)
    assert list(first.people.read("memberships")) == [kept]
    [there] = second.people.read("memberships").values()
    assert second.shows(there["customer"].id)["name"] == "No. 0"
    assert (len(await small.rows(Kind.MEMBERSHIP)), await small.outbox()) == (1, [])


async def test_a_membership_beside_which_somebody_took_the_other_away_stays(small: World) -> None:
    first, second, kept = await _merged(small, 1, winner_in=True)

    async def tidy_up(request: str, object: str) -> None:
        if request == "fetch" and object == "memberships":
            first.crm.faults.before(None)
            first.people.delete("memberships", kept)

    first.crm.faults.before(tidy_up)
    await small.calm(3)
    assert len(first.people.read("memberships")) == len(second.people.read("memberships")) == 1
    assert len(await small.rows(Kind.MEMBERSHIP)) == 1


async def test_a_row_that_lives_again_goes_back_to_its_record(small: World) -> None:
    """Its delete was not followed: the record still stands there."""
    crm = await small.add("crm", policy={**EVERYTHING, "customer": {"delete": "ignore", "create": "always"}})
    id = crm.person("Lemona")
    await small.calm(1)
    row = (await small.the_row()).id
    await small.delete(Kind.CUSTOMER, row)
    await small.calm(1)
    await small.restore(Kind.CUSTOMER, row)
    await small.edit(Kind.CUSTOMER, row, city="here")
    await small.calm(2)
    assert list(crm.people.read("people")) == [id]
    assert crm.shows(id)["city"] == "here"


async def test_a_customer_that_is_lead_and_person_is_created_in_one_object(small: World) -> None:
    crm = await small.add("crm", Options(objects=USUAL | {"leads"}))
    lead = crm.people.create("leads", {"name": "Lemona", "phone": PHONE})
    await small.calm(2)
    await small.edit(Kind.CUSTOMER, (await small.the_row()).id, city="here")
    await small.calm(2)
    assert crm.people.read("people") == {}
    assert crm.shows(lead, "leads")["city"] == "here"


async def test_two_connections_meet_the_same_people_at_once(world: World) -> None:
    sites = [await world.add(name, Options(page=3)) for name in ("first", "second", "third")]
    for site in sites:
        for number in range(8):
            site.person(f"No. {number}", phone=f"+86 1990000000{number}", email=f"person{number}@example.com")
    outcomes = await asyncio.gather(*(world.sync(site) for site in sites))
    assert [outcome.state for outcome in outcomes] == ["done"] * 3
    await world.calm(2)
    assert len(await world.rows(Kind.CUSTOMER)) == 8
    assert [len(site.people.read("people")) for site in sites] == [8, 8, 8]
    assert await world.conflicts(open_only=False) == []


async def test_a_worker_that_was_replaced_writes_nothing_more(world: World) -> None:
    """It stalled; another one took its run over, and was done before it woke up. Its request is out there, however."""
    crm = await world.add("crm")
    for number in range(3):
        await world.create(Kind.CUSTOMER, name=f"No. {number}")
    other = replace(world.engine, worker="the other", is_dead=lambda worker: True)

    async def stall(request: str, object: str) -> None:
        if request == "push":
            crm.crm.faults.before(None)
            assert (await other.sync(world.remote(crm))).state == "done"

    crm.crm.faults.before(stall)
    with pytest.raises(Fenced):
        await world.sync(crm)
    await world.calm(2)
    assert len(crm.people.read("people")) == len(await world.links(crm)) == 3
