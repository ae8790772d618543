"""docs/care.md and docs/privacy.md: their examples are good GraphQL, and the tables of care are those of the code."""

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from kequn.domain.care import tasks
from kequn.domain.process import cases
from schema.execution import sdl

DOCS = Path(__file__).parents[3] / "docs"
GUIDE = (DOCS / "care.md").read_text()


@pytest.mark.parametrize("name", ["care.md", "privacy.md"])
def test_its_examples_fit_the_schema(name: str) -> None:
    examples = re.findall(r"```graphql\n(.*?)```", (DOCS / name).read_text(), re.DOTALL)
    assert len(examples) >= 5
    schema = build_schema(sdl())
    assert [validate(schema, parse(example)) for example in examples] == [[] for _ in examples]


def test_its_tables_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| ([a-z, ]+) \| `([A-Z]+)` \| (\w+)[^|]*\| (?:`(\w+)`)? ?\|$", GUIDE, re.MULTILINE)
    told = {(state, event.lower(), to, said) for states, event, to, said in rows for state in states.split(", ")}
    needs = {"due_at": "dueAt", None: ""}
    known = {
        (state, event, way.to, needs.get(way.needs, way.needs))
        for steps in (tasks.STEPS, cases.STEPS)
        for (state, event), way in steps.items()
    }
    assert told == known
