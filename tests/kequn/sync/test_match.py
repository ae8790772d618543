"""Match: a page is matched, merged and applied with a constant number of statements, whatever its size; and which row a
record could be."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from kequn.contracts.identity import format_id
from kequn.contracts.records import OUTBOUND, Kind
from kequn.testing.memory import Options
from tests.kequn.sync.world import EVERYTHING, Site, World

pytestmark = pytest.mark.anyio


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements of a block."""
    statements: list[str] = []

    def note(*given: Any) -> None:
        statements.append(given[2])

    engine = world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


READS = {kind.value: {"direction": "in"} for kind in set(Kind) - OUTBOUND}


def populate(crm: Site, count: int) -> None:
    groups = [crm.people.create("groups", {"name": f"Group {number} of {count}"}) for number in range(2)]
    for number in range(count):
        phone = f"+86 199{count:04d}{number:04d}"
        company = crm.people.create("companies", {"name": f"Ltd {number}", "phone": f"+86 198{count:04d}{number:04d}"})
        refs = {"parent": crm.ref("companies", company)}
        id = crm.person(f"No. {number}", phone=phone, interests=frozenset({"tea"}), **refs)
        pair = {"customer": crm.ref("people", id), "group": crm.ref("groups", groups[number % 2])}
        crm.people.create("memberships", pair)
        crm.people.create("purchases", {"name": f"Order {number}", "customer": crm.ref("people", id)})


def edit_everything(crm: Site, word: str) -> None:
    for object, field in (("people", "city"), ("companies", "city"), ("purchases", "status")):
        for id in crm.people.read(object):
            crm.people.edit(object, id, {field: word})


@pytest.mark.parametrize("rosters", [True, False], ids=["roster", "object"])
async def test_statements_do_not_grow_with_the_page(world: World, rosters: bool) -> None:
    """So few that PostgreSQL is not told to look at its tables (loads.MANY). The first one only brings what all others
    find: another connection, the tenant's key."""
    counts = []
    for size in (1, 10, 45):
        crm = await world.add(f"crm {size}", Options(rosters=rosters), READS)
        populate(crm, size)
        with counted(world) as first:
            await world.sync(crm)
        edit_everything(crm, "new")
        with counted(world) as second:
            await world.sync(crm)
        with counted(world) as third:
            await world.sync(crm)
        counts.append((len(first), len(second), len(third)))
    assert counts[1] == counts[2]


@pytest.mark.parametrize("rosters", [True, False], ids=["roster", "object"])
async def test_statements_of_a_push_grow_with_batches_alone(world: World, rosters: bool) -> None:
    counts = []
    for size in (10, 90):
        crm = await world.add(f"crm {size}", Options(rosters=rosters), {**EVERYTHING, "guard": {"least": 1000}})
        rows = [await world.create(Kind.CUSTOMER, name=f"No. {number} of {size}") for number in range(size)]
        with counted(world) as first:
            await world.sync(crm)
        for row in rows:
            await world.edit(Kind.CUSTOMER, row, city="new")
        with counted(world) as second:
            await world.sync(crm)
        for row in rows:
            await world.delete(Kind.CUSTOMER, row)
        with counted(world) as third:
            await world.sync(crm)
        assert len(crm.writes) == 3 * size
        counts.append((len(first), len(second), len(third)))
    assert counts[0] == counts[1]


async def test_the_most_telling_key_counts(small: World) -> None:
    first, second = await small.add("first"), await small.add("second")
    first.person("By phone", phone="+86 19900000001")
    first.person("By mail", email="person@example.com")
    await small.sync(first)
    second.person("By mail", phone="+86 19900000002", email=" Person@Example.com ")
    await small.sync(second)
    assert len(await small.rows(Kind.CUSTOMER)) == 2


async def test_a_kequn_id_on_the_record_counts_more_than_any_key(small: World) -> None:
    crm = await small.add("crm")
    row = await small.create(Kind.CUSTOMER, name="Named", phone="+86 19900000001")
    await small.create(Kind.CUSTOMER, name="Other", phone="+86 19900000002")
    fields = {"name": "Named", "phone": "+86 19900000002"}
    id = crm.book.create("people", fields, reference=format_id("customer", row)).id
    await small.sync(crm)
    assert [link.row_id for link in await small.links(crm) if link.external_id == id] == [row]


@pytest.mark.parametrize("reference", ["cus_" + "0" * 32, "typed by somebody"])
async def test_a_kequn_id_of_nobody_leaves_it_to_the_keys(small: World, reference: str) -> None:
    """After a backup was restored, records carry ids of rows that are not there (any more)."""
    crm = await small.add("crm")
    row = await small.create(Kind.CUSTOMER, name="Lemona", phone="+86 19900000001")
    crm.book.create("people", {"name": "Lemona", "phone": "+86 19900000001"}, reference=reference)
    await small.calm(1)
    assert list(await small.rows(Kind.CUSTOMER)) == [row]
