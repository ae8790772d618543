"""What people change goes out before what CRMs have told, and may spend what is reserved of a limit."""

from collections.abc import Sequence

import pytest

from kequn.contracts.changes import Batch, Receipt
from kequn.contracts.errors import CrmError
from kequn.contracts.records import Kind
from tests.kequn.sync.world import Site, World

pytestmark = pytest.mark.anyio


async def pushed(world: World, site: Site) -> list[tuple[list[str], bool]]:
    """One run: the names in each batch, and whether it was bulk work."""
    remote, found, push = world.remote(site), [], site.crm.push

    async def seen(batch: Batch) -> Sequence[Receipt | CrmError]:
        found.append((sorted(str(one.fields["name"]) for one in batch.changes), remote.pace.bulk))
        return await push(batch)

    site.crm.push = seen  # type: ignore[method-assign]
    world.clock.move(1)
    await world.engine.sync(remote)
    site.crm.push = push  # type: ignore[method-assign]
    return found


async def test_an_edit_goes_before_what_came_from_a_crm(world: World) -> None:
    told, asked = await world.add("told"), await world.add("asked")
    for name in ("A", "B", "C"):
        told.person(name)
    await world.sync(told)
    await world.create(Kind.CUSTOMER, name="Z", last_name="Z")
    assert await pushed(world, asked) == [(["Z"], False), (["A", "B", "C"], True)]
    assert await world.outbox() == [one for one in await world.outbox() if one.connection_id == told.id]


async def test_it_stays_urgent_until_it_is_out(world: World) -> None:
    told, asked = await world.add("told"), await world.add("asked")
    told.person("A")
    id = told.person("B")
    await world.calm()
    (row,) = [row for row in (await world.rows(Kind.CUSTOMER)).values() if row.facts["name"] == "B"]
    await world.edit(Kind.CUSTOMER, row.id, city="Berlin")
    told.people.edit("people", id, {"name": "B2"})
    told.person("C")
    await world.sync(told)
    assert [bulk for _, bulk in await pushed(world, asked)] == [False, True]
    assert {(one["name"], one["city"]) for one in asked.people.read("people").values()} >= {("B2", "Berlin")}


async def test_what_was_settled_is_urgent(world: World) -> None:
    one, other = await world.add("one"), await world.add("other")
    id = one.person("A", city="old")
    await world.calm()
    (there,) = other.people.read("people")
    one.people.edit("people", id, {"city": "here"})
    other.people.edit("people", there, {"city": "there"})
    await world.calm(2)
    (conflict,) = await world.conflicts()
    await world.settle(conflict.id, "ours")
    assert {waiting.urgent for waiting in await world.outbox()} == {True}
