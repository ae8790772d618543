"""By which keys a customer is known again, and in which order, is a rule of the tenant; a connection may have its
own."""

from itertools import pairwise
from typing import Any

import pytest

from kequn.contracts.errors import BrokenReply
from kequn.contracts.identity import IDENTITIES
from kequn.contracts.records import Kind
from kequn.testing.memory import Options
from tests.kequn.sync.world import EVERYTHING, Site, World

pytestmark = pytest.mark.anyio
VALUES: dict[str, str] = {
    "uscc": "91110000600037341L",
    "phone": "+86 19900000001",
    "email": "lemona@example.com",
    "union_id": "oT1x",
    "reference": "R-1",
}


async def two_known(world: World, first: str, second: str) -> None:
    """Two rows, each with one key of the record that is to come."""
    crm = await world.add("first")
    crm.person("Lemona", **{first: VALUES[first]})
    crm.person("Pifi", **{second: VALUES[second]})
    await world.calm(1)


async def who_is(world: World, policy: dict[str, Any] | None = None) -> str:
    """The name of the row that a record with all keys is linked to."""
    crm = await world.add("second", policy={**EVERYTHING, **(policy or {})})
    id = crm.person("Both", **VALUES)
    await world.calm(1)
    return name_of(await world.rows(Kind.CUSTOMER), await world.links(crm), id)


def name_of(rows: Any, links: Any, id: str) -> str:
    [row] = (link.row_id for link in links if link.external_id == id)
    return str(rows[row].facts["name"])


@pytest.mark.parametrize(("earlier", "later"), list(pairwise(IDENTITIES)))
async def test_the_more_telling_key_decides(small: World, earlier: str, later: str) -> None:
    await two_known(small, later, earlier)
    assert await who_is(small) == "Pifi"


@pytest.mark.parametrize(("order", "name"), [(["phone", "email"], "Lemona"), (["email", "phone"], "Pifi")])
async def test_the_order_is_a_rule_of_the_tenant(small: World, order: list[str], name: str) -> None:
    small.rules = {"identity": order}
    await two_known(small, "phone", "email")
    assert await who_is(small) == name


async def test_a_connection_may_have_an_order_of_its_own(small: World) -> None:
    small.rules = {"identity": ["phone", "email"]}
    await two_known(small, "phone", "email")
    assert await who_is(small, {"identity": ["email"]}) == "Pifi"


@pytest.mark.parametrize("order", [["email"], []], ids=["another", "none"])
async def test_a_key_that_is_not_named_makes_nobody_the_same(small: World, order: list[str]) -> None:
    small.rules = {"identity": order}
    await two_known(small, "phone", "union_id")
    assert await who_is(small) == "Both"


@pytest.mark.parametrize(("order", "rows"), [(["phone"], 1), (["email"], 2)])
async def test_of_one_page_too(small: World, order: list[str], rows: int) -> None:
    crm = await small.add("crm", policy={**EVERYTHING, "identity": order})
    for _ in range(2):
        crm.person("Lemona", phone=VALUES["phone"])
    await small.calm(1)
    assert len(await small.rows(Kind.CUSTOMER)) == rows


async def twice_by_phone(world: World, site: Site) -> None:
    for email in ("a@example.com", "b@example.com"):
        site.person(email, phone=VALUES["phone"], email=email)
    await world.calm(1)


@pytest.mark.parametrize(("order", "asked"), [(["phone", "email"], ["match"]), (["email", "phone"], [])])
async def test_two_candidates_by_the_key_that_counts_are_asked_about(
    small: World, order: list[str], asked: list[str]
) -> None:
    first = await small.add("first")
    await twice_by_phone(small, first)
    small.rules = {"identity": order}
    second = await small.add("second")
    second.person("b@example.com", phone=VALUES["phone"], email="b@example.com")
    await small.calm(1)
    assert [one.type for one in await small.conflicts()] == asked


@pytest.mark.parametrize(("order", "asked"), [(["phone"], ["merge"]), (["email"], ["delete"])])
async def test_a_key_that_does_not_count_makes_no_heir(small: World, order: list[str], asked: list[str]) -> None:
    """P17: whoever is deleted, and stands on under the same key, was merged."""
    crm = await small.add("crm", policy={**EVERYTHING, "customer": {"delete": "ask"}, "identity": order})
    first = crm.person("Lemona", phone=VALUES["phone"])
    crm.person("Pifi", phone=VALUES["phone"])
    await small.calm(1)
    crm.people.delete("people", first)
    await small.calm(1)
    assert [one.type for one in await small.conflicts()] == asked


async def merging(world: World, feed: bool) -> tuple[Site, str, str]:
    """Two customers; the first is about to be given the phone of the second, which is gone then."""
    crm = await world.add("crm", Options(merges_told=False, delete_feed=feed))
    winner, loser = crm.person("Lemona"), crm.person("Pifi", phone=VALUES["phone"])
    await world.calm(1)
    return crm, winner, loser


def merge(crm: Site, winner: str, loser: str) -> None:
    crm.people.merge("people", winner, loser)
    crm.people.edit("people", winner, {"phone": VALUES["phone"]})


@pytest.mark.parametrize("feed", [True, False], ids=["changes", "scan"])
async def test_who_was_merged_behind_the_reader_is_not_called_deleted(small: World, feed: bool) -> None:
    """P17: the winner was read before the merge, and a webhook tells of the loser behind it."""
    crm, winner, loser = await merging(small, feed)
    answer = crm.crm.pull

    async def and_then(name: str, cursor: Any) -> Any:
        page = await answer(name, cursor)
        if name == "people" and page.complete and loser in crm.people.read("people"):
            merge(crm, winner, loser)
            await small.hint(crm, "people", loser)
        return page

    crm.crm.pull = and_then  # type: ignore[method-assign, assignment]
    await small.calm(1)
    assert [one.type for one in await small.conflicts()] == ["merge"]
    assert len(await small.rows(Kind.CUSTOMER)) == 2


async def test_nobody_is_called_deleted_while_the_feed_cannot_be_read_on(small: World) -> None:
    crm, winner, loser = await merging(small, feed=True)
    merge(crm, winner, loser)
    await small.hint(crm, "people", loser)
    answer = crm.crm.pull

    async def broken(name: str, cursor: Any) -> Any:
        if name == "people":
            raise BrokenReply("the answer is cut off")
        return await answer(name, cursor)

    crm.crm.pull = broken  # type: ignore[method-assign, assignment]
    await small.sync(crm)
    assert (await small.conflicts(), len(await small.rows(Kind.CUSTOMER))) == ([], 2)
    crm.crm.pull = answer  # type: ignore[method-assign]
    await small.calm(1)
    assert [one.type for one in await small.conflicts()] == ["merge"]
