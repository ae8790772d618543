"""docs/graphql.md: its examples are good GraphQL, and it names every code."""

import re
from pathlib import Path

from graphql import build_schema, parse, validate

from kequn.domain.problems import Code
from schema.execution import sdl
from schema.limits import Limits
from schema.problems import Fault

GUIDE = (Path(__file__).parents[2] / "docs" / "graphql.md").read_text()
UNSAID = {Fault.NOT_GENUINE, Fault.LATER}  # for CRMs, not for those who read the guide


def test_its_examples_fit_the_schema() -> None:
    examples = re.findall(r"```graphql\n(.*?)```", GUIDE, re.DOTALL)
    assert len(examples) >= 8
    schema = build_schema(sdl())
    for example in examples:
        assert validate(schema, parse(example)) == []


def test_every_code_is_named() -> None:
    words = set(re.findall(r"\b[A-Z_]{5,}\b", GUIDE))
    assert {code.value for code in {*Code, *Fault} - UNSAID} - words == set()


def test_the_limits_are_those_of_the_code() -> None:
    limits = Limits()
    for name in Limits.__dataclass_fields__:
        assert f"| {getattr(limits, name):,g} | `KEQUN_LIMIT_{name.upper()}` |" in GUIDE
