"""The memory CRM: what its options promise is what it does."""

from collections.abc import Sequence
from typing import Any

import pytest

from kequn.clock import ManualClock, SeededRandom
from kequn.contracts.changes import Batch, Change, Op, Receipt
from kequn.contracts.crm import Conditional, Cursor
from kequn.contracts.errors import (
    BrokenReply,
    ChangedMeanwhile,
    CrmError,
    MissingReference,
    NotThere,
    Rejected,
    RetryLater,
)
from kequn.contracts.records import Gone, Kind, Record, Ref, Roster, Value
from kequn.testing.memory import Book, Fault, Faults, MemoryCrm, Options, People, folded, webhook

pytestmark = pytest.mark.anyio


class Office:
    """A CRM, somebody who works there, and kequn's connection to it."""

    def __init__(self, **options: Any) -> None:
        self.clock = ManualClock()
        self.book = Book(self.clock, Options(**options))
        self.people = People(self.book)
        self.crm = MemoryCrm(self.book, Faults(SeededRandom(1)))

    async def walk(self, feed: str, cursor: Cursor | None = None) -> tuple[list[str], list[str], Cursor | None]:
        """The ids of live and gone records, and the last cursor."""
        live: list[str] = []
        gone: list[str] = []
        while True:
            page = await self.crm.pull(feed, cursor)
            live += [record.id for record in page.records]
            gone += [one.id for one in page.gone]
            cursor = page.next_cursor
            if page.complete:
                return live, gone, cursor

    async def push(self, *changes: Change) -> Sequence[Receipt | CrmError]:
        return await self.crm.push(Batch("1", changes))

    async def create(self, **fields: Value) -> Receipt | CrmError:
        [answer] = await self.push(Change(Op.CREATE, Kind.CUSTOMER, "people", "cus_1", fields=fields))
        return answer

    async def update(self, id: str, version: int | None, **fields: Value) -> Receipt | CrmError:
        [answer] = await self.push(Change(Op.UPDATE, Kind.CUSTOMER, "people", "cus_1", id, version, fields))
        return answer


async def test_a_walk_pages_and_goes_on_where_it_ended() -> None:
    office = Office(page=2)
    ids = [office.people.create("people", {"name": str(number)}) for number in range(5)]
    live, gone, cursor = await office.walk("people")
    assert (live, gone) == (ids, [])
    office.people.edit("people", ids[0], {"name": "new"})
    office.people.delete("people", ids[1])
    live, gone, _ = await office.walk("people", cursor)
    assert live[-1] == ids[0]
    assert gone == [ids[1]]


async def test_a_scan_lists_who_is_there() -> None:
    office = Office(delete_feed=False, page=2)
    ids = [office.people.create("people", {"name": str(number)}) for number in range(5)]
    office.people.delete("people", ids[1])
    live, gone, cursor = await office.walk("people")
    assert (sorted(live), gone, cursor) == (sorted(set(ids) - {ids[1]}), [], None)


@pytest.mark.parametrize("conditional", [Conditional.EXACT, Conditional.NONE])
async def test_a_stale_version_is_refused_where_writes_are_conditional(conditional: Conditional) -> None:
    office = Office(conditional=conditional)
    id = office.people.create("people", {"name": "A"})
    answer = await office.update(id, 99, city="new")
    assert isinstance(answer, ChangedMeanwhile if conditional is Conditional.EXACT else Receipt)
    assert office.crm.capabilities.objects["people"].conditional is conditional


async def test_what_is_stored_is_what_normal_says() -> None:
    office = Office(lossy={(Kind.CUSTOMER, "name"): folded}, longest={(Kind.CUSTOMER, "city"): 3})
    assert office.crm.normal("people", {"name": "Two Words", "type": "person"}) == {"name": "two words"}
    assert isinstance(await office.create(name="Two Words"), Receipt)
    [record] = await office.crm.find("people", ["cus_1"])
    assert record.fields["name"] == "two words"
    with pytest.raises(Rejected, match="city"):
        office.crm.normal("people", {"city": "four"})


@pytest.mark.parametrize(
    ("fields", "error", "field"),
    [
        ({}, Rejected, "name"),
        ({"name": "A", "type": "person", "city": "four"}, Rejected, "city"),
        ({"name": "A", "notes": "x"}, Rejected, "notes"),
        ({"name": "A", "parent": Ref(Kind.CUSTOMER, "companies", "co9")}, MissingReference, "parent"),
    ],
)
async def test_what_it_refuses(fields: dict[str, Value], error: type[Rejected], field: str) -> None:
    office = Office(longest={(Kind.CUSTOMER, "city"): 3}, read_only=frozenset({(Kind.CUSTOMER, "notes")}))
    answer = await office.create(**fields)
    assert isinstance(answer, error)
    assert answer.field == field
    assert office.people.read("people") == {}


@pytest.mark.parametrize("unique", [True, False])
async def test_a_second_create_with_the_same_kequn_id(unique: bool) -> None:
    office = Office(unique_reference=unique)
    first = await office.create(name="A")
    second = await office.create(name="A")
    assert isinstance(first, Receipt)
    assert len(office.people.read("people")) == (1 if unique else 2)
    if unique:
        assert isinstance(second, Rejected)
        assert second.other_id == first.id


async def test_gone_is_gone() -> None:
    office = Office()
    id = office.people.create("people", {"name": "A"})
    office.people.delete("people", id)
    assert isinstance(await office.update(id, 1, name="B"), NotThere)
    [again] = await office.push(Change(Op.DELETE, Kind.CUSTOMER, "people", "cus_1", id, 1))
    assert isinstance(again, Receipt)
    [gone] = await office.crm.fetch("people", [id])
    assert isinstance(gone, Gone)
    office.people.restore("people", id)
    [back] = await office.crm.fetch("people", [id])
    assert isinstance(back, Record)
    assert back.version > gone.version


@pytest.mark.parametrize("told", [True, False])
async def test_a_merge_takes_along_what_referred_to_the_loser(told: bool) -> None:
    office = Office(merges_told=told)
    winner, loser = (office.people.create("people", {"name": name}) for name in "AB")
    group = office.people.create("groups", {"name": "VIP"})
    refs = {"customer": Ref(Kind.CUSTOMER, "people", loser), "group": Ref(Kind.GROUP, "groups", group)}
    office.people.create("memberships", refs)
    order = office.people.create("purchases", {"name": "1", "customer": refs["customer"]})
    office.people.merge("people", winner, loser)
    [gone] = await office.crm.fetch("people", [loser])
    assert isinstance(gone, Gone)
    assert gone.into == (winner if told else None)
    heir = Ref(Kind.CUSTOMER, "people", winner)
    assert office.people.read("purchases")[order]["customer"] == heir
    assert [one["customer"] for one in office.people.read("memberships").values()] == [heir]


async def test_rosters_stand_on_their_customer() -> None:
    office = Office(rosters=True)
    person = office.people.create("people", {"name": "A"})
    group = office.people.create("groups", {"name": "VIP"})
    _, _, cursor = await office.walk("people")
    pair = {"customer": Ref(Kind.CUSTOMER, "people", person), "group": Ref(Kind.GROUP, "groups", group)}
    [receipt] = await office.push(Change(Op.CREATE, Kind.MEMBERSHIP, "memberships", "mem_1", fields=pair))
    assert isinstance(receipt, Receipt)
    page = await office.crm.pull("people", cursor)
    [roster] = page.rosters
    assert [member.id for member in roster.members] == [receipt.id]
    assert roster.version == receipt.version == page.records[-1].version
    assert isinstance((await office.crm.fetch("memberships", [receipt.id]))[0], Roster)
    assert "memberships" not in {feed.name for feed in office.crm.feeds()}


async def test_reads_lag_behind_writes() -> None:
    office = Office(settle_seconds=10)
    id = office.people.create("people", {"name": "old"})
    office.clock.move(20)
    _, _, cursor = await office.walk("people")
    office.people.edit("people", id, {"name": "new"})
    [shown] = await office.crm.fetch("people", [id])
    assert isinstance(shown, Record)
    assert shown.fields["name"] == "old"
    _, _, cursor = await office.walk("people", cursor)
    office.clock.move(20)
    page = await office.crm.pull("people", cursor)
    assert [record.fields["name"] for record in page.records] == ["new"]


@pytest.mark.parametrize(
    ("fault", "raises", "unsure", "written"),
    [
        (Fault.THROTTLED, True, False, 0),
        (Fault.LOST_BEFORE, True, True, 0),
        (Fault.LOST_AFTER, True, True, 4),
        (Fault.PARTIAL, False, True, 3),
        (None, False, False, 4),
    ],
)
async def test_what_a_fault_leaves_behind(fault: Fault | None, raises: bool, unsure: bool, written: int) -> None:
    office = Office()
    office.crm.faults.script(fault)
    changes = [Change(Op.CREATE, Kind.CUSTOMER, "people", f"cus_{n}", fields={"name": str(n)}) for n in range(4)]
    if raises:
        with pytest.raises(RetryLater) as raised:
            await office.push(*changes)
        assert raised.value.maybe_applied is unsure
    else:
        answers = await office.push(*changes)
        errors = [answer for answer in answers if isinstance(answer, CrmError)]
        assert bool(errors) is unsure
        assert all(error.maybe_applied for error in errors)
    assert len(office.people.read("people")) == len(office.crm.writes) == written


async def test_chance_strikes_reads_too() -> None:
    office = Office()
    office.crm.faults.probability = 1.0
    with pytest.raises((RetryLater, BrokenReply)):
        await office.crm.pull("people", None)


async def test_a_webhook_names_records_and_is_signed() -> None:
    office = Office()
    subscription = await office.crm.subscribe("https://kequn.example.com/door", None)
    hint = await office.crm.read_webhook(webhook(subscription, [("people", "pe1")]))
    assert hint.refs == [("people", "pe1")]
    stranger = await office.crm.subscribe("https://elsewhere.example.com", None)
    forged = webhook(stranger, [("people", "pe1")])
    with pytest.raises(Rejected):
        await office.crm.read_webhook(type(forged)("POST", {}, forged.headers, forged.body, subscription))


async def test_describe_tells_what_can_be_written() -> None:
    office = Office(hidden=frozenset({(Kind.CUSTOMER, "notes")}), read_only=frozenset({(Kind.CUSTOMER, "city")}))
    [people] = [one for one in await office.crm.describe() if one.name == "people"]
    fields = {field.name: field.read_only for field in people.fields}
    assert "notes" not in fields
    assert (fields["city"], fields["name"]) == (True, False)
    with pytest.raises(ValueError, match="notes"):
        office.people.create("people", {"name": "A", "notes": "x"})
