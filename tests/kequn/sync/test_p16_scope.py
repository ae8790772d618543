"""P16 and P17: what is pulled, and what may be created where, is declared; leaving a scope is never a delete. A merge
made inside a CRM is a merge, not a delete."""

from typing import Any
from uuid import UUID

import pytest

from kequn.contracts.records import Kind
from kequn.sync.job import Job
from kequn.sync.page import Reader
from kequn.sync.push import push
from kequn.testing.memory import Options
from kequn.testing.memory.faults import Fault
from tests.kequn.sync.world import EVERYTHING, Site, World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"
SHANGHAI = {"city": {"eq": "上海"}}
SCOPED = {"customer": {"create": "always", "delete": "propagate", "pull": SHANGHAI}}


async def linked(world: World) -> tuple[Site, str, UUID]:
    """A CRM of which Shanghai is pulled, and somebody who is linked there: the CRM, their record, their row."""
    crm = await world.add("crm", policy=SCOPED)
    id = crm.person("Lemona", phone=PHONE, city="上海", notes="base")
    await world.calm(1)
    return crm, id, (await world.the_row()).id


async def in_scope(world: World, crm: Site) -> list[bool]:
    return [link.in_scope for link in await world.links(crm)]


async def test_only_what_is_in_scope_is_taken_in(world: World) -> None:
    crm = await world.add("crm", policy=SCOPED)
    crm.person("Lemona", city="上海")
    elsewhere, nowhere = crm.person("Pifi", city="杭州"), crm.person("Dodo")
    await world.calm(2)
    assert [row.facts["name"] for row in (await world.rows(Kind.CUSTOMER)).values()] == ["Lemona"]
    crm.people.edit("people", nowhere, {"city": "上海"})
    await world.calm(1)
    assert {row.facts["name"] for row in (await world.rows(Kind.CUSTOMER)).values()} == {"Lemona", "Dodo"}
    assert elsewhere not in {link.external_id for link in await world.links(crm)}
    assert crm.writes == []


async def test_leaving_the_scope_is_no_delete_and_its_edits_are_not_taken(world: World) -> None:
    crm, id, row = await linked(world)
    crm.people.edit("people", id, {"city": "杭州", "notes": "theirs"})
    assert (await world.sync(crm)).tally.verbs == {"leave": 1}
    await world.calm(2)
    facts = (await world.rows(Kind.CUSTOMER))[row].facts
    assert (facts["city"], facts["notes"], await in_scope(world, crm)) == ("上海", "base", [False])


async def test_nothing_is_written_to_a_record_that_is_out_of_scope(small: World) -> None:
    crm, id, row = await linked(small)
    crm.people.edit("people", id, {"city": "杭州"})
    await small.calm(1)
    await small.edit(Kind.CUSTOMER, row, notes="ours")
    await small.calm(2)
    assert (crm.writes, crm.shows(id)["notes"], await small.outbox()) == ([], "base", [])


async def test_an_edit_that_meets_a_record_leaving_is_not_written_over_it(small: World) -> None:
    """It is read just before it is written, and turns out to have left."""
    crm, id, row = await linked(small)
    await small.edit(Kind.CUSTOMER, row, notes="ours")
    remote = small.remote(crm)
    crm.people.edit("people", id, {"city": "杭州"})
    job = Job(small.database, small.ledger, remote, None, small.clock)
    async for _ in push(job):
        pass
    assert (crm.writes, await in_scope(small, crm)) == ([], [False])


async def test_coming_back_resumes_from_the_base(world: World) -> None:
    """Theirs alone moved one field, ours another, both a third."""
    crm, id, row = await linked(world)
    crm.people.edit("people", id, {"city": "杭州"})
    await world.calm(1)
    await world.edit(Kind.CUSTOMER, row, occupation="ours", notes="ours")
    crm.people.edit("people", id, {"industry": "theirs", "notes": "theirs"})
    await world.calm(1)
    crm.people.edit("people", id, {"city": "上海"})
    await world.calm(2)
    facts, shown = (await world.rows(Kind.CUSTOMER))[row].facts, crm.shows(id)
    assert (facts["industry"], facts["occupation"], shown["occupation"]) == ("theirs", "ours", "ours")
    [conflict] = await world.conflicts()
    assert (conflict.base, conflict.ours, conflict.theirs) == tuple(
        {"notes": one} for one in ("base", "ours", "theirs")
    )
    assert await in_scope(world, crm) == [True]


async def test_late_news_brings_nothing_back_into_scope(small: World) -> None:
    crm, id, _ = await linked(small)
    crm.people.edit("people", id, {"notes": "in scope still"})
    [late] = (await crm.crm.pull("people", None)).records
    crm.people.edit("people", id, {"city": "杭州"})
    await small.calm(1)
    async with small.writing() as session:
        await Reader(small.ledger, small.remote(crm), small.clock).take(session, [late], verified=False)
    assert await in_scope(small, crm) == [False]


async def test_a_record_that_is_deleted_out_of_scope_leaves_its_row_alone(small: World) -> None:
    crm, id, row = await linked(small)
    crm.people.edit("people", id, {"city": "杭州"})
    await small.calm(1)
    crm.people.delete("people", id)
    await small.calm(2)
    assert (list(await small.rows(Kind.CUSTOMER)), await small.links(crm)) == ([row], [])
    assert (await small.conflicts(), crm.writes) == ([], [])


@pytest.mark.parametrize(("delete", "there"), [("propagate", 0), ("ask", 1), ("ignore", 1)])
async def test_a_row_that_was_deleted_meanwhile_is_dealt_with_when_its_record_comes_back(
    small: World, delete: str, there: int
) -> None:
    crm, id, row = await linked(small)
    await small.revise(crm, {"customer": {**SCOPED["customer"], "delete": delete}})
    crm.people.edit("people", id, {"city": "杭州"})
    await small.calm(1)
    await small.delete(Kind.CUSTOMER, row)
    await small.calm(2)
    assert len(crm.people.read("people")) == 1
    crm.people.edit("people", id, {"city": "上海"})
    await small.calm(2)
    assert len(crm.people.read("people")) == there
    assert [one.type for one in await small.conflicts()] == (["delete"] if delete == "ask" else [])


@pytest.mark.parametrize("delete", ["ask", "propagate"])
async def test_a_delete_that_was_not_followed_is_not_made_up_for(small: World, delete: str) -> None:
    crm = await small.add("crm", policy={"customer": {"delete": "ignore"}})
    id = crm.person("Lemona", city="上海")
    await small.calm(1)
    await small.delete(Kind.CUSTOMER, (await small.the_row()).id)
    await small.calm(1)
    await small.revise(crm, {"customer": {"delete": delete}})
    crm.people.edit("people", id, {"notes": "an edit"})
    await small.forget_cursors(crm)
    await small.calm(2)
    assert (len(crm.people.read("people")), await small.rows(Kind.CUSTOMER)) == (1, {})
    assert (await small.conflicts(), crm.writes) == ([], [])


async def test_a_row_that_lives_again_is_followed_again(small: World) -> None:
    crm = await small.add("crm", policy={"customer": {"delete": "ignore"}})
    id = crm.person("Lemona", city="上海")
    await small.calm(1)
    row = (await small.the_row()).id
    await small.delete(Kind.CUSTOMER, row)
    await small.calm(1)
    await small.restore(Kind.CUSTOMER, row)
    await small.edit(Kind.CUSTOMER, row, city="杭州")
    await small.calm(1)
    assert crm.shows(id)["city"] == "杭州"
    await small.revise(crm, {"customer": {"delete": "propagate"}})
    await small.delete(Kind.CUSTOMER, row)
    await small.calm(1)
    assert crm.people.read("people") == {}


async def test_a_lost_create_that_is_out_of_scope_is_linked_and_not_made_twice(small: World) -> None:
    crm = await small.add("crm", policy=SCOPED)
    await small.create(Kind.CUSTOMER, name="Ours", city="杭州")
    crm.crm.faults.script(Fault.LOST_AFTER)
    await small.sync(crm)
    await small.calm(3)
    assert (len(crm.people.read("people")), await in_scope(small, crm)) == (1, [False])


async def test_a_narrower_scope_lets_go_of_what_it_leaves_out_and_a_wider_one_takes_it_back(world: World) -> None:
    crm = await world.add("crm", policy={"customer": {"create": "always"}})
    for city in ("杭州", "上海"):
        crm.person(f"Lemona of {city}", city=city)
        await world.calm(1)
    await world.revise(crm, SCOPED)
    await world.calm(1)
    assert sorted(await in_scope(world, crm)) == [False, True]
    await world.revise(crm, {"customer": {"create": "always"}})
    await world.calm(1)
    assert (await in_scope(world, crm), len(await world.rows(Kind.CUSTOMER)), crm.writes) == ([True, True], 2, [])


async def test_tags_of_whoever_is_out_of_scope_wait_for_nobody(small: World) -> None:
    crm = await small.add("crm", Options(rosters=True), {**EVERYTHING, **SCOPED})
    id, group = crm.person("Lemona", city="杭州"), crm.people.create("groups", {"name": "Tea"})
    customer, tea = crm.ref("people", id), crm.ref("groups", group)
    crm.people.create("memberships", {"customer": customer, "group": tea})
    await small.calm(1)
    assert (await small.rows(Kind.MEMBERSHIP), await small.hints()) == ({}, [])
    crm.people.edit("people", id, {"city": "上海"})
    await small.calm(1)
    assert len(await small.rows(Kind.MEMBERSHIP)) == 1


async def test_what_refers_to_somebody_out_of_scope_waits_until_they_come_in(small: World) -> None:
    crm = await small.add("crm", policy={**EVERYTHING, **SCOPED})
    id = crm.person("Lemona", city="杭州")
    crm.people.create("purchases", {"name": "Tea", "customer": crm.ref("people", id)})
    await small.calm(2)
    [purchase], [hint] = (await small.rows(Kind.PURCHASE)).values(), await small.hints()
    assert (purchase.facts["customer"], hint.code) == (None, "WAITS")
    assert (hint.next_try_at - small.clock.now()).total_seconds() > 36_000
    crm.people.edit("people", id, {"city": "上海"})
    await small.sync(crm)
    [purchase] = (await small.rows(Kind.PURCHASE)).values()
    assert (purchase.facts["customer"], await small.hints()) == ((await small.the_row()).id, [])


async def test_a_scope_may_ask_about_what_a_record_refers_to(world: World) -> None:
    scoped = {"membership": {"create": "always", "pull": {"group": {"name": {"startsWith": "vip"}}}}}
    crm = await world.add("crm", policy={**EVERYTHING, **scoped})
    customer = crm.ref("people", crm.person("Lemona"))
    for name in ("VIP", "Tea"):
        group = crm.ref("groups", crm.people.create("groups", {"name": name}))
        crm.people.create("memberships", {"customer": customer, "group": group})
    await world.calm(2)
    [membership] = (await world.rows(Kind.MEMBERSHIP)).values()
    groups = await world.rows(Kind.GROUP)
    assert groups[membership.facts["group"]].facts["name"] == "VIP"  # type: ignore[index]
    assert (crm.writes, await world.hints()) == ([], [])


async def test_what_is_asked_about_may_come_later(small: World) -> None:
    scoped = {"purchase": {"create": "always", "pull": {"customer": {"city": {"eq": "上海"}}}}}
    crm = await small.add("crm", policy={**EVERYTHING, **SCOPED, **scoped})
    id = crm.person("Lemona", city="杭州")
    crm.people.create("purchases", {"name": "Tea", "customer": crm.ref("people", id)})
    await small.calm(1)
    assert await small.rows(Kind.PURCHASE) == {}
    crm.people.edit("people", id, {"city": "上海"})
    await small.sync(crm)
    assert len(await small.rows(Kind.PURCHASE)) == 1


async def test_what_is_created_may_depend_on_what_it_refers_to(small: World) -> None:
    create = {"where": {"tier": {"rank": {"gte": 2}}}}
    crm = await small.add("crm", policy={**EVERYTHING, "customer": {"create": create}})
    tiers = [await small.create(Kind.TIER, name=f"T{rank}", rank=rank) for rank in (1, 2)]
    rows = [await small.create(Kind.CUSTOMER, name=f"of {n}", tier=tier) for n, tier in enumerate([*tiers, None])]
    await small.calm(2)
    assert [one["name"] for one in crm.people.read("people").values()] == ["of 1"]
    await small.edit(Kind.CUSTOMER, rows[0], tier=tiers[1])
    await small.calm(1)
    assert len(crm.people.read("people")) == 2


async def test_what_fits_may_be_created(small: World) -> None:
    crm = await small.add("crm", policy={"customer": {"create": {"where": {"interests": {"has": "tea"}}}}})
    await small.create(Kind.CUSTOMER, name="Lemona", interests=frozenset({"tea"}))
    other = await small.create(Kind.CUSTOMER, name="Pifi", interests=frozenset({"golf"}))
    await small.calm(1)
    assert [one["name"] for one in crm.people.read("people").values()] == ["Lemona"]
    await small.edit(Kind.CUSTOMER, other, interests=frozenset({"golf", "tea"}))
    await small.calm(1)
    assert len(crm.people.read("people")) == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"create": "never"}, {"create": "always"}),
        ({"create": "linked-only"}, {"create": {"where": {"name": {"startsWith": "le"}}}}),
        ({"create": "always", "direction": "in"}, {"create": "always"}),
    ],
    ids=["always", "where", "both ways"],
)
async def test_rows_that_were_there_before_follow_a_wider_policy(
    small: World, before: dict[str, Any], after: dict[str, Any]
) -> None:
    crm = await small.add("crm", policy={"customer": before})
    await small.create(Kind.CUSTOMER, name="Lemona")
    await small.calm(2)
    assert crm.people.read("people") == {}
    await small.revise(crm, {"customer": after})
    proposal = await small.engine.propose(small.remote(crm))
    assert proposal.counts == {"create customer there": 1}
    await small.calm(1)
    assert len(crm.people.read("people")) == 1


@pytest.mark.parametrize(("create", "there"), [("never", 0), ("linked-only", 0), ("always", 1)])
async def test_what_may_be_created(small: World, create: str, there: int) -> None:
    crm = await small.add("crm", policy={"customer": {"create": create}})
    await small.create(Kind.CUSTOMER, name="Lemona")
    await small.calm(1)
    assert len(crm.people.read("people")) == there


async def test_linked_only_lets_a_linked_customer_have_purchases(small: World) -> None:
    crm = await small.add("crm", policy={})
    crm.person("Lemona", phone=PHONE)
    await small.calm(1)
    row = (await small.the_row()).id
    stranger = await small.create(Kind.CUSTOMER, name="Stranger")
    await small.create(Kind.PURCHASE, name="Theirs", customer=row)
    await small.create(Kind.PURCHASE, name="Nobody's here", customer=stranger)
    await small.calm(2)
    assert [one["name"] for one in crm.people.read("purchases").values()] == ["Theirs"]


@pytest.mark.parametrize("direction", ["in", "off"])
async def test_what_is_not_written_stays_unwritten(small: World, direction: str) -> None:
    crm = await small.add("crm", policy={"customer": {"direction": direction, "create": "always"}})
    crm.person("There", phone=PHONE)
    await small.create(Kind.CUSTOMER, name="Here")
    await small.calm(2)
    assert crm.writes == []
    assert len(await small.rows(Kind.CUSTOMER)) == (2 if direction == "in" else 1)
    assert await small.outbox() == []


@pytest.mark.parametrize("told", [True, False], ids=["told into which", "not told"])
async def test_a_merge_in_a_crm_is_proposed_not_carried_out(small: World, told: bool) -> None:
    crm = await small.add("crm", Options(merges_told=told))
    winner, loser = crm.person("Winner", phone=PHONE), crm.person("Loser", phone=PHONE)
    await small.calm(1)
    crm.people.merge("people", winner, loser)
    await small.calm(2)
    assert len(await small.rows(Kind.CUSTOMER)) == 2
    [conflict] = await small.conflicts()
    assert conflict.type == "merge"


async def test_deleting_a_double_deletes_no_row(small: World) -> None:
    crm = await small.add("crm")
    first, second = crm.person("Lemona", phone=PHONE), crm.person("Lemona", phone=PHONE)
    await small.calm(1)
    crm.people.delete("people", first)
    await small.calm(2)
    assert len(await small.rows(Kind.CUSTOMER)) == 1
    assert [(link.external_id, link.primary) for link in await small.links(crm)] == [(second, True)]


async def test_deleting_both_doubles_deletes_the_row(small: World) -> None:
    crm = await small.add("crm")
    ids = [crm.person("Lemona", phone=PHONE) for _ in range(2)]
    await small.calm(1)
    for id in ids:
        crm.people.delete("people", id)
    await small.calm(2)
    assert await small.rows(Kind.CUSTOMER) == {}
    assert await small.links(crm) == []


async def test_a_row_with_a_second_record_in_the_crm_is_deleted_there_too(small: World) -> None:
    crm = await small.add("crm", Options(objects=Options().objects | {"leads"}), EVERYTHING)
    person = crm.person("Lemona", phone=PHONE)
    crm.people.create("leads", {"name": "Lemona", "phone": PHONE})
    await small.calm(1)
    crm.people.delete("people", person)
    await small.calm(2)
    assert await small.rows(Kind.CUSTOMER) == {}
    assert crm.people.read("leads") == {}


async def test_whoever_is_linked_later_brings_their_purchases_along(world: World) -> None:
    """Two rows of before: neither's purchase could be created. Somebody in the CRM enters one of them."""
    crm = await world.add("crm", policy={})
    for number, name in enumerate(("Lemona", "Pifi")):
        row = await world.create(Kind.CUSTOMER, name=name, phone=f"+86 1990000000{number + 1}")
        await world.create(Kind.PURCHASE, name=f"{name}'s", customer=row)
    await world.calm(2)
    assert crm.people.read("purchases") == {}
    crm.person("Lemona", phone=PHONE)
    await world.calm(1)
    assert [one["name"] for one in crm.people.read("purchases").values()] == ["Lemona's"]


async def test_whoever_is_created_later_brings_their_purchases_along(small: World) -> None:
    """Their name was too long."""
    policy = {"customer": {"create": "always"}}
    crm = await small.add("crm", Options(longest={(Kind.CUSTOMER, "name"): 10}), policy)
    row = await small.create(Kind.CUSTOMER, name="Lemona of Nowhere")
    await small.create(Kind.PURCHASE, name="Tea", customer=row)
    await small.calm(2)
    assert (crm.people.read("people"), crm.people.read("purchases")) == ({}, {})
    await small.edit(Kind.CUSTOMER, row, name="Lemona")
    await small.calm(1)
    assert len(crm.people.read("purchases")) == 1


async def test_whoever_turns_out_to_be_somebody_brings_their_purchases_along(small: World) -> None:
    """Two could be meant; a person says which."""
    crm = await small.add("crm", policy={})
    rows = [await small.create(Kind.CUSTOMER, name=name, phone=PHONE) for name in ("Lemona", "Pifi")]
    await small.create(Kind.PURCHASE, name="Tea", customer=rows[0])
    crm.person("Lemona", phone=PHONE)
    await small.calm(1)
    [conflict] = await small.conflicts()
    await small.settle(conflict.id, "row", rows[0])
    await small.calm(1)
    assert len(crm.people.read("purchases")) == 1


async def test_what_lives_on_is_not_made_anew_where_it_is_out_of_scope_by_now(small: World) -> None:
    """Deleted there, edited here; and before kequn makes it anew, the connection is narrowed."""
    crm = await small.add("crm")
    id = crm.person("Lemona", city="杭州")
    await small.calm(1)
    await small.edit(Kind.CUSTOMER, (await small.the_row()).id, notes="here")
    crm.people.delete("people", id)
    scope = {"city": {"eq": "上海"}}
    narrow = {**EVERYTHING, "customer": {"create": {"where": scope}, "delete": "propagate", "pull": scope}}
    await small.revise(crm, narrow)
    await small.calm(3)
    assert crm.people.read("people") == {}
    assert (await small.the_row()).facts["notes"] == "here"
    await small.revise(crm, EVERYTHING)
    await small.calm(2)
    assert [one["notes"] for one in crm.people.read("people").values()] == ["here"]
