"""P17 on every CRM: two records that people make one there are a merge here, which nobody carries out unasked; once it
is settled, the rows are one too, and all is quiet."""

from collections.abc import AsyncIterator
from types import ModuleType

import pytest

import plugins.fxiaoke
import plugins.jiandaoyun
import plugins.zoho
from kequn.contracts.emulator import Form
from kequn.contracts.records import Kind
from kequn.domain.editing import Desk
from kequn.store import conflicts
from kequn.store.conflicts import Conflict
from kequn.sync.conflicts import MERGE
from schema.settling import settle
from tests.flows.world import World

pytestmark = pytest.mark.anyio
EMAIL = "one@example.com"


class Story:
    def __init__(self, world: World) -> None:
        self.world = world
        self.form: Form = next(form for form in world.emulator.forms if form.kind is Kind.CUSTOMER)

    def person(self, name: str) -> str:
        named = {"name" if "name" in self.form.fields else "last_name": name, "email": EMAIL}
        given = {self.form.fields[field]: value for field, value in named.items()}
        return self.world.emulator.people.create(self.form.object, {**self.form.fixed, **given})

    async def round(self, *, full: bool = False) -> None:
        self.world.clock.move(7200)
        outcome = await self.world.sync(full=full)
        assert outcome.state == "done", outcome.message

    async def asked(self) -> list[Conflict]:
        async with self.world.database.reading() as session:
            found = await conflicts.load(session, self.world.scope, self.world.ledger.vault)
        return [one for one in found if one.state == "open"]

    async def choose(self, conflict: Conflict, choice: str) -> None:
        async with self.world.database.writing() as session:
            await settle(Desk(session, self.world.actor, self.world.ledger), conflict.id, choice, None)

    async def names(self) -> list[str]:
        found = (await self.world.customers()).values()
        return sorted(str(row.facts["name"]) for row in found if row.merged_into is None)


@pytest.fixture(params=[plugins.zoho, plugins.fxiaoke, plugins.jiandaoyun], ids=["zoho", "fxiaoke", "jiandaoyun"])
async def story(request: pytest.FixtureRequest, sqlite_url: str, anyio_backend: str) -> AsyncIterator[Story]:
    plugin: ModuleType = request.param
    world = await World(plugin=plugin).open(sqlite_url)
    yield Story(world)
    await world.close()


async def merged(story: Story) -> Conflict:
    """Somebody made one record of two who share an address; what is asked then."""
    winner, loser = story.person("Winner"), story.person("Loser")
    await story.round()
    assert await story.names() == ["Loser", "Winner"]
    story.world.emulator.people.merge(story.form.object, winner, loser)
    for _ in range(2):
        await story.round(full=True)
    [conflict] = await story.asked()
    assert (conflict.type, await story.names()) == ("merge", ["Loser", "Winner"])
    return conflict


async def test_a_merge_there_is_settled_as_a_merge_here(story: Story) -> None:
    await story.choose(await merged(story), MERGE)
    await story.round()
    writes = story.world.writes
    for _ in range(2):
        await story.round(full=True)
    assert (await story.names(), await story.asked()) == (["Winner"], [])
    assert story.world.writes == writes


async def test_whoever_was_no_double_is_kept_and_made_anew(story: Story) -> None:
    await story.choose(await merged(story), "keep")
    for _ in range(2):
        await story.round(full=True)
    assert await story.names() == ["Loser", "Winner"]
    assert len(story.world.emulator.people.read(story.form.object)) == 2
