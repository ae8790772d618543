"""Whole stories: the engine, a database and the emulator in one process, with people on both sides."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

import plugins.fxiaoke
from kequn.contracts.records import FIELDS, OUTBOUND, Kind
from kequn.domain import customers, feedback, groups, memberships
from kequn.domain.editing import Desk
from kequn.store import conflicts, rows
from kequn.store.rows import Row
from schema.settling import settle
from tests.flows.world import ALWAYS, World

pytestmark = pytest.mark.anyio

ACCOUNT, GROUP, MEMBER, CASE = "AccountObj", "object_kqgroup__c", "object_kqmember__c", "CasesObj"
LINES = "SalesOrderProductObj"
HOMES = {"customer": ACCOUNT, "group": GROUP, "feedback": CASE, "purchase": "SalesOrderObj", "membership": MEMBER}


class Story(World):
    """A kequn that is connected to Fxiaoke."""

    @property
    def people(self) -> Any:
        return self.emulator.people

    def shown(self, object: str = ACCOUNT) -> dict[str, dict[str, Any]]:
        """Fxiaoke's records by name."""
        return {row["name"]: dict(row, id=id) for id, row in self.people.read(object).items()}

    async def rows(self, kind: Kind) -> list[Row]:
        """The live rows."""
        async with self.database.reading() as session:
            table = rows.table(kind)
            query = select(table.c.id).where(table.c.tenant_id == self.scope.tenant, table.c.deleted_at.is_(None))
            ids = (await session.execute(query)).scalars().all()
            return list((await rows.load(session, self.scope, kind, ids)).values())

    async def row(self, kind: Kind, **wanted: Any) -> Row:
        (found,) = [
            row for row in await self.rows(kind) if all(row.facts[name] == fact for name, fact in wanted.items())
        ]
        return found

    async def at_desk(self, work: Callable[..., Awaitable[Row]], *given: Any) -> Row:
        async with self.database.writing() as session:
            return await work(Desk(session, self.actor, self.ledger), *given)

    async def round(self) -> None:
        self.clock.move(200)
        outcome = await self.sync()
        assert outcome.state == "done", outcome.message

    async def is_quiet(self) -> bool:
        before = self.writes
        for _ in range(2):
            await self.round()
        return self.writes == before

    async def check_agreement(self) -> None:
        """Both sides hold the same customers, groups and cases, with the same values."""
        for kind, names in (
            (Kind.CUSTOMER, {"name": "name", "notes": "remark", "phone": "tel", "street": "address"}),
            (Kind.GROUP, {"name": "name", "purpose": "kq_purpose__c"}),
            (Kind.FEEDBACK, {"subject": "name", "content": "kq_content__c"}),
        ):
            here = sorted(str([row.facts[name] for name in names]) for row in await self.rows(kind))
            there = self.people.read(HOMES[kind.value]).values()
            assert here == sorted(str([row[name] for name in names.values()]) for row in there)
        ends = len(self.people.read(MEMBER))
        assert len(await self.rows(Kind.MEMBERSHIP)) == ends


@pytest.fixture
async def story(sqlite_url: str, anyio_backend: str) -> AsyncIterator[Story]:
    world = Story(7, 30, plugin=plugins.fxiaoke)
    await world.open(sqlite_url, ALWAYS)
    yield world
    await world.close()


async def test_everything_comes_and_nothing_goes_back(story: Story) -> None:
    await story.round()
    await story.check_agreement()
    assert story.writes == 0
    sizes = {kind.value: len(await story.rows(kind)) for kind in FIELDS.keys() - OUTBOUND}
    assert sizes == {
        "customer": 30, "staff": 5, "tier": 3, "group": 5, "purchase": 10, "interaction": 3, "feedback": 6,
        "membership": len(story.people.read(MEMBER)),
    }  # fmt: skip
    person = next(iter(await story.rows(Kind.CUSTOMER)))
    assert isinstance(person.facts["owner"], UUID)
    assert person.facts["type"] == "person"
    assert await story.is_quiet()


async def test_edits_on_both_sides_arrive(story: Story) -> None:
    await story.round()
    one, other, *_ = story.shown().values()
    first = await story.customer(email=one["email"])
    await story.change(first.id, notes="from kequn", phone="+86 19912345678")
    story.people.edit(ACCOUNT, other["id"], {"remark": "from Fxiaoke"})
    await story.round()
    assert (story.shown()[one["name"]]["remark"], story.shown()[one["name"]]["tel"]) == (
        "from kequn",
        "+86 19912345678",
    )
    assert (await story.customer(email=other["email"])).facts["notes"] == "from Fxiaoke"
    assert await story.is_quiet()
    await story.check_agreement()


async def test_records_are_made_and_deleted_on_both_sides(story: Story) -> None:
    await story.round()
    ours = await story.create(name="东一", type="person", email="ours@example.com")
    theirs = story.people.create(ACCOUNT, {"name": "西二", "email": "theirs@example.com", "account_type": "1"})
    await story.round()
    assert story.shown()["东一"]["account_type"] == "2"
    assert (await story.customer(email="theirs@example.com")).facts["type"] == "organisation"
    assert await story.is_quiet()
    await story.delete(ours.id)
    story.people.delete(ACCOUNT, theirs)
    await story.round()
    assert {"东一", "西二"}.isdisjoint(story.shown())
    assert {"ours@example.com", "theirs@example.com"}.isdisjoint(
        row.facts["email"] for row in await story.rows(Kind.CUSTOMER)
    )
    assert await story.is_quiet()


async def test_a_group_its_members_and_a_case_travel_both_ways(story: Story) -> None:
    await story.round()
    person, *_ = (await story.customers()).values()
    group = await story.at_desk(groups.create, {"name": "新品试用", "purpose": "trial"})
    await story.at_desk(memberships.add, group.id, person.id)
    await story.at_desk(feedback.create, {"subject": "坏了", "content": "屏幕", "customer": person.id})
    await story.round()
    assert story.shown(GROUP)["新品试用"]["kq_purpose__c"] == "trial"
    place = story.shown(GROUP)["新品试用"]["id"]
    (member,) = [id for id, row in story.people.read(MEMBER).items() if row["kq_group__c"] == place]
    assert story.shown(CASE)["坏了"]["kq_content__c"] == "屏幕"
    assert await story.is_quiet()
    story.people.delete(MEMBER, member)
    old = next(id for id, row in story.people.read(MEMBER).items() if row["kq_group__c"] != place)
    story.people.edit(CASE, story.shown(CASE)["坏了"]["id"], {"kq_solution__c": "换新"})
    await story.round()
    assert (await story.row(Kind.FEEDBACK, subject="坏了")).facts["solution"] == "换新"
    assert not [row for row in await story.rows(Kind.MEMBERSHIP) if row.facts["group"] == group.id]
    linked = story.people.read(MEMBER)[old]
    email = story.people.read(ACCOUNT)[linked["kq_customer__c"]]["email"]
    name = story.people.read(GROUP)[linked["kq_group__c"]]["name"]
    left = (await story.row(Kind.GROUP, name=name)).id, (await story.customer(email=email)).id
    await story.at_desk(memberships.remove, *left)
    await story.round()
    assert old not in story.people.read(MEMBER)
    assert await story.is_quiet()
    await story.check_agreement()


async def test_a_conflict_is_shown_and_settled(story: Story) -> None:
    await story.round()
    one = next(iter(story.shown().values()))
    row = await story.customer(email=one["email"])
    await story.change(row.id, notes="ours")
    story.people.edit(ACCOUNT, one["id"], {"remark": "theirs"})
    await story.round()
    async with story.database.reading() as session:
        (conflict,) = await conflicts.load(session, story.scope, story.ledger.vault)
    assert (conflict.field, conflict.ours, conflict.theirs) == ("notes", {"notes": "ours"}, {"notes": "theirs"})
    assert story.shown()[one["name"]]["remark"] == "theirs"
    assert await story.is_quiet()
    async with story.database.writing() as session:
        await settle(Desk(session, story.actor, story.ledger), conflict.id, "ours", None)
    await story.round()
    assert story.shown()[one["name"]]["remark"] == "ours"
    assert await story.is_quiet()


async def test_a_record_that_vanishes_for_good_is_missed_within_a_day(story: Story) -> None:
    await story.round()
    gone = next(iter(story.shown().values()))
    for id in (one for one, row in story.people.read(MEMBER).items() if row["kq_customer__c"] == gone["id"]):
        story.people.delete(MEMBER, id)
    story.people.delete(ACCOUNT, gone["id"])
    story.people.purge(ACCOUNT, gone["id"])
    await story.round()
    assert len(await story.customers()) == 30
    story.clock.move(86400)
    await story.round()
    await story.round()
    assert len(await story.customers()) == 29


@pytest.mark.parametrize(("purged", "seconds"), [(False, 0), (True, 86400)])
async def test_a_line_that_vanishes_is_missed(story: Story, purged: bool, seconds: float) -> None:
    """Its order does not change: out of the bin it shows at once, out of everything within a day."""
    await story.resettle({"lines": True})
    await story.round()
    lines: dict[str, list[str]] = {}
    for id, row in story.people.read(LINES).items():
        lines.setdefault(row["order_id"], []).append(id)
    order, (line, *others) = next((order, ids) for order, ids in lines.items() if len(ids) > 1)
    name = story.people.read("SalesOrderObj")[order]["name"]
    assert await _products(story, name) == len(others) + 1
    story.people.delete(LINES, line)
    if purged:
        story.people.purge(LINES, line)
    story.clock.move(seconds)
    await story.round()
    assert await _products(story, name) == len(others)
    assert await story.is_quiet()


async def _products(story: Story, order: object) -> int:
    lines = (await story.row(Kind.PURCHASE, name=order)).facts["lines"]
    assert isinstance(lines, tuple)
    return len(lines)


@pytest.mark.parametrize("seed", range(2))
async def test_faults_only_delay(database_url: str, seed: int) -> None:
    """People work on both sides while every eighth request fails; when faults are over, three rounds do."""
    story = Story(seed, 8, plugin=plugins.fxiaoke)
    await story.open(database_url, ALWAYS)
    try:
        await _toil(story)
        for _ in range(3):
            await story.round()
        await story.check_agreement()
        kept = [row["kq_id__c"] for row in story.people.read(ACCOUNT).values() if row["kq_id__c"]]
        assert len(kept) == len(set(kept))
        assert await story.is_quiet()
    finally:
        await story.close()


async def _toil(story: Story) -> None:
    await story.round()
    story.emulator.faults.probability = 0.12
    for turn in range(12):
        await _work(story, turn)
        story.clock.move(70)
        await story.sync()
    story.emulator.faults.probability = 0.0


async def _work(story: Story, turn: int) -> None:
    """Somebody does something, each time something else, and no two touch one field."""
    names = sorted(story.shown())
    ours = sorted(await story.rows(Kind.CUSTOMER), key=lambda row: str(row.facts["email"]))
    if turn % 4 == 0:
        await story.create(name=f"新{turn}", type="person", email=f"new{turn}@example.com", notes=f"made {turn}")
    elif turn % 4 == 1:
        story.people.edit(ACCOUNT, story.shown()[names[turn % len(names)]]["id"], {"remark": f"theirs {turn}"})
    elif turn % 4 == 2:
        await story.at_desk(customers.change, ours[turn % len(ours)].id, {"street": f"ours {turn}"})
    else:
        story.people.create(ACCOUNT, {"name": f"别人{turn}", "email": f"other{turn}@example.com", "account_type": "2"})
        await story.at_desk(groups.create, {"name": f"group {turn}"})
