"""Strays (P8): records that kequn made of rows which it does not know any more, because an old backup took the place of
its database. They are copies of what stands in other CRMs, and no records of their own."""

from uuid import UUID

import pytest
from sqlalchemy import delete

from kequn.contracts.records import Kind
from kequn.store.tables import Change, Feedback, Link, Outbox
from kequn.testing.memory import Options
from tests.kequn.sync.world import Site, World

pytestmark = pytest.mark.anyio
TWICE = Options(unique_reference=False)


async def forget(world: World) -> None:
    """The backup is from before the first feedback."""
    for site in world.sites.values():
        await world.forget_cursors(site)
    async with world.writing() as session:
        for table in (Link, Outbox, Change, Feedback):
            await session.execute(delete(table))


async def copied(world: World) -> tuple[Site, Site]:
    """Somebody wrote it down in the first CRM, and kequn carried it into the second."""
    first, second = await world.add("first", TWICE), await world.add("second", TWICE)
    first.people.create("feedback", {"subject": "Parcel", "content": "late"})
    await world.calm(2)
    await forget(world)
    return first, second


def contents(*sites: Site) -> list[list[str]]:
    return [sorted(str(one["content"]) for one in site.people.read("feedback").values()) for site in sites]


@pytest.mark.parametrize("original_first", [True, False])
async def test_a_copy_is_linked_to_the_row_of_its_original(world: World, original_first: bool) -> None:
    first, second = await copied(world)
    await world.sync(first if original_first else second)
    await world.calm(3)
    assert contents(first, second) == [["late"], ["late"]]
    assert len(await world.rows(Kind.FEEDBACK)) == 1
    assert (await world.outbox(), await world.hints()) == ([], [])


async def test_while_another_crm_rests_a_copy_waits_and_says_so(small: World) -> None:
    _, second = await copied(small)
    for _ in range(3):
        small.clock.move(600)
        await small.sync(second)
    assert await small.rows(Kind.FEEDBACK) == {}
    assert [hint.code for hint in await small.hints()] == ["STRAY"]
    small.clock.move(90_000)
    await small.sync(second)
    assert len(await small.rows(Kind.FEEDBACK)) == 1


async def test_copies_without_an_original_are_one_row_under_its_old_id(small: World) -> None:
    first, second = await small.add("first", TWICE), await small.add("second", TWICE)
    row = await small.create(Kind.FEEDBACK, subject="Parcel", content="late")
    await small.calm(2)
    await forget(small)
    await small.calm(3)
    assert list(await small.rows(Kind.FEEDBACK)) == [row]
    assert contents(first, second) == [["late"], ["late"]]


async def test_what_became_of_the_original_meanwhile_is_a_conflict(small: World) -> None:
    first, second = await copied(small)
    [id] = first.people.read("feedback")
    first.people.edit("feedback", id, {"content": "lost"})
    await small.calm(3)
    assert len(await small.rows(Kind.FEEDBACK)) == 1
    assert [one.field for one in await small.conflicts()] == ["content"]
    assert contents(first, second) == [["lost"], ["late"]]


async def test_of_two_that_could_be_the_original_people_choose(small: World) -> None:
    first, _ = await copied(small)
    first.people.create("feedback", {"subject": "Parcel", "content": "late"})
    await small.calm(3)
    [conflict] = await small.conflicts()
    assert (conflict.type, len(conflict.candidates)) == ("match", 2)
    assert all(isinstance(one, UUID) for one in conflict.candidates)
    assert contents(first)[0] == ["late", "late"]


async def test_who_is_known_by_a_key_waits_for_nobody(small: World) -> None:
    first, second = await small.add("first", TWICE), await small.add("second", TWICE)
    first.person("Lemona", phone="+86 19900000001")
    await small.calm(2)
    [reference] = second.people.references("people").values()
    lost = reference[:-1] + ("0" if reference[-1] != "0" else "1")
    second.people.create("people", {"name": "Pifi", "phone": "+86 19900000002"})
    [other] = [id for id, one in second.people.read("people").items() if one["name"] == "Pifi"]
    second.book.change("people", other, {}, reference=lost)
    await small.sync(second)
    assert {row.id.hex for row in (await small.rows(Kind.CUSTOMER)).values()} >= {lost.partition("_")[2]}
