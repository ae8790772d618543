"""The same as test_crash.py, against the Zoho emulator over HTTP: a crash at a statement, a commit or a request;
another kequn on the same database, one run; both sides agree, and no contact is there twice. `make test` takes every
so many-th point, `make soak` all."""

import shutil
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from kequn.contracts.records import Kind
from kequn.domain import customers, groups, memberships
from kequn.domain.editing import Desk
from kequn.store import rows
from kequn.store.tables import Intent, Membership
from tests.flows.world import ALWAYS, World
from tests.kequn.sync.tripwire import Tripwire
from tests.kequn.sync.world import Crash

pytestmark = pytest.mark.anyio
Step = Callable[[World], Awaitable[None]]
State = dict[str, Any]

STRIDE = 11
POLICY = {**ALWAYS, **{kind: {"direction": "off"} for kind in ("purchase", "interaction", "feedback", "staff", "tier")}}
OURS = ("First_Name", "Last_Name", "Email", "Phone", "Mailing_City", "Description", "Title")
FACTS = ("first_name", "last_name", "email", "phone", "city", "notes", "occupation")


async def contacts(world: World) -> None:
    for number in range(3):
        name = {"First_Name": "Test", "Last_Name": f"No {number}", "Email": f"person{number}@example.com"}
        world.zoho.people.create("Contacts", {**name, "Tag": [{"name": "VIP"}]})


async def first_sync(world: World) -> None:
    await world.sync()
    world.clock.move(3600)


async def edits_on_both_sides(world: World) -> None:
    for id, contact in world.zoho.people.read("Contacts").items():
        world.zoho.people.edit("Contacts", id, {"Mailing_City": f"there {contact['Last_Name']}"})
        row = await world.customer(email=contact["Email"])
        await world.change(row.id, notes=f"here {contact['Last_Name']}")
    world.clock.move(5)


async def news_for_zoho(world: World) -> None:
    new = await world.create(
        type="person", name="Test New", first_name="Test", last_name="New", email="new@example.com"
    )
    async with world.database.writing() as session:
        desk = Desk(session, world.actor, world.ledger)
        club = await groups.create(desk, {"name": "Club"})
        await memberships.add(desk, club.id, new.id)
        other = (await world.customer(email="person1@example.com")).id
        await memberships.add(desk, club.id, other)
        await customers.delete(desk, (await world.customer(email="person0@example.com")).id)
    world.clock.move(5)


STORIES: dict[str, tuple[Step, ...]] = {
    "first sync": (contacts,),
    "both sides edited": (contacts, first_sync, edits_on_both_sides),
    "create, delete, tags": (contacts, first_sync, news_for_zoho),
}


async def state(world: World) -> State:
    """What both sides say, without ids."""
    there = world.zoho.people.read("Contacts").values()
    ours = (await world.customers()).values()
    async with world.database.reading() as session:
        query = select(Membership.customer_id, Membership.group_id).where(Membership.deleted_at.is_(None))  # type: ignore[union-attr, call-overload]
        pairs: list[tuple[UUID, UUID]] = [(row[0], row[1]) for row in (await session.execute(query)).all()]
        named = await rows.load(session, world.scope, Kind.GROUP, {group for _, group in pairs})
        unanswered = (await session.execute(select(Intent.op))).scalars().all()  # type: ignore[call-overload]
    people = await world.customers()
    return {
        "contacts": sorted([str(one.get(name) or "") for name in OURS] for one in there),
        "tags": sorted((str(one["Last_Name"]), str(tag["name"])) for one in there for tag in one.get("Tag") or ()),
        "customers": sorted([str(row.facts[name] or "") for name in FACTS] for row in ours),
        "members": sorted(
            (str(people[one].facts["last_name"]), str(named[group].facts["name"])) for one, group in pairs
        ),
        "waiting": await world.waiting(),
        "unanswered": list(unanswered),
    }


@dataclass
class Play:
    """A story that can be told again and again, from its beginning."""

    steps: tuple[Step, ...]
    template: Path
    folder: Path

    async def until_the_run(self) -> World:
        for leftover in self.folder.glob("play.db*"):
            leftover.unlink()
        path = self.folder / "play.db"
        shutil.copyfile(self.template, path)
        self.url = f"sqlite+aiosqlite:///{path}"
        world = await World(7).open(self.url, POLICY)
        for step in self.steps:
            await step(world)
        return world

    async def undisturbed(self) -> tuple[State, int]:
        world = await self.until_the_run()
        with Wire(0, world) as wire:
            await world.sync()
        wanted = await self._end(world)
        return wanted, wire.passed

    async def crash(self, at: int) -> tuple[str, State]:
        world = await self.until_the_run()
        with Wire(at, world) as wire, pytest.raises(Crash):
            await world.sync()
        await world.reopen(self.url)
        world.clock.move(120)  # the lease of the lost run ends
        await world.sync()
        return wire.last, await self._end(world)

    async def _end(self, world: World) -> State:
        """What has come of it; and another run writes nothing."""
        world.clock.move(3600)
        got, writes = await state(world), world.writes
        await world.sync()
        got["written later"] = world.writes - writes
        got["unanswered"] = (await state(world))["unanswered"]
        await world.close()
        return got


class Wire(Tripwire):
    """A tripwire across the statements and the HTTP requests of this world."""

    def __init__(self, at: int, world: World) -> None:
        super().__init__(at)
        self._world = world

    def __enter__(self) -> "Wire":
        async def before(method: str, path: str) -> None:
            self.touch(f"before {method} {path}")

        self._world.zoho.faults.before(before)
        self.listen(self._world.database)
        return self

    def __exit__(self, *error: object) -> None:
        self._world.zoho.faults.before(None)
        self.deaf(self._world.database)


async def differences(play: Play, stride: int) -> Iterable[str]:
    wanted, points = await play.undisturbed()
    assert points > 100
    assert wanted["written later"] == 0
    found = []
    for at in range(1, points + 1, stride):
        where, got = await play.crash(at)
        found += [f"{at} {where}: {key} {got[key]} not {wanted[key]}" for key in got if got[key] != wanted[key]]
    return found


@pytest.mark.parametrize("story", STORIES)
async def test_crashes(story: str, sqlite_template: Path, tmp_path: Path) -> None:
    assert await differences(Play(STORIES[story], sqlite_template, tmp_path), STRIDE) == []


@pytest.mark.soak
@pytest.mark.parametrize("story", STORIES)
async def test_a_crash_at_every_point(story: str, sqlite_template: Path, tmp_path: Path) -> None:
    assert await differences(Play(STORIES[story], sqlite_template, tmp_path), 1) == []
