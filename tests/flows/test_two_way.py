"""The main job, judged from outside: Zoho's own SDK is the person at the CRM, a GraphQL client the person at kequn, and
both create, edit and delete the same contacts while kequn syncs. In the end both sides agree and no value is lost."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx
import pytest

import api
from kequn.settings import Settings
from kequn.store import conflicts, tokens
from kequn.store.scope import Role
from kequn.testing.emulator.serving import serve
from tests.databases import seeded
from tests.flows.world import ALWAYS, World
from tests.plugins.zoho import sdk

pytestmark = pytest.mark.anyio

FIELDS = {"notes": "Description", "city": "Mailing_City", "occupation": "Title"}
POLICY = {**ALWAYS, **{kind: {"direction": "off"} for kind in ("purchase", "interaction", "feedback", "staff")}}
ALL = "{ customers(first: 500) { edges { node { id email notes city occupation } } } }"


@dataclass
class Story:
    """Two people and the sync between them. `writes`: (contact, field, value, the value that its writer saw)."""

    world: World
    graphql: Callable[..., Awaitable[Any]]
    chance: random.Random
    tokens: int = 0
    writes: list[tuple[str, str, str, str | None]] = field(default_factory=list)
    seen_at_delete: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def token(self) -> str:
        self.tokens += 1
        return f"value {self.tokens}"

    async def rows(self) -> dict[str, dict[str, Any]]:
        """kequn's customers, by e-mail."""
        edges = (await self.graphql(ALL))["customers"]["edges"]
        return {edge["node"]["email"]: edge["node"] for edge in edges}

    def contacts(self) -> dict[str, dict[str, Any]]:
        """Zoho's contacts, by e-mail."""
        found = self.world.zoho.people.read("Contacts")
        return {contact["Email"]: dict(contact) for contact in found.values()}

    # -- what the two people do ------------------------------------------------------------------------------------

    async def step(self) -> None:
        steps = [self.sdk_edits] * 4 + [self.client_edits] * 4 + [self.sdk_creates, self.client_creates]
        steps += [self.sdk_deletes, self.client_deletes] + [self.sync] * 3
        await self.chance.choice(steps)()
        self.world.clock.move(self.chance.choice((0, 0, 1, 30)))

    async def sync(self) -> None:
        outcome = await self.world.sync()
        assert outcome.state == "done", outcome.message
        assert not outcome.tally.problems, outcome.tally.problems

    async def sdk_creates(self) -> None:
        key, value = f"sdk{self.tokens}@example.org", self.token()
        values = {"Last_Name": self.token(), "Email": key, "Description": value}
        await _call(sdk.create, "Contacts", values)
        self.writes.append((key, "notes", value, None))

    async def client_creates(self) -> None:
        key, value = f"client{self.tokens}@example.org", self.token()
        given = {"name": self.token(), "type": "PERSON", "email": key, "notes": value}
        await self.mutate("createCustomer(input: $input)", "CustomerInput!", given)
        self.writes.append((key, "notes", value, None))

    async def sdk_edits(self) -> None:
        if known := self.contacts():
            key = self.chance.choice(sorted(known))
            name, value = self.chance.choice(sorted(FIELDS)), self.token()
            self.writes.append((key, name, value, known[key][FIELDS[name]]))
            await _call(sdk.edit, "Contacts", known[key]["id"], {FIELDS[name]: value})

    async def client_edits(self) -> None:
        if known := await self.rows():
            key = self.chance.choice(sorted(known))
            name, value = self.chance.choice(sorted(FIELDS)), self.token()
            self.writes.append((key, name, value, known[key][name]))
            call = f'updateCustomer(id: "{known[key]["id"]}", input: $input)'
            await self.mutate(call, "CustomerChanges!", {name: value})

    async def sdk_deletes(self) -> None:
        if known := self.contacts():
            key = self.chance.choice(sorted(known))
            saw = {name: known[key][theirs] for name, theirs in FIELDS.items()}
            self.seen_at_delete.setdefault(key, []).append(saw)
            await _call(sdk.delete, "Contacts", known[key]["id"])

    async def client_deletes(self) -> None:
        if known := await self.rows():
            key = self.chance.choice(sorted(known))
            self.seen_at_delete.setdefault(key, []).append(known[key])
            await self.graphql(f'mutation {{ deleteCustomer(id: "{known[key]["id"]}") {{ problems {{ code }} }} }}')

    async def mutate(self, call: str, type: str, given: dict[str, Any]) -> None:
        text = f"mutation ($input: {type}) {{ done: {call} {{ problems {{ code message }} }} }}"
        assert (await self.graphql(text, input=given))["done"]["problems"] == []

    # -- what must hold in the end ---------------------------------------------------------------------------------

    async def disputed(self) -> tuple[set[tuple[str, str]], set[str]]:
        """The fields in open conflict by (external id, field), and every value that some conflict shows."""
        async with self.world.database.reading() as session:
            found = await conflicts.load(session, self.world.scope, self.world.ledger.vault)
        opened = {(one.external_id, one.field) for one in found if one.state == "open"}
        sides = (side for one in found for side in (one.base, one.ours, one.theirs))
        return opened, {str(value) for side in sides for value in side.values()}

    async def check(self) -> None:
        rows, contacts = await self.rows(), self.contacts()
        opened, shown = await self.disputed()
        assert rows.keys() == contacts.keys()
        for key, row in rows.items():
            for name, theirs in FIELDS.items():
                if (contacts[key]["id"], name) not in opened:
                    assert row[name] == contacts[key][theirs], f"{key} {name}"
        replaced = {saw for _, _, _, saw in self.writes}
        for key, name, value, _ in self.writes:
            current = key in rows and value in (rows[key][name], contacts[key][FIELDS[name]])
            gone = any(value == saw[name] for saw in self.seen_at_delete.get(key, ()))
            assert current or value in replaced or value in shown or gone, f"{value} of {key} {name} is lost"

    async def is_quiet(self) -> bool:
        before = self.world.writes
        for _ in range(2):
            self.world.clock.move(200)
            await self.sync()
        return self.world.writes == before


async def _call(call: Callable[..., Any], *given: Any) -> Any:
    """The SDK blocks its thread."""
    return await anyio.to_thread.run_sync(partial(call, *given))


@asynccontextmanager
async def told(url: str, seed: int, folder: Path) -> AsyncIterator[Story]:
    """A story's stage: emulator on a socket, kequn beside it, one client at each."""
    world = World(seed)
    with serve(world.zoho.app) as base_url:
        await world.open(url, POLICY, base_url)
        await _call(sdk.connect, base_url, world.zoho.settings(base_url), folder)
        settings = Settings(database_url=url)
        app = api.build(
            settings,
            world.registry,
            database=world.database,
            keyring=world.keyring,
            clock=world.clock,
            random=world.random,
        )
        async with world.database.writing() as session:
            token = await tokens.issue(
                session, world.scope, Role.OPERATOR, "t", clock=world.clock, chance=world.random, batch=True
            )
        headers = {"Authorization": f"Bearer {token.reveal()}"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://kequn.test", headers=headers) as http:

            async def graphql(text: str, **variables: Any) -> Any:
                answer = (await http.post("/graphql", json={"query": text, "variables": variables})).json()
                assert "errors" not in answer, answer
                return answer["data"]

            yield Story(world, graphql, random.Random(seed))
        await world.close()


@pytest.mark.parametrize(("database_url", "seed"), seeded(12, 3, soak=40), indirect=["database_url"])
async def test_both_sides_agree_and_nothing_is_lost(database_url: str, seed: int, tmp_path: Path) -> None:
    async with told(database_url, seed, tmp_path) as story:
        for _ in range(3):
            await story.sdk_creates()
            await story.client_creates()
        await story.sync()
        for _ in range(25):
            await story.step()
        for _ in range(3):
            story.world.clock.move(200)
            await story.sync()
        await story.check()
        assert await story.is_quiet()
