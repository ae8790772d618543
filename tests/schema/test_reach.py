"""Nothing is out of reach: what a type shows can be asked about, ordered by, and reached from where it hangs."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLScalarType,
    build_schema,
    get_named_type,
    get_nullable_type,
)

from schema.execution import sdl
from schema.lists import MODULES
from tests.schema.conftest import Client

SCHEMA = build_schema(sdl())
WORKED_OUT = {
    "Kept": {"extra", "provenance", "asOf"},
    "Connection": {"policy"},
    "Customer": {"age"},
    "SyncRun": {"counts"},
    "Conflict": {"base", "ours", "theirs", "theirsAt", "choices", "lost"},
    "Duplicate": {"reasons"},
    "Alert": {"reasons", "inputs"},
    "Segment": {"where"},
    "ServiceFlow": {"steps", "flowChart"},
    "ServiceCase": {"gantt"},
    "Flaw": {"fields", "action"},
    "SegmentStay": {"enteredHeld", "leftHeld"},
    "Link": {"url", "state", "lastSeen", "pendingFields"},
    "Benefit": {"asked"},
    "Incentive": {"basis"},
    "CrisisPlan": {"team", "steps", "roster"},
    "CrisisRun": {"done"},
    "Survey": {"welcome", "questions"},
    "SurveyInvitation": {"answers"},
    "Charter": {"asked", "ladder", "topics", "forbidden"},
    "RulesVersion": {"items"},
    "ViolationCheck": {"forbidden"},
    "Application": {"held", "missing"},
    "Draw": {"entrants", "winners"},
    "Review": {"figures"},
    "TemplateUse": {"made"},
    "PrivacyAct": {"counts"},
}
"""Scalars that are no columns: worked out in Python, or JSON."""
ROOTLESS = {"PurchaseLine", "Identity", "Change", "Link", "Duplicate", "Moment"}
NOT_ORDERED = {"interests", "productPreferences"}


def upper(name: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in name)


def scalars(title: str) -> Iterator[tuple[str, bool]]:
    """The scalar fields of a type, and whether each is a list."""
    type = SCHEMA.type_map[title]
    assert isinstance(type, GraphQLObjectType)
    for name, field in type.fields.items():
        plain = isinstance(get_named_type(field.type), GraphQLScalarType | GraphQLEnumType)
        if plain and name not in WORKED_OUT["Kept"] | WORKED_OUT.get(title, set()):
            yield name, isinstance(get_nullable_type(field.type), GraphQLList)


@pytest.mark.parametrize("title", MODULES)
def test_every_scalar_is_a_filter(title: str) -> None:
    where = SCHEMA.type_map[f"{title}Where"]
    assert isinstance(where, GraphQLInputObjectType)
    assert {name for name, _ in scalars(title)} - set(where.fields) == set()


@pytest.mark.parametrize("title", sorted(MODULES.keys() - {"PurchaseLine", "Identity"}))
def test_every_scalar_is_an_order(title: str) -> None:
    order: Any = SCHEMA.type_map[f"{title}OrderField"]
    assert {upper(name) for name, listed in scalars(title) if not listed} - set(order.values) == set()


def leads_to(type: Any) -> set[str]:
    """The types that the fields of a type lead to, through pages or not."""
    found = set()
    for field in type.fields.values():
        target = get_named_type(field.type).name
        found.add(target.removesuffix("Connection") if target != "Connection" else target)
    return found


def test_who_leads_somewhere_is_led_back_to() -> None:
    """A polymorphic field (`row`) leads to any of them."""
    ways = {title: leads_to(SCHEMA.type_map[title]) for title in MODULES}
    one_way = {
        (near, far)
        for near in MODULES
        for far in ways[near] & MODULES.keys()
        if near not in ways[far] and "Node" not in ways[far]
    }
    assert one_way == set()


@pytest.mark.anyio
@pytest.mark.parametrize("title", sorted(MODULES.keys() - ROOTLESS))
async def test_every_order_is_one(client: Client, title: str) -> None:
    order: Any = SCHEMA.type_map[f"{title}OrderField"]
    root = {"Staff": "staff", "SyncRun": "syncRuns"}.get(title, f"{title[0].lower()}{title[1:]}s")
    keys = ", ".join(f"{{field: {name}, direction: DESC}}" for name in order.values)
    data = await client.ask(f"{{ {root}(orderBy: [{keys}]) {{ edges {{ cursor }} }} }}")
    assert data[root]["edges"] == []
