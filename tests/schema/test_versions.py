"""Whoever edits what somebody else has changed since they read it is told, whatever they edit."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from schema.execution import SCHEMA
from tests.schema.conftest import Client

pytestmark = pytest.mark.anyio

# What is made; what is edited, with `$n` for the name; and what else a person does with it that counts.
THINGS = {
    "benefit": ('createBenefit(input: {name: "a", kind: COUPON})', "input: {name: $n}", "handleBenefit", "END"),
    "offer": (
        'createOffer(input: {name: "a", kind: RETENTION})', "input: {name: $n, kind: RETENTION}", "handleOffer",
        "CANCEL",
    ),
    "segment": ('createSegment(name: "a", where: {})', "name: $n", "handleSegment", "ARCHIVE"),
    "serviceFlow": ('createServiceFlow(name: "a")', "name: $n", "handleServiceFlow", "ARCHIVE"),
    "survey": (
        'createSurvey(input: {name: "a", kind: PERIODIC, questions: [{key: "q", type: TEXT, zh: "问"}]})',
        "input: {name: $n}", "handleSurvey", "PUBLISH",
    ),
}  # fmt: skip


def _edits() -> Iterator[tuple[str, set[str]]]:
    """Every mutation that edits rows, with what it takes; of a batch, what each item takes."""
    mutation = SCHEMA._schema.mutation_type
    assert mutation is not None
    for name, field in mutation.fields.items():
        if name.startswith("update"):
            given = get_named_type(field.args["input"].type) if "input" in field.args else None
            yield name, {*field.args, *(given.fields if isinstance(given, GraphQLInputObjectType) else ())}


def test_every_edit_takes_the_version_that_was_read() -> None:
    edits = dict(_edits())
    assert {f"update{noun[0].upper()}{noun[1:]}" for noun in THINGS} <= edits.keys()
    assert [name for name, given in edits.items() if "version" not in given] == []


class Editor:
    """Edits one thing."""

    def __init__(self, client: Client, noun: str) -> None:
        self.client, self.noun = client, noun
        self.make, self.entered, self.step, self.event = THINGS[noun]

    async def send(self, call: str, head: str = "", **given: Any) -> dict[str, Any]:
        row = f"row: {self.noun} {{ id version name changedAt }} problems {{ code path }}"
        answer: dict[str, Any] = (await self.client.ask(f"mutation{head} {{ it: {call} {{ {row} }} }}", **given))["it"]
        return answer

    async def edit(self, id: str, name: str, version: int | None) -> dict[str, Any]:
        call = f"update{self.noun[0].upper()}{self.noun[1:]}(id: $id, version: $v, {self.entered})"
        return await self.send(call, "($id: ID!, $v: Int, $n: String!)", id=id, n=name, v=version)

    async def now(self, id: str) -> dict[str, Any]:
        query = f"query($id: ID!) {{ row: {self.noun}(id: $id) {{ id version name changedAt }} }}"
        row: dict[str, Any] = (await self.client.ask(query, id=id))["row"]
        return row


@pytest.mark.parametrize("noun", THINGS)
async def test_who_was_too_slow_is_told_and_changes_nothing(client: Client, noun: str) -> None:
    editor = Editor(client, noun)
    made = (await editor.send(editor.make))["row"]
    first = await editor.edit(made["id"], "b", made["version"])
    assert (made["version"], first["row"]["version"], first["problems"]) == (1, 2, [])
    second = await editor.edit(made["id"], "c", made["version"])
    assert second == {"row": None, "problems": [{"code": "STALE_VERSION", "path": ["version"]}]}
    assert await editor.now(made["id"]) == first["row"]
    assert (await editor.edit(made["id"], "c", None))["row"]["version"] == 3


@pytest.mark.parametrize("noun", THINGS)
async def test_what_changes_nothing_is_no_edit_and_a_step_is_one(client: Client, noun: str) -> None:
    editor = Editor(client, noun)
    made = (await editor.send(editor.make))["row"]
    assert (await editor.edit(made["id"], "a", 1))["row"] == made
    stepped = await editor.send(f'{editor.step}(id: "{made["id"]}", event: {editor.event})')
    assert stepped["row"]["version"] == 2
