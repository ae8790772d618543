"""P12: a run that would delete or blank more than max(20, 10 %) of the linked records stops and asks. Absence is a
delete only after a complete scan, confirmed by id. An empty or shrunken listing stops the run."""

import pytest

from kequn.contracts.crm import Cursor, Page
from kequn.contracts.records import Kind
from kequn.testing.memory import Options
from tests.kequn.sync.world import EVERYTHING, Site, World

pytestmark = pytest.mark.anyio
TIGHT = {**EVERYTHING, "guard": {"least": 3, "share": 0.1}}


async def filled(world: World, options: Options | None = None, count: int = 8) -> tuple[Site, list[str]]:
    crm = await world.add("crm", options, TIGHT)
    ids = [crm.person(f"No. {number}", city="base") for number in range(count)]
    await world.calm(1)
    return crm, ids


@pytest.mark.parametrize("feed", [True, False], ids=["delete feed", "scan"])
async def test_many_deletes_stop_the_run(world: World, feed: bool) -> None:
    crm, ids = await filled(world, Options(delete_feed=feed))
    for id in ids[:4]:
        crm.people.delete("people", id)
    [stopped] = await world.round()
    assert (stopped.state, stopped.code) == ("stopped", "UNSAFE_PLAN")
    assert len(await world.rows(Kind.CUSTOMER)) == len(ids)
    world.clock.move(3600)
    assert (await world.sync(crm, allow_unsafe=True)).state == "done"
    assert len(await world.rows(Kind.CUSTOMER)) == len(ids) - 4


async def test_few_deletes_pass(small: World) -> None:
    crm, ids = await filled(small)
    for id in ids[:3]:
        crm.people.delete("people", id)
    await small.calm(1)
    assert len(await small.rows(Kind.CUSTOMER)) == len(ids) - 3


async def test_many_blanks_stop_the_run(world: World) -> None:
    crm, ids = await filled(world)
    for id in ids[:4]:
        crm.people.edit("people", id, {"city": None})
    [stopped] = await world.round()
    assert stopped.state == "stopped"
    assert [row.facts["city"] for row in (await world.rows(Kind.CUSTOMER)).values()] == ["base"] * len(ids)


@pytest.mark.parametrize("page", [2, 100])
async def test_many_blanks_on_many_pages_stop_the_run(small: World, page: int) -> None:
    crm, ids = await filled(small, Options(page=page))
    for id in ids:
        crm.people.edit("people", id, {"city": None})
    await small.round()
    assert sum(row.facts["city"] is None for row in (await small.rows(Kind.CUSTOMER)).values()) <= 3


async def test_many_deletes_in_kequn_stop_before_the_first(small: World) -> None:
    crm, ids = await filled(small)
    for row in list(await small.rows(Kind.CUSTOMER))[:4]:
        await small.delete(Kind.CUSTOMER, row)
    [stopped] = await small.round()
    assert stopped.state == "stopped"
    assert len(crm.people.read("people")) == len(ids)


async def test_many_blanks_in_kequn_stop_the_run(small: World) -> None:
    crm, ids = await filled(small)
    for row in list(await small.rows(Kind.CUSTOMER))[:4]:
        await small.edit(Kind.CUSTOMER, row, city=None)
    [stopped] = await small.round()
    assert stopped.state == "stopped"
    assert {crm.shows(id)["city"] for id in ids} == {"base"}


@pytest.mark.parametrize("left", [0, 3])
async def test_a_shrunken_listing_stops_the_run(world: World, left: int) -> None:
    """The records are all there, but the listing ends early."""
    crm, ids = await filled(world, Options(delete_feed=False))
    answer = crm.crm.pull

    async def shrunken(feed: str, cursor: Cursor | None) -> Page:
        page = await answer(feed, cursor)
        return Page(page.records[:left]) if feed == "people" else page

    crm.crm.pull = shrunken  # type: ignore[method-assign]
    [stopped] = await world.round()
    assert stopped.state == "stopped"
    assert len(await world.rows(Kind.CUSTOMER)) == len(ids)
    crm.crm.pull = answer  # type: ignore[method-assign]
    await world.calm(1)


async def test_absence_is_asked_about_by_id(small: World) -> None:
    crm, ids = await filled(small, Options(delete_feed=False))
    answer = crm.crm.pull

    async def without_two(feed: str, cursor: Cursor | None) -> Page:
        page = await answer(feed, cursor)
        return Page(page.records[:-2]) if feed == "people" else page

    crm.crm.pull = without_two  # type: ignore[method-assign]
    await small.calm(2)
    assert len(await small.rows(Kind.CUSTOMER)) == len(ids)
    assert crm.people.read("people").keys() == set(ids)


async def test_a_scan_that_is_cut_off_deletes_nothing(small: World) -> None:
    crm, ids = await filled(small, Options(delete_feed=False, page=3))
    await small.calm(1)

    async def dies(request: str, object: str) -> None:
        if (request, object) == ("pull", "people"):
            cuts.append(object)
            if len(cuts) == 2:
                await small.hint(crm, "people", ids[0])
                raise RuntimeError("the plugin falls over")

    cuts: list[str] = []
    crm.crm.faults.before(dies)
    with pytest.raises(RuntimeError):
        await small.round()
    crm.crm.faults.before(None)
    await small.calm(2)
    assert len(await small.rows(Kind.CUSTOMER)) == len(ids)
