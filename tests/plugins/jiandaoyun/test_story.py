"""Stories: the engine, a database and the emulator in one process; people on both sides, and faults in between."""

import random
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select

import plugins.jiandaoyun
from kequn.contracts.records import Kind
from kequn.domain import memberships
from kequn.domain.editing import Desk
from kequn.store import conflicts, rows
from kequn.sync.engine import Outcome
from tests.databases import seeded
from tests.flows.world import World

pytestmark = pytest.mark.anyio

ROUND = 60.0
FORMS = ("tier", "group", "customer", "purchase", "interaction", "feedback", "membership")
FIELDS = {"notes": "note", "occupation": "occupation", "website": "website"}
SETTINGS: dict[str, dict[str, Any]] = {
    "scan": {},
    "filter": {"update_filter": "exact"},
    "days": {"update_filter": "day"},
    "quiet api": {"api_moves_modify_time": False, "api_moves_update_time": False, "empty_text": ""},
}


class Story:
    """A world with Jiandaoyun in it. `round`: some time, then a sync."""

    def __init__(self, seed: int = 0, records: int = 0, knobs: Mapping[str, Any] | None = None) -> None:
        self.world = World(seed, records, knobs, plugins.jiandaoyun)

    @property
    def people(self) -> Any:
        return self.world.emulator.people

    async def round(self, seconds: float = ROUND) -> Outcome:
        self.world.clock.move(seconds)
        outcome = await self.world.sync()
        assert outcome.state == "done", outcome.message
        return outcome

    async def quiet(self) -> None:
        """Two rounds in which nothing is written."""
        before = self.world.writes
        for _ in range(2):
            outcome = await self.round()
            assert not outcome.tally.problems, outcome.tally.problems
        assert self.world.writes == before

    async def count(self, kind: Kind) -> int:
        table = rows.table(kind)
        async with self.world.database.reading() as session:
            query = select(func.count()).select_from(table).where(table.c.deleted_at.is_(None))
            return int((await session.execute(query)).scalar_one())

    async def conflicts(self) -> list[tuple[str, str]]:
        """Open ones: type and field."""
        async with self.world.database.reading() as session:
            found = await conflicts.load(session, self.world.scope, self.world.ledger.vault)
        return [(one.type, one.field) for one in found if one.state == "open"]

    def customers(self) -> dict[str, Mapping[str, Any]]:
        """Jiandaoyun's customers by e-mail; each stands once."""
        found = list(self.people.read("customer").values())
        by_email = {str(record["email"]): record for record in found}
        assert len(by_email) == len(found), "a customer stands twice"
        return by_email

    def add(self, email: str, **more: Any) -> str:
        given = {"name": f"N {email}", "type": "个人", "email": email, **more}
        return str(self.people.create("customer", given))


@pytest.mark.parametrize("knobs", SETTINGS.values(), ids=list(SETTINGS))
async def test_edits_of_both_sides_meet(sqlite_url: str, knobs: dict[str, Any]) -> None:
    story = Story(records=30, knobs=knobs)
    world = await story.world.open(sqlite_url)
    outcome = await story.round()
    assert not outcome.tally.problems
    assert await story.count(Kind.CUSTOMER) == 30
    assert world.writes == 0
    await story.quiet()
    # created on both sides
    theirs = story.add("a@example.org", phone={"phone": "13800000001"}, address={"city": "上海", "district": "徐汇区"})
    await world.create(name="Ours", type="person", email="b@example.org", notes="mine", city="Köln")
    await story.round()
    assert (await world.customer(email="a@example.org")).facts["city"] == "上海"
    ours = story.customers()["b@example.org"]
    assert (ours["note"], ours["address"], ours["type"]) == ("mine", {"city": "Köln"}, "个人")
    assert str(ours["kq_id"]).startswith("cus_")
    await story.quiet()
    # edited on both sides, another field each
    row = await world.customer(email="a@example.org")
    await world.change(row.id, city="北京", notes="from kequn")
    story.people.edit("customer", theirs, {"occupation": "茶农"})
    await story.round()
    record = story.customers()["a@example.org"]
    assert (record["note"], record["occupation"]) == ("from kequn", "茶农")
    assert record["address"] == {"city": "北京", "district": "徐汇区"}
    assert (await world.customer(email="a@example.org")).facts["occupation"] == "茶农"
    await story.quiet()
    await world.close()


async def test_the_same_field_on_both_sides_is_a_conflict(sqlite_url: str) -> None:
    story = Story()
    world = await story.world.open(sqlite_url)
    id = story.add("a@example.org", note="first")
    await story.round()
    row = await world.customer(email="a@example.org")
    await world.change(row.id, notes="ours")
    story.people.edit("customer", id, {"note": "theirs"})
    await story.round()
    assert await story.conflicts() == [("field", "notes")]
    assert story.customers()["a@example.org"]["note"] == "theirs"
    await story.quiet()
    await world.close()


@pytest.mark.parametrize("knobs", [SETTINGS["scan"], SETTINGS["filter"]], ids=["scan", "filter"])
async def test_deletes_go_both_ways(sqlite_url: str, knobs: dict[str, Any]) -> None:
    story = Story(knobs=knobs)
    world = await story.world.open(sqlite_url)
    ids = {email: story.add(email) for email in ("a@example.org", "b@example.org", "c@example.org")}
    await story.round()
    story.people.delete("customer", ids["a@example.org"])
    await world.delete((await world.customer(email="b@example.org")).id)
    await story.round()
    assert list(story.customers()) == ["c@example.org"]
    assert [row.facts["email"] for row in (await world.customers()).values()] == ["c@example.org"]
    await story.quiet()
    # and a restored one comes back
    story.people.restore("customer", ids["a@example.org"])
    await story.round()
    assert (await world.customer(email="a@example.org")).facts["name"] == "N a@example.org"
    await story.quiet()
    await world.close()


async def test_groups_members_and_purchases(sqlite_url: str) -> None:
    story = Story(records=12)
    world = await story.world.open(sqlite_url)
    await story.round()
    members = story.people.read("membership")
    assert await story.count(Kind.MEMBERSHIP) == len(members) > 0
    assert await story.count(Kind.PURCHASE) == len(story.people.read("purchase")) == 4
    assert await story.count(Kind.STAFF) == 5
    # a member leaves there, another one joins here
    story.people.delete("membership", next(iter(members)))
    customer = await world.create(name="New", type="person", email="new@example.org")
    group = next(iter(await _ids(story, Kind.GROUP)))
    async with world.database.writing() as session:
        desk = Desk(session, world.actor, world.ledger)
        await memberships.add(desk, group, customer.id)
    await story.round()
    await story.round()
    after = story.people.read("membership")
    assert len(after) == len(members) == await story.count(Kind.MEMBERSHIP)
    (fresh,) = [record for id, record in after.items() if id not in members]
    assert fresh["customer_ref"] == story.customers()["new@example.org"]["_id"]
    assert fresh["customer_kq_id"] == story.customers()["new@example.org"]["kq_id"]
    await story.quiet()
    await world.close()


async def _ids(story: Story, kind: Kind) -> list[Any]:
    table = rows.table(kind)
    async with story.world.database.reading() as session:
        return list((await session.execute(select(table.c.id).order_by(table.c.name))).scalars())


async def test_a_quiet_round_costs_little(sqlite_url: str) -> None:
    story = Story(records=300)
    world = await story.world.open(sqlite_url)
    await story.round()
    first = len(world.emulator.requests)
    pages = sum(len(story.people.read(form)) // 100 + 1 for form in FORMS)  # a full page may not be the last one
    assert first == pages + len(FORMS) + 2  # a look at each form, and the members
    await story.round()
    assert len(world.emulator.requests) - first == len(FORMS) + 2 <= 2 * (len(FORMS) + 1) + 3
    await world.close()


@pytest.mark.parametrize(("database_url", "seed"), seeded(3, 1, soak=40), indirect=["database_url"])
async def test_after_faults_both_sides_agree(database_url: str, seed: int) -> None:
    """Twelve of a hundred requests fail, in every way; people go on meanwhile."""
    knobs = list(SETTINGS.values())[seed % len(SETTINGS)]
    story, chance = Story(seed, knobs=knobs), random.Random(seed)
    world = await story.world.open(database_url)
    for number in range(6):
        story.add(f"start{number}@example.org")
    await story.round()
    world.emulator.faults.probability = 0.12
    for step in range(30):
        await _act(story, chance, step)
        if step % 3 == 2:
            world.clock.move(chance.choice((1, 30, 400)))
            await world.sync()
    world.emulator.faults.probability = 0.0
    for _ in range(3):
        world.clock.move(7200)  # by the third round everything was listed again: a filter shows no deletions
        await world.sync()
    await _agree(story)
    before = world.writes
    for _ in range(2):
        await story.round(3600)
    assert world.writes == before
    await world.close()


async def _act(story: Story, chance: random.Random, step: int) -> None:
    world, value = story.world, f"v{step}"
    there, here = sorted(story.customers()), list((await world.customers()).values())
    match chance.randrange(8):
        case 0:
            story.add(f"theirs{step}@example.org", note=value)
        case 1:
            await world.create(name=value, type="person", email=f"ours{step}@example.org", notes=value)
        case 2 | 3 | 4 if there:
            record = story.customers()[chance.choice(there)]
            story.people.edit("customer", record["_id"], {chance.choice(sorted(FIELDS.values())): value})
        case 5 | 6 if here:
            row = chance.choice(sorted(here, key=lambda one: str(one.facts["email"])))
            await world.change(row.id, **{chance.choice(sorted(FIELDS)): value})
        case 7 if there:
            story.people.delete("customer", story.customers()[chance.choice(there)]["_id"])


async def _agree(story: Story) -> None:
    """The same customers, and the same values where no conflict is open."""
    here = {str(row.facts["email"]): row for row in (await story.world.customers()).values()}
    there = story.customers()
    assert here.keys() == there.keys()
    async with story.world.database.reading() as session:
        found = await conflicts.load(session, story.world.scope, story.world.ledger.vault)
    opened = {(one.external_id, one.field) for one in found if one.state == "open"}
    for email, record in there.items():
        for ours, theirs in FIELDS.items():
            if (record["_id"], ours) not in opened:
                assert here[email].facts[ours] == (record[theirs] or None), f"{email} {ours}"
