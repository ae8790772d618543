"""P5, P6, P7: at most three rounds until all systems agree; two more rounds write nothing, lossy fields included; and
writes are bounded by edits."""

from datetime import UTC, datetime

import pytest

from kequn.contracts.crm import Conditional
from kequn.contracts.records import Kind, Line, Money
from kequn.testing.memory import Options, folded, trimmed, whole_seconds
from kequn.testing.memory.sheet import USUAL
from tests.kequn.sync.world import Site, World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"
LOSSY = Options(
    conditional=Conditional.NONE,
    lossy={
        (Kind.CUSTOMER, "name"): folded,
        (Kind.CUSTOMER, "notes"): trimmed,
        (Kind.PURCHASE, "paid_at"): whole_seconds,
    },
)


async def fill(site: Site) -> str:
    """One record of each kind; returns the id of the person."""
    people = site.people
    staff = people.create("staff", {"name": "Staff", "email": "staff@example.com"})
    tier, group = people.create("tiers", {"name": "Gold"}), people.create("groups", {"name": "VIP"})
    company = people.create("companies", {"name": "Example Ltd", "phone": "+86 19900000002"})
    refs = {
        "tier": site.ref("tiers", tier),
        "parent": site.ref("companies", company),
        "owner": site.ref("staff", staff),
    }
    person = site.person("Lemona Example", phone=PHONE, notes=" two words ", interests=frozenset({"tea"}), **refs)
    customer = site.ref("people", person)
    people.create("memberships", {"customer": customer, "group": site.ref("groups", group)})
    paid = datetime(2026, 1, 4, 8, 0, 0, 123456, tzinfo=UTC)
    lines = (Line("Tea", amount=Money.of("12.5", "CNY")),)
    order = {"name": "No. 1", "customer": customer, "paid_at": paid, "amount": Money.of("12.5", "CNY"), "lines": lines}
    people.create("purchases", order)
    people.create("interactions", {"subject": "Call", "customer": customer, "happened_at": paid})
    people.create("feedback", {"subject": "Fine", "customer": customer})
    return person


def sizes(site: Site) -> dict[str, int]:
    return {object: len(site.people.read(object)) for object in sorted(USUAL - {"staff"})}


async def test_every_kind_travels_and_then_it_is_quiet(world: World) -> None:
    first = await world.add("first")
    second = await world.add("second", Options(rosters=True, delete_feed=False))
    third = await world.add("third", LOSSY)
    await fill(first)
    await world.calm(3)
    assert sizes(first) == sizes(second) == sizes(third) == dict.fromkeys(sorted(USUAL - {"staff"}), 1)
    made = [len(site.writes) for site in (first, second, third)]
    assert made[0] == 0
    assert max(made) <= 9  # the company of a person may be known there only after the person
    await world.calm(2)
    assert [len(site.writes) for site in (first, second, third)] == made
    assert await world.conflicts(open_only=False) == []
    waiting = await world.outbox()  # staff are not written to a CRM, so that their customers there have no owner
    assert {one.field for one in waiting} <= {"owner"}
    assert len(waiting) <= 2


async def test_a_value_that_a_crm_holds_in_part_does_not_flicker(world: World) -> None:
    exact, lossy = await world.add("exact"), await world.add("lossy", LOSSY)
    id = exact.person("Lemona Example", phone=PHONE, notes=" spaces ")
    await world.calm(3)
    [twin] = lossy.people.read("people")
    assert lossy.shows(twin)["name"] == "lemona example"
    lossy.people.edit("people", twin, {"city": "moved"})
    await world.calm(3)
    assert (exact.shows(id)["name"], exact.shows(id)["notes"], exact.shows(id)["city"]) == (
        "Lemona Example",
        " spaces ",
        "moved",
    )


@pytest.mark.parametrize("rounds", [3])
async def test_three_rounds_are_enough(small: World, rounds: int) -> None:
    """A change made in the CRM that is asked last travels to all others."""
    sites = [await small.add(name) for name in ("a", "b", "c", "d")]
    id = sites[-1].person("Lemona", phone=PHONE)
    await small.calm(rounds)
    for site in sites:  # so that no feed shows her again by its overlap
        site.person(f"At {site.name}")
    await small.calm(rounds)
    sites[-1].people.edit("people", id, {"city": "new"})
    sites[1].people.edit("people", next(iter(sites[1].people.read("people"))), {"notes": "also new"})
    await small.calm(rounds)
    for site in sites:
        [she] = [one for one in site.people.read("people").values() if one["name"] == "Lemona"]
        assert (she["city"], she["notes"]) == ("new", "also new")
        assert len(site.people.read("people")) == 5


async def test_bursts_collapse(small: World) -> None:
    crm = await small.add("crm")
    crm.person("Lemona", phone=PHONE)
    await small.sync(crm)
    row = (await small.the_row()).id
    for number in range(10):
        await small.edit(Kind.CUSTOMER, row, city=f"city {number}")
    await small.calm(2)
    assert [write.fields for write in crm.writes] == [frozenset({"city"})]


async def test_a_row_that_stands_twice_in_a_crm_is_told_to_both(small: World) -> None:
    crm = await small.add("crm", Options(objects=USUAL | {"leads"}))
    person = crm.person("Lemona", phone=PHONE)
    lead = crm.people.create("leads", {"name": "Lemona", "phone": PHONE})
    await small.calm(2)
    for number in range(3):
        crm.person(f"No. {number}")  # so that the overlap of the feed does not show the lead again
        crm.people.create("leads", {"name": f"Lead {number}"})
    await small.calm(1)
    crm.people.edit("people", person, {"city": "new"})
    await small.calm(2)
    assert crm.shows(lead, "leads")["city"] == "new"


async def test_a_refused_field_is_tried_seldom_and_holds_up_nothing(small: World) -> None:
    crm = await small.add("crm", Options(longest={(Kind.CUSTOMER, "city"): 5}))
    id = crm.person("Lemona", phone=PHONE)
    await small.sync(crm)
    await small.edit(Kind.CUSTOMER, (await small.the_row()).id, city="far too long", notes="short")
    await small.calm(3)
    assert (crm.shows(id)["city"], crm.shows(id)["notes"]) == (None, "short")
    assert len(crm.writes) == 1
    [waiting] = await small.outbox()
    assert (waiting.code, waiting.field) == ("REJECTED", "city")


async def test_what_a_crm_lets_go_of_with_a_deleted_customer_is_nobodys_edit(small: World) -> None:
    """The row keeps whom it is about, and tells it again should the customer come back."""
    first, second = await small.add("first"), await small.add("second")
    person = first.person("Lemona", phone="+86 19900000001")
    first.people.create("feedback", {"subject": "Parcel", "customer": first.ref("people", person)})
    await small.calm(2)
    row = (await small.the_row()).id
    await small.delete(Kind.CUSTOMER, row)
    await small.calm(2)
    assert [one["customer"] for site in (first, second) for one in site.people.read("feedback").values()] == [None] * 2
    assert (await small.the_row(Kind.FEEDBACK)).facts["customer"] == row
    written = len(first.writes) + len(second.writes)
    await small.calm(2)
    assert len(first.writes) + len(second.writes) == written
    first.people.restore("people", person)
    await small.calm(3)
    for site in (first, second):
        [back] = site.people.read("people")
        assert [one["customer"] for one in site.people.read("feedback").values()] == [site.ref("people", back)]


async def test_what_was_about_a_deleted_customer_can_be_deleted_too(small: World) -> None:
    crm = await small.add("crm")
    person = crm.person("Lemona", phone="+86 19900000001")
    feedback = crm.people.create("feedback", {"subject": "Parcel", "customer": crm.ref("people", person)})
    await small.calm(1)
    crm.people.delete("people", person)
    await small.calm(1)
    crm.people.delete("feedback", feedback)
    await small.calm(1)
    assert (await small.rows(Kind.FEEDBACK), await small.conflicts()) == ({}, [])
