"""P16 and P17, as far as they are built: what may be created where is declared; a merge made inside a CRM is a merge,
not a delete."""

import pytest

from kequn.contracts.records import Kind
from kequn.testing.memory import Options
from tests.kequn.sync.world import EVERYTHING, World

pytestmark = pytest.mark.anyio
PHONE = "+86 19900000001"


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
