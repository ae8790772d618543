"""P14: every skipped, refused or parked record is listed with cause, count and next try. One bad record, field or
module never stops the others."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from kequn.contracts.changes import Batch, Receipt
from kequn.contracts.crm import Cursor, Page, Problem
from kequn.contracts.errors import BrokenReply, CrmError, Rejected
from kequn.contracts.records import Kind, Record
from kequn.testing.memory import Fault, Options
from tests.kequn.sync.world import World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"


async def test_a_broken_feed_does_not_stop_the_others(world: World) -> None:
    crm = await world.add("crm")
    crm.people.create("groups", {"name": "VIP"})
    crm.person("Lemona", phone=PHONE)
    answer = crm.crm.pull

    async def broken(feed: str, cursor: Cursor | None) -> Page:
        if feed == "groups":
            raise BrokenReply("HTML instead of JSON")
        return await answer(feed, cursor)

    crm.crm.pull = broken  # type: ignore[method-assign]
    [outcome] = await world.round()
    assert outcome.state == "done"
    assert [problem["code"] for problem in outcome.tally.problems] == ["BROKEN_REPLY"]
    assert len(await world.rows(Kind.CUSTOMER)) == 1


@pytest.mark.parametrize("bad", [{"name": None}, {"name": "nul \x00 in it"}, {"city": "half \ud83d a pair"}], ids=repr)
async def test_a_record_that_cannot_be_a_row_does_not_stop_the_others(world: World, bad: dict[str, str | None]) -> None:
    crm = await world.add("crm")
    id = crm.person("Bad")
    crm.people.edit("people", id, bad)
    crm.person("Good", phone=PHONE)
    await world.calm(2)
    assert [row.facts["name"] for row in (await world.rows(Kind.CUSTOMER)).values()] == ["Good"]
    [hint] = await world.hints()
    assert (hint.external_id, hint.code, hint.field) == (id, "UNREADABLE", next(iter(bad)))
    assert hint.next_try_at > world.clock.now()
    crm.people.edit("people", id, {"name": "Better", "city": None})
    await world.calm(2)
    assert len(await world.rows(Kind.CUSTOMER)) == 2
    assert await world.hints() == []


async def test_a_known_record_that_goes_bad_keeps_its_row(world: World) -> None:
    crm = await world.add("crm")
    id, other = crm.person("Lemona", phone=PHONE, city="base"), crm.person("Other")
    await world.calm(1)
    crm.people.edit("people", id, {"city": "nul \x00 in it"})
    crm.people.edit("people", other, {"city": "fine"})
    await world.calm(2)
    cities = {row.facts["name"]: row.facts["city"] for row in (await world.rows(Kind.CUSTOMER)).values()}
    assert cities == {"Lemona": "base", "Other": "fine"}
    assert [hint.code for hint in await world.hints()] == ["UNREADABLE"]


async def test_what_a_plugin_cannot_translate_is_listed(small: World) -> None:
    crm = await small.add("crm")
    answer = crm.crm.pull

    async def troubled(feed: str, cursor: Cursor | None) -> Page:
        problems = [Problem("people", "x1", "no such picklist value", "gender"), Problem("elsewhere", "x2", "unknown")]
        page = await answer(feed, cursor)
        return replace(page, problems=problems) if feed == "people" else page

    crm.crm.pull = troubled  # type: ignore[method-assign]
    [outcome] = await small.round()
    assert outcome.state == "done"
    assert [problem["message"] for problem in outcome.tally.problems] == ["no such picklist value", "unknown"]
    [hint] = await small.hints()
    assert (hint.external_id, hint.cause, hint.field) == ("x1", "no such picklist value", "gender")


async def test_a_refusal_without_a_field_is_tried_again_within_minutes(small: World) -> None:
    """The CRM may be out of order, and say no more than that it did not take the record."""
    crm = await small.add("crm")
    answer = crm.crm.push

    async def refuse(batch: Batch) -> Sequence[Receipt | CrmError]:
        return [Rejected("it could not be submitted") for _ in batch.changes]

    await small.create(Kind.CUSTOMER, name="Lemona")
    crm.crm.push = refuse  # type: ignore[method-assign]
    await small.calm(1)
    [waiting] = await small.outbox()
    assert (waiting.code, waiting.field) == ("REJECTED", None)
    crm.crm.push = answer  # type: ignore[method-assign]
    small.clock.move(300)
    await small.calm(1)
    assert len(crm.people.read("people")) == 1


async def test_one_bad_change_of_a_batch_is_parked_with_its_cause(world: World) -> None:
    crm = await world.add("crm", Options(longest={(Kind.CUSTOMER, "name"): 10}))
    for number in range(4):
        await world.create(Kind.CUSTOMER, name=f"No. {number}")
    long = await world.create(Kind.CUSTOMER, name="much longer than that")
    await world.calm(1)
    assert len(crm.people.read("people")) == 4
    [waiting] = await world.outbox()
    assert (waiting.row_id, waiting.code, waiting.field) == (long, "REJECTED", "name")
    assert waiting.cause
    assert waiting.attempts == 1
    assert waiting.next_try_at > world.clock.now()
    await world.edit(Kind.CUSTOMER, long, name="shorter")
    await world.calm(1)
    assert len(crm.people.read("people")) == 5
    assert await world.outbox() == []


async def test_a_reference_that_a_crm_does_not_have_is_parked(small: World) -> None:
    """Groups are never created there; the membership waits, with its cause."""
    everything = {"create": "always"}
    crm = await small.add(
        "crm", policy={"customer": everything, "membership": everything, "group": {"create": "never"}}
    )
    customer, group = await small.create(Kind.CUSTOMER, name="Lemona"), await small.create(Kind.GROUP, name="VIP")
    await small.create(Kind.MEMBERSHIP, customer=customer, group=group)
    await small.calm(2)
    assert len(crm.people.read("people")) == 1
    [waiting] = await small.outbox()
    assert (waiting.kind, waiting.code, waiting.field) == ("membership", "WAITS", "group")


async def test_every_try_is_counted(small: World) -> None:
    crm = await small.add("crm")
    await small.create(Kind.CUSTOMER, name="Lemona")
    crm.crm.faults.script(Fault.PARTIAL, Fault.PARTIAL)
    await small.sync(crm)
    [waiting] = await small.outbox()
    assert (waiting.code, waiting.attempts) == ("RETRY_LATER", 1)


async def test_unknown_fields_are_kept(small: World) -> None:
    crm = await small.add("crm")
    id = crm.person("Lemona", extra={"Lieblingsfarbe": "blau", "n": [1, None]})
    await small.calm(1)
    assert (await small.the_row()).extra == {"crm": {"Lieblingsfarbe": "blau", "n": [1, None]}}
    crm.people.edit("people", id, {"extra": {"Lieblingsfarbe": "rot"}})
    await small.calm(2)
    assert (await small.the_row()).extra == {"crm": {"Lieblingsfarbe": "rot", "n": [1, None]}}
    assert crm.writes == []


async def test_a_page_may_hold_any_record_twice_and_strangers(small: World) -> None:
    crm = await small.add("crm")
    answer = crm.crm.pull
    stranger = Record(Kind.CUSTOMER, "people", "x", 5, {"type": "person", "name": "X"}, reference="not a kequn id")

    async def odd(feed: str, cursor: Cursor | None) -> Page:
        page = await answer(feed, cursor)
        return replace(page, records=[*page.records, stranger, stranger]) if feed == "people" else page

    crm.crm.pull = odd  # type: ignore[method-assign]
    await small.calm(1)
    assert [row.facts["name"] for row in (await small.rows(Kind.CUSTOMER)).values()] == ["X"]


async def test_a_gateway_that_was_out_of_order_for_hours_holds_nothing_up_once_it_works(small: World) -> None:
    crm = await small.add("crm")
    push = crm.crm.push

    async def garbled(batch: Batch) -> Sequence[Receipt | CrmError]:
        return [BrokenReply("the answer is cut off") for _ in batch.changes]

    crm.crm.push = garbled  # type: ignore[method-assign]
    await small.create(Kind.CUSTOMER, name="Lemona")
    await small.calm(9)
    assert [one.code for one in await small.outbox()] == [BrokenReply.code]
    crm.crm.push = push  # type: ignore[method-assign]
    small.clock.move(300)
    await small.sync(crm)
    assert await small.outbox() == []
