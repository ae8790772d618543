"""Laws of a scope, on drawn histories of one person: whoever leaves and comes back loses no value of either side,
brings none that nobody wrote, is never deleted, and in the end both sides agree and are quiet."""

from typing import Any

import pytest
from hypothesis import strategies as st

from kequn.contracts.changes import Op
from kequn.contracts.records import Kind
from tests.kequn.sync.world import Site, World
from tests.schema.world import examples

pytestmark = pytest.mark.anyio
POLICY = {"customer": {"create": "always", "delete": "propagate", "pull": {"city": {"eq": "上海"}}}}
STEPS = st.lists(st.sampled_from(["ours", "theirs", "leave", "return", "sync"]), min_size=3, max_size=9)


class Story:
    """One person, in the CRM and here. `replaced`: values that somebody saw and wrote over."""

    def __init__(self, world: World, crm: Site, id: str, row: Any) -> None:
        self.world, self.crm, self.id, self.row = world, crm, id, row
        self.written, self.replaced = {"base"}, set[object]()

    async def shown(self) -> object:
        return (await self.world.rows(Kind.CUSTOMER))[self.row].facts["notes"]

    async def step(self, step: str) -> None:
        match step:
            case "ours":
                self.replaced.add(await self.shown())
                await self.world.edit(Kind.CUSTOMER, self.row, notes=self._token())
            case "theirs":
                self.replaced.add(self.crm.shows(self.id)["notes"])
                self.crm.people.edit("people", self.id, {"notes": self._token()})
            case "leave" | "return":
                self.crm.people.edit("people", self.id, {"city": "杭州" if step == "leave" else "上海"})
            case "sync":
                await self.world.calm(1)

    def _token(self) -> str:
        token = f"{self.id} {len(self.written)}"
        self.written.add(token)
        return token

    async def judge(self) -> None:
        await self.step("return")
        await self.world.calm(2)
        conflicts = [one for one in await self.world.conflicts() if one.row_id == self.row]
        told = {await self.shown(), self.crm.shows(self.id)["notes"]}
        told |= {value for one in conflicts for value in (*one.ours.values(), *one.theirs.values())}
        assert self.written <= told | self.replaced
        assert told <= self.written
        for conflict in conflicts:
            await self.world.settle(conflict.id, "ours")
        await self.world.calm(1)
        writes = len(self.crm.writes)
        await self.world.calm(1)
        assert (await self.shown(), len(self.crm.writes)) == (self.crm.shows(self.id)["notes"], writes)


async def begin(world: World, crm: Site, number: int) -> Story:
    id = crm.person(f"Lemona {number}", phone=f"+86 199000{number:05}", city="上海", notes="base")
    await world.calm(1)
    [link] = [link for link in await world.links(crm) if link.external_id == id]
    return Story(world, crm, id, link.row_id)


async def test_leaving_and_coming_back_loses_nothing_and_ends_in_agreement(small: World) -> None:
    crm = await small.add("crm", policy=POLICY)
    histories = examples(STEPS, 12)
    for number, steps in enumerate(histories):
        story = await begin(small, crm, number)
        for step in steps:
            await story.step(step)
        await story.judge()
    assert len(await small.rows(Kind.CUSTOMER)) == len(crm.people.read("people")) == len(histories)
    assert {write.op for write in crm.writes} == {Op.UPDATE}
