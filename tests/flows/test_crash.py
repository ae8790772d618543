"""A crash before every statement, commit and request, and after every request, of three stories (P10): another kequn
starts on the same database, runs once, and both sides are as if nothing had happened. Beside the kill matrix
(test_matrix.py): here the CRM takes the same kequn id twice, and purchases travel. `make test` crashes at every fifth
point of the first sync; `make soak` everywhere.

Many points leave the same behind (a transaction that is cut short leaves nothing): what follows is run once."""

import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from kequn.contracts.records import Kind
from kequn.store.database import Database
from kequn.store.tables.base import metadata
from kequn.testing.memory import Options
from tests.databases import PostgreSQL
from tests.kequn.sync.tripwire import Tripwire
from tests.kequn.sync.world import Crash, Snapshot, World, build

pytestmark = pytest.mark.anyio

# Creates that are repeated make doubles here: the CRM takes the same kequn id twice.
CRM = Options(
    rosters=True, unique_reference=False, page=2, objects=frozenset({"groups", "people", "purchases", "memberships"})
)
SAMPLE = 23  # on PostgreSQL every so many-th point
STRIDE = 5  # but under `make soak`
Step = Callable[[World], Awaitable[None]]
State = dict[str, Any]


@dataclass(frozen=True)
class Story:
    """`before` happens in peace; then the run in which kequn crashes."""

    name: str
    before: tuple[Step, ...]


async def people_in_the_crm(world: World) -> None:
    crm = world.sites["crm"]
    vip = crm.people.create("groups", {"name": "VIP"})
    for number in range(3):
        id = crm.person(f"No. {number}", phone=f"+86 1990000000{number}", interests=frozenset({"tea"}))
        crm.people.create("memberships", {"customer": crm.ref("people", id), "group": crm.ref("groups", vip)})
        crm.people.create("purchases", {"name": f"Order {number}", "customer": crm.ref("people", id)})


async def first_sync(world: World) -> None:
    await world.calm(1)


async def edits_on_both_sides(world: World) -> None:
    crm = world.sites["crm"]
    names = {str(row.facts["name"]): row.id for row in (await world.rows(Kind.CUSTOMER)).values()}
    for id, fields in crm.people.read("people").items():
        crm.people.edit("people", id, {"city": f"there {fields['name']}", "interests": frozenset({"tea", "there"})})
        row = names[str(fields["name"])]
        await world.edit(Kind.CUSTOMER, row, notes=f"here {fields['name']}", interests=frozenset({"here"}))
    await world.edit(Kind.CUSTOMER, names["No. 0"], occupation="ours")
    [first] = [id for id, fields in crm.people.read("people").items() if fields["name"] == "No. 0"]
    crm.people.edit("people", first, {"occupation": "theirs"})


async def news_for_the_crm(world: World) -> None:
    """A new customer and a new group, both joined; a customer deleted; a membership ended."""
    names = {str(row.facts["name"]): row.id for row in (await world.rows(Kind.CUSTOMER)).values()}
    [vip] = await world.rows(Kind.GROUP)
    new = await world.create(Kind.CUSTOMER, name="New", phone="+86 19900000009")
    club = await world.create(Kind.GROUP, name="Club")
    await world.create(Kind.MEMBERSHIP, customer=new, group=vip)
    await world.create(Kind.MEMBERSHIP, customer=names["No. 1"], group=club)
    await world.create(Kind.PURCHASE, name="Order 9", customer=new)
    for id, row in (await world.rows(Kind.MEMBERSHIP)).items():
        if row.facts["customer"] == names["No. 2"]:
            await world.delete(Kind.MEMBERSHIP, id)
    await world.delete(Kind.CUSTOMER, names["No. 0"])


STORIES = (
    Story("first sync", (people_in_the_crm,)),
    Story("both sides edited", (people_in_the_crm, first_sync, edits_on_both_sides)),
    Story("create, delete, tags", (people_in_the_crm, first_sync, news_for_the_crm)),
)


async def state(world: World) -> State:
    """What both sides say, without ids: a record that is there twice shows."""
    crm = world.sites["crm"]
    groups = {id: str(fields["name"]) for id, fields in crm.people.read("groups").items()}
    people = crm.people.read("people")
    members = crm.people.read("memberships").values()
    rows = {kind: await world.rows(kind) for kind in (Kind.CUSTOMER, Kind.GROUP, Kind.MEMBERSHIP, Kind.PURCHASE)}
    names = {id: str(row.facts["name"]) for kind in (Kind.CUSTOMER, Kind.GROUP) for id, row in rows[kind].items()}
    return {
        "people": sorted(map(_said, people.values())),
        "groups there": sorted(groups.values()),
        "orders there": sorted(str(one["name"]) for one in crm.people.read("purchases").values()),
        "members there": sorted((people[one["customer"].id]["name"], groups[one["group"].id]) for one in members),
        "customers": sorted(_said(row.facts) for row in rows[Kind.CUSTOMER].values()),
        "groups": sorted(str(row.facts["name"]) for row in rows[Kind.GROUP].values()),
        "orders": sorted(str(row.facts["name"]) for row in rows[Kind.PURCHASE].values()),
        "members": sorted(
            tuple(names[one] for one in row.facts.values() if isinstance(one, UUID))
            for row in rows[Kind.MEMBERSHIP].values()
        ),
        "conflicts": sorted((one.type, one.field, one.state) for one in await world.conflicts(open_only=False)),
        "waiting": [one.cause for one in await world.outbox()] + [one.cause for one in await world.hints()],
    }


def _said(fields: Mapping[str, object]) -> str:
    return repr(sorted((name, str(_plain(value))) for name, value in fields.items() if value))


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


@dataclass(frozen=True)
class Stage:
    """A story up to the run that will crash, as it can be started again; what it should come to; how many points that
    run has."""

    snapshot: Snapshot
    wanted: State
    points: int
    url: str
    database: Database


async def prepare(story: Story, url: str) -> Snapshot:
    async with build(url) as world:
        await world.add("crm", CRM)
        for step in story.before:
            await step(world)
        return Snapshot.of(world)


async def undisturbed(snapshot: Snapshot, url: str) -> Stage:
    """The run without a crash, and its end."""
    world = snapshot.thaw(url)
    wire = Tripwire()
    with wire.across(world):
        await world.calm(1)
    await world.calm(1)
    wanted = await state(world)
    await world.close()
    return Stage(snapshot, wanted, wire.passed, url, world.database)


async def crash_at(stage: Stage, url: str, at: int, known: set[str]) -> tuple[str, State]:
    """Crash at this point; another kequn runs once, and then finds nothing left to do."""
    world = stage.snapshot.thaw(url, stage.database if stage.url == url else None)
    wire = Tripwire(at)
    try:
        with wire.across(world), pytest.raises(Crash):
            await world.calm(1)
        await world.crash()
        left = await left_behind(world)
        if left in known:
            return wire.last, stage.wanted
        known.add(left)
        await world.calm(1)
        got = await state(world)
        writes = len(world.sites["crm"].writes)
        await world.calm(1)
        restless = [*world.sites["crm"].writes[writes:], *await world.intents()]
        return wire.last, {**got, "restless": restless}
    finally:
        await world.close()


async def left_behind(world: World) -> str:
    """A digest of all that outlives a crash."""
    async with world.database.reading() as session:
        found = [(await session.execute(select(table))).all() for table in metadata.sorted_tables]
    rows = [sorted(map(repr, some)) for some in found]
    return sha256(repr((rows, world.sites["crm"].book.history())).encode()).hexdigest()


async def differences(stage: Stage, points: Sequence[int], fresh: Callable[[], str]) -> list[str]:
    found = []
    known: set[str] = set()
    for at in points:
        where, got = await crash_at(stage, fresh(), at, known)
        wanted = {"restless": [], **stage.wanted}
        found += [f"{at} {where}: {key} {got[key]} not {wanted[key]}" for key in got if got[key] != wanted[key]]
    assert len(known) > min(5, len(points) // 2)  # the crashes left different things behind
    return found


@pytest.mark.parametrize(
    ("story", "stride"),
    [(STORIES[0], STRIDE), *(pytest.param(story, 1, marks=pytest.mark.soak) for story in STORIES)],
    ids=lambda value: value.name if isinstance(value, Story) else f"every {value}",
)
async def test_a_crash_at_every_point(story: Story, stride: int, sqlite_url: str, tmp_path: Path) -> None:
    snapshot = await prepare(story, sqlite_url)
    source, copy = tmp_path / "kequn.db", tmp_path / "copy.db"

    def fresh() -> str:
        for leftover in tmp_path.glob("copy.db*"):
            leftover.unlink()
        shutil.copyfile(source, copy)
        return f"sqlite+aiosqlite:///{copy}"

    stage = await undisturbed(snapshot, fresh())
    assert stage.points > 50
    assert await differences(stage, range(1, stage.points + 1, stride), fresh) == []


@pytest.mark.soak
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
async def test_crashes_on_postgresql(story: Story, postgresql_url: str, postgresql: PostgreSQL) -> None:
    snapshot = await prepare(story, postgresql_url)
    template = postgresql_url.partition("?")[0].rpartition("/")[2]
    made: list[str] = []

    def fresh() -> str:
        made.append(postgresql.create(template))
        return made[-1]

    stage = await undisturbed(snapshot, fresh())
    found = await differences(stage, range(1, stage.points + 1, SAMPLE), fresh)
    for url in made:
        postgresql.drop(url)
    assert found == []
